"""What the pages of parking read: zones and their bays; the readings come from `pages_hours`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.connection import Connection, translated
from storage.queries import SQL

Detail = Mapping[str, str | float | bool | None]


@dataclass(frozen=True, slots=True)
class Zone:
    """A street or a car park."""

    id: int
    public_id: str
    name: str
    area: str
    detail: Detail
    bays: int


@dataclass(frozen=True, slots=True)
class Bay:
    """A bay with its sensor."""

    id: int
    zone: int
    name: str
    detail: Detail
    dev_eui: str | None
    """None: it has no sensor now"""
    heartbeat: timedelta
    """How often the sensor speaks when nothing changes"""


@dataclass(frozen=True, slots=True)
class States:
    """How many bays with a sensor a zone has, by what is known of them."""

    taken: int = 0
    free: int = 0
    in_service: int = 0

    @property
    def known(self) -> int:
        """How many are known to be taken or free."""
        return self.taken + self.free


def zones(connection: Connection, *, after: str = "", limit: int = 51) -> list[Zone]:
    """List zones by name, those behind the zone `after`."""
    told = {"public_id": "", "after": after, "limit": limit}
    with translated():
        return [Zone(*row) for row in connection.execute(SQL["parking_zones"], told)]


def zone(connection: Connection, public_id: str) -> Zone | None:
    """Read one zone; None when there is no such zone."""
    told = {"public_id": public_id, "after": "", "limit": 1}
    with translated():
        row = connection.execute(SQL["parking_zones"], told).fetchone()
    return None if row is None else Zone(*row)


def bays(connection: Connection, zones: Sequence[int]) -> list[Bay]:
    """List the bays of zones."""
    with translated():
        rows = connection.execute(SQL["parking_bays"], {"zones": list(zones)})
        return [Bay(*row) for row in rows]


def states(
    connection: Connection, zones: Sequence[int], now: datetime, unknown_after: int
) -> dict[int, States]:
    """Count the bays of zones by state at a time; a zone without a sensor is left out.

    Args:
        connection: to read by.
        zones: which.
        now: what a sensor's silence is measured by.
        unknown_after: after so many heartbeats missed nobody knows whether a bay is taken.
    """
    told = {"zones": list(zones), "now": now, "unknown_after": unknown_after}
    with translated():
        rows = connection.execute(SQL["parking_states"], told)
        return {zone: States(*counts) for zone, *counts in rows}


def events(
    connection: Connection, bays: Sequence[int], since: datetime, until: datetime
) -> dict[int, list[tuple[datetime, bool]]]:
    """Read what bays' sensors said in [since, until), in no order: when, and whether it is taken.

    Of each bay what was said last before is there too, and since when it was said, at most thirty
    days back: so a state that has lasted for long has its whole length.
    """
    told = {"bays": list(bays), "since": since, "until": until}
    found: dict[int, list[tuple[datetime, bool]]] = {}
    with translated():
        for place, time, result in connection.execute(SQL["parking_events"], told):
            found.setdefault(place, []).append((time, bool(result)))
    return found
