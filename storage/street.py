"""What rules on parking read: bays and their limits, what sensors said, and counts of car parks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.indices.parking_measures import Restriction
from alerts.indices.restrictions import restrictions
from storage.connection import Connection
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class StreetBay:
    """A bay with a sensor."""

    id: int
    zone: int
    limit_minutes: float | None
    """How long one may stay; None: without a limit"""
    heartbeat: timedelta
    """How often the sensor speaks when nothing changes"""
    limit_hours: str | None = None
    """When the limit holds; None: always"""
    limit_on_bank_holidays: str | None = None
    """`yes`: it holds on bank holidays, too"""

    @property
    def restrictions(self) -> tuple[Restriction, ...]:
        """How long one may stay, and when that holds."""
        return restrictions(
            {
                "limit_minutes": self.limit_minutes,
                "limit_hours": self.limit_hours,
                "limit_on_bank_holidays": self.limit_on_bank_holidays,
            }
        )


def mark(
    connection: Connection, changed: Mapping[int, datetime], properties: Sequence[str]
) -> dict[int, datetime]:
    """Give the series of bays and zones to be judged since sensors said something, by hour."""
    told = {"subjects": list(changed), "hours": list(changed.values())}
    rows = connection.execute(SQL["street_mark"], {**told, "properties": list(properties)})
    return dict(rows.fetchall())


def bays(
    connection: Connection, *, zones: Sequence[int] = (), beside: Sequence[int] = ()
) -> list[StreetBay]:
    """List the bays of zones, and of the zones that some bays lie in."""
    told = {"zones": list(zones), "bays": list(beside)}
    return [StreetBay(*row) for row in connection.execute(SQL["bays_of"], told)]


def capacities(connection: Connection, zones: Sequence[int]) -> dict[int, int]:
    """Read how many spaces zones have, where that is told."""
    return dict(connection.execute(SQL["lots_of"], {"zones": list(zones)}).fetchall())


def counts(
    connection: Connection, zones: Sequence[int], since: datetime, until: datetime
) -> dict[int, dict[datetime, float]]:
    """Read the free spaces that zones told of."""
    found: dict[int, dict[datetime, float]] = {}
    told = {"zones": list(zones), "since": since, "until": until}
    for place, time, free in connection.execute(SQL["lot_counts"], told):
        found.setdefault(place, {})[time] = free
    return found
