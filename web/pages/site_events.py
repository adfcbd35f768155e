"""Episodes of a site that are one event: what the team is told of in one letter.

A bout of dust may pass the levels of several rules at several positions, each with an alert of its
own. Those at one site whose times touch are one event, the gravest first. What is for the daily
list alone lasts for a day and more after each bout: it belongs to events, and joins none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from alerts.model import Severity
from web.pages.site_tables import Told

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Event:
    """Episodes of one site that belong together."""

    since: datetime
    until: datetime | None
    """None: it goes on"""
    episodes: tuple[Told, ...]
    """The gravest first"""


def events(told: Sequence[Told]) -> list[Event]:
    """Gather the episodes of a site, the newest event first."""
    ordered = sorted(told, key=lambda each: (each.episode.fired_at, each.episode.id))
    groups: list[list[Told]] = []
    for each in ordered:
        if _joins(each) and not (groups and _touches(groups[-1], each)):
            groups.append([each])
        elif _joins(each):
            groups[-1].append(each)
    for each in ordered:
        if not _joins(each):
            beside = next((group for group in groups if _meets(group, each)), None)
            if beside is None:
                groups.append([each])
            else:
                beside.append(each)
    found = [_event(group) for group in groups]
    return sorted(found, key=lambda event: event.since, reverse=True)


def _joins(told: Told) -> bool:
    return told.episode.severity != Severity.INFO


def _end(told: Told) -> datetime:
    ended = told.episode.resolved_at if told.episode.status == "resolved" else None
    return ended or _NEVER


def _touches(group: Sequence[Told], told: Told) -> bool:
    """Say whether it fired before all of the group was over."""
    return told.episode.fired_at <= max(map(_end, group))


def _meets(group: Sequence[Told], told: Told) -> bool:
    """Say whether an episode for the daily list shares a moment with an event proper."""
    own = [each for each in group if _joins(each)]
    if not own:
        return False
    first = min(each.episode.fired_at for each in own)
    return first <= _end(told) and told.episode.fired_at <= max(map(_end, own))


def _event(group: Sequence[Told]) -> Event:
    gravest = sorted(
        group, key=lambda each: (-Severity(each.episode.severity).rank, each.episode.fired_at)
    )
    own = [each for each in group if _joins(each)] or group
    until = max(map(_end, own))
    since = min(each.episode.fired_at for each in own)
    return Event(since, None if until == _NEVER else until, tuple(gravest))
