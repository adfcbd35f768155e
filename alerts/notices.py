"""Who is told what, when: nobody twice, nobody of the past.

An episode is told when it fires, again when its severity rises above what was told, and its end is
told to those who were told that it fires. When later data show that it never was, they are told
that too. An episode that only moved in time is the one that was told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.model import Kind, Severity, Transition

LATE = timedelta(hours=6)
"""Nobody is told of a finding that could have been known so long ago."""


class NoticeKind(StrEnum):
    """What a message says."""

    FIRED = "fired"
    RAISED = "raised"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    """It was told, and later data show that it was not so"""


@dataclass(frozen=True, slots=True)
class Told:
    """What one channel was told of an episode."""

    severity: Severity | None = None
    """The highest one; None: nothing, or that it was not so"""
    over: bool = False
    """Its end was told"""
    notices: int = 0
    """How many: the number of the next one, for its idempotency key"""

    @property
    def rank(self) -> int:
        """The rank of the severity, below all others for nothing."""
        return -1 if self.severity is None else self.severity.rank


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to be told."""

    kind: NoticeKind
    severity: Severity
    step: int
    """Counts the notices of an episode on a channel"""
    transition: Transition | None
    """What causes it; None for a withdrawal"""


def is_late(known_at: datetime, clock: datetime) -> bool:
    """Say whether a finding is too old to tell anybody."""
    return clock - known_at > LATE


def notices(
    told: Told, appended: Sequence[Transition], clock: datetime
) -> tuple[Told, tuple[Notice, ...]]:
    """Give what new transitions of an episode, in order, make a channel be told."""
    notes: list[Notice] = []
    for transition in appended:
        kind = _kind(told, transition, clock)
        if kind is not None:
            notes.append(Notice(kind, transition.severity, told.notices, transition))
            told = _after(told, kind, transition.severity)
    return told, tuple(notes)


def withdrawal(told: Told, worst: Severity) -> tuple[Told, tuple[Notice, ...]]:
    """Give what a channel is told of an episode that never was."""
    if told.severity is None or told.over:
        return told, ()
    notice = Notice(NoticeKind.WITHDRAWN, worst, told.notices, None)
    return Told(notices=told.notices + 1), (notice,)


_RISES = frozenset({Kind.FIRED, Kind.REOPENED, Kind.RAISED})


def _kind(told: Told, transition: Transition, clock: datetime) -> NoticeKind | None:
    if transition.kind is Kind.RESOLVED:
        return NoticeKind.RESOLVED if told.severity is not None and not told.over else None
    rises = transition.kind in _RISES and transition.severity.rank > told.rank
    if not rises or is_late(transition.known_at, clock):
        return None
    return NoticeKind.FIRED if told.severity is None else NoticeKind.RAISED


def _after(told: Told, kind: NoticeKind, severity: Severity) -> Told:
    told = replace(told, notices=told.notices + 1, over=kind is NoticeKind.RESOLVED)
    return told if told.over else replace(told, severity=severity)
