"""Episodes: what the transitions of one alert tell, and how a history is corrected.

An episode is known by its key and the moment it fired at. It is nothing but the fold of its
transitions, so it is as right as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerts.history import Finding
from alerts.model import Kind, Severity

CONTRADICTED = "later data contradict it"
CORRECTED = "later data changed its value"


_RANKED = frozenset({Kind.FIRED, Kind.REOPENED, Kind.RAISED, Kind.LOWERED})
_STALENESS = frozenset({Kind.STALE, Kind.FRESH, Kind.RESOLVED})


class EpisodeStatus(StrEnum):
    """What became of an episode."""

    FIRING = "firing"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    """Later data showed that it never was"""


@dataclass(frozen=True, slots=True)
class Episode:
    """One alert, from the moment it fired."""

    fired_at: datetime
    known_at: datetime
    """The earliest moment at which anybody could know that it fires"""
    version: str
    """The version of the rule that it fired under"""
    status: EpisodeStatus
    severity: Severity
    """The last one"""
    worst: Severity
    """The highest one"""
    resolved_at: datetime | None
    peak: float | None
    """The worst value, as far as its transitions tell"""
    reopened: int
    stale: bool


def episode_id(key: str, fired_at: datetime) -> str:
    """Name an episode, the same for one key and moment for ever."""
    fraction = ".%f" if fired_at.microsecond else ""
    return f"{key}-{fired_at.strftime(f'%Y%m%dT%H%M%S{fraction}Z')}"


def episode(findings: Sequence[Finding]) -> Episode | None:
    """Fold the findings of one episode, in their order; None when it did not fire."""
    fired = next((found for found in findings if found.transition.kind is Kind.FIRED), None)
    if fired is None or fired.transition.fired_at is None:
        return None
    told = [found.transition for found in findings]
    last = told[-1]
    over = last.kind is Kind.RESOLVED
    severities = [transition.severity for transition in told]
    ranked = [transition for transition in told if transition.kind in _RANKED]
    return Episode(
        fired_at=fired.transition.fired_at,
        known_at=fired.transition.known_at,
        version=fired.version,
        status=EpisodeStatus.RESOLVED if over else EpisodeStatus.FIRING,
        severity=ranked[-1].severity,
        worst=max(severities, key=lambda severity: severity.rank),
        resolved_at=last.known_at if over else None,
        peak=last.peak,
        reopened=sum(transition.kind is Kind.REOPENED for transition in told),
        stale=[change.kind for change in told if change.kind in _STALENESS][-1:] == [Kind.STALE],
    )


def overlap(one: tuple[datetime, datetime | None], other: tuple[datetime, datetime | None]) -> bool:
    """Say whether two stretches of time share a moment; an open one lasts for ever."""
    (first, first_end), (second, second_end) = one, other
    return (second_end is None or first < second_end) and (first_end is None or second < first_end)


@dataclass(frozen=True, slots=True)
class Stored:
    """A finding as it is stored, by its number."""

    id: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Correction:
    """What makes a stored history the one that was concluded."""

    withdraw: tuple[tuple[Stored, str], ...]
    """What should not have been, each with the reason"""
    append: tuple[Finding, ...]


def correct(stored: Sequence[Stored], concluded: Sequence[Finding]) -> Correction:
    """Compare what stands with what should."""
    wanted = set(concluded)
    standing = {entry.finding for entry in stored}
    append = tuple(finding for finding in concluded if finding not in standing)
    places = {(finding.transition.kind, finding.transition.at) for finding in append}
    wrong = (entry for entry in stored if entry.finding not in wanted)
    return Correction(
        tuple((entry, CORRECTED if _place(entry) in places else CONTRADICTED) for entry in wrong),
        append,
    )


def _place(entry: Stored) -> tuple[Kind, datetime]:
    return entry.finding.transition.kind, entry.finding.transition.at
