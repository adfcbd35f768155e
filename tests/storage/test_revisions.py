"""A figure that changed after it was published is marked and listed, and no other is."""

from datetime import UTC, datetime, timedelta

from storage import intervals, rollups
from storage.connection import Connection
from storage.intervals import Length, Mean
from storage.revisions import revisions
from tests.fixtures.readings import HOUR, MONDAY, SITE, hourly, reading, store

LATER = MONDAY + timedelta(days=3)
NONE = timedelta(0)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def compute(connection: Connection, clock: datetime = LATER, *, stood: timedelta = NONE) -> None:
    """Compute what is marked."""
    rollups.recompute(connection, 10_000, clock, stood=stood)
    rollups.recompute_days(connection, 10_000, clock, stood=stood)


def hours(connection: Connection) -> list[Mean]:
    """Read the hours of the only series."""
    return intervals.read(connection, Length.HOUR, [1], MONDAY, LATER)[1]


def test_late_reading_revises_its_hour_and_day(database: Connection) -> None:
    """What was shown before is kept beside what is shown now, for the hour and for its day."""
    store(database, hourly([10.0] * 11 + [9.0, 11.0] + [10.0] * 11, start=MONDAY - HOUR))
    compute(database)
    store(database, [reading(MONDAY + 0.7 * HOUR, {"pm10": 58.0})])
    compute(database)
    assert [hour.revised_at is not None for hour in hours(database)[:2]] == [True, False]
    [day] = intervals.read(database, Length.LOCAL_DAY, [1], MONDAY - HOUR, MONDAY)[1]
    assert day.revised_at is not None
    told = [
        (r.length, r.interval_start, r.count_before, r.mean_before, r.count_after, r.mean_after)
        for r in revisions(database, LONG_AGO)
    ]
    assert told == [
        ("1d", MONDAY - HOUR, 24, 10, 24, 11),
        ("1h", MONDAY, 1, 10, 2, 34),
    ]
    last = revisions(database, LONG_AGO, most=1)[0]
    assert (last.dev_eui, last.observed_property, last.channel) == (SITE, "pm10", "")
    assert (last.valid_before, last.valid_after) == (True, True)
    assert revisions(database, last.revised_at + timedelta(seconds=1)) == []


def test_figure_that_comes_late_is_no_revision(database: Connection) -> None:
    """An hour that nobody had a figure of is new, however old it is."""
    store(database, hourly([10.0]))
    compute(database)
    assert (hours(database)[0].revised_at, revisions(database, LONG_AGO)) == (None, [])


def test_open_hour_may_change(database: Connection) -> None:
    """An hour is revised only when it changes after its end and the time that it waits."""
    store(database, [reading(MONDAY, {"pm10": 1.0}, every=10 * HOUR / 60)])
    compute(database)
    store(database, [reading(MONDAY + 0.5 * HOUR, {"pm10": 3.0}, every=10 * HOUR / 60)])
    compute(database, MONDAY + HOUR * (80 / 60) - timedelta(microseconds=1))
    assert hours(database)[0].revised_at is None
    store(database, [reading(MONDAY + 0.6 * HOUR, {"pm10": 5.0}, every=10 * HOUR / 60)])
    compute(database, MONDAY + HOUR * (80 / 60))
    assert hours(database)[0].revised_at is not None


def test_figure_that_stood_for_a_moment_was_on_its_way(database: Connection) -> None:
    """A backlog that fills an hour step by step revises nothing."""
    for part in range(3):
        store(database, [reading(MONDAY + part * HOUR / 4, {"pm10": float(part)})])
        compute(database, stood=rollups.STOOD)
    assert revisions(database, LONG_AGO) == []
    database.execute("update rollup_1h set computed_at = computed_at - interval '11 minutes'")
    store(database, [reading(MONDAY + 3 * HOUR / 4, {"pm10": 9.0})])
    compute(database, stood=rollups.STOOD)
    assert [r.mean_before for r in revisions(database, LONG_AGO) if r.length == "1h"] == [1]


def test_mark_stays(database: Connection) -> None:
    """A revised hour that is computed again without a change keeps its mark."""
    store(database, hourly([10.0]))
    compute(database)
    store(database, [reading(MONDAY + 0.7 * HOUR, {"pm10": 58.0})])
    compute(database)
    marked = hours(database)[0].revised_at
    store(database, [reading(MONDAY + 0.8 * HOUR, {"pm10": 34.0})])
    compute(database, stood=rollups.STOOD)
    assert hours(database)[0].revised_at == marked
    assert hours(database)[0].count == 3


def test_every_change_is_listed(database: Connection) -> None:
    """A figure that changed three times is listed three times, each with what it was before."""
    store(database, hourly([10.0]))
    for value in (20.0, 30.0, 40.0):
        compute(database)
        store(database, [reading(MONDAY + value / 60 * HOUR, {"pm10": value})])
    compute(database)
    told = [r.mean_before for r in revisions(database, LONG_AGO) if r.length == "1h"]
    assert told == [20, 15, 10]
