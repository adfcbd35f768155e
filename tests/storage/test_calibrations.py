"""Corrected values stand beside raw ones, follow their calibrations, and name them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import figures
from alerts.indices import dust
from storage import calibrations, corrections, intervals, revisions, rollups
from storage.calibrations import Calibration
from storage.connection import Connection, connect
from storage.corrections import Reading
from storage.errors import DatabaseRefused
from storage.instance import Mode
from storage.intervals import Length, Mean
from storage.migrate import migrate
from tests.fixtures.effort import cases
from tests.fixtures.postgres import AnyServer
from tests.fixtures.readings import HOUR, MONDAY, SITE, hourly, reading, store

MINUTE = timedelta(minutes=1)
LATER = MONDAY + timedelta(days=30)
DUST = figures.load().dust
HALF = Calibration(SITE, "pm10", "co-location", MONDAY + 2 * HOUR, MONDAY + 4 * HOUR, slope=0.5)
WATER = Calibration(SITE, "pm10", "water", MONDAY, kappa=0.4, humidity_from=40.0, humidity_to=95.0)


def compute(connection: Connection) -> rollups.Taken:
    """Compute all that is marked; every figure counts as published."""
    taken = rollups.recompute(connection, 10_000, LATER, stood=timedelta(0))
    rollups.recompute_days(connection, 10_000, LATER, stood=timedelta(0))
    return taken


def record(connection: Connection, *told: Calibration) -> int:
    """Record calibrations."""
    with connection.transaction():
        return calibrations.record(connection, told, "tester")


def series(connection: Connection, name: str) -> int:
    """Give the number of the series of a property."""
    found = connection.execute(
        "select series.id from series join observed_property on property_id = observed_property.id"
        " where name = %s",
        [name],
    ).fetchall()
    [(number,)] = found
    return int(number)


def hours(connection: Connection, name: str = "pm10") -> Sequence[Mean]:
    """Read the hours of a property."""
    number = series(connection, name)
    return intervals.read(connection, Length.HOUR, [number], MONDAY, LATER)[number]


def readings(connection: Connection) -> list[Reading]:
    """Read the dust, raw and corrected."""
    return corrections.readings(connection, series(connection, "pm10"), MONDAY, LATER)


def test_calibration_holds_in_its_time(database: Connection) -> None:
    """Hours in its validity are corrected and name it, the raw mean beside them; others are not."""
    store(database, hourly([100.0] * 6))
    compute(database)
    assert record(database, HALF) == 1
    assert compute(database).marks == 2
    found = [(hour.mean, hour.raw_mean, hour.calibration) for hour in hours(database)]
    plain, corrected = (100, None, None), (50, 100, 1)
    assert found == [plain, plain, corrected, corrected, plain, plain]
    assert {reading.raw for reading in readings(database)} == {100}
    assert [reading.result for reading in readings(database)] == [100, 100, 50, 50, 100, 100]
    assert database.execute("select distinct result from observation").fetchall() == [(100,)]


def test_readings_change_within_an_hour(database: Connection) -> None:
    """A calibration that begins within an hour corrects the readings from then on."""
    minutes = [5, 25, 45]
    store(database, [reading(MONDAY + m * MINUTE, {"pm10": 100.0}) for m in minutes])
    record(database, replace(HALF, valid_from=MONDAY + 20 * MINUTE, valid_to=None, offset=3.0))
    compute(database)
    [hour] = hours(database)
    assert (hour.mean, hour.minimum, hour.maximum) == pytest.approx((206 / 3, 53, 100))
    assert (hour.raw_mean, hour.calibration) == (100, 1)
    number = series(database, "pm10")
    quarters = intervals.read(database, Length.QUARTER, [number], MONDAY, MONDAY + HOUR)[number]
    assert [quarter.mean for quarter in quarters] == [100, 53, 53]


def test_newest_calibration_counts(database: Connection) -> None:
    """Of two that hold at a time the one recorded last counts; withdrawn, the other one again."""
    store(database, hourly([100.0] * 6))
    record(database, replace(HALF, valid_to=None))
    record(database, replace(HALF, slope=2.0))
    compute(database)
    assert [hour.mean for hour in hours(database)] == [100, 100, 200, 200, 50, 50]
    with database.transaction():
        assert calibrations.withdraw(database, 2, "tester")
        assert not calibrations.withdraw(database, 2, "tester")
        assert not calibrations.withdraw(database, 99, "tester")
    compute(database)
    assert [hour.mean for hour in hours(database)] == [100, 100, 50, 50, 50, 50]
    assert [hour.calibration for hour in hours(database)][2:4] == [1, 1]


def test_same_calibration_is_recorded_once(database: Connection) -> None:
    """A list that is imported again records nothing and marks nothing; a changed word is new."""
    store(database, hourly([100.0] * 6))
    compute(database)
    assert record(database, HALF, HALF) == 1
    compute(database)
    assert record(database, HALF) == 0
    assert compute(database).marks == 0
    assert record(database, replace(HALF, source="co-location 2026 at Kerb")) == 1
    listed = calibrations.recorded(database, dev_eui=SITE)
    assert [entry.id for entry in listed] == [2, 1]
    assert listed[1].calibration == HALF
    assert (listed[0].recorded_by, listed[0].withdrawn_at) == ("tester", None)
    assert calibrations.recorded(database, dev_eui="02c17a0000000099") == []


def test_correction_is_listed_as_one(database: Connection) -> None:
    """A figure that a calibration changed is listed with that cause, and its day with its hours."""
    store(database, hourly([100.0] * 11 + [99.0, 101.0] + [100.0] * 11, start=MONDAY - HOUR))
    compute(database)
    record(database, replace(HALF, valid_from=MONDAY, valid_to=MONDAY + HOUR))
    compute(database)
    told = revisions.revisions(database, datetime(2026, 1, 1, tzinfo=UTC))
    assert [(r.length, r.cause, r.mean_before, r.mean_after) for r in told] == [
        ("1d", "hours", 100, pytest.approx(100 - 50 / 24)),
        ("1h", "calibration", 100, 50),
    ]


def test_calibrations_are_history(database: Connection) -> None:
    """The database itself refuses to change or delete a calibration, or to take it back twice."""
    record(database, HALF)
    for statement in (
        "update calibration set slope = 2",
        "delete from calibration",
        "update calibration set withdrawn_at = now(), slope = 3",
    ):
        with pytest.raises(psycopg.errors.RaiseException, match="is a version"):
            database.execute(statement.encode())


@pytest.mark.parametrize("wrong", [{"slope": 0.0}, {"valid_to": MONDAY}, {"kappa": 0.4}])
def test_nonsense_is_refused(database: Connection, wrong: Mapping[str, Any]) -> None:
    """A slope of nothing, a time that ends before it begins, and half a correction are refused."""
    with pytest.raises(DatabaseRefused):
        record(database, replace(HALF, **wrong))


def damp(humidity: float, *, at: datetime = MONDAY, concentration: float = 100.0) -> Any:  # noqa: ANN401
    """Give a reading of dust with its humidity."""
    return reading(at, {"pm10": concentration, "relative_humidity": humidity})


@pytest.mark.parametrize(
    ("humidity", "result", "quality"),
    [(30.0, 100, 1), (40.0, 100 / dust.humidity_factor(40, 0.4), 1), (96.0, 100, 3)],
)
def test_water_is_taken_away(
    database: Connection, humidity: float, result: float, quality: int
) -> None:
    """Dry dust stays as it is, damp dust loses its water, and fog is suspect and not divided."""
    store(database, [damp(humidity)])
    record(database, WATER)
    compute(database)
    [found] = readings(database)
    assert (found.result, found.quality) == pytest.approx((result, quality))
    [hour] = hours(database)
    assert (hour.mean, hour.raw_mean) == pytest.approx((result, 100))
    assert hour.suspect == (quality == 3)


def test_nearest_humidity_of_the_hour_counts(database: Connection) -> None:
    """Of several readings of humidity the nearest counts, and none of another hour."""
    store(
        database,
        [
            reading(MONDAY + 20 * MINUTE, {"pm10": 100.0}),
            reading(MONDAY + 10 * MINUTE, {"relative_humidity": 90.0}),
            reading(MONDAY + 35 * MINUTE, {"relative_humidity": 50.0}),
            reading(MONDAY + 65 * MINUTE, {"pm10": 100.0}),
            reading(MONDAY + 59 * MINUTE, {"relative_humidity": 50.0}),
        ],
    )
    record(database, WATER)
    compute(database)
    first, second = readings(database)
    assert first.result == pytest.approx(100 / dust.humidity_factor(90, 0.4))
    assert (second.result, second.quality) == (100, 3)


def test_humidity_that_comes_late_corrects(database: Connection) -> None:
    """Dust whose humidity comes after it, in another uplink, is computed again."""
    store(database, [reading(MONDAY + 20 * MINUTE, {"pm10": 100.0})])
    record(database, WATER)
    compute(database)
    assert (hours(database)[0].mean, hours(database)[0].suspect) == (100, 1)
    store(database, [reading(MONDAY + 21 * MINUTE, {"relative_humidity": 85.0})])
    taken = compute(database)
    assert series(database, "pm10") in taken.earliest
    assert hours(database)[0].mean == pytest.approx(100 / dust.humidity_factor(85, 0.4))
    assert hours(database)[0].suspect == 0


@settings(max_examples=cases(60, here=15), suppress_health_check=[HealthCheck.too_slow])
@given(
    told=st.lists(st.tuples(st.floats(-5, 2000), st.floats(0, 100.5)), min_size=1, max_size=20),
    slope=st.floats(0.1, 3),
    offset=st.floats(-20, 20),
    kappa=st.floats(0.05, 1),
)
def test_server_corrects_as_the_formula_does(
    postgres_server: AnyServer,
    told: list[tuple[float, float]],
    slope: float,
    offset: float,
    kappa: float,
) -> None:
    """What the database makes of a reading is what the pure function makes of it, bit by bit."""
    wanted = replace(WATER, slope=slope, offset=offset, kappa=kappa)
    with postgres_server.database(Mode.LIVE) as dsn, connect(dsn) as connection:
        store(
            connection,
            [
                damp(humidity, at=MONDAY + number * HOUR, concentration=value)
                for number, (value, humidity) in enumerate(told)
            ],
        )
        record(connection, wanted)
        found = [(each.result, each.quality == 3) for each in readings(connection)]
    expected = []
    for value, humidity in told:
        corrected = dust.correct(value, humidity, replace(DUST, kappa=kappa))
        expected.append((slope * corrected.value + offset, corrected.suspect))
    assert found == expected


def test_gas_has_its_mass(database: Connection) -> None:
    """A gas in ppb has hours in ug/m3 at 20 degC, of its corrected value, and quarters too."""
    store(database, [reading(MONDAY, {"no2": 100.0}), reading(MONDAY + HOUR, {"no2": 120.0})])
    compute(database)
    assert [hour.mean for hour in hours(database, "no2_mass")] == [191.25, 229.5]
    no2 = replace(HALF, observed_property="no2", valid_from=MONDAY, valid_to=MONDAY + HOUR)
    record(database, no2)
    taken = compute(database)
    assert taken.earliest.keys() == {series(database, "no2"), series(database, "no2_mass")}
    first = hours(database, "no2_mass")[0]
    assert (first.mean, first.raw_mean, first.calibration) == (95.625, 191.25, 1)
    number = series(database, "no2_mass")
    quarters = intervals.read(database, Length.QUARTER, [number], MONDAY, MONDAY + HOUR)[number]
    assert [quarter.mean for quarter in quarters] == [95.625]


def test_mass_is_never_computed_of_itself(database: Connection) -> None:
    """A mark on the hours of a mass, which nothing is read of, changes nothing."""
    store(database, [reading(MONDAY, {"no2": 100.0})])
    compute(database)
    number = series(database, "no2_mass")
    database.execute(
        "insert into dirty_interval (series_id, interval_start) values (%s, %s)", [number, MONDAY]
    )
    assert compute(database).earliest == {}
    assert [hour.mean for hour in hours(database, "no2_mass")] == [191.25]


def test_what_is_not_kept_is_not_computed_again(database: Connection) -> None:
    """Means of which the readings are deleted by now stay as they were computed."""
    store(database, hourly([100.0] * 6))
    compute(database)
    database.execute("delete from observation where phenomenon_time < %s", [MONDAY + 3 * HOUR])
    database.execute("update series set raw_since = %s", [MONDAY + 3 * HOUR])
    record(database, replace(HALF, valid_from=MONDAY, valid_to=None))
    assert compute(database).marks == 3
    store(database, [reading(MONDAY + 0.5 * HOUR, {"pm10": 7.0})])
    assert compute(database).earliest == {}
    assert [hour.mean for hour in hours(database)] == [100, 100, 100, 50, 50, 50]


def test_masses_of_what_was_there_before(database: Connection) -> None:
    """A database that knew no conversion, or another factor, has its masses after migrating."""
    database.execute("delete from conversion")
    store(database, [reading(MONDAY, {"no2": 100.0})])
    compute(database)
    migrate(database)
    compute(database)
    assert [hour.mean for hour in hours(database, "no2_mass")] == [191.25]
    database.execute("update conversion set factor = 1.88")
    migrate(database)
    assert compute(database).marks == 1
    assert [hour.mean for hour in hours(database, "no2_mass")] == [191.25]
    migrate(database)
    assert compute(database).marks == 0
