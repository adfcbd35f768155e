"""The rows of uplinks that are new: the frames, their values, and the hours these touch."""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime

from storage import occupancy
from storage.connection import Connection
from storage.copying import copy
from storage.devices import Registry
from storage.messages import UplinkMessage
from storage.packing import moment
from storage.queries import SQL

_FIELDS_AND_INTEGER = struct.Struct("!hii")
_UPLINK_FIELDS = 17
_OBSERVATION_FIELDS = 4


def enter(connection: Connection, registry: Registry, uplinks: Sequence[UplinkMessage]) -> None:
    """Store uplinks that the ledger has admitted, in the transaction that admitted them."""
    numbers = registry.devices([message.record for message in uplinks])
    devices = [numbers[message.record.uplink.dev_eui] for message in uplinks]
    rows: list[bytes] = []
    for device, message in zip(devices, uplinks, strict=True):
        rows += (_FIELDS_AND_INTEGER.pack(_UPLINK_FIELDS, 4, device), message.packed)
    copy(connection, "uplinks_copy", rows)
    _enter_values(connection, registry, devices, uplinks)
    _enter_activity(connection, devices, uplinks)


def _enter_values(
    connection: Connection,
    registry: Registry,
    devices: Sequence[int],
    uplinks: Sequence[UplinkMessage],
) -> None:
    """Store the values; of two of the same series and time the first one is kept."""
    keyed = [
        ((device, value.channel, value.property_id), value)
        for device, message in zip(devices, uplinks, strict=True)
        for value in message.values
    ]
    if not keyed:
        return
    series = registry.series({key for key, _ in keyed})
    packed: dict[tuple[int, int], bytes] = {}
    for key, value in keyed:
        packed.setdefault((series[key], value.time), value.packed)
    rows: list[bytes] = []
    for (number, _), row in packed.items():
        rows += (_FIELDS_AND_INTEGER.pack(_OBSERVATION_FIELDS, 4, number), row)
    copy(connection, "incoming_copy", rows)
    connection.execute(SQL["observations_enter"])
    connection.execute(SQL["latest_enter"])
    distance = registry.properties[occupancy.DISTANCE]
    occupancy.derive(
        connection,
        [
            (series[key], moment(value.time))
            for key, value in keyed
            if value.property_id == distance
        ],
    )


def _enter_activity(
    connection: Connection, devices: Sequence[int], uplinks: Sequence[UplinkMessage]
) -> None:
    hours: dict[tuple[int, datetime], list[datetime]] = {}
    for device, message in zip(devices, uplinks, strict=True):
        time = message.record.time.astimezone(UTC)
        hour = time.replace(minute=0, second=0, microsecond=0)
        hours.setdefault((device, hour), []).append(time)
    keys = sorted(hours)
    connection.execute(
        SQL["activity_enter"],
        {
            "ids": [device for device, _ in keys],
            "hours": [hour for _, hour in keys],
            "uplinks": [len(hours[key]) for key in keys],
            "first": [min(hours[key]) for key in keys],
            "last": [max(hours[key]) for key in keys],
        },
    )
