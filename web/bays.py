"""Bays up to now: state, stays, overstays and doubts, from their sensors' readings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from alerts import figures
from alerts.figures import Parking
from alerts.indices import parking, parking_measures
from alerts.indices.parking import Event, Session, Timeline
from alerts.indices.parking_measures import Doubt, Restriction
from alerts.indices.restrictions import restrictions
from storage.pages_parking import Bay
from web.holidays import bank_holidays
from web.periods import each_hour, floor

FIGURES = figures.load().parking
"""The numbers behind sessions and occupancy, as they are shipped"""
MEASURED = "parking_occupied"
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class BayNow:
    """A bay with all that its readings say."""

    bay: Bay
    timeline: Timeline
    doubts: tuple[Doubt, ...]
    overstay: timedelta
    """How far the present stay is over the limit and its grace; 0 when it is not"""

    @property
    def since(self) -> datetime | None:
        """When the present state began; None when nothing was ever heard.

        As for stays, what is unknown between two stretches of one state ends none of them.
        """
        began = None
        for span in reversed(self.timeline.spans):
            if span.state is self.timeline.state:
                began = span.start
            elif span.state is not parking.Bay.UNKNOWN:
                break
        return began


def bays_now(
    bays: Sequence[Bay],
    events: Mapping[int, Sequence[tuple[datetime, bool]]],
    since: datetime,
    now: datetime,
    figures: Parking = FIGURES,
) -> list[BayNow]:
    """Work out the bays of one zone from what their sensors said since a time, up to now."""
    lines = {
        bay.id: parking.timeline(
            [Event(at, 0, taken) for at, taken in events.get(bay.id, ())],
            bay.heartbeat,
            now,
            figures,
        )
        for bay in bays
    }
    turnover = _turnover(list(lines.values()), since, now)
    return [_now(bay, lines[bay.id], now, turnover, figures) for bay in bays]


def _turnover(lines: Sequence[Timeline], since: datetime, now: datetime) -> float:
    """Give the arrivals a day in the zone's median bay."""
    counts = [sum(session.start >= since for session in line.sessions) for line in lines]
    return median(counts) * (_DAY / (now - since)) if counts else 0.0


def _now(bay: Bay, line: Timeline, now: datetime, turnover: float, figures: Parking) -> BayNow:
    limit = limit_of(bay)
    found = parking_measures.doubts(
        line, now, limited=limit is not None, zone_turnover=turnover, figures=figures
    )
    return BayNow(bay, line, found, _overstay(line, restrictions(bay.detail), now, figures))


def limit_of(bay: Bay) -> timedelta | None:
    """Give how long one may stay in a bay; None without a limit."""
    minutes = bay.detail.get("limit_minutes")
    return timedelta(minutes=minutes) if isinstance(minutes, int | float) else None


def _overstay(
    line: Timeline, limits: Sequence[Restriction], now: datetime, figures: Parking
) -> timedelta:
    if line.state is not parking.Bay.OCCUPIED:
        return _NONE
    return parking_measures.overstay(
        line.sessions[-1], limits, now, holidays=bank_holidays(), figures=figures
    )


def verified(found: BayNow, figures: Parking = FIGURES) -> list[Session]:
    """Give the stays of a bay whose length can be believed."""
    limited = limit_of(found.bay) is not None
    return [
        session
        for session in found.timeline.sessions
        if parking_measures.is_verified(session, limited=limited, figures=figures)
    ]


def occupancy_by_hour(
    lines: Iterable[Timeline], since: datetime, until: datetime
) -> list[tuple[datetime, float | None]]:
    """Give for each hour of [since, until) the occupied share of the known time, in %.

    What `parking_measures.occupancy_over` gives for one hour, for all of them in one pass.
    """
    known: dict[datetime, timedelta] = {}
    taken: dict[datetime, timedelta] = {}
    for line in lines:
        for span in line.spans:
            if span.state is parking.Bay.UNKNOWN:
                continue
            for hour, length in _pieces(max(span.start, since), min(span.end, until)):
                known[hour] = known.get(hour, _NONE) + length
                if span.state is parking.Bay.OCCUPIED:
                    taken[hour] = taken.get(hour, _NONE) + length
    return [
        (hour, 100 * (taken.get(hour, _NONE) / known[hour]) if known.get(hour) else None)
        for hour in each_hour(since, until)
    ]


def _pieces(start: datetime, end: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Cut a stretch of time at full hours."""
    while start < end:
        hour = floor(start)
        piece = min(end, hour + _HOUR)
        yield hour, piece - start
        start = piece
