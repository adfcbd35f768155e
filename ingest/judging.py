"""What the rules conclude for the subjects that are due: stored hours in, rulings out.

Nothing is written here. What is needed is read in a few queries for many subjects at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerts import evaluate, silence
from alerts.history import Conclusion, Fold, History
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
from storage import alert_states, rollups
from storage.alert_states import Key
from storage.connection import Connection
from storage.schedules import Judged, Subject


@dataclass(frozen=True, slots=True)
class Times:
    """The two clocks of a step; in a live instance they are one."""

    clock: datetime
    """What is due and what is late: the wall's, in a simulation the newest reading's"""
    wall: datetime
    """When something was recorded"""


NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a device that is silent is looked at again, unless it is heard."""
_A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time that a subject is judged over."""

    subject: Subject
    start: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one rule concludes for one subject."""

    subject: Subject
    rule: AlertRule
    """The version that speaks last"""
    start: datetime
    before: AlertState | None
    """Where the rule stood, as stored; None: nothing was wrong"""
    conclusion: Conclusion

    @property
    def key(self) -> Key:
        """The subject and the rule."""
        return self.subject.id, self.rule.id

    @property
    def is_again(self) -> bool:
        """Whether the stretch was judged before, so that what stands is to be compared."""
        return self.start < self.subject.until


def _stretch(subject: Subject, until: datetime) -> Stretch:
    """Give the time to judge: from where the subject stands, or again from a midnight before."""
    start = subject.until
    if subject.again is not None:
        start = subject.again.replace(hour=0, minute=0, second=0, microsecond=0)
    return Stretch(subject, start, max(subject.until, until))


class _Court:
    """The rules, and where they stand for the subjects of some stretches."""

    def __init__(
        self, connection: Connection, histories: Sequence[History], stretches: Sequence[Stretch]
    ) -> None:
        self._histories = histories
        rules = [history.rule_id for history in histories]
        ids = [each.subject.id for each in stretches]
        self._states = alert_states.states(connection, ids, rules)
        again = [
            (each.subject.id, each.start) for each in stretches if each.start < each.subject.until
        ]
        self._points = alert_states.checkpoints(connection, again, rules)
        self._speaking: dict[tuple[str, str], list[History]] = {}

    def speaking(self, subject: Subject) -> list[History]:
        """Give the rules that speak about a subject, or once did."""
        kind = (subject.observed_property, subject.environment)
        if kind not in self._speaking:
            self._speaking[kind] = [
                history
                for history in self._histories
                if any(applies(rule, subject) for rule in history.rules())
            ]
        return self._speaking[kind]

    def rulings(self, each: Stretch, fold: Fold) -> list[Ruling]:
        """Let every rule that speaks about the subject, or has something open, conclude."""
        subject = each.subject
        speaking = self.speaking(subject)
        opened = [
            history
            for history in self._histories
            if history not in speaking and (subject.id, history.rule_id) in self._states
        ]
        return [self._ruling(each, history, fold) for history in (*speaking, *opened)]

    def _ruling(self, each: Stretch, history: History, fold: Fold) -> Ruling:
        key = (each.subject.id, history.rule_id)
        before = self._states.get(key)
        state = self._points.get(key) if each.start < each.subject.until else before
        conclusion = history.judge(
            state or AlertState(each.start),
            each.until,
            lambda rule: applies(rule, each.subject),
            fold,
        )
        rule = [*history.rules()][-1]
        return Ruling(each.subject, rule, each.start, before, conclusion)


def applies(rule: AlertRule, subject: Subject) -> bool:
    """Say whether a rule speaks about a subject, by what it measures and where."""
    if rule.observed_property != subject.observed_property:
        return False
    return rule.environment in {"", subject.environment}


def judge_series(
    connection: Connection, histories: Sequence[History], subjects: Sequence[Subject], now: datetime
) -> tuple[list[Ruling], list[Judged]]:
    """Judge series up to the hour that closed last, and say when the next one does."""
    stretches = [
        _stretch(subject, closed_until(now, subject.reporting_interval)) for subject in subjects
    ]
    ahead = [each for each in stretches if each.start < each.until]
    court = _Court(connection, histories, ahead)
    hours = rollups.hours(
        connection,
        [(each.subject.id, each.start - _reach(court, each), each.until) for each in ahead],
    )
    found = []
    for each in ahead:
        found += court.rulings(each, _fold_hours(hours[each.subject.id]))
    return found, [_next_hour(each) for each in stretches]


def _reach(court: _Court, each: Stretch) -> timedelta:
    """Give how far back the rules of a subject look."""
    windows = (rule.window for history in court.speaking(each.subject) for rule in history.rules())
    return max(windows, default=HOUR)


def _fold_hours(hours: Mapping[datetime, Interval]) -> Fold:
    def fold(rule: AlertRule, state: AlertState, until: datetime) -> Evaluation:
        return evaluate.evaluate(rule, state, hours, until)

    return fold


def _next_hour(each: Stretch) -> Judged:
    wait = HOUR + lateness(each.subject.reporting_interval)
    return Judged(each.subject.id, each.until, each.until + wait)


def judge_devices(
    connection: Connection, histories: Sequence[History], subjects: Sequence[Subject], now: datetime
) -> tuple[list[Ruling], list[Judged]]:
    """Judge the silence of devices up to now, and say when their patience can run out next."""
    stretches = [_stretch(subject, now) for subject in subjects]
    court = _Court(connection, histories, stretches)
    heard = rollups.activity(connection, [(each.subject.id, each.start) for each in stretches])
    found: list[Ruling] = []
    schedule = []
    for each in stretches:
        activities = heard[each.subject.id]
        rulings = court.rulings(each, _fold_silence(each.subject, activities))
        found += rulings
        schedule.append(_next_silence(each, rulings, activities))
    return found, schedule


def _fold_silence(subject: Subject, heard: Sequence[Activity]) -> Fold:
    def fold(rule: AlertRule, state: AlertState, until: datetime) -> Evaluation:
        if not state.levels:
            state = _at_rest(state.until, heard)
        last = state.levels[0].since if state.levels else None
        new = [each for each in heard if last is None or each.last > last]
        return silence.evaluate(rule, state, new, subject.reporting_interval, until)

    return fold


def _at_rest(until: datetime, heard: Sequence[Activity]) -> AlertState:
    """Give the state of a device that is not silent: last heard in the hour before the moment."""
    before = [activity.first for activity in heard if activity.first <= until]
    return AlertState(until, levels=(LevelState(since=before[-1]),) if before else ())


def _next_silence(each: Stretch, rulings: Sequence[Ruling], heard: Sequence[Activity]) -> Judged:
    """Look again when the least patient rule may fire, or what lies ahead of the clock is heard."""
    moments = [activity.first for activity in heard if activity.first > each.until]
    for ruling in rulings:
        wait = silence.patience(ruling.rule, each.subject.reporting_interval)
        fires_at = heard[-1].last + wait if heard else NEVER
        if ruling.conclusion.state.status is not Status.FIRING and fires_at >= each.until:
            moments.append(fires_at + _A_MOMENT)
    return Judged(each.subject.id, each.until, min(moments, default=NEVER))
