"""The legal clocks: every worked date, and hours that run through changes of the clock."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import clocks
from alerts.clocks import Deadline, Holidays, HolidaysUnknown, Step

ENGLAND = Holidays(
    frozenset(
        date.fromisoformat(day)
        for day in (
            *("2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06"),
            *("2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28"),
            *("2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31"),
            *("2027-08-30", "2027-12-27", "2027-12-28", "2028-01-03"),
        )
    ),
    known_until=date(2028, 1, 31),
)
"""Bank holidays of England from December 2025, with the substitutes of Boxing Day 2026 and
Christmas 2027"""


def noon(day: str) -> datetime:
    """Give noon of a day."""
    return datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("aware", "ends"),
    [
        ("2025-12-17", "2026-01-05"),
        ("2025-12-24", "2026-01-12"),
        ("2026-04-02", "2026-04-20"),
        ("2026-05-01", "2026-05-18"),
        ("2026-08-28", "2026-09-14"),
        ("2026-12-18", "2027-01-06"),
        ("2026-12-24", "2027-01-12"),
        ("2026-12-26", "2027-01-12"),
        ("2027-12-23", "2028-01-11"),
    ],
)
def test_investigation(aware: str, ends: str) -> None:
    """Ten working days from awareness, over Christmas, Easter and the bank holidays of May."""
    deadline = clocks.investigation(noon(aware), ENGLAND)
    assert deadline.due == clocks.end_of(date.fromisoformat(ends))
    assert (deadline.step, deadline.regulation) == (Step.INVESTIGATE, "6")


@pytest.mark.parametrize(
    ("concluded", "summary", "works", "outer"),
    [
        ("2026-01-05", "2026-01-08", "2026-01-12", "2026-03-30"),
        ("2026-12-22", "2026-12-29", "2026-12-31", "2027-03-16"),
        ("2026-12-24", "2026-12-31", "2027-01-05", "2027-03-18"),
        ("2027-03-23", "2027-03-30", "2027-04-01", "2027-06-15"),
    ],
)
def test_after_investigation(concluded: str, summary: str, works: str, outer: str) -> None:
    """Three and five working days, and twelve weeks of the calendar, from the conclusion."""
    found = {
        deadline.step: deadline.due
        for deadline in clocks.after_investigation(noon(concluded), ENGLAND)
    }
    assert found == {
        Step.WRITE_SUMMARY: clocks.end_of(date.fromisoformat(summary)),
        Step.MAKE_SAFE: clocks.end_of(date.fromisoformat(works)),
        Step.BEGIN_WORKS: clocks.end_of(date.fromisoformat(works)),
        Step.BEGIN_WORKS_AT_LATEST: clocks.end_of(date.fromisoformat(outer)),
    }


@pytest.mark.parametrize(
    ("aware", "due"),
    [
        ("2026-03-28T18:00+00:00", "2026-03-29T19:00+01:00"),
        ("2026-10-24T18:00+01:00", "2026-10-25T17:00+00:00"),
        ("2026-12-25T09:30+00:00", "2026-12-26T09:30+00:00"),
    ],
)
def test_emergency(aware: str, due: str) -> None:
    """24 hours elapse through changes of the clock and on holidays."""
    found = clocks.emergency(datetime.fromisoformat(aware))
    expected = datetime.fromisoformat(due)
    assert [deadline.due for deadline in found] == [expected, expected]
    assert {deadline.due.tzinfo for deadline in found} == {UTC}


def test_emergency_after_identification() -> None:
    """The safety work has its own 24 hours from when it was identified."""
    aware, identified = noon("2026-01-12"), noon("2026-01-13")
    assert clocks.emergency(aware, identified) == (
        Deadline(Step.INVESTIGATE_EMERGENCY, noon("2026-01-13"), "5"),
        Deadline(Step.MAKE_EMERGENCY_SAFE, noon("2026-01-14"), "5"),
    )


def test_day_of_awareness_is_londons() -> None:
    """Half past eleven at night UTC in summer is the next day in London."""
    late = datetime(2026, 7, 6, 23, 30, tzinfo=UTC)
    assert clocks.investigation(late, ENGLAND).due == clocks.end_of(date(2026, 7, 21))


def test_last_second() -> None:
    """A day ends at 23:59:59 in London, which in summer is 22:59:59 UTC."""
    assert clocks.end_of(date(2026, 7, 1)) == datetime(2026, 7, 1, 22, 59, 59, tzinfo=UTC)
    assert clocks.end_of(date(2026, 1, 1)) == datetime(2026, 1, 1, 23, 59, 59, tzinfo=UTC)


def test_beyond_the_list() -> None:
    """A day that the list of holidays does not reach is refused, never counted as worked."""
    with pytest.raises(HolidaysUnknown, match="known until 2028-01-31, not 2028-02-01"):
        clocks.add_working_days(date(2028, 1, 30), 2, ENGLAND)


@given(st.dates(date(2025, 12, 1), date(2027, 12, 1)), st.integers(0, 20))
def test_counted_a_second_way(day: date, number: int) -> None:
    """Between a day, which is day 0, and the deadline lie exactly so many working days."""
    end = clocks.add_working_days(day, number, ENGLAND)
    between = [day + timedelta(days=offset) for offset in range(1, (end - day).days + 1)]
    working = [one for one in between if one.weekday() < 5 and one not in ENGLAND.days]
    assert len(working) == number
    assert not number or working[-1] == end
