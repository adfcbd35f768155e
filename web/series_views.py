"""Hours of readings as lines of a chart and as rows of a table; an hour without enough is a gap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import fsum

from storage.pages_hours import Hour, Hours
from web.charts import Point
from web.days import bounds, london
from web.periods import each_hour


@dataclass(frozen=True, slots=True)
class Daily:
    """A day of Europe/London."""

    day: date
    mean: float | None
    """Over the valid hours, when there are three quarters of the day's"""
    highest: float | None
    """Of the valid hours"""
    valid: int
    hours: int
    """23, 24 or 25"""


def line(hours: Hours, since: datetime, until: datetime) -> list[Point]:
    """Give the valid means of [since, until), and a gap for every other hour."""
    return [
        Point(start, hours[start].value if start in hours else None)
        for start in each_hour(since, until)
    ]


def coarse(points: Sequence[Point], number: int) -> list[Point]:
    """Give the highest of each so many points; a gap where all of them are gaps.

    A month of hours is noise on a phone; what is over a limit stays over it.
    """
    found = []
    for place in range(0, len(points), number):
        group = points[place : place + number]
        values = [point.value for point in group if point.value is not None]
        found.append(Point(group[0].time, max(values, default=None)))
    return found


def capture(hours: Iterable[Hour], number: int) -> float | None:
    """Give the share of the readings expected in so many hours that came, in %.

    None when no hour says how many are expected.
    """
    known = list(hours)
    expected = max((hour.expected for hour in known), default=0)
    if not expected or not number:
        return None
    return min(100.0, 100 * sum(hour.count for hour in known) / (expected * number))


def days(hours: Hours, since: datetime, until: datetime) -> list[Daily]:
    """Give the days of [since, until), the newest first."""
    by_day: dict[date, list[float]] = {}
    for hour in hours.values():
        if hour.valid and hour.mean is not None and since <= hour.start < until:
            by_day.setdefault(london(hour.start), []).append(hour.mean)
    day, last = london(since), london(until - timedelta(microseconds=1))
    found = []
    while day <= last:
        found.append(_daily(day, by_day.get(day, [])))
        day += timedelta(days=1)
    return found[::-1]


def _daily(day: date, means: Sequence[float]) -> Daily:
    start, end = bounds(day)
    hours = (end - start) // timedelta(hours=1)
    enough = 4 * len(means) >= 3 * hours
    return Daily(
        day,
        fsum(means) / len(means) if enough else None,
        max(means, default=None),
        len(means),
        hours,
    )
