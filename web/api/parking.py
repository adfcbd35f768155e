"""Parking now: the open bays with their states, and the figures of the zones.

A zone's figures are made of its open bays alone, so that taking them apart tells of no other bay,
and are given for three bays and more: one of two is nearly one driver's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from alerts import figures
from alerts.indices.parking import Bay
from alerts.indices.parking_measures import occupancy
from storage import open_data
from storage.connection import Connection
from storage.open_data import OpenBay, OpenPlace
from web.api.licence import terms
from web.api.open_route import PROBLEM_RESPONSES, OpenRoute, json_answer
from web.clock import Now
from web.session import Database

LEAST_BAYS = 3
"""Of a zone whose figures are given"""
MOST_ZONES = 10_000

router = APIRouter(
    prefix="/api/v1", route_class=OpenRoute, tags=["Open data"], responses=PROBLEM_RESPONSES
)


@cache
def settings() -> figures.Parking:
    """Give the figures that ship with the product."""
    return figures.load().parking


@dataclass(frozen=True, slots=True)
class Zone:
    """A parking zone at a time."""

    place: OpenPlace
    bays: Sequence[tuple[OpenBay, Bay]]
    """Those in service that are open, with their states"""

    @property
    def is_told(self) -> bool:
        """Whether there are so many bays that a figure of them may be given."""
        return len(self.bays) >= LEAST_BAYS

    def number(self, state: Bay) -> int:
        """Count the bays in a state."""
        return sum(found is state for _, found in self.bays)

    @property
    def changed(self) -> datetime | None:
        """When one of its sensors was heard last."""
        return max((bay.time for bay, _ in self.bays if bay.time), default=None)


def zones(connection: Connection, now: datetime) -> list[Zone]:
    """Read the zones as they are at a time."""
    by_zone: dict[str, dict[str, tuple[OpenBay, Bay]]] = {}
    for bay in open_data.bays(connection, now):
        known = by_zone.setdefault(bay.zone_id, {})
        state = state_of(bay, now)
        if bay.id not in known or _is_newer(bay, known[bay.id][0]):
            known[bay.id] = (bay, state)
    return [
        Zone(place, tuple(by_zone.get(place.id, {}).values()))
        for place in open_data.places(connection, kind="zone", limit=MOST_ZONES)
    ]


def _is_newer(bay: OpenBay, other: OpenBay) -> bool:
    return bay.time is not None and (other.time is None or bay.time > other.time)


def state_of(bay: OpenBay, now: datetime) -> Bay:
    """Give a bay's state; one whose sensor has been silent for too long is unknown."""
    if bay.time is None or bay.occupied is None:
        return Bay.UNKNOWN
    if now - bay.time > bay.heartbeat * settings().unknown_after:
        return Bay.UNKNOWN
    return Bay.OCCUPIED if bay.occupied >= 0.5 else Bay.FREE


@router.get("/parking", summary="Parking zones and bays now")
def parking(request: Request, database: Database, now: Now) -> JSONResponse:
    """List zones with their figures, and their open bays with their states."""
    found = zones(database, now)
    changed = max((zone.changed for zone in found if zone.changed), default=None)
    document = {
        **terms(request),
        "time": now.isoformat(),
        "zones": [zone_document(zone) for zone in found],
    }
    return json_answer(document, changed=changed)


def zone_document(zone: Zone) -> dict[str, object]:
    """Give a zone with its figures, or without them."""
    rate = occupancy([state for _, state in zone.bays], settings())
    return {
        "id": zone.place.id,
        "name": zone.place.name,
        "area": zone.place.area,
        "bays_in_service": len(zone.bays) if zone.is_told else None,
        "free": zone.number(Bay.FREE) if zone.is_told else None,
        "occupied": zone.number(Bay.OCCUPIED) if zone.is_told else None,
        "unknown": zone.number(Bay.UNKNOWN) if zone.is_told else None,
        "occupancy_percent": rate if zone.is_told else None,
        "bays": [
            {
                "id": bay.id,
                "name": bay.name,
                "state": state.value,
                "time": bay.time.isoformat() if bay.time else None,
                "limit_minutes": bay.limit_minutes,
                "type": bay.bay_type,
            }
            for bay, state in zone.bays
        ],
    }
