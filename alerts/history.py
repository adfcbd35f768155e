"""Which version of a rule is in force when, and what its history concludes from a stretch of time.

A change of a rule holds from a full hour on, once and for ever: so judging a stretch again, because
late data came, gives what it gave before. An open episode goes on under the new version, by the
severities of its levels. When the rule is taken away, or does not speak about the subject any
more, what fires is resolved.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.model import (
    AlertRule,
    AlertState,
    Evaluation,
    Kind,
    LevelState,
    Severity,
    Status,
    Transition,
    Watches,
)

Fold = Callable[[AlertRule, AlertState, datetime], Evaluation]
"""Moves a state along under one version of the rule, up to a time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A version of a rule, from when on."""

    since: datetime
    rule: AlertRule | None
    """None: the rule was taken away"""


@dataclass(frozen=True, slots=True)
class Finding:
    """A transition, with the version of the rule that caused it."""

    transition: Transition
    version: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a rule's history concludes from a stretch of time."""

    state: AlertState
    findings: tuple[Finding, ...]
    checkpoints: tuple[AlertState, ...]
    """The states at the UTC midnights of the stretch, where something is wrong"""


@dataclass(frozen=True, slots=True)
class History:
    """The versions of one rule, the oldest first."""

    rule_id: str
    entries: tuple[Entry, ...]

    @property
    def latest(self) -> AlertRule | None:
        """The newest version, whether or not it is in force already."""
        return self.entries[-1].rule

    @property
    def watches(self) -> Watches:
        """What the rule looks at; that never changes."""
        return next(self.rules()).watches

    @property
    def step(self) -> timedelta:
        """How long the intervals are that the last version goes by."""
        rule = self.entries[-1].rule or [*self.rules()][-1]
        return rule.step

    def rules(self) -> Iterator[AlertRule]:
        """Give every version that there ever was."""
        return (entry.rule for entry in self.entries if entry.rule is not None)

    def judge(
        self,
        state: AlertState,
        until: datetime,
        applies: Callable[[AlertRule], bool],
        fold: Fold,
    ) -> Conclusion:
        """Move a state along to a time, under each version while it is in force."""
        findings: list[Finding] = []
        checkpoints: list[AlertState] = []
        for rule, before, end in self._stretches(state.until, until):
            if rule is None or not applies(rule):
                told, state = _retire(state, end)
                findings += [Finding(transition, "") for transition in told]
                continue
            if before is not None:
                state = _adapt(before, rule, state)
            evaluation = fold(rule, state, end)
            state = evaluation.state
            findings += [Finding(told, rule.version) for told in evaluation.transitions]
            checkpoints += evaluation.checkpoints
        wrong = (point for point in checkpoints if point.stands)
        return Conclusion(state, tuple(findings), tuple(wrong))

    def _stretches(
        self, start: datetime, until: datetime
    ) -> Iterator[tuple[AlertRule | None, AlertRule | None, datetime]]:
        """Give what is in force, what was until then where it changes, and the stretch's end."""
        ends = [entry.since for entry in self.entries[1:]] + [until]
        before = None
        for entry, end in zip(self.entries, ends, strict=True):
            if max(entry.since, start) < min(end, until):
                yield entry.rule, before if entry.since >= start else None, min(end, until)
            before = entry.rule


def _retire(state: AlertState, until: datetime) -> tuple[list[Transition], AlertState]:
    """End what fires or is pending at the moment the state has come to."""
    kinds = {Status.FIRING: Kind.RESOLVED, Status.PENDING: Kind.DROPPED}
    told = []
    if state.status in kinds and state.severity is not None:
        told.append(
            Transition(
                kinds[state.status],
                state.until,
                state.until,
                state.severity,
                None,
                state.fired_at,
                state.peak,
            )
        )
    return told, AlertState(until)


def _adapt(before: AlertRule, rule: AlertRule, state: AlertState) -> AlertState:
    """Carry a state over to a new version: each level goes on as the one of its severity did.

    Of several with one severity each goes on as the one in its turn. A level that is no more ends
    with the next value.
    """
    if rule.watches is not Watches.VALUES or not state.levels:
        return state
    stood: dict[Severity, list[LevelState]] = {}
    for level, was in zip(before.levels, state.levels, strict=True):
        stood.setdefault(level.severity, []).append(was)
    levels = tuple(_next(stood.get(level.severity, [])) for level in rule.levels)
    return replace(state, levels=levels)


def _next(standing: list[LevelState]) -> LevelState:
    return standing.pop(0) if standing else LevelState()
