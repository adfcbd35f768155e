"""When a mean is valid, when an hour is closed, and the running means that rules look at.

75 % of the expected readings make a mean valid (Air Quality Standards Regulations 2007, schedule
12: 45 minutes of an hour, 6 of 8 hours, 18 of 24). Means are computed from unrounded values.
"""

import math
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from alerts.model import AlertRule, Interval, Sample

HOUR = timedelta(hours=1)
MOST_LATENESS = timedelta(minutes=30)


def required(expected: int, capture: float = 0.75) -> int:
    """Give how many of the expected readings make a mean valid: the share rounded up, never 0."""
    return max(1, math.ceil(round(capture * expected, 9)))


def expected_readings(reporting_interval: timedelta, length: timedelta = HOUR) -> int:
    """Give how many readings a device sends in the time, at least one."""
    return max(1, length // reporting_interval)


def lateness(reporting_interval: timedelta) -> timedelta:
    """Give how long after its end an hour waits for readings: two intervals, at most 30 minutes."""
    return min(2 * reporting_interval, MOST_LATENESS)


def closed_until(watermark: datetime, reporting_interval: timedelta) -> datetime:
    """Give the end of the last UTC hour that waits for no more readings."""
    ripe = watermark - lateness(reporting_interval)
    return ripe.replace(minute=0, second=0, microsecond=0)


def running_samples(
    hours: Mapping[datetime, Interval], rule: AlertRule, since: datetime, until: datetime
) -> Iterator[Sample]:
    """Give for each hour in [since, until) the mean of the rule's window that ends with it."""
    length = rule.window // HOUR
    return running_means(hours, length, required(length, rule.capture), since, until)


def running_means(
    hours: Mapping[datetime, Interval],
    length: int,
    needed: int,
    since: datetime,
    until: datetime,
) -> Iterator[Sample]:
    """Give for each hour in [since, until) the mean of so many hours that end with that hour.

    The sum is exact before its one rounding, so a sample does not depend on where the stretch
    begins. Fewer valid hours than are needed give None.
    """
    window = deque((_mean(hours, since - before * HOUR) for before in range(length, 0, -1)), length)
    start = since
    while (end := start + HOUR) <= until:
        window.append(_mean(hours, start))
        valid = [mean for mean in window if mean is not None]
        yield Sample(start, end, math.fsum(valid) / len(valid) if len(valid) >= needed else None)
        start = end


def _mean(hours: Mapping[datetime, Interval], start: datetime) -> float | None:
    hour = hours.get(start)
    return hour.mean if hour is not None and hour.valid else None
