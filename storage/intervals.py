"""Means of series over quarters, hours, 8 and 24 hours, and days, by one name for each kind.

Hours and local days are stored and kept right by the evaluator. Quarters are worked out from the
readings when they are asked for: of readings each quarter of an hour a table of quarters would be a
second copy, slower to read. Running means are over stored hours. All are named by when they begin;
a running mean belongs to the last hour of its window.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from alerts import periods
from alerts.intervals import HOUR
from alerts.model import Interval
from storage import rollups
from storage.connection import Connection, translated
from storage.queries import SQL


class Length(StrEnum):
    """What a mean is over."""

    QUARTER = "15m"
    HOUR = "1h"
    EIGHT_HOURS = "8h"
    """Running: for each hour, it and the seven before it"""
    RUNNING_DAY = "24h"
    """Running: for each hour, it and the 23 before it"""
    LOCAL_DAY = "1d"
    """A day of Europe/London: 23, 24 or 25 hours"""

    @property
    def hours(self) -> int:
        """Of a running mean: over how many hours; 0 for the others."""
        return {Length.EIGHT_HOURS: 8, Length.RUNNING_DAY: 24}.get(self, 0)


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean, what it is over, and how much of it there was."""

    start: datetime
    end: datetime
    count: int
    """Readings; of running means and days: valid hours"""
    expected: int
    mean: float | None
    """None: nothing usable came; it counts only when `valid`"""
    minimum: float | None
    maximum: float | None
    valid: bool
    """Three quarters of what was expected came"""
    revised_at: datetime | None = None
    """When it changed after it was published; None: it never did, or is worked out when asked"""
    raw_mean: float | None = None
    """Of an hour: the mean of the readings as they came; None when nothing corrects them"""
    calibration: int | None = None
    """Of an hour: the newest calibration that corrected a reading of it"""
    suspect: int = 0
    """Of an hour: how many of its readings are suspect"""

    @property
    def value(self) -> float | None:
        """The mean if it counts."""
        return self.mean if self.valid else None


Means = dict[int, list[Mean]]
"""By series, in the order of time."""


def read(
    connection: Connection,
    length: Length,
    series: Sequence[int],
    since: datetime,
    until: datetime,
) -> Means:
    """Read the means of series that begin in [since, until); of running ones, whose hour does.

    What has no row is left out: quarters without a reading, hours and days that nobody computed.
    """
    if length.hours:
        return _running(connection, length.hours, series, since, until)
    query = {
        Length.QUARTER: "quarters_read",
        Length.HOUR: "means_of_hours",
        Length.LOCAL_DAY: "means_of_days",
    }[length]
    found: Means = {number: [] for number in series}
    told = {"series": list(series), "since": since, "until": until}
    with translated(), connection.cursor(binary=True) as cursor:
        for number, *columns in cursor.execute(SQL[query], told):
            found[number].append(Mean(*columns))
    return found


def _running(
    connection: Connection, length: int, series: Sequence[int], since: datetime, until: datetime
) -> Means:
    """Give the running means of every hour, the invalid ones too."""
    stretches = [(number, since - (length - 1) * HOUR, until) for number in series]
    with translated():
        hours = rollups.hours(connection, stretches)
    return {
        number: [*_windows(hours[number], length, since, until)] for number in dict.fromkeys(series)
    }


def _windows(
    hours: Mapping[datetime, Interval], length: int, since: datetime, until: datetime
) -> Iterator[Mean]:
    for sample in periods.running(hours, length, since, until):
        starts = [sample.end - step * HOUR for step in range(length, 0, -1)]
        means = [
            hour.mean for start in starts if (hour := hours.get(start)) and hour.mean is not None
        ]
        yield Mean(
            start=starts[0],
            end=sample.end,
            count=len(means),
            expected=length,
            mean=sample.value,
            minimum=min(means, default=None),
            maximum=max(means, default=None),
            valid=sample.value is not None,
        )


def gmt_days(
    connection: Connection, series: Sequence[int], since: date, until: date
) -> dict[int, dict[date, float]]:
    """Give the valid means of days from midnight to midnight GMT in [since, until), as UK-AIR."""
    begins, ends = (datetime.fromisoformat(f"{day}T00:00:00+00:00") for day in (since, until))
    with translated():
        hours = rollups.hours(connection, [(number, begins, ends) for number in series])
    return {
        number: {
            day.start.date(): day.value
            for day in periods.gmt_days(hours[number], since, until)
            if day.value is not None
        }
        for number in dict.fromkeys(series)
    }
