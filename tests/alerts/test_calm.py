"""A calm is never longer than whatever may come allows, and as long as that."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import event, given
from hypothesis import strategies as st

from alerts import calm
from alerts.evaluate import evaluate
from alerts.model import AlertRule, AlertState, Interval
from tests.fixtures.traces import HOUR, START, level, rule

HIGH = rule(level(65.037, 63), window=12 * HOUR)
LOW = rule(level(40.713, 42), level(30, 32), above=False, window=8 * HOUR, capture=0.5)
PLAUSIBLE = (0.0, 100.0)
VALUES = st.one_of(st.none(), st.sampled_from([0.0, 35.0, 50.0, 64.9, 65.0, 90.0, 100.0, 120.0]))


def hours(values: Sequence[float | None], place: int) -> dict[object, Interval]:
    """Give hours, the first of them so many after the start; None: not valid."""
    starts = [START + (place + number) * HOUR for number in range(len(values))]
    return {
        start: Interval(start, value, valid=value is not None)
        for start, value in zip(starts, values, strict=True)
    }


def fires(rule: AlertRule, known: Sequence[float | None], coming: Sequence[float | None]) -> bool:
    """Say whether the rule would fire, at rest after what is known, by what is coming."""
    stored = hours(known, -len(known)) | hours(coming, 0)
    told = evaluate(rule, AlertState(START), stored, START + len(coming) * HOUR)  # type: ignore[arg-type]
    return bool(told.transitions)


def calm_hours(rule: AlertRule, known: Sequence[float | None]) -> int:
    """Give for how many hours the rule says that it cannot fire."""
    stored = hours(known, -len(known))
    until = calm.calm_until(rule, stored, START, PLAUSIBLE)  # type: ignore[arg-type]
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
