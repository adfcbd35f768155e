"""Devices and series by their numbers: made when first seen, remembered in the process.

The memory is as true as the transaction: what was learnt in a transaction, or since a savepoint of
it, is forgotten when that is rolled back. Numbers are never reused and rows never deleted.

Rows of `device` are locked once in a transaction, in the order of their numbers and before any
series is made, so that writers with the same devices wait for each other and never in a ring.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from decoders.model import Environment
from storage.connection import Connection
from storage.model import UplinkRecord
from storage.packing import clean, to_json
from storage.queries import SQL

SeriesKey = tuple[int, str, int]
"""The device's number, the channel, the property's number."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a device's row says of it, as its latest uplink tells."""

    name: str
    profile: str
    application: str
    codec: str
    environment: Environment
    reporting_interval: timedelta
    tags: str
    """A JSON object"""

    @classmethod
    def of(cls, record: UplinkRecord) -> "Description":
        """Read it off an uplink."""
        uplink = record.uplink
        return cls(
            clean(uplink.device_name),
            clean(uplink.device_profile),
            clean(uplink.application),
            clean(record.codec),
            record.environment,
            record.reporting_interval,
            to_json(dict(uplink.tags)).decode(),
        )


@dataclass(slots=True)
class Seen:
    """When a device's uplinks of one batch were sent."""

    first: datetime
    last: datetime
    newest: UplinkRecord

    def add(self, record: UplinkRecord) -> None:
        """Count one uplink in; the later one of two that were sent at the same time is newer."""
        time = record.time
        self.first = min(self.first, time)
        if time >= self.last:
            self.last, self.newest = time, record


class Registry:
    """The numbers of properties, devices and series; one object for one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.properties: dict[str, int] = {
            name: number for number, name, _ in connection.execute(SQL["properties_read"])
        }
        self._ids: dict[str, int] = {}
        self._described: dict[str, int] = {}
        """What each device said of itself, as a hash: a hundred thousand devices say much"""
        self._series: dict[SeriesKey, int] = {}
        self._undo: list[Callable[[], object]] = []

    def mark(self) -> int:
        """Give the point that `forget_since` goes back to."""
        return len(self._undo)

    def forget_since(self, mark: int) -> None:
        """Unlearn what was learnt since the mark, the newest first."""
        while len(self._undo) > mark:
            self._undo.pop()()

    def keep(self) -> None:
        """Believe all that was learnt: the transaction is committed."""
        self._undo.clear()

    def devices(self, records: Sequence[UplinkRecord]) -> dict[str, int]:
        """Give the numbers of the uplinks' devices by dev_eui; make, change and mark them seen."""
        seen = _seen(records)
        told = {dev_eui: Description.of(times.newest) for dev_eui, times in seen.items()}
        unknown = sorted(dev_eui for dev_eui in told if dev_eui not in self._ids)
        if unknown:
            self._find_devices(unknown)
            self._add_devices([eui for eui in unknown if eui not in self._ids], told, seen)
        self._mark_seen(seen)
        changed = {
            dev_eui: said
            for dev_eui, said in told.items()
            if self._described.get(dev_eui) != hash(said)
        }
        self._describe(changed, seen)
        return {dev_eui: self._ids[dev_eui] for dev_eui in told}

    def series(self, wanted: set[SeriesKey]) -> dict[SeriesKey, int]:
        """Give the numbers of series; make those that are not there yet."""
        unknown = sorted(wanted - self._series.keys())
        if unknown:
            self._find_series(unknown)
            missing = [key for key in unknown if key not in self._series]
            if missing:
                self._connection.execute(SQL["series_add"], _columns(missing))
                self._find_series(missing)
        return self._series

    def _find_devices(self, dev_euis: Sequence[str]) -> None:
        found = self._connection.execute(SQL["devices_find"], {"dev_euis": list(dev_euis)})
        for number, dev_eui in found:
            self._ids[dev_eui] = number
            self._undo.append(partial(self._ids.pop, dev_eui))

    def _add_devices(
        self, dev_euis: Sequence[str], told: dict[str, Description], seen: dict[str, Seen]
    ) -> None:
        """Make devices; one that another process makes at this moment is found when it is done."""
        if not dev_euis:
            return
        self._connection.execute(
            SQL["devices_add"],
            {
                "dev_euis": list(dev_euis),
                **_described([told[dev_eui] for dev_eui in dev_euis]),
                "first": [seen[dev_eui].first for dev_eui in dev_euis],
                "last": [seen[dev_eui].last for dev_eui in dev_euis],
            },
        )
        self._find_devices(dev_euis)

    def _mark_seen(self, seen: dict[str, Seen]) -> None:
        by_id = sorted((self._ids[dev_eui], times) for dev_eui, times in seen.items())
        self._connection.execute(
            SQL["devices_seen"],
            {
                "ids": [number for number, _ in by_id],
                "first": [times.first for _, times in by_id],
                "last": [times.last for _, times in by_id],
            },
        )

    def _describe(self, changed: dict[str, Description], seen: dict[str, Seen]) -> None:
        """Change rows, save where a newer uplink has told something else already."""
        if not changed:
            return
        parameters = {
            "ids": [self._ids[dev_eui] for dev_eui in changed],
            "times": [seen[dev_eui].last for dev_eui in changed],
            **_described(list(changed.values())),
        }
        changes = self._connection.execute(SQL["devices_describe"], parameters)
        heeded = {number for (number,) in changes}
        for dev_eui, description in changed.items():
            if self._ids[dev_eui] in heeded:
                before = self._described.get(dev_eui)
                self._described[dev_eui] = hash(description)
                self._undo.append(partial(self._undescribe, dev_eui, before))

    def _undescribe(self, dev_eui: str, before: int | None) -> None:
        if before is None:
            del self._described[dev_eui]
        else:
            self._described[dev_eui] = before

    def _find_series(self, keys: Sequence[SeriesKey]) -> None:
        for number, device, channel, property_id in self._connection.execute(
            SQL["series_find"], _columns(keys)
        ):
            key = (device, channel, property_id)
            self._series[key] = number
            self._undo.append(partial(self._series.pop, key))


def _seen(records: Sequence[UplinkRecord]) -> dict[str, Seen]:
    seen: dict[str, Seen] = {}
    for record in records:
        dev_eui = record.uplink.dev_eui
        if dev_eui in seen:
            seen[dev_eui].add(record)
        else:
            seen[dev_eui] = Seen(record.time, record.time, record)
    return seen


def _described(descriptions: Sequence[Description]) -> dict[str, list[object]]:
    return {
        "names": [description.name for description in descriptions],
        "profiles": [description.profile for description in descriptions],
        "applications": [description.application for description in descriptions],
        "codecs": [description.codec for description in descriptions],
        "environments": [description.environment.value for description in descriptions],
        "reporting_intervals": [description.reporting_interval for description in descriptions],
        "tags": [description.tags for description in descriptions],
    }


def _columns(keys: Sequence[SeriesKey]) -> dict[str, list[object]]:
    return {
        "devices": [device for device, _, _ in keys],
        "channels": [channel for _, channel, _ in keys],
        "properties": [number for _, _, number in keys],
    }
