"""A real year of dust: London Marylebone Road, June 1999 to May 2000, through rule E1."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.evaluate import evaluate
from alerts.model import AlertRule, AlertState, Interval, Kind, Transition
from tests.fixtures.traces import DUST, HOUR, level

Hours = Mapping[datetime, Interval]

E1 = replace(DUST, reopen_within=HOUR)
PLAIN = replace(DUST, levels=(level(190, 190),))
"""Without deadband and off-delay"""


@pytest.fixture(scope="module")
def year(shared: Path) -> Hours:
    """Read the hours of PM10."""
    path = shared / "datasets" / "air_marylebone_1999_2000_hourly.csv"
    with path.open(newline="") as lines:
        rows = [(row["ts_utc"], row["pm10_teom_ug_m3"]) for row in csv.DictReader(lines)]
    return {
        (start := datetime.fromisoformat(time)): Interval(
            start, float(value) if value else None, bool(value)
        )
        for time, value in rows
    }


def episodes(rule: AlertRule, hours: Hours) -> list[list[Transition]]:
    """Give the transitions of each episode."""
    found: dict[datetime, list[Transition]] = {}
    folded = evaluate(rule, AlertState(), hours, max(hours) + HOUR)
    for moved in folded.transitions:
        if moved.fired_at is not None:
            found.setdefault(moved.fired_at, []).append(moved)
    return list(found.values())


def scaled(hours: Hours, factor: float) -> Hours:
    """Multiply by the factor that compares an old TEOM with the objectives."""
    return {
        start: replace(hour, mean=None if hour.mean is None else hour.mean * factor)
        for start, hour in hours.items()
    }


def test_series(year: Hours) -> None:
    """The file has the valid hours that its description counts."""
    assert len(year) == 8784
    assert sum(hour.valid for hour in year.values()) == 8511


@pytest.mark.parametrize(
    ("rule", "factor", "expected"), [(E1, 1, 19), (E1, 1.3, 27), (PLAIN, 1, 23), (PLAIN, 1.3, 31)]
)
def test_episodes(year: Hours, rule: AlertRule, factor: float, expected: int) -> None:
    """Deadband and off-delay join rising edges into as many episodes as were counted by hand."""
    assert len(episodes(rule, scaled(year, factor))) == expected


def test_first_episode(year: Hours) -> None:
    """The first is on 13 July: fires with the hour from 10, resolves with the hour from 12."""
    first = episodes(E1, year)[0]
    assert [(moved.kind, moved.at) for moved in first] == [
        (Kind.FIRED, datetime(1999, 7, 13, 10, tzinfo=UTC)),
        (Kind.RESOLVED, datetime(1999, 7, 13, 12, tzinfo=UTC)),
    ]
    assert first[-1].peak == 195


def test_longest_episode(year: Hours) -> None:
    """The longest is on 7 September, from 8 to 18, seven hours over and a peak of 449."""
    longest = max(episodes(E1, year), key=lambda moved: moved[-1].at - moved[0].at)
    fired, resolved = longest[0], longest[-1]
    assert fired.at == datetime(1999, 9, 7, 8, tzinfo=UTC)
    assert resolved.at == datetime(1999, 9, 7, 18, tzinfo=UTC)
    assert resolved.peak == 449
    within = [fired.at + hour * HOUR for hour in range(11)]
    assert sum((year[start].mean or 0) > 190 for start in within) == 7


def test_year_in_pieces(year: Hours) -> None:
    """A year evaluated week by week, each from the stored state, has the same transitions."""
    whole = evaluate(E1, AlertState(), year, max(year) + HOUR)
    state = AlertState()
    transitions: list[Transition] = []
    until = min(year)
    while until < max(year) + HOUR:
        until = min(until + timedelta(days=7), max(year) + HOUR)
        part = evaluate(E1, state, year, until)
        state = part.state
        transitions += part.transitions
    assert (state, tuple(transitions)) == (whole.state, whole.transitions)
