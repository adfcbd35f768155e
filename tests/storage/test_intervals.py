"""Means of every length over the days on which the clocks change, and what makes them valid."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from storage import intervals, rollups
from storage.connection import Connection
from storage.intervals import Length, Mean
from tests.fixtures.readings import HOUR, SITE, hourly, reading, store

MARCH, OCTOBER = date(2026, 3, 29), date(2026, 10, 25)
MINUTE = timedelta(minutes=1)
LATER = datetime(2026, 12, 1, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def at(day: date, hour: float = 0) -> datetime:
    """Give an hour of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + hour * HOUR


def compute(connection: Connection, clock: datetime = LATER) -> None:
    """Compute all hours and days that are marked."""
    while rollups.recompute(connection, 10_000, clock).marks:
        pass
    while rollups.recompute_days(connection, 10_000, clock):
        pass


def read(
    connection: Connection, length: Length, since: datetime, until: datetime
) -> Sequence[Mean]:
    """Read the means of the only series."""
    [(number,)] = connection.execute("select id from series").fetchall()
    return intervals.read(connection, length, [number], since, until)[number]


def ramp(connection: Connection, day: date) -> None:
    """Store a value for each of 72 hours around a day: 0, 1, 2, ... from the midnight before."""
    store(connection, hourly([float(number) for number in range(72)], start=at(day, -24)))
    compute(connection)


@pytest.mark.parametrize("day", [MARCH, OCTOBER])
def test_hours_of_a_clock_change(database: Connection, day: date) -> None:
    """No hour is missing or double: 72 hours passed, each named by when it began in UTC."""
    ramp(database, day)
    means = read(database, Length.HOUR, at(day, -24), at(day, 48))
    assert [(mean.start, mean.end, mean.value) for mean in means] == [
        (at(day, hour), at(day, hour + 1), 24 + hour) for hour in range(-24, 48)
    ]
    assert {(mean.count, mean.expected) for mean in means} == {(1, 1)}


@pytest.mark.parametrize("day", [MARCH, OCTOBER])
def test_quarters_of_a_clock_change(database: Connection, day: date) -> None:
    """A quarter is a quarter of an hour of UTC: 3 of 4 readings make it valid, 2 do not."""
    times = [at(day, 0.5) + (6 * index) * MINUTE for index in range(30)]
    readings = [
        reading(time, {"pm10": float(index)}, every=5 * MINUTE) for index, time in enumerate(times)
    ]
    store(database, readings)
    quarters = read(database, Length.QUARTER, at(day, 0.5), at(day, 3.5))
    assert [quarter.start for quarter in quarters] == [
        at(day, 0.5) + step * 15 * MINUTE for step in range(12)
    ]
    assert [quarter.count for quarter in quarters] == [3, 2] * 6
    assert [quarter.expected for quarter in quarters] == [3] * 12
    assert [quarter.valid for quarter in quarters] == [True, False] * 6
    assert [quarter.value for quarter in quarters[:4]] == [1, None, 6, None]
    assert quarters[0].end == at(day, 0.75)
    assert (quarters[1].mean, quarters[1].minimum, quarters[1].maximum) == (3.5, 3, 4)


@pytest.mark.parametrize("day", [MARCH, OCTOBER])
@pytest.mark.parametrize(("length", "hours"), [(Length.EIGHT_HOURS, 8), (Length.RUNNING_DAY, 24)])
def test_running_means_of_a_clock_change(
    database: Connection, day: date, length: Length, hours: int
) -> None:
    """A running mean is over 8 or 24 hours that passed, whatever the clocks said."""
    ramp(database, day)
    means = read(database, length, at(day), at(day, 26))
    assert [(mean.start, mean.end) for mean in means] == [
        (at(day, hour + 1 - hours), at(day, hour + 1)) for hour in range(26)
    ]
    assert [mean.value for mean in means] == [24 + hour - (hours - 1) / 2 for hour in range(26)]
    first = means[0]
    assert (first.count, first.expected, first.minimum, first.maximum) == (
        hours,
        hours,
        25 - hours,
        24,
    )


@pytest.mark.parametrize(
    ("day", "begins", "hours", "mean"),
    [
        (MARCH - timedelta(days=1), at(MARCH, -24), 24, 11.5),
        (MARCH, at(MARCH), 23, 35),
        (MARCH + timedelta(days=1), at(MARCH, 23), 24, 58.5),
        (OCTOBER, at(OCTOBER, -1), 25, 35),
        (OCTOBER + timedelta(days=1), at(OCTOBER, 24), 24, 59.5),
    ],
)
def test_local_days_of_a_clock_change(
    database: Connection, day: date, begins: datetime, hours: int, mean: float
) -> None:
    """A local day has the 23, 24 or 25 hours between London's two midnights."""
    ramp(database, MARCH if day.month == 3 else OCTOBER)
    found = read(database, Length.LOCAL_DAY, begins, begins + HOUR)
    assert [(f.start, f.end, f.count, f.expected, f.value) for f in found] == [
        (begins, begins + hours * HOUR, hours, hours, mean)
    ]
    assert begins.astimezone(LONDON).date() == day


@pytest.mark.parametrize(
    ("day", "begins", "needed"),
    [
        (MARCH, at(MARCH), 18),
        (date(2026, 6, 1), at(date(2026, 5, 31), 23), 18),
        (OCTOBER, at(OCTOBER, -1), 19),
    ],
)
def test_day_is_valid_with_three_quarters_of_its_hours(
    database: Connection, day: date, begins: datetime, needed: int
) -> None:
    """18 of 23 or 24 hours make a local day valid, 19 of 25; with one less it has no value."""
    store(database, hourly([3.0, 5.0] * 5 + [4.0] * (needed - 11), start=begins))
    compute(database)
    [short] = read(database, Length.LOCAL_DAY, begins, begins + HOUR)
    assert (short.count, short.mean, short.valid, short.value) == (needed - 1, 4, False, None)
    store(database, hourly([8.0], start=begins + needed * HOUR))
    compute(database)
    [whole] = read(database, Length.LOCAL_DAY, begins, begins + HOUR)
    assert (whole.count, whole.valid, whole.maximum) == (needed, True, 8)
    assert whole.start.astimezone(LONDON).date() == day


def test_day_of_a_site_is_gmts(database: Connection) -> None:
    """UK-AIR's day runs from midnight to midnight GMT, in summer an hour behind London's."""
    day = date(2026, 7, 1)
    store(database, hourly([float(number) for number in range(30)], start=at(day, -1)))
    compute(database)
    found = intervals.gmt_days(database, [1], day, day + timedelta(days=2))
    assert found == {1: {day: 12.5}}
    [local] = read(database, Length.LOCAL_DAY, at(day, -1), at(day))
    assert local.value == 11.5


def test_only_valid_hours_enter_a_day(database: Connection) -> None:
    """An hour with too few readings is no part of a day's mean, nor of its extremes."""
    day = date(2026, 1, 10)
    whole = [
        reading(at(day, hour) + 10 * part * MINUTE, {"pm10": float(part % 2)}, every=10 * MINUTE)
        for hour in range(20)
        for part in range(6)
    ]
    store(database, [*whole, reading(at(day, 21), {"pm10": 900.0}, every=10 * MINUTE)])
    compute(database)
    [found] = read(database, Length.LOCAL_DAY, at(day), at(day, 1))
    assert (found.count, found.mean, found.maximum) == (20, 0.5, 1)


def test_day_is_computed_when_it_is_over(database: Connection) -> None:
    """A day has no mean before its last hour waits for nothing more."""
    day = date(2026, 1, 10)
    store(database, hourly([0.0, 2.0] * 12, start=at(day)))
    compute(database, at(day, 24.5) - timedelta(microseconds=1))
    assert read(database, Length.LOCAL_DAY, at(day), at(day, 1)) == []
    compute(database, at(day, 24.5))
    [found] = read(database, Length.LOCAL_DAY, at(day), at(day, 1))
    assert found.value == 1


def test_days_are_computed_in_portions(database: Connection) -> None:
    """A portion takes the oldest days and leaves the rest."""
    store(database, hourly([1.0] * 96, start=at(MARCH)))
    rollups.recompute(database, 10_000, LATER)
    assert rollups.recompute_days(database, 3, LATER) == 3
    assert rollups.recompute_days(database, 3, LATER) == 2
    assert rollups.recompute_days(database, 3, LATER) == 0


def test_series_without_anything_has_no_means(database: Connection) -> None:
    """A series that does not exist, or a time without readings, gives no rows, never an error."""
    store(database, [reading(at(MARCH), {"pm10": 1.0}, dev_eui=SITE)])
    compute(database)
    for length in Length:
        found = intervals.read(database, length, [1, 77], at(OCTOBER), at(OCTOBER, 1))
        assert {number: [mean.value for mean in means] for number, means in found.items()} == (
            {1: [None], 77: [None]} if length.hours else {1: [], 77: []}
        )


def test_server_knows_londons_clocks(database: Connection) -> None:
    """The server's midnights of London are those of the time zone data that ship with us."""
    days = [date(2000, 1, 1) + timedelta(days=step) for step in range(365 * 40)]
    wrong = [
        day
        for day, begins in database.execute(
            "select day, london_day_begins(day) from unnest(%s::date[]) as given (day)", [days]
        )
        if begins != datetime(day.year, day.month, day.day, tzinfo=LONDON)
    ]
    assert wrong == []
