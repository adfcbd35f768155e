"""Bays up to now: state, stays, overstays and doubts, from their sensors' readings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from alerts.figures import Parking
from alerts.indices import parking, parking_measures
from alerts.indices.parking import Event, Session, Timeline
from alerts.indices.parking_measures import Doubt
from storage.pages_hours import Measured
from storage.pages_parking import Bay

MEASURED = "parking_occupied"
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
        """When the present state began; None when nothing was ever heard."""
        return self.timeline.spans[-1].start if self.timeline.spans else None


def bays_now(
    bays: Sequence[Bay],
    readings: Mapping[Measured, Sequence[tuple[datetime, float]]],
    now: datetime,
    figures: Parking,
) -> list[BayNow]:
    """Work out the bays of one zone from their readings up to now."""
    lines = {
        bay.id: parking.timeline(
            [Event(at, 0, bool(value)) for at, value in readings.get((bay.id, MEASURED), ())],
            bay.heartbeat,
            now,
            figures,
        )
        for bay in bays
    }
    turnover = _turnover(list(lines.values()), now)
    return [_now(bay, lines[bay.id], now, turnover, figures) for bay in bays]


def _turnover(lines: Sequence[Timeline], now: datetime) -> float:
    """Give the arrivals a day in the zone's median bay, over the last week."""
    since = now - 7 * _DAY
    counts = [sum(session.start >= since for session in line.sessions) / 7 for line in lines]
    return median(counts) if counts else 0.0


def _now(bay: Bay, line: Timeline, now: datetime, turnover: float, figures: Parking) -> BayNow:
    limit = limit_of(bay)
    found = parking_measures.doubts(
        line, now, limited=limit is not None, zone_turnover=turnover, figures=figures
    )
    return BayNow(bay, line, found, _overstay(line, limit, now, figures))


def limit_of(bay: Bay) -> timedelta | None:
    """Give how long one may stay in a bay; None without a limit."""
    minutes = bay.detail.get("limit_minutes")
    return timedelta(minutes=minutes) if isinstance(minutes, int | float) else None


def _overstay(
    line: Timeline, limit: timedelta | None, now: datetime, figures: Parking
) -> timedelta:
    if limit is None or line.state is not parking.Bay.OCCUPIED:
        return _NONE
    over = line.sessions[-1].lasted(now) - limit
    return over if over > figures.grace else _NONE


def verified(found: BayNow, figures: Parking) -> list[Session]:
    """Give the stays of a bay whose length can be believed."""
    limited = limit_of(found.bay) is not None
    return [
        session
        for session in found.timeline.sessions
        if parking_measures.is_verified(session, limited=limited, figures=figures)
    ]
