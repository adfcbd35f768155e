"""Quarter-hour means, from the readings: valid with three quarters of what should come."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil, fsum

from web.charts import Point

QUARTER = timedelta(minutes=15)


def expected(reporting_interval: timedelta) -> int:
    """Give how many readings a quarter of an hour should have; 0: too few for a mean."""
    return QUARTER // reporting_interval


def means(
    readings: Iterable[tuple[datetime, float]],
    reporting_interval: timedelta,
    since: datetime,
    until: datetime,
) -> list[Point]:
    """Give the means of [since, until), a gap where too few readings came.

    Both ends are quarters of an hour.
    """
    found: dict[int, list[float]] = {}
    for time, value in readings:
        found.setdefault((time - since) // QUARTER, []).append(value)
    needed = ceil(0.75 * expected(reporting_interval))
    return [
        Point(since + number * QUARTER, _mean(found.get(number, []), needed))
        for number in range((until - since) // QUARTER)
    ]


def _mean(values: list[float], needed: int) -> float | None:
    return fsum(values) / len(values) if needed and len(values) >= needed else None
