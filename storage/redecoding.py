"""Stored uplinks to be decoded again, what there is of their devices, and who had it done when."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from decoders.model import TimeSource, Uplink
from storage.connection import Connection, translated
from storage.errors import StorageError
from storage.packing import to_json
from storage.queries import SQL

_TAGS = msgspec.json.Decoder(dict[str, str])
_OBJECT = msgspec.json.Decoder(dict[str, object])

Value = tuple[float, int]
"""Result and quality."""


class AlreadyDecoding(StorageError):
    """Somebody else decodes stored uplinks again at this moment."""


class Key(NamedTuple):
    """Which observation of a device."""

    channel: str
    observed_property: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """The uplinks of a stretch of time."""

    since: datetime
    until: datetime
    """Up to this time, and without it"""
    received_since: datetime
    """None of them was received before: spares the search through all that there is"""


@dataclass(frozen=True, slots=True)
class Device:
    """A device as it is known now, with its uplinks in a stretch of time."""

    tags: Mapping[str, str]
    id: int
    dev_eui: str
    name: str
    profile: str
    application: str
    first_seen_at: datetime
    last_seen_at: datetime
    uplinks: int
    read_by: int
    """How many of them were read by the codec that is asked for"""
    first: datetime
    last: datetime
    """When the first and the last of them were sent"""


@dataclass(frozen=True, slots=True)
class StoredUplink:
    """An uplink as it was stored, of a device as it is known now."""

    uplink: Uplink
    received_at: datetime
    codec: str
    codec_version: str
    warnings: tuple[str, ...]

    @property
    def time(self) -> datetime:
        """When it was sent, as well as we know."""
        return self.uplink.result_time or self.received_at

    @property
    def order(self) -> tuple[datetime, str]:
        """Its place in the order in which uplinks were stored."""
        return self.received_at, self.uplink.deduplication_id


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Be the only one who decodes stored uplinks again.

    Raises:
        AlreadyDecoding: somebody else does.
    """
    with translated():
        row = connection.execute(SQL["redecode_lock"]).fetchone()
    if not row or not row[0]:
        raise AlreadyDecoding("stored uplinks are being decoded again already: wait for its end")
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute(SQL["redecode_unlock"])


def devices(
    connection: Connection, stretch: Stretch, *, dev_eui: str = "", codec: str = ""
) -> list[Device]:
    """List the devices that have uplinks in a stretch of time, or one of them."""
    told = {**_bounds(stretch), "dev_eui": dev_eui, "codec": codec}
    with translated():
        rows = connection.execute(SQL["redecode_devices"], told).fetchall()
    return [_device(row) for row in rows]


def _device(row: tuple[Any, ...]) -> Device:
    tags, *known = row
    return Device(_TAGS.decode(tags), *known)


def uplinks(
    connection: Connection, of: Mapping[int, Device], stretch: Stretch
) -> Iterator[tuple[Device, StoredUplink]]:
    """Read the uplinks of devices, in the order in which they were stored."""
    told = {**_bounds(stretch), "devices": list(of)}
    with translated(), connection.cursor(binary=True) as cursor:
        for row in cursor.stream(SQL["redecode_uplinks"], told):
            yield of[row[0]], _stored(of[row[0]], row)


def _bounds(stretch: Stretch) -> dict[str, object]:
    return {
        "since": stretch.since,
        "until": stretch.until,
        "received_since": stretch.received_since,
    }


def _stored(device: Device, row: tuple[Any, ...]) -> StoredUplink:
    _, time, number, source, received_at, dev_addr, f_port, f_cnt, confirmed, payload = row[:10]
    time_source, codec, codec_version, warnings, decoded = row[10:]
    uplink = Uplink(
        source=source,
        deduplication_id=number,
        dev_eui=device.dev_eui,
        device_name=device.name,
        device_profile=device.profile,
        application=device.application,
        tags=device.tags,
        dev_addr=dev_addr,
        f_port=f_port,
        f_cnt=f_cnt,
        confirmed=confirmed,
        payload=payload,
        result_time=time,
        time_source=TimeSource(time_source or TimeSource.ARRIVAL),
        decoded=None if decoded is None else _OBJECT.decode(decoded),
    )
    return StoredUplink(uplink, received_at, codec, codec_version, tuple(warnings))


def values(
    connection: Connection, ranges: Mapping[int, tuple[datetime, datetime]]
) -> dict[int, dict[Key, Value]]:
    """Read what is stored of devices, of each from a time to another."""
    found: dict[int, dict[Key, Value]] = {device: {} for device in ranges}
    told = {
        "devices": list(ranges),
        "since": [since for since, _ in ranges.values()],
        "until": [until for _, until in ranges.values()],
    }
    with translated(), connection.cursor(binary=True) as cursor:
        for device, channel, name, time, result, quality in cursor.stream(
            SQL["redecode_values"], told
        ):
            found[device][Key(channel, name, time)] = (result, quality)
    return found


def earliest(connection: Connection, numbers: Collection[int]) -> dict[int, datetime]:
    """Tell when the earliest uplink that is stored of each device was sent."""
    with translated():
        return dict(iter(connection.execute(SQL["redecode_earliest"], {"devices": [*numbers]})))


def begin_run(
    connection: Connection, actor: str, wanted: Mapping[str, str], expected: int | None = None
) -> int:
    """Write down that uplinks are decoded again; gives the entry's number.

    Args:
        connection: to the database.
        actor: who asked.
        wanted: for what.
        expected: how many uplinks there are to go through; None: nobody counted.
    """
    told = {"actor": actor, "wanted": to_json(dict(wanted)).decode(), "expected": expected}
    with translated():
        row = connection.execute(SQL["redecode_run_begin"], told).fetchone()
    assert row is not None  # noqa: S101 - an insert that returns
    return int(row[0])


def note_run(connection: Connection, run: int, counts: Mapping[str, int], *, done: bool) -> None:
    """Write down how far it came: uplinks, added, removed, changed."""
    with translated():
        connection.execute(SQL["redecode_run_note"], {**counts, "run": run, "done": done})


def quiet_until(connection: Connection, numbers: Sequence[int]) -> dict[int, datetime]:
    """Read up to when nobody is told of what is found about devices."""
    rows = connection.execute(SQL["quiet_read"], {"devices": list(numbers)})
    return dict(iter(rows))
