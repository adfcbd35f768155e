"""The health of devices, worked out by the day."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from alerts.derived import fleet
from alerts.derived.fleet import WEEK
from alerts.derived.model import DAY, Values
from alerts.figures import Figures, Fleet
from alerts.quality_settings import QualitySettings
from ingest.deriving import Begin, Worked, days
from storage import fleet_days
from storage.connection import Connection
from storage.fleet_days import Devices


class FleetHealth:
    """The theme of devices' health."""

    name = "fleet"
    step = DAY
    outputs: Sequence[str] = ("data_capture", "flat_line", "battery_days_left", "clock_drift")
    beside: Sequence[str] = ()
    of_places = False

    def __init__(self, figures: Figures, quality: QualitySettings) -> None:
        self._figures: Fleet = figures.fleet
        self._still = quality.still()

    def mark(
        self, connection: Connection, changed: Mapping[int, datetime], clock: datetime
    ) -> None:
        """Have devices worked out of whose series an hour changed."""
        fleet_days.mark(connection, changed, clock)

    def run(self, connection: Connection, begins: Mapping[int, Begin]) -> dict[int, Worked]:
        """Work devices out, day by day."""
        found = {device: Worked(Values()) for device in begins}
        intervals = fleet_days.intervals(connection, list(begins))
        for day in days(begins):
            due = [d for d, begin in begins.items() if begin.since <= day < begin.until]
            self._capture(connection, {d: intervals[d] for d in due}, day, found)
            self._flat(connection, due, day, found)
            self._battery(connection, due, day, found)
            delays = Devices(due, day - WEEK, day + DAY).delays(connection)
            for device in due:
                drift = fleet.clock_drift(delays[device], day)
                found[device].values.put("clock_drift", day, drift)
        return found

    def _capture(
        self,
        connection: Connection,
        intervals: Mapping[int, timedelta],
        day: datetime,
        found: Mapping[int, Worked],
    ) -> None:
        end = day + DAY
        uplinks = Devices(list(intervals), end - WEEK, end).uplinks(connection)
        for device, interval in intervals.items():
            share = fleet.capture(uplinks[device], end, interval, self._figures)
            found[device].values.put("data_capture", day, share)

    def _flat(
        self,
        connection: Connection,
        due: Sequence[int],
        day: datetime,
        found: Mapping[int, Worked],
    ) -> None:
        end = day + DAY
        longest = max((flat.longest for flat in self._still.values()), default=DAY)
        told = Devices(due, end - longest - DAY, end)
        extents = told.extents(connection, list(self._still))
        for device in due:
            for (name, channel), hours in extents[device].items():
                share = fleet.flat_share(hours, end, self._still[name])
                of = f"{name}:{channel}" if channel else name
                found[device].values.put("flat_line", day, share, of)

    def _battery(
        self,
        connection: Connection,
        due: Sequence[int],
        day: datetime,
        found: Mapping[int, Worked],
    ) -> None:
        told = Devices(due, day + DAY - self._figures.battery_over, day)
        batteries = told.batteries(connection)
        for device in due:
            for name, levels in batteries[device].items():
                empty = self._figures.battery_empty_level
                if name == "battery_voltage":
                    empty = self._figures.battery_empty_share * max(level for _, level in levels)
                left = fleet.battery_days_left(levels, empty, self._figures)
                found[device].values.put("battery_days_left", day, left)
