"""Hourly means, computed again whenever a reading of their hour was stored, and those of days.

Which readings count: good and unknown ones, and suspect ones of dust, whose negative noise belongs
to the mean; of them none that fails among its neighbours (`storage.neighbours`). An hour is valid
with three quarters of the readings that its device should send where it is installed. A local day
is computed when it is over, and again when one of its hours changes.

A figure that changes after it was published is marked with when, and listed (`storage.revisions`):
it was published once its time had closed and it had stood for `STOOD`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerts import quality_settings
from alerts.model import Activity, ValidMeans
from alerts.quality_settings import QualitySettings
from storage import neighbours
from storage.connection import Connection
from storage.queries import SQL

Hours = dict[int, ValidMeans]
"""By series"""
AHEAD = 100
"""So many times as many marks are looked at as hours are computed"""
STOOD = timedelta(minutes=10)
"""A figure that is replaced sooner was only on its way: so a backlog revises nothing"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was marked to be computed again, and is now."""

    marks: int
    """How many marks were taken away"""
    earliest: dict[int, datetime]
    """The first hour that is not what it was, by subject"""


def recompute(
    connection: Connection,
    limit: int,
    clock: datetime | None = None,
    *,
    stood: timedelta = STOOD,
    quality: QualitySettings | None = None,
) -> Taken:
    """Compute the hours of the oldest marks again, at most so many hours.

    Args:
        connection: of the one who evaluates.
        limit: the most hours to compute; as many marks taken, or more, say that more may be left.
        clock: what has closed is over by it; None: the wall's.
        stood: how long a closed hour's figure must have stood to count as published.
        quality: by what readings fail among their neighbours; the shipped settings without them.
    """
    told = {"clock": clock or datetime.now(UTC), "stood": stood}
    with connection.transaction():
        marks = neighbours.take(connection, limit, AHEAD * limit)
        if not marks:
            return Taken(0, {})
        neighbours.judge(connection, quality or quality_settings.shipped())
        return Taken(marks, dict(connection.execute(SQL["hours_recompute"], told).fetchall()))


def recompute_days(
    connection: Connection, limit: int, clock: datetime | None = None, *, stood: timedelta = STOOD
) -> int:
    """Compute local days that are over and of which an hour changed; give how many were marked.

    A day is over half an hour after it ends, when its last hour waits for no more readings.
    """
    told = {"limit": limit, "clock": clock or datetime.now(UTC), "stood": stood}
    row = connection.execute(SQL["days_recompute"], told).fetchone()
    return int(row[0]) if row else 0


def take_activity(connection: Connection, limit: int) -> Taken:
    """Take away the oldest marks on hours in which devices were heard, at most so many."""
    marks = 0
    earliest: dict[int, datetime] = {}
    for subject, hour, count in connection.execute(SQL["activity_take"], {"marks": limit}):
        marks += count
        if subject is not None:
            earliest[subject] = hour
    return Taken(marks, earliest)


def hours(connection: Connection, stretches: Sequence[tuple[int, datetime, datetime]]) -> Hours:
    """Read the valid hours of series, each from a time up to and without another."""
    found: dict[int, dict[datetime, float]] = {series: {} for series, _, _ in stretches}
    with connection.cursor(binary=True) as cursor:
        cursor.execute(
            SQL["hours_read"],
            {
                "series": [series for series, _, _ in stretches],
                "since": [since for _, since, _ in stretches],
                "until": [until for _, _, until in stretches],
            },
        )
        for series, starts, means in cursor:
            found[series].update(zip(starts, means, strict=True))
    return {series: ValidMeans(means) for series, means in found.items()}


def activity(
    connection: Connection, since: Sequence[tuple[int, datetime]]
) -> dict[int, list[Activity]]:
    """Read when devices were heard: the last hour before a time's, that hour and all after it."""
    found: dict[int, list[Activity]] = {device: [] for device, _ in since}
    with connection.cursor(binary=True) as cursor:
        cursor.execute(
            SQL["activity_read"],
            {"devices": [device for device, _ in since], "since": [time for _, time in since]},
        )
        for device, first, last in cursor:
            found[device].append(Activity(first, last))
    return found
