"""Stored payloads read again: what changes, and the change itself.

An observation is not tied to its uplink, so what an uplink gave is found by reading it once more by
the codec that it was stored with. Where that codec is no more, what stands at the uplink's own time
is taken for its. What another uplink gives as well stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from decoders.model import TimeSource, Uplink
from storage.connection import Connection, translated
from storage.devices import Registry
from storage.model import UplinkRecord
from storage.packing import to_json
from storage.partitions import Partitions, week
from storage.queries import SQL

PORTION = 2000
"""Uplinks that one transaction changes"""
_TAGS = msgspec.json.Decoder(dict[str, str])


class Key(NamedTuple):
    """Which observation of a device."""

    channel: str
    observed_property: str
    time: datetime


Values = Mapping[Key, tuple[float, int]]
"""Result and quality."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which uplinks are read again."""

    since: datetime
    until: datetime
    codec: str = ""
    """Only those that were read by this model"""
    dev_eui: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A device as it is known now."""

    id: int
    dev_eui: str
    name: str
    profile: str
    application: str
    tags: str
    uplinks: int
    """How many of them are selected"""


@dataclass(frozen=True, slots=True)
class StoredUplink:
    """An uplink as it was stored."""

    uplink: Uplink
    received_at: datetime
    codec: str
    codec_version: str

    @property
    def time(self) -> datetime:
        """When it was sent, as well as we know."""
        return self.uplink.result_time or self.received_at


@dataclass(frozen=True, slots=True)
class Difference:
    """What reading again changes."""

    put: Values
    """Added, and changed"""
    removed: frozenset[Key]
    added: int
    changed: int


def devices(connection: Connection, selection: Selection) -> list[Device]:
    """List the devices that have uplinks to be read again."""
    told = {
        "since": selection.since,
        "until": selection.until,
        "codec": selection.codec,
        "dev_eui": selection.dev_eui,
    }
    with translated():
        return [Device(*row) for row in connection.execute(SQL["redecode_devices"], told)]


def uplinks(
    connection: Connection,
    device: Device,
    since: datetime,
    until: datetime,
    after: StoredUplink | None = None,
) -> list[StoredUplink]:
    """Read some uplinks of a device in [since, until), those behind one of them."""
    told = {
        "device": device.id,
        "since": since,
        "until": until,
        "after": after.time if after else since - timedelta(seconds=1),
        "after_id": after.uplink.deduplication_id if after else "",
        "limit": PORTION,
    }
    with translated():
        rows = connection.execute(SQL["redecode_uplinks"], told).fetchall()
    return [_stored(device, row) for row in rows]


def _stored(device: Device, row: tuple[Any, ...]) -> StoredUplink:
    time, number, source, received_at, dev_addr, f_port, f_cnt, confirmed, payload = row[:9]
    time_source, codec, codec_version, warnings = row[9:]
    uplink = Uplink(
        source=source,
        deduplication_id=number,
        dev_eui=device.dev_eui,
        device_name=device.name,
        device_profile=device.profile,
        application=device.application,
        tags=_TAGS.decode(device.tags),
        dev_addr=dev_addr,
        f_port=f_port,
        f_cnt=f_cnt,
        confirmed=confirmed,
        payload=bytes(payload),
        result_time=time,
        time_source=TimeSource(time_source or TimeSource.ARRIVAL),
        encrypted=any("encrypted" in word for word in warnings),
    )
    return StoredUplink(uplink, received_at, codec, codec_version)


def values_of(records: Iterable[UplinkRecord]) -> dict[Key, tuple[float, int]]:
    """Give the observations of uplinks; of two of one key the first is kept, as when stored."""
    found: dict[Key, tuple[float, int]] = {}
    for record in records:
        for seen in record.observations:
            key = Key(seen.channel, seen.observed_property, seen.phenomenon_time)
            found.setdefault(key, (seen.result, seen.quality))
    return found


def stored_values(
    connection: Connection, device: Device, times: Iterable[datetime]
) -> dict[Key, tuple[float, int]]:
    """Read what is stored of a device at some times."""
    told = {"device": device.id, "times": sorted(set(times))}
    with translated():
        rows = connection.execute(SQL["redecode_values"], told).fetchall()
    return {Key(*row[:3]): (row[3], row[4]) for row in rows}


def compare(stored: Values, theirs: Iterable[Key], now: Values) -> Difference:
    """Say what changes.

    Args:
        stored: what there is, at every time that is asked about.
        theirs: what the uplinks gave when they were stored.
        now: what they give now.
    """
    put = {key: value for key, value in now.items() if stored.get(key) != value}
    gone = frozenset(key for key in theirs if key in stored and key not in now)
    changed = sum(key in stored for key in put)
    return Difference(put, gone, len(put) - changed, changed)


def change(
    connection: Connection, device: Device, difference: Difference, records: Sequence[UplinkRecord]
) -> None:
    """Make the change for some uplinks of a device, in one transaction.

    The hours that it touches are marked, so that means and episodes follow; nobody is told of what
    comes of it.
    """
    partitions = Partitions(connection)
    partitions.ensure("observation", {week(key.time) for key in difference.put})
    with translated(), connection.transaction():
        connection.execute(SQL["write_alone"])
        registry = Registry(connection)
        keys = [*difference.put, *difference.removed]
        full = {
            key: (device.id, key.channel, registry.properties[key.observed_property])
            for key in keys
        }
        numbers = registry.series(set(full.values()))
        series = {key: numbers[full[key]] for key in keys}
        _remove(connection, series, sorted(difference.removed))
        _put(connection, series, difference.put)
        touched = {"series": sorted(set(series.values()))}
        connection.execute(SQL["redecode_latest_clear"], touched)
        connection.execute(SQL["redecode_latest"], touched)
        _name_codecs(connection, device, records)


def _remove(connection: Connection, series: Mapping[Key, int], keys: Sequence[Key]) -> None:
    told = {"series": [series[key] for key in keys], "times": [key.time for key in keys]}
    connection.execute(SQL["redecode_remove"], told)


def _put(connection: Connection, series: Mapping[Key, int], values: Values) -> None:
    connection.execute(
        SQL["redecode_put"],
        {
            "series": [series[key] for key in values],
            "times": [key.time for key in values],
            "results": [result for result, _ in values.values()],
            "qualities": [quality for _, quality in values.values()],
        },
    )


def _name_codecs(connection: Connection, device: Device, records: Sequence[UplinkRecord]) -> None:
    by_codec: dict[tuple[str, str], list[UplinkRecord]] = {}
    for record in records:
        by_codec.setdefault((record.codec, record.codec_version), []).append(record)
    for (codec, version), group in by_codec.items():
        told = {
            "codec": codec,
            "version": version,
            "received": [record.arrival.received_at for record in group],
            "ids": [record.uplink.deduplication_id for record in group],
            "sources": [record.uplink.source for record in group],
        }
        connection.execute(SQL["redecode_codec"], told)
    last = records[-1]
    told_of = {
        "device": device.id,
        "codec": last.codec,
        "environment": last.environment.value,
        "interval": last.reporting_interval,
    }
    connection.execute(SQL["redecode_device"], told_of)


def note(
    connection: Connection,
    actor: str,
    wanted: Mapping[str, str],
    counts: Mapping[str, int],
) -> None:
    """Write down that payloads were decoded again: who asked for it, and what changed."""
    told = {"actor": actor, "wanted": to_json(dict(wanted)).decode(), **counts}
    with translated():
        connection.execute(SQL["redecode_note"], told)


def quiet_until(connection: Connection, numbers: Sequence[int]) -> dict[int, datetime]:
    """Read up to when nobody is told of what is found about devices."""
    rows = connection.execute(SQL["quiet_read"], {"devices": list(numbers)})
    return dict(iter(rows))
