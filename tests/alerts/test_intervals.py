"""Valid means, closed hours, and the running mean that does not depend on where it begins."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import intervals
from alerts.model import Interval
from tests.fixtures.traces import HOUR, START, hours, level, rule

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("expected", "needed"),
    [(12, 9), (6, 5), (4, 3), (3, 3), (2, 2), (1, 1), (8, 6), (24, 18), (168, 126), (720, 540)],
)
def test_three_quarters(expected: int, needed: int) -> None:
    """75 % of the expected readings, rounded up, as in the Air Quality Standards Regulations."""
    assert intervals.required(expected) == needed


def test_other_captures() -> None:
    """A share that has no exact binary form does not ask for one reading more; nor for none."""
    assert intervals.required(10, 0.7) == 7
    assert intervals.required(100, 0.07) == 7
    assert intervals.required(100, 0.29) == 29
    assert intervals.required(5, 0.0) == 1


@pytest.mark.parametrize(
    ("minutes", "expected"), [(5, 12), (10, 6), (15, 4), (20, 3), (60, 1), (120, 1), (7, 8)]
)
def test_expected(minutes: int, expected: int) -> None:
    """An hour holds as many readings as whole intervals, and at least one."""
    assert intervals.expected_readings(minutes * MINUTE) == expected


def test_expected_in_a_day() -> None:
    """The length may be another than an hour."""
    assert intervals.expected_readings(10 * MINUTE, timedelta(days=1)) == 144


@pytest.mark.parametrize(("minutes", "late"), [(5, 10), (10, 20), (15, 30), (20, 30), (60, 30)])
def test_lateness(minutes: int, late: int) -> None:
    """Two reporting intervals, at most half an hour."""
    assert intervals.lateness(minutes * MINUTE) == late * MINUTE


@pytest.mark.parametrize(
    ("watermark", "closed"),
    [("09:19:59.999999", "08:00"), ("09:20", "09:00"), ("10:19", "09:00"), ("10:20", "10:00")],
)
def test_closing(watermark: str, closed: str) -> None:
    """An hour closes exactly when its allowed lateness is over."""
    moment = datetime.fromisoformat(f"2026-03-02T{watermark}").replace(tzinfo=UTC)
    expected = datetime.fromisoformat(f"2026-03-02T{closed}").replace(tzinfo=UTC)
    assert intervals.closed_until(moment, 10 * MINUTE) == expected


def test_hourly_samples() -> None:
    """With a window of one hour a sample is the hour; invalid and unknown hours have no value."""
    known = dict(hours([10.0, None, 30.0]))
    known[START + 2 * HOUR] = Interval(START + 2 * HOUR, 30.0, valid=False)
    found = list(intervals.running_samples(known, rule(level(1, 0)), START, START + 4 * HOUR))
    assert [sample.value for sample in found] == [10.0, None, None, None]
    assert [sample.start for sample in found] == [START + hour * HOUR for hour in range(4)]
    assert all(sample.end - sample.start == HOUR for sample in found)


def test_running_mean() -> None:
    """The mean is over the valid hours of the window, and None below 75 % of them."""
    watched = rule(level(1, 0), window=4 * HOUR)
    known = hours([1.0, 2.0, 3.0, 4.0, None, None, 7.0, 8.0, 9.0])
    found = intervals.running_samples(known, watched, START, START + 9 * HOUR)
    assert [sample.value for sample in found] == [
        *(None, None, 2.0, 2.5, 3.0, None, None, None, 8.0)
    ]


def test_until_inside_an_hour() -> None:
    """An hour that ends after `until` is not given."""
    watched = rule(level(1, 0))
    until = START + 90 * MINUTE
    assert len(list(intervals.running_samples(hours([1.0] * 3), watched, START, until))) == 1


@given(
    st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=60),
    st.integers(1, 24),
    st.integers(0, 59),
)
def test_mean_does_not_depend_on_the_beginning(
    values: list[float | None], window: int, late: int
) -> None:
    """A stretch that begins later gives exactly the same samples: so a state can be folded anew."""
    watched = rule(level(1, 0), window=window * HOUR)
    known = hours(values)
    end = START + len(values) * HOUR
    whole = list(intervals.running_samples(known, watched, START, end))
    assert list(intervals.running_samples(known, watched, START + late * HOUR, end)) == whole[late:]


def test_quarters_of_an_hour() -> None:
    """A rule goes by intervals of its own step; a window is a number of them."""
    quarter = timedelta(minutes=15)
    starts = [START + index * quarter for index in range(4)]
    known = {
        start: Interval(start, value, valid=True)
        for start, value in zip(starts, (1.0, 3.0, 5.0, 7.0), strict=True)
    }
    watched = rule(level(1, 0), step=quarter, window=2 * quarter)
    found = list(intervals.running_samples(known, watched, starts[1], START + HOUR))
    assert [(sample.start, sample.value) for sample in found] == [
        (starts[1], 2),
        (starts[2], 4),
        (starts[3], 6),
    ]
    assert found[0].end == starts[2]
