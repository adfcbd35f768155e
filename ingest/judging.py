"""What the rules conclude for the subjects that are due: stored hours in, rulings out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache

from msgspec.structs import replace

from alerts import evaluate, silence
from alerts.calm import band, calm_until
from alerts.figures import Figures
from alerts.history import Fold, History
from alerts.intervals import HOUR
from alerts.model import (
    Activity,
    AlertRule,
    AlertState,
    Evaluation,
    LevelState,
    Status,
    ValidMeans,
)
from alerts.steps import closed, closes_after
from decoders.properties import PROPERTIES
from ingest import series_values
from ingest.court import Court, Ruling, Speaking, Stretch, stretch
from ingest.series_values import Wanted
from storage import rollups
from storage.connection import Connection
from storage.schedules import Judged, Subject

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a device that is silent is looked at again, unless it is heard."""
_A_MOMENT = timedelta(microseconds=1)
_closes_after = lru_cache(maxsize=256)(closes_after)
_LONG = timedelta(days=1)
"""A window for which it is worth to know how long a rule can not fire"""
_WORTH_KNOWING = 6 * HOUR
"""A calm that is worth a row"""


def judge_series(
    connection: Connection,
    histories: Sequence[History],
    subjects: Sequence[Subject],
    now: datetime,
    figures: Figures,
) -> tuple[list[Ruling], list[Judged]]:
    """Judge series up to the interval that closed last, and say when the next one does.

    A series goes by the shortest step of the rules that speak about it.
    """
    speaking = Speaking(histories)
    finest = {subject.id: speaking.step(subject) for subject in subjects}

    @cache
    def closed_until(step: timedelta, reporting_interval: timedelta) -> datetime:
        return closed(now, step, reporting_interval)

    stretches = [
        stretch(subject, closed_until(finest[subject.id], subject.reporting_interval))
        for subject in subjects
    ]
    ahead = [each for each in stretches if each.start < each.until]
    court = Court(connection, speaking, ahead)
    cases = [
        (stretched, history)
        for each in ahead
        for history in court.cases(each)
        if (stretched := each.by(history.step)).start < stretched.until
    ]
    values = series_values.read(
        connection,
        [
            Wanted(each.subject, history.step, each.start - _reach(history), each.until)
            for each, history in cases
        ],
        figures,
    )
    bands = {history.rule_id: band(history.rules()) for history in histories}
    rulings = (
        _judge_values(
            court, each, history, values[each.subject.id, history.step], bands[history.rule_id]
        )
        for each, history in cases
    )
    schedule = [_next(each, finest[each.subject.id]) for each in stretches]
    return [ruling for ruling in rulings if ruling is not None], schedule


def _reach(history: History) -> timedelta:
    """Give how far back a rule looks."""
    return max(rule.window for rule in history.rules())


def _judge_values(
    court: Court,
    each: Stretch,
    history: History,
    values: ValidMeans,
    between: tuple[float, float],
) -> Ruling | None:
    """Judge a stretch by a rule; None: nothing is wrong, nothing was, and nothing is to record."""
    least, highest = values.extent
    is_quiet = court.is_at_rest(each, history) and between[0] < least and highest < between[1]
    if is_quiet:
        ruling = court.stays_at_rest(each, history)
    else:
        ruling = court.ruling(each, history, _fold_values(values))
    known = court.calm_until(ruling.key)
    calm = max(_calm(each, history, ruling, values), each.until)
    if calm - each.until >= _WORTH_KNOWING or (known is not None and known > each.until):
        return replace(ruling, calm_until=calm)
    return None if is_quiet and not each.is_again else ruling


def _fold_values(values: ValidMeans) -> Fold:
    def fold(rule: AlertRule, state: AlertState, until: datetime) -> Evaluation:
        return evaluate.evaluate(rule, state, values, until)

    return fold


def _calm(each: Stretch, history: History, ruling: Ruling, values: ValidMeans) -> datetime:
    """Give up to when the rule can not fire, as far as that is worth knowing."""
    rule, wrong = history.latest, ruling.conclusion.state.stands
    if wrong or rule is None or rule.window < _LONG or history.entries[-1].since > each.until:
        return each.until
    plausible = PROPERTIES[rule.observed_property].plausible
    return calm_until(rule, values.known, each.until, plausible)


def _next(each: Stretch, step: timedelta) -> Judged:
    wait = _closes_after(step, each.subject.reporting_interval)
    return Judged(each.subject.id, each.until, each.until + wait)


def judge_devices(
    connection: Connection, histories: Sequence[History], subjects: Sequence[Subject], now: datetime
) -> tuple[list[Ruling], list[Judged]]:
    """Judge the silence of devices up to now, and say when their patience can run out next."""
    stretches = [stretch(subject, now) for subject in subjects]
    court = Court(connection, Speaking(histories), stretches)
    heard = rollups.activity(connection, [(each.subject.id, each.start) for each in stretches])
    found: list[Ruling] = []
    schedule = []
    for each in stretches:
        activities = heard[each.subject.id]
        fold = _fold_silence(each.subject, activities)
        rulings = []
        for history in court.cases(each):
            if _is_heard(court, each, history, activities):
                rulings.append(court.stays_at_rest(each, history))
            else:
                rulings.append(court.ruling(each, history, fold))
                found.append(rulings[-1])
        schedule.append(_next_silence(each, rulings, activities))
    return found, schedule


def _is_heard(court: Court, each: Stretch, history: History, heard: Sequence[Activity]) -> bool:
    """Say whether a device was never silent, so that nothing is to record."""
    interval = each.subject.reporting_interval
    patience = min(silence.patience(rule, interval) for rule in history.rules())
    at_rest = not each.is_again and court.is_at_rest(each, history)
    return at_rest and silence.is_heard(heard, patience, each.until)


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
