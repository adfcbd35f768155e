"""When a stay limit holds: as it is written, and through changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.indices.parking_measures import Restriction, over
from alerts.indices.restrictions import read, restrictions

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def told(hours: str | None, start: str, until: str, **detail: object) -> int:
    """Give the minutes over an hour's limit, of times in UTC."""
    begun, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, until))
    written = {"limit_minutes": 60, "limit_hours": hours, **detail}
    limits = restrictions({name: value for name, value in written.items() if value is not None})
    return over(begun, end, limits, {date(2026, 12, 25)}) // MINUTE


@pytest.mark.parametrize(
    ("hours", "start", "until", "minutes"),
    [
        # Winter: the clock is UTC.  Monday 2 March 2026
        ("Mon-Sat 08:30-18:30", "2026-03-02T08:00", "2026-03-02T10:00", 30),
        ("Mon-Sat 08:30-18:30", "2026-03-02T08:00", "2026-03-02T18:29", 539),
        ("Mon-Sat 08:30-18:30", "2026-03-02T08:00", "2026-03-02T18:30", 0),
        ("Mon-Sat 08:30-18:30", "2026-03-01T08:00", "2026-03-01T12:00", 0),
        ("Mon-Sat 08:30-18:30", "2026-02-28T17:00", "2026-03-02T09:30", 0),
        # Summer: 08:30 is 07:30 UTC.  Monday 1 June 2026
        ("Mon-Sat 08:30-18:30", "2026-06-01T06:00", "2026-06-01T09:00", 30),
        ("Mon-Sat 08:30-18:30", "2026-06-01T06:00", "2026-06-01T17:30", 0),
        # Sunday 29 March 2026: 01:00 becomes 02:00, so 00:30 to 03:00 are 90 minutes
        ("Sun 00:30-03:30", "2026-03-28T22:00", "2026-03-29T02:00", 30),
        # Sunday 25 October 2026: 02:00 becomes 01:00, so 00:30 to 02:30 are 180 minutes
        ("Sun 00:30-03:30", "2026-10-24T20:00", "2026-10-25T02:30", 120),
        # Two spans of one day
        ("Mon-Fri 08:00-10:00; Mon-Fri 16:00-24:00", "2026-03-02T07:00", "2026-03-02T12:00", 0),
        ("Mon-Fri 08:00-10:00; Mon-Fri 16:00-24:00", "2026-03-02T07:00", "2026-03-02T23:59", 419),
        # Always: from the beginning, through midnight
        (None, "2026-03-01T20:00", "2026-03-02T20:00", 23 * 60),
        ("as painted", "2026-03-01T20:00", "2026-03-02T20:00", 23 * 60),
    ],
)
def test_limit_counts_from_when_it_holds(hours: str, start: str, until: str, minutes: int) -> None:
    """In elapsed minutes from the hour of the clock at which it comes into force."""
    assert told(hours, start, until) == minutes


def test_bank_holidays() -> None:
    """Christmas Day 2026 is a Friday: no limit, unless it holds on bank holidays too."""
    day = ("Mon-Sat 08:30-18:30", "2026-12-25T09:00", "2026-12-25T11:00")
    assert told(*day) == 0
    assert told(*day, limit_on_bank_holidays="no") == 0
    assert told(*day, limit_on_bank_holidays="yes") == 60
    assert told(None, *day[1:]) == 60


def test_bay_without_a_limit_has_no_restriction() -> None:
    """Hours without a limit restrict nothing."""
    assert restrictions({"limit_hours": "Mon 08:00-09:00"}) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "begins with no days"),
        ("Mon-Fri", "ends with no span of time"),
        ("Fri-Mon 08:00-09:00", "begins with no days"),
        ("Mo 08:00-09:00", "begins with no days"),
        ("Mon 8-9", "ends with no span of time"),
        ("Mon 08:00", "ends with no span of time"),
        ("Mon 08:00-25:00", "ends with no span of time"),
        ("Mon 08:00Z-09:00Z", "ends with no span of time"),
        ("Mon 22:00-06:00", "is two parts"),
        ("Mon 08:00-09:00; Tue", "`Tue` ends with no span"),
    ],
)
def test_hours_that_cannot_be_read(text: str, said: str) -> None:
    """Each mistake says what to write."""
    with pytest.raises(ValueError, match=said):
        read(text, HOUR, on_bank_holidays=False)


TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
PARTS = st.tuples(st.integers(0, 6), st.integers(0, 6), TIMES, TIMES).filter(
    lambda part: part[0] <= part[1] and part[2] < part[3]
)


@given(st.lists(PARTS, min_size=1, max_size=3))
def test_written_hours_are_read(parts: list[tuple[int, int, time, time]]) -> None:
    """What is written in the documented shape is read as it is meant."""
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    text = "; ".join(
        f"{names[first]}-{names[last]} {begins:%H:%M}-{ends:%H:%M}"
        for first, last, begins, ends in parts
    )
    assert read(text, HOUR, on_bank_holidays=True) == tuple(
        Restriction(frozenset(range(first, last + 1)), begins, ends, HOUR, on_bank_holidays=True)
        for first, last, begins, ends in parts
    )


@given(st.text(max_size=30))
def test_no_text_breaks_the_registry(text: str) -> None:
    """Whatever stands there, a limit is a limit."""
    assert restrictions({"limit_minutes": 60, "limit_hours": text})
