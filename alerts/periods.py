"""Days of 23, 24 and 25 hours, running means by their conventions, and how an hour is called.

What is stored is named by when it begins. Two conventions of the field differ and are applied
where a figure leaves: UK-AIR calls an hour by its end, in GMT all year, so that the day's last hour
is 24:00; and it takes days of air quality from midnight to midnight GMT, not by the clocks of
London. A home's days are those of London.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.intervals import HOUR, required, running_means
from alerts.model import Interval, Sample

LONDON = ZoneInfo("Europe/London")
DAY_HOURS = 24


def london_day(time: datetime) -> date:
    """Give the day of London that a moment falls on."""
    return time.astimezone(LONDON).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Give the first moment of a day in London and that of the next one, in UTC."""
    return _begins(day), _begins(day + timedelta(days=1))


def hours_of(day: date) -> int:
    """Give how many hours a day has in London: 23, 24 or 25."""
    begins, ends = day_bounds(day)
    return (ends - begins) // HOUR


def _begins(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def hour_ending(start: datetime) -> tuple[date, str]:
    """Call the hour that begins at a time as UK-AIR does: its GMT day, and `01:00` to `24:00`."""
    begins = start.astimezone(UTC)
    return begins.date(), f"{begins.hour + 1:02}:00"


def running(
    hours: Mapping[datetime, Interval], length: int, since: datetime, until: datetime
) -> Iterator[Sample]:
    """Give the running mean over so many hours for each hour in [since, until).

    The mean of an hour is over it and those before it (8: it and seven), where three quarters of
    them are valid; `start` and `end` are the hour's own. `hours` reach back as far.
    """
    return running_means(hours, length, required(length), since, until)


def gmt_days(hours: Mapping[datetime, Interval], since: date, until: date) -> Iterator[Sample]:
    """Give the mean of each day from midnight to midnight GMT in [since, until): UK-AIR's day.

    It is the 24-hour running mean that ends at the midnight after the day.
    """
    day = since
    while day < until:
        begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
        last = begins + (DAY_HOURS - 1) * HOUR
        for sample in running(hours, DAY_HOURS, last, last + HOUR):
            yield Sample(begins, sample.end, sample.value)
        day += timedelta(days=1)


def highest_of_days(samples: Iterable[Sample]) -> dict[date, float]:
    """Give the highest running mean of each GMT day, over the windows that end from 00:00 to 23:59.

    That is how the maximum daily 8-hour mean of ozone is defined. A day without one is left out.
    """
    highest: dict[date, float] = {}
    for sample in samples:
        if sample.value is not None:
            day = sample.end.astimezone(UTC).date()
            highest[day] = max(sample.value, highest.get(day, sample.value))
    return highest
