"""Whether a device is heard: the rule on missing data, on event time.

A device is silent when it was not heard for longer than so many of its reporting intervals, and at
least for a fixed time. The alert fires at that moment, not when somebody looked, and resolves at
the next reading. A device that was never heard is not silent: it is not installed yet.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from alerts.lifecycle import at_rest, is_midnight
from alerts.model import (
    Activity,
    AlertRule,
    AlertState,
    Evaluation,
    Kind,
    LevelState,
    Severity,
    Status,
    Transition,
)

_DAY = timedelta(days=1)


def evaluate(
    rule: AlertRule,
    state: AlertState,
    heard: Sequence[Activity],
    reporting_interval: timedelta,
    watermark: datetime,
) -> Evaluation:
    """Count in when the device was heard, in order of time, and judge its silence up to the clock.

    The state keeps the last moment at which the device was heard, in the `since` of its level; so
    activity from the hour of `state.until` on is enough, and activity known already does no harm.
    A checkpoint stands at each midnight after the device was first heard.
    """
    ear = _Ear(rule, state, patience(rule, reporting_interval))
    if watermark <= state.until or not (state.levels or heard):
        return Evaluation(state, ())
    checkpoints = []
    ahead = deque(activity for activity in heard if activity.first <= watermark)
    begin = state.until if state.levels else heard[0].first
    for stop in _stops(begin, watermark):
        while ahead and ahead[0].first < stop:
            ear.hear(ahead.popleft())
        ear.wait(stop)
        if is_midnight(stop):
            checkpoints.append(ear.state)
    return Evaluation(ear.state, tuple(ear.transitions), tuple(checkpoints))


def patience(rule: AlertRule, reporting_interval: timedelta) -> timedelta:
    """Give how long a device may be silent before the rule fires."""
    return max(rule.silence_intervals * reporting_interval, rule.silence_at_least)


def is_heard(heard: Sequence[Activity], patience: timedelta, until: datetime) -> bool:
    """Say whether no pause up to a time was longer than the patience; in order of time."""
    if not heard or heard[-1].first >= until or until > heard[-1].last + patience:
        return False
    return all(later.first <= earlier.last + patience for earlier, later in pairwise(heard))


def _stops(begin: datetime, watermark: datetime) -> Iterator[datetime]:
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
    while midnight < watermark:
        yield midnight
        midnight += _DAY
    yield watermark


class _Ear:
    """One device's silence, moved along by what is heard and by waiting."""

    def __init__(self, rule: AlertRule, state: AlertState, patience: timedelta) -> None:
        self.state = state
        self.transitions: list[Transition] = []
        self._rule = rule
        self._patience = patience

    @property
    def _last(self) -> datetime | None:
        return self.state.levels[0].since if self.state.levels else None

    def hear(self, activity: Activity) -> None:
        """Count in one hour's activity."""
        last = self._last
        if last is not None and activity.last <= last:
            return
        self._fire_by(activity.first)
        if self.state.status is Status.FIRING:
            self.state = replace(self.state, resolved_at=activity.first)
            self._tell(Kind.RESOLVED, activity.first)
            self._rest(activity.first)
        self.state = replace(self.state, levels=(LevelState(since=activity.last),))

    def wait(self, until: datetime) -> None:
        """Let time pass up to the moment."""
        self._fire_by(until)
        self.state = replace(self.state, until=until)
        if self.state.status is not Status.FIRING:
            self._rest(until)

    def _rest(self, until: datetime) -> None:
        self.state = replace(at_rest(self._rule, self.state, until), levels=self.state.levels)

    def _fire_by(self, moment: datetime) -> None:
        last = self._last
        if last is None or self.state.status is Status.FIRING or moment <= last + self._patience:
            return
        self._fire(last, last + self._patience)

    def _fire(self, last: datetime, at: datetime) -> None:
        ended = self.state.resolved_at
        reopens = ended is not None and at - ended < self._rule.reopen_within
        self.state = AlertState(
            self.state.until,
            Status.FIRING,
            self._severity,
            (LevelState(firing=True, since=last),),
            fired_at=self.state.fired_at if reopens else at,
            reopened=self.state.reopened + 1 if reopens else 0,
        )
        self._tell(Kind.REOPENED if reopens else Kind.FIRED, at)

    @property
    def _severity(self) -> Severity:
        return self._rule.levels[0].severity

    def _tell(self, kind: Kind, at: datetime) -> None:
        fired_at = self.state.fired_at
        self.transitions.append(Transition(kind, at, at, self._severity, None, fired_at))
