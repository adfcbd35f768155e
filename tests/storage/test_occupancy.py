"""A bay under an overhead sensor: taken or free by a threshold, in whatever order readings come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from storage import occupancy, rollups
from storage.connection import Connection, connect
from storage.model import UplinkRecord
from storage.places import Installation, Place, install
from storage.queries import SQL
from storage.redecoding import Key
from storage.redecoding_changes import Change, Changes
from storage.uplinks import Writer
from tests.fixtures.effort import cases
from tests.storage.samples import NOON, observation, record, store, uplink

SENSOR = "02c17a0000000217"
ZONE = Place("zone", "Market Street")
STEP = timedelta(minutes=20)
_numbers = count()
Reading = tuple[float, int]
"""Distance in mm, and quality"""


@dataclass(frozen=True, slots=True)
class Stay:
    """From which reading on the sensor is above a bay, and what is taken there."""

    since: int
    below: int
    hysteresis: int | None = None

    def installation(self, dev_eui: str, bay: str) -> Installation:
        """Give it in the words of the registry."""
        detail = {"occupied_below_mm": self.below, "occupied_hysteresis_mm": self.hysteresis}
        known = {name: value for name, value in detail.items() if value is not None}
        place = Place("bay", bay, detail=known)
        return Installation(dev_eui, place, ZONE, NOON + self.since * STEP - timedelta(minutes=1))


def put_up(connection: Connection, installation: Installation) -> None:
    """Register an installation, and let the states follow."""
    with connection.transaction():
        install(connection, installation, secret=b"")
    occupancy.settle(connection)


def frame(dev_eui: str, step: int, reading: Reading) -> UplinkRecord:
    """Give the uplink of a reading."""
    time = NOON + step * STEP
    sent = uplink(step, dev_eui=dev_eui, deduplication_id=f"{dev_eui}-{step}", result_time=time)
    return record(sent, [observation("distance", reading[0], time, quality=reading[1])])


def expected(readings: dict[int, Reading], stays: Sequence[Stay]) -> dict[int, tuple[float, int]]:
    """Work out the states from the readings alone, one after another."""
    found: dict[int, tuple[float, int]] = {}
    for number, stay in enumerate(stays):
        until = stays[number + 1].since if number + 1 < len(stays) else 10**6
        state: float | None = None
        for step in sorted(readings):
            distance, quality = readings[step]
            if not stay.since <= step < until or quality not in {1, 2}:
                continue
            if distance < stay.below:
                state = 1.0
            elif distance >= stay.below + (100 if stay.hysteresis is None else stay.hysteresis):
                state = 0.0
            if state is not None:
                found[step] = state, quality
    return found


def states(connection: Connection, dev_eui: str) -> dict[int, tuple[float, int]]:
    """Give the states that are stored."""
    rows = connection.execute(
        "select phenomenon_time, result, quality from observation"
        " join series on series.id = series_id join device on device.id = device_id"
        " join observed_property as p on p.id = property_id"
        " where p.name = 'parking_occupied' and dev_eui = %s",
        [dev_eui],
    )
    return {round((time - NOON) / STEP): (result, quality) for time, result, quality in rows}


def latest(connection: Connection, dev_eui: str) -> list[tuple[int, float]]:
    """Give the newest state."""
    rows = connection.execute(
        "select phenomenon_time, result from latest join series on series.id = series_id"
        " join device on device.id = device_id join observed_property as p on p.id = property_id"
        " where p.name = 'parking_occupied' and dev_eui = %s",
        [dev_eui],
    )
    return [(round((time - NOON) / STEP), result) for time, result in rows]


def hours(connection: Connection, dev_eui: str) -> dict[int, float]:
    """Give the means of the hours that are marked, computed now, by the hour since noon."""
    rollups.recompute(connection, 10**6)
    rows = connection.execute(
        "select interval_start, mean from rollup_1h join series on series.id = series_id"
        " join device on device.id = device_id join observed_property as p on p.id = property_id"
        " where p.name = 'parking_occupied' and dev_eui = %s and count > 0",
        [dev_eui],
    )
    return {round((start - NOON) / timedelta(hours=1)): mean for start, mean in rows}


def means(found: dict[int, tuple[float, int]]) -> dict[int, float]:
    """Give the means of states, three readings an hour."""
    kept: dict[int, list[float]] = {}
    for step, (state, _) in found.items():
        kept.setdefault(step // 3, []).append(state)
    return {hour: sum(each) / len(each) for hour, each in kept.items()}


distances = st.sampled_from([300.0, 999.0, 1000.0, 1050.0, 1099.0, 1100.0, 1700.0])
qualities = st.sampled_from([1, 1, 1, 2, 4])
pasts = st.dictionaries(st.integers(0, 11), st.tuples(distances, qualities), max_size=12)
stays_of = st.lists(
    st.builds(Stay, st.integers(0, 11), st.sampled_from([1000, 1100]), st.sampled_from([None, 0])),
    min_size=1,
    max_size=2,
    unique_by=lambda stay: stay.since,
).map(lambda stays: sorted(stays, key=lambda stay: stay.since))


@settings(
    max_examples=cases(100, here=40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(pasts, stays_of, st.tuples(st.integers(0, 10**6), st.integers(0, 12)), pasts)
def test_states_follow_from_readings_alone(
    database: Connection,
    readings: dict[int, Reading],
    stays: list[Stay],
    order: tuple[int, int],
    corrected: dict[int, Reading],
) -> None:
    """Any order, batches, installation before or after, thresholds changed, distances redecoded."""
    number, (seed, installed) = next(_numbers), order
    dev_eui, dice = f"02c17a03{number:08x}", Random(seed)  # noqa: S311 - nothing secret
    steps = list(readings)
    dice.shuffle(steps)
    writer = Writer(database)

    def put(batch: Sequence[int]) -> None:
        cut = dice.randint(0, len(batch))
        for part in (batch[:cut], batch[cut:]):
            if part:
                store(writer, *(frame(dev_eui, step, readings[step]) for step in part))

    put(steps[:installed])
    for place, stay in enumerate(stays):
        put_up(database, stay.installation(dev_eui, f"Bay {number}-{place}"))
    put(steps[installed:])
    found = expected(readings, stays)
    assert states(database, dev_eui) == found
    assert hours(database, dev_eui) == pytest.approx(means(found))
    _redecode(database, dev_eui, readings, corrected)
    changed = replace(stays[-1], below=1050, hysteresis=50)
    last = f"Bay {number}-{len(stays) - 1}"
    for after in (stays, [*stays[:-1], changed]):
        if after is not stays:
            put_up(database, changed.installation(dev_eui, last))
        found = expected(readings, after)
        event(f"{len({state for state, _ in found.values()})} states")
        assert states(database, dev_eui) == found
        assert latest(database, dev_eui) == [(s, found[s][0]) for s in sorted(found)[-1:]]
        assert hours(database, dev_eui) == pytest.approx(means(found))


def _redecode(
    connection: Connection,
    dev_eui: str,
    readings: dict[int, Reading],
    corrected: dict[int, Reading],
) -> None:
    """Change readings, and take away those that are corrected to 1700 mm."""
    row = connection.execute("select id from device where dev_eui = %s", [dev_eui]).fetchone()
    if row is None:
        return
    changes = []
    for step, reading in corrected.items():
        gone = reading[0] == 1700
        readings.pop(step, None) if gone else readings.update({step: reading})
        key = Key("", "distance", NOON + step * STEP)
        changes.append(Change(row[0], key, None if gone else reading))
    Changes(connection).observations(changes, NOON)


FAR, NEAR, BAND = (1700.0, 1), (300.0, 1), (1050.0, 1)


def test_a_late_reading_changes_those_behind_it(database: Connection) -> None:
    """Between the thresholds a reading says what the one before said, also one that came later."""
    put_up(database, Stay(0, 1000).installation(SENSOR, "Bay 7"))
    writer = Writer(database)
    for step, reading in ((1, NEAR), (4, BAND), (3, BAND), (6, FAR)):
        store(writer, frame(SENSOR, step, reading))
    assert states(database, SENSOR) == {1: (1, 1), 3: (1, 1), 4: (1, 1), 6: (0, 1)}
    store(writer, frame(SENSOR, 2, FAR))
    assert states(database, SENSOR) == {1: (1, 1), 2: (0, 1), 3: (0, 1), 4: (0, 1), 6: (0, 1)}


def test_where_no_threshold_is_told(database: Connection) -> None:
    """A level or a height elsewhere is a distance alone, and a bay without a threshold is too."""
    store(Writer(database), frame(SENSOR, 0, NEAR))
    bay = Stay(0, 1000).installation(SENSOR, "Bay 7")
    put_up(database, replace(bay, place=Place("bay", "Bay 7")))
    store(Writer(database), frame(SENSOR, 1, NEAR))
    assert states(database, SENSOR) == {}
    put_up(database, bay)
    assert states(database, SENSOR) == {0: (1, 1), 1: (1, 1)}


def without(bay: Installation) -> Installation:
    """Take the threshold away, as a list does with a 0."""
    none = {"occupied_below_mm": None, "occupied_hysteresis_mm": None}
    return replace(bay, place=replace(bay.place, detail=none))


def test_threshold_that_is_taken_away(database: Connection) -> None:
    """Its states go with their hours and the newest value; those of another stay are left."""
    moved = Stay(3, 1000).installation(SENSOR, "Bay 8")
    bay = replace(Stay(0, 1000).installation(SENSOR, "Bay 7"), to_at=moved.from_at)
    put_up(database, bay)
    put_up(database, moved)
    store(Writer(database), *(frame(SENSOR, step, NEAR) for step in range(5)))
    assert states(database, SENSOR).keys() == {0, 1, 2, 3, 4}
    assert hours(database, SENSOR) == {0: 1, 1: 1}
    put_up(database, without(bay))
    assert states(database, SENSOR).keys() == {3, 4}
    assert hours(database, SENSOR) == {1: 1}
    put_up(database, without(moved))
    assert (states(database, SENSOR), latest(database, SENSOR)) == ({}, [])
    store(Writer(database), frame(SENSOR, 6, NEAR))
    assert states(database, SENSOR) == {}
    put_up(database, bay)
    assert states(database, SENSOR).keys() == {0, 1, 2}


def test_same_list_again_derives_nothing(database: Connection) -> None:
    """Only what changed is marked; the threshold of a bay counts for whoever stood there before."""
    bay, other = Stay(0, 1000), "02c17a0000000218"
    put_up(database, bay.installation(SENSOR, "Bay 7"))
    ended = replace(bay.installation(SENSOR, "Bay 7"), to_at=NOON + 3 * STEP)
    put_up(database, ended)
    store(Writer(database), *(frame(SENSOR, step, BAND) for step in range(3)))
    assert states(database, SENSOR) == {}
    install(database, ended, secret=b"")
    assert database.execute("select count(*) from occupancy_mark").fetchone() == (0,)
    put_up(database, Stay(4, 1100).installation(other, "Bay 7"))
    assert states(database, SENSOR) == {0: (1, 1), 1: (1, 1), 2: (1, 1)}


@pytest.mark.whole_server
def test_writer_waits_for_no_list(
    database: Connection, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a list is taken in, uplinks of its sensors are stored; then the states follow."""
    bay = Stay(0, 1000).installation(SENSOR, "Bay 7")
    with connect(dsn) as feed:
        writer = Writer(feed)
        feed.execute("set lock_timeout = '2s'")
        with database.transaction():
            install(database, bay, secret=b"")
            store(writer, frame(SENSOR, 1, NEAR))
        with feed.transaction():
            feed.execute(SQL["write_together"])
            monkeypatch.setattr(occupancy, "_PATIENCE_SECONDS", 0.0)
            assert occupancy.settle(database) == 0
            assert states(database, SENSOR) == {}
        assert occupancy.settle(database) == 1
        assert states(database, SENSOR) == {1: (1, 1)}


def test_the_search_finds_a_band_that_is_forgotten(
    database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the look at the reading before, a state between the thresholds would be lost."""
    old = "and (result < below or result >= above)\n         order by"
    assert old in SQL["occupancy_derive"]
    broken = SQL["occupancy_derive"].replace(old, "and false\n         order by")
    monkeypatch.setitem(SQL, "occupancy_derive", broken)
    with pytest.raises(AssertionError):
        test_a_late_reading_changes_those_behind_it(database)
