"""When people are at work, in London, through nights, holidays and changes of the clock."""

from datetime import UTC, datetime, time

import pytest

from alerts.bank_holidays import england
from alerts.working_hours import Hours, after_working_days

HOURS = Hours()


def utc(text: str) -> datetime:
    """Read a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "begins"),
    [
        ("2026-11-24T08:00", "2026-11-24T08:00"),
        ("2026-11-24T07:59", "2026-11-24T08:00"),
        ("2026-11-24T18:00", "2026-11-25T08:00"),
        ("2026-11-27T20:00", "2026-11-30T08:00"),
        ("2026-12-24T20:00", "2026-12-29T08:00"),
        ("2026-07-01T06:30", "2026-07-01T07:00"),
        ("2026-07-01T17:30", "2026-07-02T07:00"),
        ("2026-03-28T12:00", "2026-03-30T07:00"),
        ("2040-12-25T03:00", "2040-12-25T08:00"),
        ("2040-12-22T03:00", "2040-12-24T08:00"),
    ],
)
def test_next_hour_of_work(moment: str, begins: str) -> None:
    """Work begins at 8:00 London time of the next working day; unknown years have no holidays."""
    assert HOURS.next(utc(moment), england()) == utc(begins)


def test_own_hours() -> None:
    """Somebody who works in the evening is told in the evening."""
    late = Hours(time(14), time(22))
    assert late.contain(utc("2026-11-24T21:59"), england())
    assert not late.contain(utc("2026-11-24T13:59"), england())


def test_a_working_day_later() -> None:
    """One working day after Friday noon is Monday noon, by the clock on the wall."""
    assert after_working_days(utc("2026-10-23T11:00"), 1, england()) == utc("2026-10-26T12:00")
    assert after_working_days(utc("2026-10-24T11:00"), 0, england()) == utc("2026-10-24T11:00")
