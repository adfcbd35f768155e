"""Days are London's, of 23, 24 or 25 hours."""

from datetime import UTC, date, datetime, timedelta

import pytest

from web import days


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 6, 1), 24), (date(2026, 10, 25), 25)],
)
def test_day_has_its_own_hours(day: date, hours: int) -> None:
    """A day begins at London's midnight and ends at the next one."""
    start, end = days.bounds(day)
    assert end - start == timedelta(hours=hours)
    assert days.london(start) == day == days.london(end - timedelta(seconds=1))


def test_months_follow_each_other() -> None:
    """The month after December is January."""
    assert days.month_after(date(2026, 12, 24)) == date(2027, 1, 1)
    assert days.month_after(date(2026, 1, 31), -1) == date(2025, 12, 1)
    assert days.begins(date(2026, 7, 1)) == datetime(2026, 6, 30, 23, tzinfo=UTC)
