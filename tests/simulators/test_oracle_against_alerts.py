"""The oracle and the product, written apart from the same rules, conclude the same."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from alerts import evaluate, intervals, silence
from alerts.model import Activity, AlertRule, AlertState, Interval, Kind, Level, Severity
from simulators import oracle
from simulators.oracle import HOUR, Hour, Rule
from tests.fixtures.effort import cases

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Told = list[tuple[datetime, datetime | None, float | None, int]]

VALUES = st.lists(
    st.one_of(st.none(), st.sampled_from([60.0, 76.0, 76.5, 80.0, 80.5, 85.0, 90.0, 97.0])),
    max_size=120,
)
RULES = st.builds(
    Rule,
    st.just("T"),
    st.just("relative_humidity"),
    st.just(""),
    window=st.sampled_from([1, 4, 24]),
    threshold=st.just(80.0),
    clear=st.sampled_from([76.0, 80.0]),
    on_hours=st.integers(0, 6),
    off_hours=st.integers(0, 6),
    reopen_hours=st.sampled_from([0, 1, 2, 6, 24]),
)


def product_rule(rule: Rule, *, is_silence: bool = False) -> AlertRule:
    """Give the product's form of a rule."""
    hour = timedelta(hours=1)
    level = Level(
        Severity.RED, rule.threshold, rule.clear, rule.on_hours * hour, rule.off_hours * hour
    )
    return AlertRule(
        rule.id,
        "1",
        "",
        rule.observed_property,
        rule.environment,
        (level,),
        window=rule.window * hour,
        reopen_within=rule.reopen_hours * hour,
        silence=is_silence,
    )


def of_product(rule: Rule, values: Sequence[float | None]) -> Told:
    """Give what the product concludes from hourly means."""
    hours = {
        EPOCH + i * timedelta(hours=1): Interval(
            EPOCH + i * timedelta(hours=1), value, value is not None
        )
        for i, value in enumerate(values)
    }
    until = EPOCH + len(values) * timedelta(hours=1)
    told = evaluate.evaluate(product_rule(rule), AlertState(), hours, until)
    episodes: Told = []
    for change in told.transitions:
        match change.kind:
            case Kind.FIRED:
                episodes.append((change.at, None, None, 0))
            case Kind.REOPENED:
                episodes[-1] = (episodes[-1][0], None, None, episodes[-1][3] + 1)
            case Kind.RESOLVED:
                episodes[-1] = (episodes[-1][0], change.known_at, change.peak, episodes[-1][3])
    if episodes and episodes[-1][1] is None:
        episodes[-1] = (episodes[-1][0], None, told.state.peak, episodes[-1][3])
    return episodes


def of_oracle(rule: Rule, values: Sequence[float | None]) -> Told:
    """Give what the oracle concludes from hourly means."""
    hours = {
        i: Hour(1, 0.0 if value is None else value, valid=value is not None)
        for i, value in enumerate(values)
    }
    windows = oracle.windows(hours, rule, len(values))
    return [
        (
            time(e.fired_at),
            None if e.resolved_at is None else time(e.resolved_at),
            e.peak,
            e.reopened,
        )
        for e in oracle.episodes(rule, windows)
    ]


def time(microseconds: int) -> datetime:
    """Give a time of the oracle's."""
    return EPOCH + timedelta(microseconds=microseconds)


@settings(max_examples=cases(1500, here=300))
@given(RULES, VALUES)
def test_both_see_the_same_episodes(rule: Rule, values: list[float | None]) -> None:
    """Any rule on any hours: fired, resolved, peak and reopened are the same."""
    told = of_oracle(rule, values)
    counted = Counter("reopened" if e[3] else "open" if e[1] is None else "closed" for e in told)
    for kind in counted:
        event(kind)
    assert told == of_product(rule, values)


HEARD = st.lists(st.integers(1, 200), max_size=30)


@settings(max_examples=cases(800, here=200))
@given(HEARD, st.sampled_from([5, 10, 30, 60]), st.integers(0, 400))
def test_both_hear_the_same_silences(gaps: list[int], interval: int, rest: int) -> None:
    """Any times at which a device was heard: the same episodes of rule D1."""
    minute, heard, now = 60_000_000, [], 0
    for gap in gaps:
        now += gap * minute
        heard.append(now)
    watermark = now + rest * minute
    activities = []
    for _, group in groupby(heard, key=lambda moment: moment // HOUR):
        moments = list(group)
        activities.append(Activity(time(moments[0]), time(moments[-1])))
    rule = product_rule(Rule("D1", "", "", 1, 0.0, 0.0), is_silence=True)
    told = silence.evaluate(
        rule, AlertState(), activities, timedelta(minutes=interval), time(watermark)
    )
    fired = [change.at for change in told.transitions if change.kind is Kind.FIRED]
    resolved = [change.at for change in told.transitions if change.kind is Kind.RESOLVED]
    expected = oracle.silences(heard, interval * minute, watermark)
    assert fired == [time(episode.fired_at) for episode in expected]
    assert resolved == [time(e.resolved_at) for e in expected if e.resolved_at is not None]


@pytest.mark.parametrize("minutes", [1, 2, 5, 7, 10, 12, 15, 20, 25, 30, 45, 60, 240, 1440])
def test_both_close_and_count_hours_alike(minutes: int) -> None:
    """How many readings an hour needs, and when it is closed, are the same."""
    interval = timedelta(minutes=minutes)
    span = minutes * 60_000_000
    expected = intervals.expected_readings(interval)
    assert oracle.promised(span) == expected
    assert oracle.needed(span) == intervals.required(expected)
    for second in range(0, 4 * 3600, 77):
        watermark = EPOCH + timedelta(hours=30, seconds=second)
        closed = intervals.closed_until(watermark, interval)
        assert time(oracle.closed((30 * 3600 + second) * 1_000_000, span) * HOUR) == closed
