"""A calm is never longer than whatever may come allows, and as long as that."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from hypothesis import event, given
from hypothesis import strategies as st

from alerts import calm
from alerts.evaluate import evaluate
from alerts.model import AlertRule, AlertState, Interval, Status, ValidMeans
from tests.fixtures.traces import HOUR, START, level, rule

HIGH = rule(level(65.037, 63), window=12 * HOUR)
LOW = rule(level(40.713, 42), level(30, 32), above=False, window=8 * HOUR, capture=0.5)
AT_ONCE = rule(level(50, 45))
INCLUSIVE = replace(rule(level(50, 45), window=3 * HOUR), inclusive=True)
PLAUSIBLE = (0.0, 100.0)
VALUES = st.one_of(st.none(), st.sampled_from([0.0, 35.0, 50.0, 64.9, 65.0, 90.0, 100.0, 120.0]))
AROUND = st.sampled_from(
    [
        near
        for threshold in (65.037, 40.713, 50.0)
        for near in (threshold, math.nextafter(threshold, 0), math.nextafter(threshold, 99))
    ]
    + [threshold + side for threshold in (65.037, 40.713, 50.0) for side in (-2e-4, 2e-4)]
)
"""At the thresholds, as near as can be, and just off their margin"""


def hours(values: Sequence[float | None], place: int) -> dict[datetime, Interval]:
    """Give hours, the first of them so many after the start; None: not valid."""
    starts = [START + (place + number) * HOUR for number in range(len(values))]
    return {
        start: Interval(start, value, valid=value is not None)
        for start, value in zip(starts, values, strict=True)
    }


def fires(rule: AlertRule, known: Sequence[float | None], coming: Sequence[float | None]) -> bool:
    """Say whether the rule would fire, at rest after what is known, by what is coming."""
    stored = hours(known, -len(known)) | hours(coming, 0)
    told = evaluate(rule, AlertState(START), stored, START + len(coming) * HOUR)
    return bool(told.transitions)


def calm_hours(rule: AlertRule, known: Sequence[float | None]) -> int:
    """Give for how many hours the rule says that it cannot fire."""
    stored = hours(known, -len(known))
    means = {start: hour.mean for start, hour in stored.items() if hour.mean is not None}
    until = calm.calm_until(rule, means, START, PLAUSIBLE)
    return (until - START) // HOUR


@given(
    st.sampled_from([HIGH, LOW]),
    st.lists(VALUES, max_size=14),
    st.lists(st.one_of(st.none(), st.floats(*PLAUSIBLE)), min_size=14, max_size=14),
)
def test_nothing_fires_in_a_calm(
    rule: AlertRule, known: list[float | None], coming: list[float | None]
) -> None:
    """Whatever plausible hours come, or do not, no rule at rest fires before its calm ends."""
    quiet = calm_hours(rule, known)
    event(f"calm for {min(quiet, 3)} hours or more")
    assert not fires(rule, known, coming[:quiet])


@given(
    st.sampled_from([HIGH, LOW, AT_ONCE, INCLUSIVE]),
    st.lists(st.one_of(VALUES, AROUND), max_size=30),
)
def test_nothing_begins_between_the_ends(rule: AlertRule, values: list[float | None]) -> None:
    """Where all values lie in a rule's band, none of their means makes it leave its rest."""
    low, high = calm.band([rule])
    known = ValidMeans({start: hour.mean for start, hour in hours(values, 0).items() if hour.mean})
    least, highest = known.extent
    inside = low < least and highest < high
    told = evaluate(rule, AlertState(START), known, START + len(values) * HOUR)
    event(f"inside {inside}, begins {bool(told.transitions)}, {len(known) > 1} of several")
    if inside:
        assert (told.transitions, told.checkpoints) == ((), ())
        assert told.state.status is Status.INACTIVE


def test_a_band_is_that_of_all_versions() -> None:
    """The strictest threshold of each side counts, and the threshold itself is not inside."""
    low, high = calm.band([HIGH, LOW, AT_ONCE])
    assert 40.713 < low < 40.714
    assert 49.999 < high < 50
    assert calm.band([]) == (-math.inf, math.inf)


def test_no_value_is_inside_every_band() -> None:
    """What has no value begins nothing; its extent lies within any ends."""
    assert ValidMeans({}).extent == (math.inf, -math.inf)


@given(st.sampled_from([HIGH, LOW]), st.lists(VALUES, max_size=14))
def test_calm_ends_where_the_worst_would_fire(rule: AlertRule, known: list[float | None]) -> None:
    """One hour after a calm, the worst that sensors can report would make the rule fire."""
    quiet = calm_hours(rule, known)
    worst = max([100.0, *(value or 0.0 for value in known)]) if rule.above else 0.0
    if quiet < rule.window // HOUR:
        assert fires(rule, known, [worst] * (quiet + 1))


def test_a_dry_room_is_calm_for_days() -> None:
    """A room at 55 % cannot reach 65 % as 30-day mean for three days, a new one for 22."""
    month = replace(HIGH, window=720 * HOUR)
    assert calm_hours(month, [55.0] * 720) == 160
    assert calm_hours(month, []) == 539


def test_what_no_sensor_can_report_is_calm_for_ever() -> None:
    """A threshold beyond the plausible is out of reach for a whole window, and then again."""
    beyond = replace(HIGH, levels=(replace(HIGH.levels[0], threshold=101.0),))
    assert calm_hours(beyond, [90.0] * 12) == 12
