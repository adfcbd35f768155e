"""Hourly means: what counts, when they are valid, and that no order changes them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.intervals import expected_readings, required
from alerts.model import Activity, Interval
from alerts.silences import Silence
from storage import alert_actions, calibrations, intervals, places, rollups
from storage.calibrations import Calibration
from storage.connection import Connection, connect
from storage.errors import DatabaseRefused
from storage.instance import Mode
from storage.intervals import Length
from storage.model import UplinkRecord
from storage.places import Installation, Place
from tests.fixtures.effort import cases
from tests.fixtures.postgres import AnyServer
from tests.fixtures.readings import HOUR, MONDAY, SITE, hourly, reading, store

MINUTE = timedelta(minutes=1)


def rows(connection: Connection) -> list[tuple[Any, ...]]:
    """Read the means: hour, count, expected, mean, lowest, highest, valid."""
    return connection.execute(
        "select interval_start, count, expected, mean, minimum, maximum, valid from rollup_1h"
        " order by series_id, interval_start"
    ).fetchall()


def flagged(record: UplinkRecord, quality: int) -> UplinkRecord:
    """Give the uplink with a quality flag on its values."""
    values = (replace(value, quality=quality) for value in record.observations)
    return replace(record, observations=tuple(values))


def at(minutes: float, value: float = 20, name: str = "pm10", every: int = 10) -> UplinkRecord:
    """Give a reading so many minutes after midnight."""
    return reading(MONDAY + minutes * MINUTE, {name: value}, every=every * MINUTE)


def recompute(connection: Connection) -> rollups.Taken:
    """Compute all that is marked."""
    return rollups.recompute(connection, 10_000)


def test_hour_holds_its_readings_from_its_start_to_without_its_end(database: Connection) -> None:
    """A reading at the full hour belongs to the hour that begins."""
    store(database, [at(0, 10), at(59.99, 20), at(60, 90)])
    taken = recompute(database)
    assert taken.marks == 2
    assert list(taken.earliest.values()) == [MONDAY]
    assert rows(database) == [
        (MONDAY, 2, 6, 15, 10, 20, False),
        (MONDAY + HOUR, 1, 6, 90, 90, 90, False),
    ]


@pytest.mark.parametrize(
    ("name", "quality", "counts"),
    [
        ("pm10", 1, True),
        ("pm10", 2, True),
        ("pm10", 3, True),
        ("pm10", 4, False),
        ("pm10", 9, False),
        ("temperature", 2, True),
        ("temperature", 3, False),
        ("temperature", 4, False),
    ],
)
def test_quality_decides_what_counts(
    database: Connection, name: str, quality: int, *, counts: bool
) -> None:
    """Good and unknown readings count, suspect ones of dust, and no others."""
    store(database, [flagged(at(0, name=name), quality)])
    recompute(database)
    [(_, count, _, mean, _, _, _)] = rows(database)
    assert (count, mean) == ((1, 20) if counts else (0, None))


@pytest.mark.parametrize("every", [1, 5, 7, 10, 15, 20, 45, 60, 90])
def test_hour_is_valid_with_three_quarters(database: Connection, every: int) -> None:
    """The database agrees with the pure rule on how many readings make an hour valid."""
    expected = expected_readings(every * MINUTE)
    needed = required(expected)
    records = [at(place, every=every) for place in range(needed)]
    if needed > 1:
        store(database, records[:-1])
        recompute(database)
        assert rows(database) == [(MONDAY, needed - 1, expected, 20, 20, 20, False)]
    store(database, records)
    recompute(database)
    assert rows(database) == [(MONDAY, needed, expected, 20, 20, 20, True)]


def test_decimal_readings_have_a_decimal_mean(database: Connection) -> None:
    """Tenths are averaged as tenths: no rounding of halves lifts a mean over a threshold."""
    store(database, [at(place, 0.1, name="temperature") for place in range(30)])
    recompute(database)
    assert rows(database)[0][3] == 0.1


def test_hour_that_did_not_change_is_not_reported(database: Connection) -> None:
    """A mark on an hour that comes out as before asks for nothing to be judged again."""
    store(database, [at(0)])
    recompute(database)
    database.execute(
        "insert into dirty_interval (series_id, interval_start) select 1, $$2026-05-11Z$$"
    )
    taken = recompute(database)
    assert (taken.marks, taken.earliest) == (1, {})
    assert recompute(database).marks == 0


def install(
    connection: Connection, start: datetime, every: int | None, end: datetime | None = None
) -> None:
    """Install the device of the site, to report each so many minutes."""
    interval = None if every is None else every * MINUTE
    place = Place("station", "Kerb")
    with connection.transaction():
        told = Installation(SITE, place, None, start, end, expected_interval=interval)
        places.install(connection, told, secret=b"")


def test_registry_says_how_many_readings_are_expected(database: Connection) -> None:
    """The interval of the installation at the time holds, and the device's own outside of it."""
    install(database, MONDAY + HOUR, 20, MONDAY + 2 * HOUR)
    store(database, [at(60 * hour, every=10) for hour in range(3)])
    recompute(database)
    assert [row[2] for row in rows(database)] == [6, 3, 6]


def test_hours_follow_a_change_of_the_registry(database: Connection) -> None:
    """Another expected interval makes the hours that it speaks of be computed again, no others."""
    store(database, [at(60 * hour + 10 * part) for hour in range(4) for part in range(3)])
    recompute(database)
    assert [row[-1] for row in rows(database)] == [False] * 4
    install(database, MONDAY + HOUR, 20, MONDAY + 3 * HOUR)
    taken = recompute(database)
    assert (taken.marks, taken.earliest) == (2, {1: MONDAY + HOUR})
    assert [row[-1] for row in rows(database)] == [False, True, True, False]
    install(database, MONDAY + HOUR, 20, MONDAY + 3 * HOUR)
    install(database, MONDAY + HOUR, None, MONDAY + 3 * HOUR)
    assert recompute(database).marks == 0


def test_marks_are_taken_in_portions(database: Connection) -> None:
    """A portion takes the oldest marks and leaves the rest."""
    store(database, [at(60 * hour) for hour in range(5)])
    assert rollups.recompute(database, 3).marks == 3
    assert rollups.recompute(database, 3).marks == 2
    assert len(rows(database)) == 5


def test_hours_are_read_for_many_series_at_once(database: Connection) -> None:
    """Each series gives its valid hours between its own two times."""
    other = "02c17a0000000009"
    store(database, hourly([1.0, 2.0, 3.0]) + hourly([4.0, 5.0, 6.0], dev_eui=other))
    recompute(database)
    first, second = sorted(
        number for (number,) in database.execute("select id from series order by id")
    )
    read = rollups.hours(
        database,
        [(first, MONDAY, MONDAY + 2 * HOUR), (second, MONDAY + HOUR, MONDAY + 9 * HOUR)],
    )
    by_value = [sorted(hour.mean or 0 for hour in hours.values()) for hours in read.values()]
    assert by_value == [[1, 2], [5, 6]]
    assert read[first][MONDAY] == Interval(MONDAY, 1.0, valid=True)


def test_activity_is_read_from_the_hour_before(database: Connection) -> None:
    """A device's activity begins with the last hour it was heard in before the asked one."""
    store(database, [at(5), at(65), at(70), at(200), at(300)])
    read = rollups.activity(database, [(1, MONDAY + 3.5 * HOUR)])
    assert read[1] == [
        Activity(MONDAY + 65 * MINUTE, MONDAY + 70 * MINUTE),
        Activity(MONDAY + 200 * MINUTE, MONDAY + 200 * MINUTE),
        Activity(MONDAY + 300 * MINUTE, MONDAY + 300 * MINUTE),
    ]


def test_activity_marks_name_the_earliest_hour(database: Connection) -> None:
    """Each device is named once, with the first hour in which it was heard."""
    store(database, [at(65), at(5), at(200)])
    taken = rollups.take_activity(database, 100)
    assert taken.earliest == {1: MONDAY}
    assert rollups.take_activity(database, 100).marks == 0


READINGS = st.lists(
    st.tuples(st.integers(0, 119), st.floats(-1e6, 1e6), st.sampled_from([1, 2, 3, 4])),
    min_size=1,
    max_size=20,
    unique_by=lambda entry: entry[0],
)


@settings(max_examples=cases(60, here=15), suppress_health_check=[HealthCheck.too_slow])
@given(readings=READINGS, data=st.data())
def test_order_of_readings_changes_no_mean(
    postgres_server: AnyServer, readings: list[tuple[int, float, int]], data: st.DataObject
) -> None:
    """The same readings in another order, in other batches, give the same bits."""
    shuffled = data.draw(st.permutations(readings))
    cut = data.draw(st.integers(0, len(readings)))
    assert _means(postgres_server, [shuffled[:cut], shuffled[cut:]]) == _means(
        postgres_server, [readings]
    )


def _means(server: AnyServer, batches: Sequence[Sequence[tuple[int, float, int]]]) -> object:
    with server.database(Mode.SIMULATION) as dsn, connect(dsn) as connection:
        for batch in batches:
            store(connection, [flagged(at(minute, value), flag) for minute, value, flag in batch])
            recompute(connection)
        return rows(connection)


def maintain(connection: Connection, window: Silence, at: datetime = MONDAY) -> int:
    """Record a maintenance window."""
    return alert_actions.silence(
        connection, window, author="A", reason="New filter", at=at, maintenance=True
    )


@pytest.mark.parametrize("corrected", [False, True])
def test_readings_under_maintenance_are_in_no_mean(
    database: Connection, *, corrected: bool
) -> None:
    """A window's readings are left out, from its start to without its end; the others count."""
    if corrected:
        one = Calibration(SITE, "pm10", "none", MONDAY, slope=2)
        calibrations.record(database, [one], "A")
    store(database, [at(minute, 20 if minute < 30 else 500) for minute in range(0, 60, 10)])
    recompute(database)
    before = rows(database)
    window = Silence({"dev_eui": SITE}, MONDAY + 30 * MINUTE, MONDAY + 50 * MINUTE)
    maintain(database, window)
    recompute(database)
    [(_, count, expected, mean, _, highest, valid)] = rows(database)
    factor = 2 if corrected else 1
    assert (count, expected, mean, highest) == (4, 6, 140 * factor, 500 * factor)
    assert not valid
    assert before[0][1] == 6
    quarters = intervals.read(database, Length.QUARTER, [1], MONDAY, MONDAY + HOUR)
    assert [quarter.count for quarter in quarters[1]] == [2, 1, 1]


def test_maintenance_is_by_place_for_as_long_as_the_device_is_there(database: Connection) -> None:
    """A window of a site is of the devices that are there then, and of nobody else."""
    gate, site = Place("position", "Gate"), Place("site", "Surrey Street")
    until = MONDAY + 2 * HOUR
    moved = Installation(SITE, gate, site, MONDAY, to_at=until)
    places.install(database, moved, secret=b"s")
    store(database, hourly([20.0] * 4))
    store(database, hourly([20.0] * 4, dev_eui="02c17a0000000009"))
    recompute(database)
    [(name,)] = database.execute("select public_id from place where kind = 'site'")
    maintain(database, Silence({"within": name}, MONDAY + HOUR, MONDAY + 4 * HOUR))
    recompute(database)
    assert [count for _, count, *_ in rows(database)] == [1, 0, 1, 1, 1, 1, 1, 1]


def test_window_that_ends_early_counts_what_comes_after(database: Connection) -> None:
    """What is measured after the end of a window counts, also in a window cut short."""
    number = maintain(database, Silence({"dev_eui": SITE}, MONDAY, MONDAY + 9 * HOUR))
    alert_actions.end_silence(database, number, actor="A", at=MONDAY + 2 * HOUR)
    store(database, hourly([20.0] * 3))
    recompute(database)
    assert [count for _, count, *_ in rows(database)] == [0, 0, 1]


def test_maintenance_of_a_published_hour_is_listed_as_that(database: Connection) -> None:
    """A figure that a window changes after it was published is a revision with its cause."""
    store(database, hourly([20.0]))
    later = MONDAY + 9 * HOUR
    rollups.recompute(database, 100, later, stood=timedelta(0))
    maintain(database, Silence({"dev_eui": SITE}, MONDAY, MONDAY + HOUR))
    rollups.recompute(database, 100, later, stood=timedelta(0))
    causes = database.execute("select cause, count_after from revision where length = '1h'")
    assert causes.fetchall() == [("maintenance", 0)]


def test_maintenance_is_not_of_a_rule(database: Connection) -> None:
    """A window that names a rule or a severity is none of any data, and is refused."""
    with pytest.raises(DatabaseRefused, match="not of rule, team"):
        maintain(database, Silence({"rule": "E1", "team": "housing"}, MONDAY, MONDAY + HOUR))


def test_hour_marked_often_is_computed_once(database: Connection) -> None:
    """A backlog marks an hour with each batch: all its marks go at once, and at most two hours."""
    for minute in range(0, 50, 5):
        for hour in range(3):
            store(database, [at(60 * hour + minute, every=5)])
    first = rollups.recompute(database, 2)
    assert (first.marks, len(rows(database))) == (20, 2)
    assert database.execute("select distinct interval_start from dirty_interval").fetchall() == [
        (MONDAY + 2 * HOUR,)
    ]
    rest = rollups.recompute(database, 2)
    assert (rest.marks, [row[1] for row in rows(database)]) == (10, [10, 10, 10])


def test_marks_are_looked_at_so_far_ahead(
    database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more marks than are looked at the oldest are taken, and the rest stays for the next."""
    monkeypatch.setattr(rollups, "AHEAD", 3)
    for minute in range(0, 50, 10):
        store(database, [at(minute)])
    assert [rollups.recompute(database, 1).marks for _ in range(3)] == [3, 2, 0]
    assert [row[1] for row in rows(database)] == [5]
