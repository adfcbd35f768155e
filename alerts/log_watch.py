"""What the network server logs of a device: a rule on one code of its logs, on event time.

The alert fires at the moment of a log. It is over at the first full hour by which the device was
heard after the last log (where the rule goes by that), or before which no such log came for a
while. What it depends on is which logs and uplinks there are, not the order in which they came.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from alerts.intervals import HOUR
from alerts.lifecycle import at_rest, is_midnight
from alerts.model import (
    Activity,
    AlertRule,
    AlertState,
    Evaluation,
    Kind,
    LevelState,
    Status,
    Transition,
)
from alerts.steps import floor


def evaluate(
    rule: AlertRule,
    state: AlertState,
    logs: Iterable[datetime],
    heard: Sequence[Activity],
    watermark: datetime,
) -> Evaluation:
    """Count in when a device was logged and when it was heard, up to the clock.

    The state keeps the last log in the `since` of its level; so logs after `state.until` and
    activity from the hour of that on are enough, and what is known already does no harm.
    """
    watch = _Watch(rule, state, heard)
    ahead = deque(sorted(at for at in logs if state.until < at <= watermark))
    checkpoints = []
    while watch.state.until < watermark:
        stop = watch.next_stop(ahead[0] if ahead else watermark)
        while ahead and ahead[0] <= stop:
            watch.log(ahead.popleft())
        watch.wait(stop)
        if is_midnight(stop):
            checkpoints.append(watch.state)
    return Evaluation(watch.state, tuple(watch.transitions), tuple(checkpoints))


def next_look(rule: AlertRule, state: AlertState) -> datetime | None:
    """Give when the alert can change though nothing new is logged; None: it cannot."""
    if state.status is Status.FIRING:
        return floor(state.until, HOUR) + HOUR
    return None if state.resolved_at is None else state.resolved_at + rule.reopen_within


class _Watch:
    """One device and code, moved along by logs and by waiting."""

    def __init__(self, rule: AlertRule, state: AlertState, heard: Sequence[Activity]) -> None:
        self.state = state
        self.transitions: list[Transition] = []
        self._rule = rule
        self._heard = heard

    def next_stop(self, limit: datetime) -> datetime:
        """Give the next moment to look at: the full hour, if the alert can change at it."""
        if self.state.status is Status.INACTIVE:
            return limit
        return min(limit, floor(self.state.until, HOUR) + HOUR)

    def log(self, at: datetime) -> None:
        """Count in a log."""
        if self.state.status is not Status.FIRING:
            self._fire(at)
        self.state = replace(self.state, levels=(LevelState(firing=True, since=at),))

    def wait(self, until: datetime) -> None:
        """Let time pass up to a moment."""
        firing = self.state.status is Status.FIRING
        if firing and until == floor(until, HOUR) and self._is_over(until):
            self.state = replace(self.state, resolved_at=until)
            self._tell(Kind.RESOLVED, until)
            firing = False
        self.state = (
            replace(self.state, until=until) if firing else at_rest(self._rule, self.state, until)
        )

    def _is_over(self, at: datetime) -> bool:
        last = self.state.levels[0].since or at
        if at - last >= self._rule.log_quiet:
            return True
        return self._rule.log_until_heard and any(
            each.last > last for each in self._heard if each.first < at
        )

    def _fire(self, at: datetime) -> None:
        ended = self.state.resolved_at
        reopens = ended is not None and at - ended < self._rule.reopen_within
        self.state = AlertState(
            self.state.until,
            Status.FIRING,
            self._rule.levels[0].severity,
            fired_at=self.state.fired_at if reopens else at,
            reopened=self.state.reopened + 1 if reopens else 0,
        )
        self._tell(Kind.REOPENED if reopens else Kind.FIRED, at)

    def _tell(self, kind: Kind, at: datetime) -> None:
        severity, fired_at = self._rule.levels[0].severity, self.state.fired_at
        self.transitions.append(Transition(kind, at, at, severity, None, fired_at))
