"""What the pages of devices read: the list, and all of one device."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from psycopg.rows import class_row

from decoders.model import Reception
from storage.connection import Connection, translated
from storage.queries import SQL

WEEK = timedelta(days=7)
"""Capture is told over this time"""
_DIGITS = frozenset("0123456789abcdef")
_RECEPTIONS = msgspec.json.Decoder(tuple[Reception, ...])


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """Which devices."""

    search: str = ""
    """The beginning of a dev_eui or of a name"""
    codec: str | None = None
    silent: bool = False
    """Only those not heard for three of their intervals and at least an hour"""
    low_battery: bool = False


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device in a list."""

    dev_eui: str
    name: str
    codec: str
    last_seen_at: datetime
    first_seen_at: datetime
    reporting_interval: timedelta
    battery_property: str | None
    battery: float | None
    uplinks: int
    """In the last week"""
    place_kind: str | None
    place: str | None
    within: str | None

    def capture(self, now: datetime) -> float:
        """Give the share of the uplinks expected in a week, or since it was first heard, in %."""
        span = min(WEEK, max(now - self.first_seen_at, self.reporting_interval))
        return min(100.0, 100 * self.uplinks / max(1, round(span / self.reporting_interval)))


@dataclass(frozen=True, slots=True)
class Device:
    """What is known of a device."""

    id: int
    dev_eui: str
    name: str
    profile: str
    application: str
    codec: str
    environment: str
    reporting_interval: timedelta
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """A device at a place."""

    place_id: str
    kind: str
    place: str
    within_id: str | None
    within: str | None
    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeviceSeries:
    """One property of one channel of a device, with its newest value."""

    id: int
    observed_property: str
    unit: str
    channel: str
    time: datetime | None
    result: float | None
    quality: int | None


@dataclass(frozen=True, slots=True)
class Frame:
    """One uplink of a device."""

    received_at: datetime
    deduplication_id: str
    source: str
    result_time: datetime | None
    dev_addr: str
    f_port: int
    f_cnt: int
    size: int
    """Bytes of the payload"""
    receptions: tuple[Reception, ...]

    @property
    def best_rssi(self) -> int | None:
        """The strongest copy's RSSI, in dBm."""
        return max((r.rssi for r in self.receptions if r.rssi is not None), default=None)


def listed(
    connection: Connection,
    chosen: DeviceFilter,
    now: datetime,
    *,
    after: str = "",
    most: int = 51,
) -> list[ListedDevice]:
    """List devices behind a dev_eui, by dev_eui, or by name when the search is for a name."""
    told = {
        "after": after,
        "prefix": chosen.search,
        "codec": chosen.codec,
        "silent": chosen.silent,
        "low": chosen.low_battery,
        "now": now,
        "most": most,
    }
    with translated():
        found: list[tuple[int, str]] = []
        if _DIGITS.issuperset(chosen.search.lower()) and len(chosen.search) <= 16:
            told_eui = {**told, "prefix": chosen.search.lower()}
            found = connection.execute(SQL["pages_devices_by_eui"], told_eui).fetchall()
        if not found and chosen.search:
            found = connection.execute(SQL["pages_devices_by_name"], told).fetchall()
        with connection.cursor(row_factory=class_row(ListedDevice)) as cursor:
            ids = [number for number, _ in found]
            cursor.execute(SQL["pages_devices_told"], {"ids": ids, "since": now - WEEK})
            return cursor.fetchall()


def codecs(connection: Connection) -> list[str]:
    """List the codecs that devices have."""
    with translated():
        return [codec for (codec,) in connection.execute(SQL["pages_codecs"])]


def device(connection: Connection, dev_eui: str) -> Device | None:
    """Read a device; None: it was never heard."""
    with translated(), connection.cursor(row_factory=class_row(Device)) as cursor:
        return cursor.execute(SQL["pages_device"], {"dev_eui": dev_eui}).fetchone()


def last_seen(connection: Connection, dev_eui: str) -> datetime | None:
    """Tell when a device was last heard."""
    with translated():
        row = connection.execute(SQL["pages_device_seen"], {"dev_eui": dev_eui}).fetchone()
    return row[0] if row else None


def stays(connection: Connection, dev_eui: str) -> list[Stay]:
    """List where a device was, the newest first."""
    with translated():
        rows = connection.execute(SQL["pages_installations"], {"dev_eui": dev_eui})
        return [Stay(*row) for row in rows]


def series(connection: Connection, device_id: int) -> list[DeviceSeries]:
    """List what a device measures."""
    with translated():
        rows = connection.execute(SQL["pages_device_series"], {"device": device_id})
        return [DeviceSeries(*row) for row in rows]


def frames(connection: Connection, device_id: int, most: int = 200) -> list[Frame]:
    """List the newest uplinks of a device."""
    with translated():
        rows = connection.execute(SQL["pages_device_frames"], {"device": device_id, "most": most})
        return [Frame(*(*row, _RECEPTIONS.decode(copies))) for *row, copies in rows]
