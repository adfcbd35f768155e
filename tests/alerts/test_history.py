"""Rules change from a moment on, and what was judged before stays judged so."""

from dataclasses import replace
from datetime import timedelta

from alerts import evaluate
from alerts.history import Conclusion, Entry, History
from alerts.model import (
    EPOCH,
    AlertRule,
    AlertState,
    Evaluation,
    Interval,
    Kind,
    Severity,
    Watches,
)
from tests.fixtures.traces import DUST, HOUR, START, level

MILD = replace(DUST, version="2", levels=(level(300, 280),))


def judge(values: list[float], *entries: Entry, speaks: bool = True) -> Conclusion:
    """Judge hourly values from the start on."""
    hours = {START + place * HOUR: value for place, value in enumerate(values)}
    stored = {start: Interval(start, value, valid=True) for start, value in hours.items()}

    def fold(rule: AlertRule, state: AlertState, until: object) -> Evaluation:
        return evaluate.evaluate(rule, state, stored, until)  # type: ignore[arg-type]

    until = START + len(values) * HOUR
    return History("E1", entries).judge(AlertState(START), until, lambda _: speaks, fold)


def kinds(conclusion: Conclusion) -> list[tuple[Kind, str, int]]:
    """Give what was concluded, under which version, at which hour."""
    return [
        (found.transition.kind, found.version, (found.transition.at - START) // HOUR)
        for found in conclusion.findings
    ]


def test_version_in_force_decides() -> None:
    """Each hour is judged by the version that held in it."""
    change = Entry(START + 2 * HOUR, MILD)
    late = judge([100, 195, 100, 195, 310], Entry(EPOCH, DUST), change)
    assert kinds(late) == [(Kind.FIRED, "1", 1), (Kind.RESOLVED, "2", 2), (Kind.FIRED, "2", 4)]
    assert History("E1", (Entry(EPOCH, DUST), change)).latest is MILD


def test_level_goes_on_under_its_severity() -> None:
    """A pending level keeps its time when the rule changes around it."""
    slow = replace(DUST, levels=(level(190, 171, on=3),))
    both = replace(slow, version="2", levels=(level(150, 140, Severity.AMBER, on=9), *slow.levels))
    told = judge([195] * 4, Entry(EPOCH, slow), Entry(START + HOUR, both))
    assert kinds(told) == [(Kind.PENDING, "1", 0), (Kind.FIRED, "2", 2)]


def test_rule_taken_away_ends_all() -> None:
    """What fires is resolved, what waits is dropped, and then nothing more is concluded."""
    gone = Entry(START + 2 * HOUR, None)
    assert kinds(judge([195] * 5, Entry(EPOCH, DUST), gone)) == [
        (Kind.FIRED, "1", 0),
        (Kind.RESOLVED, "", 2),
    ]
    slow = replace(DUST, levels=(level(190, 171, on=3),))
    conclusion = judge([195] * 5, Entry(EPOCH, slow), gone)
    assert kinds(conclusion) == [(Kind.PENDING, "1", 0), (Kind.DROPPED, "", 2)]
    assert conclusion.state == AlertState(START + 5 * HOUR)


def test_rule_that_does_not_speak_concludes_nothing() -> None:
    """A rule on another property or place passes over the time."""
    conclusion = judge([195] * 30, Entry(EPOCH, DUST), speaks=False)
    assert conclusion == Conclusion(AlertState(START + 30 * HOUR), (), ())


def test_checkpoints_are_where_something_is_wrong() -> None:
    """Only midnights at which an alert fires or waits are kept."""
    midnight = START.replace(hour=0) + timedelta(days=1)
    conclusion = judge([195.0] * 20 + [100.0] * 40, Entry(EPOCH, DUST))
    assert [point.until for point in conclusion.checkpoints] == [midnight]


def test_history_knows_its_kind() -> None:
    """A rule is on silence, on logs or on values in all its versions."""
    silent, logged = replace(DUST, silence=True), replace(DUST, log="OTAA")
    assert History("D1", (Entry(EPOCH, silent), Entry(START, None))).watches is Watches.SILENCE
    assert History("D7", (Entry(EPOCH, logged),)).watches is Watches.LOGS
    assert History("E1", (Entry(EPOCH, DUST),)).watches is Watches.VALUES
