"""The rules before which subjects come: where each stands, and what it concludes from a stretch.

Nothing is written here. What is needed is read in a few queries for many subjects at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from alerts.history import Conclusion, Fold, History
from alerts.intervals import HOUR
from alerts.model import AlertRule, AlertState
from alerts.steps import floor
from storage import alert_states
from storage.alert_states import Key
from storage.connection import Connection
from storage.schedules import Subject


@dataclass(frozen=True, slots=True)
class Times:
    """The two clocks of a step; in a live instance they are one."""

    clock: datetime
    """What is due and what is late: the wall's, in a simulation the newest reading's"""
    wall: datetime
    """When something was recorded"""


class Stretch(msgspec.Struct, frozen=True):
    """The time that a subject is judged over."""

    subject: Subject
    start: datetime
    until: datetime
    is_again: bool
    """Whether it was judged before, at least its beginning"""

    def by(self, step: timedelta) -> "Stretch":
        """Give it in whole intervals of a rule's own step."""
        start, until = floor(self.start, step), floor(self.until, step)
        if (start, until) == (self.start, self.until):
            return self
        return Stretch(self.subject, start, until, self.is_again)


class Ruling(msgspec.Struct, frozen=True):
    """What one rule concludes for one subject."""

    subject: Subject
    rule: AlertRule
    """The version that speaks last"""
    start: datetime
    is_again: bool
    """Whether the stretch was judged before, so that what stands is to be compared"""
    before: AlertState | None
    """Where the rule stood, as stored; None: nothing was wrong"""
    conclusion: Conclusion
    calm_until: datetime | None = None
    """The rule need not be looked at before; None: as before"""

    @property
    def key(self) -> Key:
        """The subject and the rule."""
        return self.subject.id, self.rule.id


def stretch(subject: Subject, until: datetime) -> Stretch:
    """Give the time to judge: from where the subject stands, or again from a midnight before."""
    start = subject.until
    if subject.again is not None:
        start = subject.again.replace(hour=0, minute=0, second=0, microsecond=0)
    return Stretch(subject, start, max(subject.until, until), start < subject.until)


class Speaking:
    """The rules, by what they speak about."""

    def __init__(self, histories: Sequence[History]) -> None:
        self.histories = histories
        self._known: dict[tuple[str, str], list[History]] = {}
        self._steps: dict[tuple[str, str], timedelta] = {}

    def about(self, subject: Subject) -> list[History]:
        """Give the rules that speak about a subject, or once did."""
        kind = (subject.observed_property, subject.environment)
        if kind not in self._known:
            self._known[kind] = [
                history
                for history in self.histories
                if any(applies(rule, subject) for rule in history.rules())
            ]
        return self._known[kind]

    def step(self, subject: Subject) -> timedelta:
        """Give the shortest step of the rules about a subject; an hour when there are none."""
        kind = (subject.observed_property, subject.environment)
        if kind not in self._steps:
            steps = (history.step for history in self.about(subject))
            self._steps[kind] = min(steps, default=HOUR)
        return self._steps[kind]


class Court:
    """The rules, and where they stand for the subjects of some stretches."""

    def __init__(
        self, connection: Connection, speaking: Speaking, stretches: Sequence[Stretch]
    ) -> None:
        self._speaking = speaking
        rules = [history.rule_id for history in speaking.histories]
        ids = [each.subject.id for each in stretches]
        self._states = alert_states.states(connection, ids, rules)
        self._wrong = {subject for subject, _ in self._states}
        again = [(each.subject.id, each.start) for each in stretches if each.is_again]
        self._points = alert_states.checkpoints(connection, again, rules)
        self._calm = alert_states.calm(connection, ids, rules)

    def cases(self, each: Stretch) -> list[History]:
        """Give the rules to judge a stretch by: those that speak, or have something open.

        A rule that is known not to fire in the stretch is left out.
        """
        subject = each.subject
        speaking = self._speaking.about(subject)
        if each.is_again:
            return speaking
        opened = [
            history
            for history in self._speaking.histories
            if subject.id in self._wrong
            and (subject.id, history.rule_id) in self._states
            and history not in speaking
        ]
        return [
            history for history in speaking if not self._is_calm(each, history.rule_id)
        ] + opened

    def _is_calm(self, each: Stretch, rule_id: str) -> bool:
        key = (each.subject.id, rule_id)
        until = self._calm.get(key)
        return until is not None and until >= each.until and key not in self._states

    def is_at_rest(self, each: Stretch, history: History) -> bool:
        """Say whether nothing is wrong by a rule where a stretch begins."""
        key = (each.subject.id, history.rule_id)
        return key not in (self._points if each.is_again else self._states)

    def stays_at_rest(self, each: Stretch, history: History) -> Ruling:
        """Conclude that nothing begins."""
        before = self._states.get((each.subject.id, history.rule_id))
        rule = [*history.rules()][-1]
        conclusion = Conclusion(AlertState(each.until), (), ())
        return Ruling(each.subject, rule, each.start, each.is_again, before, conclusion)

    def calm_until(self, key: Key) -> datetime | None:
        """Give up to when a rule is known not to fire for a subject."""
        return self._calm.get(key)

    def ruling(self, each: Stretch, history: History, fold: Fold) -> Ruling:
        """Let a rule conclude."""
        key = (each.subject.id, history.rule_id)
        before = self._states.get(key)
        state = self._points.get(key) if each.is_again else before
        conclusion = history.judge(
            state or AlertState(each.start),
            each.until,
            lambda rule: applies(rule, each.subject),
            fold,
        )
        rule = [*history.rules()][-1]
        return Ruling(each.subject, rule, each.start, each.is_again, before, conclusion)


def applies(rule: AlertRule, subject: Subject) -> bool:
    """Say whether a rule speaks about a subject, by what it measures and where."""
    if rule.observed_property != subject.observed_property:
        return False
    return rule.environment in {"", subject.environment}
