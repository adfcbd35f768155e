"""What the bench needs of the database besides the product's own path."""

import struct
import time
from collections.abc import Sequence

from storage.connection import Connection, translated
from storage.copying import copy
from storage.model import UplinkRecord
from storage.packing import microseconds
from storage.queries import SQL

_ROW = struct.Struct("!hiiiqidih")
_PORTION = 2500


def copy_raw(connection: Connection, records: Sequence[UplinkRecord]) -> float:
    """Copy the observations of records into a table like the observations', in batches of 2,500.

    Gives the seconds that it took; packing the rows is not in it.
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
    return spent


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
