"""Hourly means: computed again from the readings whenever one of their hour was stored.

Which readings count: good and unknown ones, and suspect ones of dust, whose negative noise belongs
to the mean. An hour is valid with three quarters of the readings that its device should send.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.model import Activity, Interval
from storage.connection import Connection
from storage.queries import SQL

Hours = dict[int, dict[datetime, Interval]]
"""By series, and then by start."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was marked to be computed again, and is now."""

    marks: int
    """How many marks were taken away"""
    earliest: dict[int, datetime]
    """The first hour that is not what it was, by subject"""


def recompute(connection: Connection, limit: int) -> Taken:
    """Compute the hours of the oldest marks again, of at most so many marks."""
    return _taken(connection, "hours_recompute", limit)


def take_activity(connection: Connection, limit: int) -> Taken:
    """Take away the oldest marks on hours in which devices were heard, at most so many."""
    return _taken(connection, "activity_take", limit)


def _taken(connection: Connection, query: str, limit: int) -> Taken:
    marks = 0
    earliest: dict[int, datetime] = {}
    for subject, hour, count in connection.execute(SQL[query], {"limit": limit}):
        marks += count
        if subject is not None:
            earliest[subject] = hour
    return Taken(marks, earliest)


def hours(connection: Connection, stretches: Sequence[tuple[int, datetime, datetime]]) -> Hours:
    """Read the valid hours of series, each from a time up to and without another."""
    found: Hours = {series: {} for series, _, _ in stretches}
    with connection.cursor(binary=True) as cursor:
        cursor.execute(
            SQL["hours_read"],
            {
                "series": [series for series, _, _ in stretches],
                "since": [since for _, since, _ in stretches],
                "until": [until for _, _, until in stretches],
            },
        )
        for series, start, mean in cursor:
            found[series][start] = Interval(start, mean, valid=True)
    return found


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
