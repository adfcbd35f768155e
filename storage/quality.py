"""The flags of stored readings among their neighbours (`alerts.quality_series`).

They are worked out from what is stored, so that late readings and any order of arrival give the
same, and no reading is changed. Those that fail are stored as well (`storage.neighbours`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts import quality_series
from alerts.quality_series import Flags, Reading
from alerts.quality_settings import QualitySettings
from decoders.model import Environment
from storage import neighbours
from storage.connection import Connection, translated
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class TestedSeries:
    """A series of a device, and what its tests go by."""

    id: int
    observed_property: str
    channel: str
    unit: str
    environment: Environment
    interval: timedelta
    """How often it should report"""


def series(
    connection: Connection, dev_eui: str, since: datetime, until: datetime
) -> list[TestedSeries]:
    """List the series that a device measures, with the interval it had last in a time."""
    told = {"dev_eui": dev_eui, "since": since, "until": until}
    with translated():
        rows = connection.execute(SQL["quality_series"], told).fetchall()
    return [TestedSeries(*(*row[:4], Environment(row[4]), row[5])) for row in rows]


def flags(
    connection: Connection,
    tested: TestedSeries,
    since: datetime,
    until: datetime,
    quality: QualitySettings,
) -> Iterator[Flags]:
    """Give the flags of a series' readings in [since, until), in the order of time."""
    settings = quality.of(tested.observed_property, tested.environment)
    with translated():
        reports = neighbours.sources(connection, [tested.id])[tested.id].reports
    told = {
        "series": tested.id,
        "begun": since - quality_series.lead_in(settings, reports.longest),
        "until": until,
    }
    with translated(), connection.cursor(binary=True) as cursor:
        cursor.execute(SQL["quality_readings"], told)
        readings = (Reading(*row) for row in cursor)
        for each in quality_series.judge(readings, settings, reports.at):
            if since <= each.reading.time < until:
                yield each
