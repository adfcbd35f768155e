"""Why a rule did or did not fire, in sentences."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts import evaluate, explaining, rule_series, rules
from alerts.intervals import running_samples
from alerts.model import AlertState, Interval

HOUR = timedelta(hours=1)
JANUARY = datetime(2026, 1, 12, tzinfo=UTC)
RULES = {rule.id: rule for rule in rules.load()}


def explained(rule_id: str, series: str, start: datetime = JANUARY) -> str:
    """Run a series through a shipped rule, and explain where it ends."""
    rule = RULES[rule_id]
    values = rule_series.values(series)
    starts = [start + number * rule.step for number in range(len(values))]
    known = {
        at: Interval(at, value, value is not None) for at, value in zip(starts, values, strict=True)
    }
    until = starts[-1] + rule.step
    state = evaluate.evaluate(rule, AlertState(), known, until).state
    (sample,) = running_samples(known, rule, until - rule.step, until)
    return explaining.reason(rule, state, explaining.window(rule, known, until, sample.value))


@pytest.mark.parametrize(
    ("rule", "series", "sentence"),
    [
        ("E1", "120 195", "It fires, red, since 2026-01-12T01:00Z: 195 ug/m3 is above 190 ug/m3."),
        ("E1", "190", "It does not fire: 190 ug/m3 is not above 190 ug/m3."),
        ("E1", "195 180", "It fires, red, since 2026-01-12T00:00Z. 180 ug/m3 is between the"),
        ("E1", "195 170", "170 ug/m3 is past the clear level 171 for 1h of 2h."),
        ("E1", "195 _", "There is no valid value, 0 of 1 intervals where 1 are needed: silence of"),
        ("E1", "195 _x5 _", "It fires, red, since 2026-01-12T00:00Z. There is no valid value"),
        ("E1", "120 _", "It does not fire: there is no valid value, 0 of 1 intervals where 1 are"),
        ("H3", "90x17", "It does not fire: there is no valid value, 17 of 24 intervals where 18"),
        ("H7", "15x3", "fire yet: 15 Cel is below 16 Cel, and it has held for 3h of 1d."),
        ("H7", "15x3 _", "It does not fire yet: it has held for 3h of 1d, and there is no valid"),
        ("H5", "0.5", "It does not fire: 0.5 is not at or above 1."),
        ("H9", "1400", "It does not fire: 1400 ppm is not above 1500 ppm."),
    ],
)
def test_reasons(rule: str, series: str, sentence: str) -> None:
    """Each standing has its sentence, with the value, the limit and the time."""
    assert sentence in explained(rule, series)


def test_month_in_which_a_rule_is_silent() -> None:
    """A value that would breach in winter says in July why nothing fires."""
    july = datetime(2026, 7, 6, tzinfo=UTC)
    assert explained("H6", "1", july) == (
        "It does not fire: it speaks in the months 1, 2, 3, 4, 10, 11, 12, and this is month 7."
    )


def test_episode_that_can_reopen_is_told() -> None:
    """What is over and could come back as the same episode says so."""
    told = explained("H3", "86x24 62x4 86x7")
    assert "The last episode was over at 2026-01-13T09:00Z and can still reopen." in told


def test_directions() -> None:
    """A low limit whose threshold counts is said as at or below."""
    rule = replace(RULES["D2"], inclusive=True)
    seen = explaining.window(rule, {}, JANUARY, 80.0)
    assert explaining.reason(rule, AlertState(), seen) == (
        "It does not fire: 80 % is not at or below 75 %."
    )


def test_window_of_hours() -> None:
    """The window shows each hour, what is valid, and what is needed."""
    known = {JANUARY: Interval(JANUARY, 80.0, valid=True)}
    known[JANUARY + HOUR] = Interval(JANUARY + HOUR, 81.0, valid=False)
    seen = explaining.window(RULES["H3"], known, JANUARY + 2 * HOUR, None)
    assert seen.since == JANUARY - 22 * HOUR
    assert seen.values[-2:] == ((JANUARY, 80.0), (JANUARY + HOUR, None))
    assert (seen.valid, seen.needed, len(seen.values)) == (1, 18, 24)
