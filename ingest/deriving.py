"""What is worked out of stored hours, by theme, for the places and devices that are due.

A place is due half an hour after an interval's end. When something that was counted in changes, it
is worked out again from the last midnight whose state is known: what comes of it depends on what is
stored alone, not on the order in which it came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from alerts.derived.model import DAY, Values, midnight
from alerts.intervals import HOUR, MOST_LATENESS
from alerts.steps import floor
from storage import derivations
from storage.connection import Connection
from storage.derivations import Done, Due

MOST_AT_ONCE = timedelta(days=60)
"""So much of one owner is worked out in a step; the rest is due at once"""


@dataclass(frozen=True, slots=True)
class Begin:
    """The time that an owner is worked out over, and its state at the beginning."""

    since: datetime
    until: datetime
    state: str | None
    """As JSON; None: the initial one"""


@dataclass(frozen=True, slots=True)
class Worked:
    """What was worked out for an owner."""

    values: Values
    state: str = "null"
    """At the end, as JSON"""
    checkpoints: Mapping[datetime, str] = field(default_factory=dict)
    """At the midnights on the way"""


class Theme(Protocol):
    """Something that is worked out."""

    name: str
    step: timedelta
    """An hour, or a UTC day"""
    outputs: Sequence[str]
    """The properties that it gives"""
    beside: Sequence[str]
    """Measured properties: with a rule on one of them it is worked out, too"""
    of_places: bool
    """Whether its owners are places; else they are devices"""

    def mark(
        self, connection: Connection, changed: Mapping[int, datetime], clock: datetime
    ) -> None:
        """Have owners worked out of whose series an hour changed."""

    def run(self, connection: Connection, begins: Mapping[int, Begin]) -> dict[int, Worked]:
        """Work owners out."""


def derive(
    connection: Connection, theme: Theme, clock: datetime, limit: int
) -> tuple[dict[int, datetime], bool]:
    """Work out what is due by a theme, at most so many owners.

    Gives the first hour that changed of each series, and whether there may be more to do.
    """
    waiting = derivations.due(connection, theme.name, clock, limit)
    if not waiting:
        return {}, False
    closed = floor(clock - MOST_LATENESS, theme.step)
    begins = {each.owner: _begin(each, closed) for each in waiting}
    worked = theme.run(connection, begins)
    rows = [
        (owner, name, channel, start, value)
        for owner, each in worked.items()
        for (name, channel), hours in each.values.found.items()
        for start, value in hours.items()
    ]
    again = [
        (owner, begin.since, begin.until)
        for owner, begin in begins.items()
        if begin.until - begin.since > HOUR
    ]
    changed = derivations.write(connection, rows, again, theme.outputs, of_places=theme.of_places)
    done = [
        Done(owner, begin.until, begin.until + theme.step + MOST_LATENESS, worked[owner].state)
        for owner, begin in begins.items()
    ]
    points = [
        (owner, point, state)
        for owner, each in worked.items()
        for point, state in each.checkpoints.items()
    ]
    derivations.done(connection, theme.name, done, points)
    behind = any(begin.until < closed for begin in begins.values())
    return changed, behind or len(waiting) >= limit


def _begin(each: Due, closed: datetime) -> Begin:
    if each.again is None:
        since, state = each.until, each.state
    elif each.point is not None:
        since, state = each.point, each.point_state
    else:
        since, state = midnight(each.again), None
    return Begin(since, min(max(since, closed), since + MOST_AT_ONCE), state)


def days(begins: Mapping[int, Begin]) -> list[datetime]:
    """Give the UTC days that are to be worked out for any owner."""
    day = min(begin.since for begin in begins.values())
    until = max(begin.until for begin in begins.values())
    return [day + number * DAY for number in range((until - day) // DAY)]
