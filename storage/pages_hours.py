"""Readings of series and of places, as the pages draw them: by the hour, one by one, the newest.

A reading belongs to the place that its device was at, at its time; so a place's hours go on when
its device is replaced.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from storage.connection import Connection, translated
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of readings."""

    start: datetime
    count: int
    expected: int
    mean: float | None
    minimum: float | None
    maximum: float | None
    valid: bool

    @property
    def value(self) -> float | None:
        """The mean when it counts: when three quarters of the readings came."""
        return self.mean if self.valid else None


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest value of one property at a place."""

    time: datetime
    result: float
    quality: int
    reporting_interval: timedelta
    dev_eui: str
    last_seen_at: datetime
    """When the device was last heard"""


Hours: TypeAlias = Mapping[datetime, Hour]
"""By start."""
Measured: TypeAlias = tuple[int, str]
"""The number of a place, and a property."""


def of_series(
    connection: Connection, numbers: Sequence[int], since: datetime, until: datetime
) -> dict[int, Hours]:
    """Read the hours of series in [since, until)."""
    told = {"series": list(numbers), "since": since, "until": until}
    found: dict[int, dict[datetime, Hour]] = {number: {} for number in numbers}
    with translated():
        for number, *columns in connection.execute(SQL["pages_series_hours"], told):
            found[number][columns[0]] = Hour(*columns)
    return dict(found)


def of_places(
    connection: Connection,
    places: Iterable[int],
    properties: Sequence[str],
    since: datetime,
    until: datetime,
) -> dict[Measured, Hours]:
    """Read the hours of properties at places in [since, until)."""
    told = _told(places, properties, since, until)
    found: dict[Measured, dict[datetime, Hour]] = {}
    with translated():
        for place, name, *columns in connection.execute(SQL["pages_place_hours"], told):
            found.setdefault((place, name), {})[columns[0]] = Hour(*columns)
    return dict(found)


def readings(
    connection: Connection,
    places: Iterable[int],
    properties: Sequence[str],
    since: datetime,
    until: datetime,
) -> dict[Measured, list[tuple[datetime, float]]]:
    """Read the usable readings of properties at places in [since, until), in order of time."""
    told = _told(places, properties, since, until)
    found: dict[Measured, list[tuple[datetime, float]]] = {}
    with translated():
        for place, name, time, result in connection.execute(SQL["pages_place_readings"], told):
            found.setdefault((place, name), []).append((time, result))
    return found


def newest(
    connection: Connection, places: Iterable[int], properties: Sequence[str]
) -> dict[Measured, Newest]:
    """Read the newest value of properties at places."""
    told = {"places": list(places), "properties": list(properties)}
    found: dict[Measured, Newest] = {}
    with translated():
        for place, name, *columns in connection.execute(SQL["pages_place_latest"], told):
            found.setdefault((place, name), Newest(*columns))
    return found


def _told(
    places: Iterable[int], properties: Sequence[str], since: datetime, until: datetime
) -> dict[str, object]:
    return {
        "places": list(places),
        "properties": list(properties),
        "since": since,
        "until": until,
    }
