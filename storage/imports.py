"""Measured series from elsewhere: through the same tables and checks as what the broker brings.

Their origin is `backfill`: means and episodes follow, and nobody is told of the past.
"""

import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from decoders.model import Environment
from storage import occupancy
from storage.connection import Connection, translated
from storage.copying import copy
from storage.devices import Registry
from storage.packing import microseconds
from storage.partitions import Partitions, week
from storage.queries import SQL

PORTION = 20_000
"""Values of one transaction"""
_ROW = struct.Struct("!hiiiqidih")


class Value(NamedTuple):
    """One value of an imported series."""

    observed_property: str
    channel: str
    time: datetime
    result: float
    quality: int


@dataclass(frozen=True, slots=True)
class Source:
    """The device that a series is stored under."""

    dev_eui: str
    name: str
    environment: Environment
    interval: timedelta
    """How often it measured"""


@dataclass(frozen=True, slots=True)
class ImportRun:
    """A file that was stored."""

    actor: str
    file: str
    """Its name"""
    sha256: str
    given: int
    """Values in it"""
    added: int
    """Those that were not there yet"""
    left_out: int
    """Lines whose time nobody knows"""


def store(connection: Connection, source: Source, values: Sequence[Value]) -> int:
    """Store values of a device and give how many are new; those that are there stay as they are.

    Raises:
        DatabaseRefused: a property that is none, or a time outside the years 2000 to 2100.
    """
    if not values:
        return 0
    partitions = Partitions(connection)
    partitions.ensure("observation", {week(value.time) for value in values})
    with translated():
        connection.execute(SQL["incoming_create"])
        device = _device(connection, source, [value.time for value in values])
        added = 0
        for at in range(0, len(values), PORTION):
            with connection.transaction():
                connection.execute(SQL["write_alone"])
                added += _portion(connection, device, values[at : at + PORTION])
    return added


def note(connection: Connection, run: ImportRun) -> None:
    """Write down that a file was stored."""
    with translated():
        connection.execute(SQL["import_note"], asdict(run))


def runs(connection: Connection, *, most: int = 100) -> list[tuple[datetime, ImportRun]]:
    """List the files that were stored, the newest first, each with when."""
    with translated():
        rows = connection.execute(SQL["imports_list"], {"most": most}).fetchall()
    return [(row[0], ImportRun(*row[1:])) for row in rows]


def _device(connection: Connection, source: Source, times: Sequence[datetime]) -> int:
    told = {
        "dev_eui": source.dev_eui,
        "name": source.name,
        "environment": source.environment.value,
        "interval": source.interval,
        "first": min(times),
        "last": max(times),
    }
    row = connection.execute(SQL["import_device"], told).fetchone()
    assert row is not None  # noqa: S101 - it was just made, or was there
    return int(row[0])


def _portion(connection: Connection, device: int, values: Sequence[Value]) -> int:
    registry = Registry(connection)
    keys = {
        (value.channel, value.observed_property): (
            device,
            value.channel,
            registry.properties[value.observed_property],
        )
        for value in values
    }
    series = registry.series(set(keys.values()))
    rows = {
        (number, value.time): _ROW.pack(
            4, 4, number, 8, microseconds(value.time), 8, value.result, 2, value.quality
        )
        for value in values
        for number in (series[keys[value.channel, value.observed_property]],)
    }
    copy(connection, "incoming_copy", rows.values())
    entered = connection.execute(SQL["import_enter"]).fetchone()
    connection.execute(SQL["latest_enter"])
    occupancy.derive(
        connection,
        [
            (series[keys[value.channel, value.observed_property]], value.time)
            for value in values
            if value.observed_property == occupancy.DISTANCE
        ],
    )
    return int(entered[0]) if entered else 0
