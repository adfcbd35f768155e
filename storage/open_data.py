"""What the public may read: open places, their readings, hourly means and parking bays.

Everything here is read through the views of migration 0005, which hold no dwelling, no room, and no
reading of a device from the time when it was in one. Lists go on behind a key.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from psycopg.rows import TupleRow

from storage.connection import Connection, translated
from storage.queries import SQL

_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


class Mark(NamedTuple):
    """Where a list of readings goes on: behind this one."""

    datastream: str = ""
    time: datetime = _BEGINNING
    series: int = 0


FIRST = Mark()
"""Before all readings."""


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """A place that everybody may know of."""

    id: str
    kind: str
    """position, station, zone or bay"""
    name: str
    area: str
    latitude: float | None
    longitude: float | None
    within_id: str | None
    """Of a position: its site; of a bay: its zone"""
    within: str | None
    bearing: float | None
    limit_minutes: float | None
    bay_type: str | None
    capacity: float | None
    properties: tuple[str, ...]
    """What is measured there, or was"""


@dataclass(frozen=True, slots=True)
class At:
    """The place and the property of a reading."""

    place_id: str
    kind: str
    place: str
    area: str
    latitude: float | None
    longitude: float | None
    property: str
    channel: str
    unit: str


@dataclass(frozen=True, slots=True)
class OpenReading:
    """One reading."""

    at: At
    time: datetime
    value: float
    quality: int
    """QARTOD's flag"""
    status: str
    """provisional or ratified"""
    interval: timedelta
    """How often its device reports"""
    mark: Mark


@dataclass(frozen=True, slots=True)
class OpenHour:
    """An hourly mean."""

    at: At
    start: datetime
    end: datetime
    mean: float | None
    minimum: float | None
    maximum: float | None
    count: int
    expected: int
    valid: bool
    """Three quarters of the expected readings came"""
    status: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class OpenBay:
    """A bay in service, with what its sensor said last."""

    zone_id: str
    id: str
    name: str
    latitude: float | None
    longitude: float | None
    limit_minutes: float | None
    bay_type: str | None
    heartbeat: timedelta
    """How often its sensor speaks when nothing changes"""
    time: datetime | None
    occupied: float | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of what time and what place there is open data."""

    since: datetime | None
    west: float | None
    south: float | None
    east: float | None
    north: float | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which readings."""

    place: str = ""
    """The identifier of a place; empty: all"""
    property: str = ""
    kind: str = ""
    since: datetime = _BEGINNING
    until: datetime = _BEGINNING
    after: Mark = FIRST
    limit: int = 1000

    def parameters(self) -> dict[str, object]:
        """Give it as the statements take it."""
        return {
            "place": self.place,
            "property": self.property,
            "kind": self.kind,
            "since": self.since,
            "until": self.until,
            "after": self.after.datastream,
            "after_time": self.after.time,
            "after_series": self.after.series,
            "limit": self.limit,
        }


_AT = 9
"""How many columns tell the place and the property"""


def places(
    connection: Connection, *, kind: str = "", place: str = "", after: str = "", limit: int = 1000
) -> list[OpenPlace]:
    """List open places in the order of their identifiers."""
    asked = {"kind": kind, "place": place, "after": after, "limit": limit}
    with translated():
        rows = connection.execute(SQL["open_places"], asked).fetchall()
    return [OpenPlace(*(*row[:-1], tuple(row[-1]))) for row in rows]


def latest(connection: Connection, wanted: Wanted) -> list[OpenReading]:
    """Read the newest reading of each property of each place; the period does not matter."""
    return [
        OpenReading(*(At(*row[:_AT]), *row[_AT:-1], Mark(row[-1])))
        for row in _rows(connection, "open_latest", wanted)
    ]


def readings(connection: Connection, wanted: Wanted) -> list[OpenReading]:
    """List readings by place, property and time."""
    return [
        OpenReading(*(At(*row[:_AT]), *row[_AT:-2], Mark(row[-2], row[_AT], row[-1])))
        for row in _rows(connection, "open_readings", wanted)
    ]


def hours(connection: Connection, wanted: Wanted) -> list[OpenHour]:
    """List hourly means by place, property and time; hours are UTC's."""
    return [
        OpenHour(*(At(*row[:_AT]), *row[_AT:-2], Mark(row[-2], row[_AT], row[-1])))
        for row in _rows(connection, "open_hours", wanted)
    ]


def _rows(connection: Connection, query: str, wanted: Wanted) -> list[TupleRow]:
    with translated():
        return connection.execute(SQL[query], wanted.parameters()).fetchall()


def bays(connection: Connection, now: datetime) -> list[OpenBay]:
    """List the bays that are in service, by zone."""
    with translated():
        return [OpenBay(*row) for row in connection.execute(SQL["open_bays"], {"now": now})]


def coverage(connection: Connection) -> Coverage:
    """Tell of what time and place there is open data."""
    with translated():
        [row] = connection.execute(SQL["open_coverage"]).fetchall()
    return Coverage(*row)
