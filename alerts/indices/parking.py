"""Parking bays: sessions from a sensor's events, in any order they come.

    events --sorted, repeats dropped--> changes --flickers taken out--> stays --silences--> spans

A session opens when a free bay is taken and closes when it is left. A change that is taken back
within the shortest session is a flicker: no session, and counted, since it tells of the sensor's
health. Where the sensor was silent for too long the bay is unknown, which is neither free nor
occupied. Nothing here ever refuses an event: what is doubtful is said to be.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from alerts.figures import Parking


class Bay(StrEnum):
    """The state of a bay."""

    FREE = "free"
    OCCUPIED = "occupied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """What a sensor said; the same state again is a heartbeat."""

    at: datetime
    """The sensor's own time where it tells one, else the arrival's"""
    f_cnt: int
    """Decides between events of one time"""
    occupied: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in one state."""

    state: Bay
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A vehicle's stay, as far as a two-state sensor can tell."""

    start: datetime
    end: datetime | None
    """None while it lasts"""
    whole: bool
    """False when its beginning was not seen, or the sensor was silent on the way"""

    def lasted(self, now: datetime) -> timedelta:
        """Give its length, so far when it lasts."""
        return (self.end or now) - self.start


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is known of one bay up to a moment."""

    state: Bay = Bay.UNKNOWN
    """At that moment"""
    spans: tuple[Span, ...] = ()
    """Without a hole from the first event on"""
    sessions: tuple[Session, ...] = ()
    flickers: tuple[datetime, ...] = ()
    """When a change was taken back"""


def timeline(
    events: Iterable[Event], heartbeat: timedelta, until: datetime, figures: Parking
) -> Timeline:
    """Reconstruct a bay up to a moment from all of its events before it.

    The order and the repetition of the events do not matter. `heartbeat` is how often the sensor
    speaks when nothing changes.
    """
    ordered = sorted({event for event in events if event.at <= until})
    if not ordered:
        return Timeline()
    changes, flickers = _settle(ordered, figures.shortest_session)
    silences = _silences(ordered, heartbeat * figures.unknown_after, until)
    stays = _stays(changes, until)
    silent = bool(silences) and silences[-1].end == until
    return Timeline(
        Bay.UNKNOWN if silent else stays[-1].state,
        tuple(piece for stay in stays for piece in _cut(stay, silences)),
        tuple(_sessions(stays, silences)),
        flickers,
    )


def _settle(
    ordered: Sequence[Event], shortest: timedelta
) -> tuple[list[Event], tuple[datetime, ...]]:
    """Give the changes of state without repeats and flickers, and when the flickers were."""
    changes: list[Event] = []
    flickers: list[datetime] = []
    for event in ordered:
        if changes and changes[-1].occupied == event.occupied:
            continue
        if len(changes) > 1 and event.at - changes[-1].at < shortest:
            changes.pop()
            flickers.append(event.at)
            continue
        changes.append(event)
    return changes, tuple(flickers)


def _silences(ordered: Sequence[Event], patience: timedelta, until: datetime) -> list[Span]:
    moments = [event.at for event in ordered] + [until]
    return [
        Span(Bay.UNKNOWN, before + patience, after)
        for before, after in pairwise(moments)
        if after - before > patience
    ]


def _stays(changes: Sequence[Event], until: datetime) -> list[Span]:
    ends = [change.at for change in changes[1:]] + [until]
    return [
        Span(Bay.OCCUPIED if change.occupied else Bay.FREE, change.at, end)
        for change, end in zip(changes, ends, strict=True)
    ]


def _sessions(stays: Sequence[Span], silences: Sequence[Span]) -> Iterator[Session]:
    for index, stay in enumerate(stays):
        if stay.state is Bay.OCCUPIED:
            lasting = index == len(stays) - 1
            unseen = index == 0 or any(_overlap(stay, silence) for silence in silences)
            yield Session(stay.start, None if lasting else stay.end, whole=not unseen)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _cut(stay: Span, silences: Iterable[Span]) -> list[Span]:
    """Take the silences out of a stay."""
    pieces = []
    start = stay.start
    for silence in silences:
        low, high = max(silence.start, start), min(silence.end, stay.end)
        if low >= high:
            continue
        pieces += [Span(stay.state, start, low)] if start < low else []
        pieces.append(Span(Bay.UNKNOWN, low, high))
        start = high
    return pieces + ([Span(stay.state, start, stay.end)] if start < stay.end else [])
