"""The flags of stored readings among their neighbours (`alerts.quality_series`).

They are worked out from what is stored, so that late readings and any order of arrival give the
same, and no reading is changed. Those that fail are stored as well (`storage.neighbours`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts import periods, quality_across, quality_series
from alerts.intervals import HOUR
from alerts.quality import UNKNOWN
from alerts.quality_series import Flags, Reading
from alerts.quality_settings import QualitySettings
from decoders.model import Environment
from storage import neighbours, rollups
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
        lead_in = quality_series.lead_in(settings, reports.longest)
        begun = since - max(lead_in, quality.attenuation.over)
        told = {"series": tested.id, "begun": begun, "until": until}
        with connection.cursor(binary=True) as cursor:
            cursor.execute(SQL["quality_readings"], told)
            readings = [Reading(*row) for row in cursor]
        at_once = _at_once(connection, tested, since, until)
        apart = _apart(connection, tested, since, until, quality)
    attenuated = quality_across.attenuated(
        readings, settings.attenuation, quality.attenuation, reports.at
    )
    for each, still in zip(
        quality_series.judge(readings, settings, reports.at), attenuated, strict=True
    ):
        time = each.reading.time
        if since <= time < until:
            values = at_once.get(time, {})
            yield replace(
                each,
                attenuated=still,
                multivariate=quality_across.multivariate(
                    tested.observed_property, values, quality.particles
                ),
                neighbour=apart.get(_hour(time), UNKNOWN),
            )


def _hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def _at_once(
    connection: Connection, tested: TestedSeries, since: datetime, until: datetime
) -> dict[datetime, dict[str, float]]:
    """Give what a device measured of dust and humidity, by time."""
    told = {"series": tested.id, "since": since, "until": until}
    found: dict[datetime, dict[str, float]] = {}
    for time, name, result in connection.execute(SQL["quality_at_once"], told):
        found.setdefault(time, {})[name] = result
    return found


def _apart(
    connection: Connection,
    tested: TestedSeries,
    since: datetime,
    until: datetime,
    quality: QualitySettings,
) -> Mapping[datetime, int]:
    """Say of each hour whether the place's mean up to it is far from those around it."""
    most = quality.of(tested.observed_property, tested.environment).neighbour
    least, length = quality.neighbourhood.least, quality.neighbourhood.over // HOUR
    told = {"series": tested.id, "since": since, "until": until}
    rows = connection.execute(SQL["quality_around"], told).fetchall() if most else []
    near = [series for series, is_near in rows if is_near]
    others = near if len(near) >= least else [series for series, _ in rows]
    if len(others) < least:
        return {}
    first, last = _hour(since), _hour(until) + HOUR
    stretches = [(series, first - length * HOUR, last) for series in (tested.id, *others)]
    hours = rollups.hours(connection, stretches)
    means = {
        series: {s.start: s.value for s in periods.running(hours[series], length, first, last)}
        for series in (tested.id, *others)
    }
    return {
        start: quality_across.neighbour(
            own, [v for o in others if (v := means[o][start]) is not None], most, least
        )
        for start, own in means[tested.id].items()
    }
