"""Readings and means for an operator's export, of any place: of a home too.

A reading is exported with the place that its device was at, at its time; one of a device that was
nowhere is not exported.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.connection import Connection, translated
from storage.packing import clean, to_json
from storage.queries import SQL


class Interval(StrEnum):
    """What one row is of."""

    RAW = "raw"
    HOUR = "1h"
    LOCAL_DAY = "1d"
    """A day of Europe/London"""


_QUERIES = {
    Interval.RAW: "export_readings",
    Interval.HOUR: "export_hours",
    Interval.LOCAL_DAY: "export_days",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """What is exported."""

    places: tuple[str, ...]
    """Identifiers; a home, a site or a zone stands for all that lies in it; empty: all places"""
    properties: tuple[str, ...]
    """Names; empty: all"""
    since: datetime
    until: datetime
    interval: Interval = Interval.RAW


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A reading, or the mean of an hour."""

    place_id: str
    kind: str
    place: str
    latitude: float | None
    longitude: float | None
    property: str
    channel: str
    unit: str
    start: datetime
    end: datetime
    """Of a reading: the same as its start"""
    value: float | None
    valid: bool
    quality: int
    """QARTOD's flag; of a mean 1, or 3 when too few readings came"""
    status: str
    """provisional or ratified"""
    revised: datetime | None
    """Of a mean: when it changed after it was published"""


def unknown(connection: Connection, places: tuple[str, ...]) -> list[str]:
    """Give the identifiers that are no place's."""
    with translated():
        found = connection.execute(SQL["export_known"], {"places": list(places)}).fetchall()
    known = {name for (name,) in found}
    return [place for place in places if place not in known]


def note(connection: Connection, selection: Selection, actor: str) -> int:
    """Write into the audit of each home that is selected who exports it; give how many homes."""
    detail = {
        "from": selection.since.isoformat(),
        "to": selection.until.isoformat(),
        "interval": selection.interval.value,
    }
    told = {**_asked(selection), "actor": clean(actor), "detail": to_json(detail).decode()}
    with translated():
        return connection.execute(SQL["export_audit"], told).rowcount


def rows(connection: Connection, selection: Selection) -> Iterator[ExportRow]:
    """Read what is selected, a part at a time, however much it is."""
    query = _QUERIES[selection.interval]
    with translated(), connection.transaction(), connection.cursor("export") as cursor:
        cursor.itersize = 5000
        cursor.execute(SQL[query], _asked(selection))
        for row in cursor:
            yield ExportRow(*row)


def _asked(selection: Selection) -> dict[str, object]:
    return {
        "places": list(selection.places),
        "properties": list(selection.properties),
        "since": selection.since,
        "until": selection.until,
    }
