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
_UNIT_BITS = 1074
_UNIT = 1 << _UNIT_BITS
"""So many times the least float is 1"""
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
    intervals: Mapping[datetime, Interval], rule: AlertRule, since: datetime, until: datetime
) -> Iterator[Sample]:
    """Give for each interval in [since, until) the mean of the rule's window that ends with it."""
    length = rule.window // rule.step
    needed = required(length, rule.capture)
    return running_means(intervals, length, needed, since, until, step=rule.step)


def running_means(  # noqa: PLR0913 - a window and a stretch of time
    intervals: Mapping[datetime, Interval],
    length: int,
    needed: int,
    since: datetime,
    until: datetime,
    *,
    step: timedelta = HOUR,
) -> Iterator[Sample]:
    """Give for each interval in [since, until) the mean of so many that end with that one.

    The sum is exact before its one rounding, so a sample does not depend on where the stretch
    begins. Fewer valid intervals than are needed give None. They are hours when `step` is not told.
    """
    window = deque(_exact(intervals, since - back * step) for back in range(length, 0, -1))
    total = sum(value for value in window if value is not None)
    count = sum(value is not None for value in window)
    start = since
    while (end := start + step) <= until:
        leaves, enters = window.popleft(), _exact(intervals, start)
        window.append(enters)
        if leaves is not None:
            total, count = total - leaves, count - 1
        if enters is not None:
            total, count = total + enters, count + 1
        yield Sample(start, end, total / _UNIT / count if count >= needed else None)
        start = end


def _exact(intervals: Mapping[datetime, Interval], start: datetime) -> int | None:
    """Give the mean of an interval as a whole number of the least that a float can hold."""
    mean = _mean(intervals, start)
    if mean is None:
        return None
    numerator, denominator = mean.as_integer_ratio()
    return numerator << (_UNIT_BITS + 1 - denominator.bit_length())


def _mean(intervals: Mapping[datetime, Interval], start: datetime) -> float | None:
    known = intervals.get(start)
    return known.mean if known is not None and known.valid else None
