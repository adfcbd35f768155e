"""Days by the clocks of London and by GMT, running means, and hours called by their end."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from alerts import periods
from alerts.model import Interval, Sample
from tests.fixtures.traces import HOUR

MARCH, OCTOBER = date(2026, 3, 29), date(2026, 10, 25)
"""The clocks go forward, and back"""


def at(day: date, hour: float = 0) -> datetime:
    """Give an hour of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + hour * HOUR


def given(start: datetime, values: list[float | None]) -> Mapping[datetime, Interval]:
    """Give hours in a row; None is one without enough readings."""
    hours = {}
    for number, value in enumerate(values):
        begins = start + number * HOUR
        hours[begins] = Interval(begins, value, valid=value is not None)
    return hours


@pytest.mark.parametrize(
    ("day", "begins", "hours"),
    [
        (date(2026, 3, 28), at(date(2026, 3, 28)), 24),
        (MARCH, at(MARCH), 23),
        (date(2026, 3, 30), at(MARCH, 23), 24),
        (date(2026, 10, 24), at(date(2026, 10, 23), 23), 24),
        (OCTOBER, at(date(2026, 10, 24), 23), 25),
        (date(2026, 10, 26), at(date(2026, 10, 26)), 24),
    ],
)
def test_days_of_london(day: date, begins: datetime, hours: int) -> None:
    """A day has 23 hours when the clocks go forward and 25 when they go back, else 24."""
    assert periods.day_bounds(day) == (begins, begins + hours * HOUR)
    assert periods.hours_of(day) == hours
    assert periods.london_day(begins) == day
    assert periods.london_day(begins + hours * HOUR - timedelta(microseconds=1)) == day
    assert periods.london_day(begins + hours * HOUR) == day + timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (at(MARCH, -1), (date(2026, 3, 28), "24:00")),
        (at(MARCH, 0), (MARCH, "01:00")),
        (at(MARCH, 1), (MARCH, "02:00")),
        (at(MARCH, 22), (MARCH, "23:00")),
        (at(OCTOBER, 0), (OCTOBER, "01:00")),
        (at(OCTOBER, 1), (OCTOBER, "02:00")),
        (at(OCTOBER, 23), (OCTOBER, "24:00")),
    ],
)
def test_hour_ending_is_in_gmt_all_year(start: datetime, told: tuple[date, str]) -> None:
    """Every hour has its own name through both changes of the clocks; midnight ends the day."""
    assert periods.hour_ending(start) == told
    assert periods.hour_ending(start.astimezone(periods.LONDON)) == told


@pytest.mark.parametrize("day", [MARCH, OCTOBER])
@pytest.mark.parametrize(("length", "needed"), [(8, 6), (24, 18)])
def test_running_means_do_not_know_of_clocks(day: date, length: int, needed: int) -> None:
    """A running mean is over 8 or 24 hours that passed, on the days of a change as well."""
    start = at(day, -24)
    hours = given(start, [float(number) for number in range(60)])
    means = list(periods.running(hours, length, at(day), at(day, 30)))
    assert [mean.start for mean in means] == [at(day, hour) for hour in range(30)]
    assert [mean.value for mean in means] == [24 + hour - (length - 1) / 2 for hour in range(30)]
    gaps = given(start, [None] * (24 - needed + 1) + [1.0] * needed)
    found = list(periods.running(gaps, length, at(day, -1), at(day, 2)))
    assert [mean.value for mean in found] == [None, 1, 1]


@pytest.mark.parametrize("day", [MARCH, OCTOBER])
def test_gmt_days_have_24_hours(day: date) -> None:
    """UK-AIR's day runs from midnight to midnight GMT, and is valid with 18 hours of it."""
    values = [None] * 6 + [float(number) for number in range(18)] + [None] * 7 + [5.0] * 17
    days = list(periods.gmt_days(given(at(day), values), day, day + timedelta(days=2)))
    assert days == [Sample(at(day), at(day, 24), 8.5), Sample(at(day, 24), at(day, 48), None)]


def test_highest_running_mean_of_a_day() -> None:
    """A window belongs to the day in which it ends; that which ends at midnight to the next day."""
    samples = [
        Sample(at(MARCH, hour), at(MARCH, hour + 1), value)
        for hour, value in ((21, 4.0), (22, 9.0), (23, 50.0), (24, 7.0), (48, None))
    ]
    assert periods.highest_of_days(samples) == {MARCH: 9, MARCH + timedelta(days=1): 50}
