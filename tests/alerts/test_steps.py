"""By what steps rules judge, and when an interval is closed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import steps

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MOMENT = datetime(2026, 3, 2, 10, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "derived", "expected"),
    [
        ("pm10", False, (HOUR, 15 * MINUTE)),
        ("mould_index", True, (HOUR,)),
        ("overstay", True, (5 * MINUTE,)),
        ("data_capture", True, (24 * HOUR,)),
    ],
)
def test_steps(name: str, expected: tuple[timedelta, ...], *, derived: bool) -> None:
    """Each property has its steps, the usual one first."""
    assert steps.steps_of(name, derived=derived) == expected


@given(
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from([5 * MINUTE, 15 * MINUTE, HOUR, 24 * HOUR]),
)
def test_floor_begins_a_step(moment: datetime, step: timedelta) -> None:
    """The beginning is a whole number of steps after midnight, at most a step before the moment."""
    begin = steps.floor(moment, step)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    assert timedelta(0) <= moment - begin < step
    assert (begin - midnight) % step == timedelta(0)
    assert steps.floor(begin, step) == begin


@pytest.mark.parametrize(
    ("step", "interval", "expected"),
    [
        (5 * MINUTE, HOUR, MOMENT.replace(minute=15)),
        (15 * MINUTE, MINUTE, MOMENT.replace(minute=15)),
        (15 * MINUTE, 10 * MINUTE, MOMENT.replace(hour=9, minute=45)),
        (HOUR, 10 * MINUTE, MOMENT.replace(hour=9, minute=0)),
        (24 * HOUR, HOUR, MOMENT.replace(hour=0, minute=0)),
    ],
)
def test_closed(step: timedelta, interval: timedelta, expected: datetime) -> None:
    """An interval waits for late readings; one of the street for two minutes."""
    assert steps.closed(MOMENT, step, interval) == expected
    assert steps.closed(expected + steps.closes_after(step, interval), step, interval) == (
        expected + step
    )
