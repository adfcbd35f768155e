"""The health of a device, by the UTC day: capture, flat lines, battery, clock.

data_capture        received reports of those expected in seven days, in %
flat_line           for how long a value has not moved at the day's end, in % of the time after
which it fails, for each series
battery_days_left   until the trend of the last weeks reaches an empty battery
clock_drift         by how much the messages' times left their usual distance to ours, in s
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from alerts.derived.model import DAY
from alerts.figures import Fleet
from alerts.intervals import HOUR
from alerts.quality_settings import FlatLine

WEEK = timedelta(days=7)
MOST_DAYS_LEFT = 7300.0
_HOLE = timedelta(hours=3)
"""So many hours without a reading are no movement; after more the device is silent, not flat"""


@dataclass(frozen=True, slots=True)
class Extent:
    """The least and the highest reading of an hour."""

    start: datetime
    minimum: float
    maximum: float


def capture(
    uplinks: Mapping[datetime, int], end: datetime, interval: timedelta, figures: Fleet
) -> float | None:
    """Give the share of the expected reports that came in the week before a time.

    Args:
        uplinks: by the hour, from the device's first on if that is less than a week ago.
        end: of the week.
        interval: at which the device reports.
        figures: from how long a history on it is told.
    """
    first = min(uplinks, default=end)
    since = max(first, end - WEEK)
    if end - since < figures.capture_after:
        return None
    most = max(1.0, HOUR / interval)
    came = sum(min(number, most) for hour, number in uplinks.items() if since <= hour < end)
    return min(100.0, 100 * came / max(1.0, (end - since) / interval))


def flat_share(hours: Sequence[Extent], end: datetime, flat: FlatLine) -> float | None:
    """Give for how long a value has not moved before a time, in % of the time after which it fails.

    None when it was not heard at the end. `hours` are in the order of time; `flat` fails at all.
    """
    if flat.fail is None or not hours or end - hours[-1].start > _HOLE + HOUR:
        return None
    low, high, began, last = hours[-1].minimum, hours[-1].maximum, end, end
    for hour in reversed(hours):
        low, high = min(low, hour.minimum), max(high, hour.maximum)
        if not flat.holds(high - low) or last - hour.start > _HOLE + HOUR:
            break
        began = last = hour.start
    return 100 * ((end - began) / flat.fail)


def battery_days_left(
    levels: Sequence[tuple[datetime, float]], empty: float, figures: Fleet
) -> float | None:
    """Give how many days the trend of daily means has to an empty battery.

    None when there are too few days to tell. A battery that does not sink lasts for ever, which is
    the most that is told.
    """
    if len(levels) < figures.battery_least_days:
        return None
    times = [(at - levels[-1][0]) / DAY for at, _ in levels]
    values = [level for _, level in levels]
    middle, height = sum(times) / len(times), sum(values) / len(values)
    spread = sum((time - middle) ** 2 for time in times)
    slope = (
        sum((time - middle) * (value - height) for time, value in zip(times, values, strict=True))
        / spread
    )
    now = height - slope * middle
    if slope >= 0:
        return MOST_DAYS_LEFT
    return min(MOST_DAYS_LEFT, max(0.0, (now - empty) / -slope))


def clock_drift(delays: Mapping[datetime, float], day: datetime) -> float | None:
    """Give by how many seconds a day's delay left the median of the week before it.

    `delays` are the days' medians of received less told time; None without the day or the week.
    """
    before = [delay for at, delay in delays.items() if day - WEEK <= at < day]
    today = delays.get(day)
    if today is None or not before:
        return None
    return abs(today - median(before))
