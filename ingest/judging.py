"""What the rules conclude for the subjects that are due: stored hours in, rulings out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alerts import evaluate, silence
from alerts.calm import calm_until
from alerts.history import Fold, History
from alerts.intervals import HOUR, closed_until, lateness
from alerts.model import (
    Activity,
    AlertRule,
    AlertState,
    Evaluation,
    Interval,
    LevelState,
    Status,
)
from decoders.properties import PROPERTIES
from ingest.court import Court, Ruling, Stretch, stretch
from storage import rollups
from storage.connection import Connection
from storage.schedules import Judged, Subject

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a device that is silent is looked at again, unless it is heard."""
_A_MOMENT = timedelta(microseconds=1)
_LONG = timedelta(days=1)
"""A window for which it is worth to know how long a rule can not fire"""
_WORTH_KNOWING = 6 * HOUR
"""A calm that is worth a row"""

Hours = Mapping[datetime, Interval]


def judge_series(
    connection: Connection, histories: Sequence[History], subjects: Sequence[Subject], now: datetime
) -> tuple[list[Ruling], list[Judged]]:
    """Judge series up to the hour that closed last, and say when the next one does."""
    stretches = [
        stretch(subject, closed_until(now, subject.reporting_interval)) for subject in subjects
    ]
    ahead = [each for each in stretches if each.start < each.until]
    court = Court(connection, histories, ahead)
    cases = [(each, court.cases(each)) for each in ahead]
    hours = rollups.hours(
        connection,
        [(each.subject.id, each.start - _reach(rules), each.until) for each, rules in cases],
    )
    found = [
        _judge_hours(court, each, history, hours[each.subject.id])
        for each, rules in cases
        for history in rules
    ]
    return found, [_next_hour(each) for each in stretches]


def _reach(histories: Sequence[History]) -> timedelta:
    """Give how far back rules look."""
    windows = (rule.window for history in histories for rule in history.rules())
    return max(windows, default=timedelta(0))


def _judge_hours(court: Court, each: Stretch, history: History, hours: Hours) -> Ruling:
    def fold(rule: AlertRule, state: AlertState, until: datetime) -> Evaluation:
        return evaluate.evaluate(rule, state, hours, until)

    ruling = court.ruling(each, history, fold)
    known = court.calm_until(ruling.key)
    calm = max(_calm(each, history, ruling, hours), each.until)
    if calm - each.until >= _WORTH_KNOWING or (known is not None and known > each.until):
        return replace(ruling, calm_until=calm)
    return ruling


def _calm(each: Stretch, history: History, ruling: Ruling, hours: Hours) -> datetime:
    """Give up to when the rule can not fire, as far as that is worth knowing."""
    rule, wrong = history.latest, ruling.conclusion.state.status is not Status.INACTIVE
    if wrong or rule is None or rule.window < _LONG or history.entries[-1].since > each.until:
        return each.until
    return calm_until(rule, hours, each.until, PROPERTIES[rule.observed_property].plausible)


def _next_hour(each: Stretch) -> Judged:
    wait = HOUR + lateness(each.subject.reporting_interval)
    return Judged(each.subject.id, each.until, each.until + wait)


def judge_devices(
    connection: Connection, histories: Sequence[History], subjects: Sequence[Subject], now: datetime
) -> tuple[list[Ruling], list[Judged]]:
    """Judge the silence of devices up to now, and say when their patience can run out next."""
    stretches = [stretch(subject, now) for subject in subjects]
    court = Court(connection, histories, stretches)
    heard = rollups.activity(connection, [(each.subject.id, each.start) for each in stretches])
    found: list[Ruling] = []
    schedule = []
    for each in stretches:
        activities = heard[each.subject.id]
        fold = _fold_silence(each.subject, activities)
        rulings = [court.ruling(each, history, fold) for history in court.cases(each)]
        found += rulings
        schedule.append(_next_silence(each, rulings, activities))
    return found, schedule


def _fold_silence(subject: Subject, heard: Sequence[Activity]) -> Fold:
    def fold(rule: AlertRule, state: AlertState, until: datetime) -> Evaluation:
        patience = silence.patience(rule, subject.reporting_interval)
        if not state.levels:
            state = _at_rest(state.until, heard, patience)
        last = state.levels[0].since if state.levels else None
        new = [each for each in heard if last is None or each.last > last]
        return silence.evaluate(rule, state, new, subject.reporting_interval, until)

    return fold


def _at_rest(until: datetime, heard: Sequence[Activity], patience: timedelta) -> AlertState:
    """Give the state of a device that is not silent: last heard in the hour before the moment.

    One that is silent already when the rule begins is so from then on, not from before.
    """
    before = [activity.first for activity in heard if activity.first <= until]
    if not before:
        return AlertState(until)
    return AlertState(until, levels=(LevelState(since=max(before[-1], until - patience)),))


def _next_silence(each: Stretch, rulings: Sequence[Ruling], heard: Sequence[Activity]) -> Judged:
    """Look again when the least patient rule may fire, or what lies ahead of the clock is heard."""
    moments = [activity.first for activity in heard if activity.first >= each.until]
    for ruling in rulings:
        wait = silence.patience(ruling.rule, each.subject.reporting_interval)
        fires_at = heard[-1].last + wait if heard else NEVER
        if ruling.conclusion.state.status is not Status.FIRING and fires_at >= each.until:
            moments.append(fires_at)
    return Judged(each.subject.id, each.until, min(moments, default=NEVER) + _A_MOMENT)
