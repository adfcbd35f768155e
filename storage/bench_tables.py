"""What the bench needs of the database besides the product's own path."""

import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

from storage.connection import Connection, translated
from storage.copying import copy
from storage.messages import UplinkMessage, prepare
from storage.model import UplinkRecord
from storage.packing import microseconds
from storage.queries import SQL

_ROW = struct.Struct("!hiiiqidih")
_HEAD = struct.Struct("!hii")
_PORTION = 2500
_UPLINKS = 500
_UPLINK_FIELDS = 17
_VALUE_FIELDS = 4


@dataclass(frozen=True, slots=True)
class Copied:
    """What a bare COPY took."""

    rows: int
    seconds: float


def copy_raw(connection: Connection, records: Sequence[UplinkRecord]) -> Copied:
    """Copy the observations of records into a table like the observations', in batches of 2,500.

    Packing the rows is not in the time.
    """
    rows = [
        _ROW.pack(
            4, 4, series, 8, microseconds(seen.phenomenon_time), 8, seen.result, 2, seen.quality
        )
        for record in records
        for series, seen in enumerate(record.observations, _device(record))
    ]
    with translated():
        connection.execute(SQL["bench_create"])
        began = time.perf_counter()
        for at in range(0, len(rows), _PORTION):
            with connection.transaction():
                copy(connection, "bench_copy", rows[at : at + _PORTION])
        spent = time.perf_counter() - began
        connection.execute(SQL["bench_drop"])
    return Copied(len(rows), spent)


def copy_same(connection: Connection, records: Sequence[UplinkRecord]) -> Copied:
    """Copy uplinks and their observations, packed in the time, into tables with the same keys.

    Nothing is looked up, told apart or marked: what a program writes that only appends the same
    rows, five hundred uplinks in a transaction.
    """
    number = 0
    with translated():
        numbers = {name: each for each, name, _ in connection.execute(SQL["properties_read"])}
        connection.execute(SQL["bench_create"])
        connection.execute(SQL["bench_uplink_create"])
        began = time.perf_counter()
        for at in range(0, len(records), _UPLINKS):
            uplinks, values = _same_rows(records[at : at + _UPLINKS], numbers)
            with connection.transaction():
                copy(connection, "bench_uplink_copy", uplinks)
                copy(connection, "bench_copy", values)
            number += (len(uplinks) + len(values)) // 2
        spent = time.perf_counter() - began
        connection.execute(SQL["bench_drop"])
        connection.execute(SQL["bench_uplink_drop"])
    return Copied(number, spent)


def _same_rows(
    records: Sequence[UplinkRecord], properties: dict[str, int]
) -> tuple[list[bytes], list[bytes]]:
    """Pack uplinks and values, each row in two pieces."""
    uplinks: list[bytes] = []
    values: list[bytes] = []
    for record in records:
        message = prepare(record, properties)
        assert isinstance(message, UplinkMessage)  # noqa: S101 - the bench's own are good
        first = _device(record)
        uplinks += (_HEAD.pack(_UPLINK_FIELDS, 4, first), message.packed)
        for series, value in enumerate(message.values, first):
            values += (_HEAD.pack(_VALUE_FIELDS, 4, series), value.packed)
    return uplinks, values


@dataclass(frozen=True, slots=True)
class Session:
    """A session of the database, or one of its own processes."""

    pid: int
    name: str


def sessions(connection: Connection) -> list[Session]:
    """List what the server works on, by its processes."""
    with translated():
        return [Session(pid, name) for pid, name in connection.execute(SQL["bench_sessions"])]


def _device(record: UplinkRecord) -> int:
    """Give the number of a device's first series."""
    return 16 * (int(record.uplink.dev_eui[-6:], 16) + 1)


def empty(connection: Connection) -> None:
    """Forget what was stored: only for a database of the bench's own."""
    with translated():
        connection.execute(SQL["bench_empty"])


def readings(connection: Connection) -> int:
    """Count the readings."""
    with translated():
        ((number,),) = connection.execute(SQL["bench_count"]).fetchall()
    return int(number)
