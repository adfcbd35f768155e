"""How far back a page looks: one of three, chosen by a link."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

HOUR = timedelta(hours=1)


class Period(StrEnum):
    """A stretch of time up to now."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return timedelta(days={Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 30}[self])

    @property
    def words(self) -> str:
        """Its name for a person."""
        return {Period.DAY: "24 hours", Period.WEEK: "7 days", Period.MONTH: "30 days"}[self]

    def hours(self, now: datetime) -> tuple[datetime, datetime]:
        """Give the first and the last hour, without it: the hour of now is not among them."""
        until = floor(now)
        return until - self.length, until


CHOICES = tuple((period.value, period.words) for period in Period)
"""For the links of a page"""


def floor(time: datetime) -> datetime:
    """Give the hour that a moment is in."""
    return time.replace(minute=0, second=0, microsecond=0)


def each_hour(since: datetime, until: datetime) -> Iterator[datetime]:
    """Give the hours of [since, until)."""
    while since < until:
        yield since
        since += HOUR
