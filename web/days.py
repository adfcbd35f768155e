"""Days and months of Europe/London in an address: `2026-11-24`, `2026-11`."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator

from web.wording import LONDON


def _or_none(value: object) -> object:
    """Take an empty field of a form for no value."""
    return None if value == "" else value


Day = Annotated[date | None, BeforeValidator(_or_none)]
"""A day in an address or a form; an empty one is none."""
Text = Annotated[str | None, BeforeValidator(_or_none)]
"""The same of a text."""


def begins(day: date) -> datetime:
    """Give the first moment of a day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def bounds(day: date) -> tuple[datetime, datetime]:
    """Give a day's first moment, and the next day's: 23, 24 or 25 hours later."""
    return begins(day), begins(day + timedelta(days=1))


def month_after(month: date, number: int = 1) -> date:
    """Give the first day of the month so many months after, or before, a day's."""
    count = month.year * 12 + month.month - 1 + number
    return date(count // 12, count % 12 + 1, 1)


def london(time: datetime) -> date:
    """Give the day that a moment falls on."""
    return time.astimezone(LONDON).date()
