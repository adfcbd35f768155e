"""What a device's health is worked out of: messages by the hour, extents, batteries, delays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.derived.fleet import Extent
from storage.connection import Connection
from storage.queries import SQL

Series = tuple[str, str]
"""Observed property and channel"""


@dataclass(frozen=True, slots=True)
class Devices:
    """Some devices and a time."""

    ids: Sequence[int]
    since: datetime
    until: datetime

    def _told(self) -> dict[str, object]:
        return {"devices": list(self.ids), "since": self.since, "until": self.until}

    def uplinks(self, connection: Connection) -> dict[int, dict[datetime, int]]:
        """Read messages by the hour; an earlier device has the hour of its first, with none."""
        found: dict[int, dict[datetime, int]] = {device: {} for device in self.ids}
        for device, hour, number in connection.execute(SQL["fleet_uplinks"], self._told()):
            found[device][hour] = number
        return found

    def extents(
        self, connection: Connection, properties: Sequence[str]
    ) -> dict[int, dict[Series, list[Extent]]]:
        """Read the least and highest readings by the hour, in the order of time."""
        found: dict[int, dict[Series, list[Extent]]] = {device: {} for device in self.ids}
        told = {**self._told(), "properties": list(properties)}
        with connection.cursor(binary=True) as cursor:
            for device, name, channel, start, low, high in cursor.execute(
                SQL["fleet_extents"], told
            ):
                found[device].setdefault((name, channel), []).append(Extent(start, low, high))
        return found

    def batteries(
        self, connection: Connection
    ) -> dict[int, dict[str, list[tuple[datetime, float]]]]:
        """Read the daily means of batteries by what is told of them, in the order of time."""
        found: dict[int, dict[str, list[tuple[datetime, float]]]] = {d: {} for d in self.ids}
        for device, name, day, mean in connection.execute(SQL["fleet_batteries"], self._told()):
            found[device].setdefault(name, []).append((day, mean))
        return found

    def delays(self, connection: Connection) -> dict[int, dict[datetime, float]]:
        """Read how long after their own time live messages came: the days' medians, in s."""
        found: dict[int, dict[datetime, float]] = {device: {} for device in self.ids}
        for device, day, delay in connection.execute(SQL["fleet_delays"], self._told()):
            found[device][day] = delay
        return found


def intervals(connection: Connection, devices: Sequence[int]) -> dict[int, timedelta]:
    """Read how often devices report."""
    rows = connection.execute(SQL["fleet_intervals"], {"devices": list(devices)})
    return dict(rows.fetchall())


def mark(connection: Connection, changed: Mapping[int, datetime], clock: datetime) -> None:
    """Have devices worked out of whose series an hour changed."""
    told = {"subjects": list(changed), "hours": list(changed.values()), "clock": clock}
    connection.execute(SQL["fleet_mark"], told)
