"""What fails among its neighbours: as if all were judged at once, whatever the order it came in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from alerts import quality_series, quality_settings
from alerts.quality import FAIL, GOOD
from alerts.quality_series import Reading
from decoders.model import Environment
from storage import rollups
from storage.connection import Connection, connect
from storage.instance import Mode
from storage.model import UplinkRecord
from storage.neighbours import Reports, Why
from storage.queries import SQL
from tests.fixtures.effort import cases
from tests.fixtures.postgres import AnyServer
from tests.fixtures.readings import HOUR, MONDAY, reading, store

QUALITY = quality_settings.load()
STEPS = {"temperature": 0.05, "relative_humidity": 0.05, "pm10": 0.0, "no2": 0.0, "co2": 0.0}
"""How far a value may move and still stand still"""
MINUTES = (10, 30, 60, 180)
DEVICES = 15


@dataclass(frozen=True, slots=True)
class Measured:
    """A reading of one device, before it is stored."""

    dev_eui: str
    name: str
    every: timedelta
    time: datetime
    value: float
    quality: int

    def record(self) -> UplinkRecord:
        """Give it as an uplink."""
        made = reading(self.time, {self.name: self.value}, dev_eui=self.dev_eui, every=self.every)
        [observation] = made.observations
        return replace(made, observations=(replace(observation, quality=self.quality),))


def series(dice: Random, number: int) -> Iterator[Measured]:
    """Give a week of a device that stands still, jumps, fails by itself and falls silent."""
    name = dice.choice(list(STEPS))
    every = timedelta(minutes=dice.choice(MINUTES))
    time, value = MONDAY + timedelta(minutes=dice.randrange(60)), 40.0
    while time < MONDAY + 7 * 24 * HOUR:
        kind = dice.choice(["still", "still", "moving", "jump", "silence", "broken"])
        length = dice.randint(3, 60) * HOUR if kind == "still" else dice.randint(1, 8) * every
        ends, around = time + length, value
        time += length if kind == "silence" else timedelta(0)
        while time < ends:
            if kind == "still":
                value = around + dice.choice([0.0, 0.0, 1.0, 2.0]) * STEPS[name]
            elif kind == "moving":
                value = round(dice.uniform(30, 46), 1)
            elif kind == "jump":
                value = around + dice.choice([0.0, 9.9, 10.0, 10.2, 21.0, -9.9, -10.2, -30.0])
            quality = FAIL if kind == "broken" and dice.random() < 0.7 else GOOD
            yield Measured(f"02c17a{number:010x}", name, every, time, value, quality)
            time += every if dice.random() < 0.95 else dice.choice([3, 3, 4]) * every


@dataclass(frozen=True, slots=True)
class Play:
    """How readings come."""

    seed: int
    order: str
    batches: int
    marks: int
    """How many marks are taken at once"""

    def arrivals(self, measured: Sequence[Measured]) -> list[list[Measured]]:
        """Give the batches."""
        dice = Random(self.seed)  # noqa: S311 - nothing secret
        coming = sorted(measured, key=lambda each: each.time)
        if self.order == "shuffled":
            dice.shuffle(coming)
        elif self.order == "a block late":
            start = MONDAY + dice.randrange(0, 150) * HOUR
            end = start + dice.randrange(1, 70) * HOUR
            coming.sort(key=lambda each: start <= each.time < end)
        elif self.order == "gaps filled late":
            starts = [MONDAY + dice.randrange(0, 160) * HOUR for _ in range(6)]
            coming.sort(
                key=lambda each: any(start <= each.time < start + 5 * HOUR for start in starts)
            )
        elif self.order == "some late":
            late = {each for each in coming if dice.random() < 0.1}
            coming.sort(key=lambda each: each in late)
        edges = sorted(dice.randrange(len(coming)) for _ in range(self.batches))
        return [
            coming[one:two] for one, two in zip([0, *edges], [*edges, len(coming)], strict=True)
        ]


PLAYS = st.builds(
    Play,
    st.integers(0, 2**32),
    st.sampled_from(["in order", "shuffled", "a block late", "gaps filled late", "some late"]),
    st.integers(1, 6),
    st.sampled_from([300, 20_000]),
)


def compute(connection: Connection, marks: int = 20_000) -> None:
    """Judge and compute all that is marked."""
    while rollups.recompute(connection, marks, MONDAY + 30 * 24 * HOUR).marks:
        pass


def failing(connection: Connection) -> dict[tuple[str, datetime], Why]:
    """Give what is stored as failing."""
    rows = connection.execute(
        "select dev_eui, phenomenon_time, spike, rate, flat from failed_reading"
        " join series on series.id = series_id join device on device.id = device_id"
    )
    return {(dev_eui, time): (spike, rate, flat) for dev_eui, time, spike, rate, flat in rows}


def expected(measured: Sequence[Measured]) -> dict[tuple[str, datetime], Why]:
    """Judge all readings of each device at once."""
    found = {}
    for dev_eui in {each.dev_eui for each in measured}:
        own = sorted((e for e in measured if e.dev_eui == dev_eui), key=lambda each: each.time)
        every, tested = own[0].every, QUALITY.of(own[0].name, Environment.OUTDOOR)
        readings = [Reading(each.time, each.value, each.quality) for each in own]
        for flags in quality_series.judge(readings, tested, Reports(every).at):
            if flags.fails_beside_others:
                why = flags.spike, flags.rate, flags.flat
                found[dev_eui, flags.reading.time] = why
    return found


def counted(connection: Connection) -> int:
    """Give how many readings all hours count."""
    row = connection.execute(
        "select sum(count) from rollup_1h join series on series.id = series_id"
        " where not exists (select from conversion where into_id = series.property_id)"
    ).fetchone()
    return int(row[0]) if row else 0


def plays(server: AnyServer, play: Play) -> None:
    """Let a play come, and hold what fails against all at once; then some readings go again."""
    dice = Random(play.seed)  # noqa: S311 - nothing secret
    measured = [each for number in range(DEVICES) for each in series(dice, number)]
    with server.database(Mode.SIMULATION) as dsn, connect(dsn) as connection:
        for batch in play.arrivals(measured):
            store(connection, [each.record() for each in batch])
            compute(connection, play.marks)
        wanted = expected(measured)
        assert failing(connection) == wanted
        by_itself = sum(each.quality == FAIL for each in measured)
        both = sum((e.dev_eui, e.time) in wanted and e.quality == FAIL for e in measured)
        assert counted(connection) == len(measured) - by_itself - len(wanted) + both
        event(f"flat lines: {sum(why[2] == FAIL for why in wanted.values()) > 100}")
        event(f"spikes: {sum(why[0] == FAIL for why in wanted.values()) > 10}")
        gone = dice.sample(measured, 40)
        for each in gone:
            told = {"dev_eui": each.dev_eui, "time": each.time}
            connection.execute(REMOVE, told)
        compute(connection, play.marks)
        left = set(measured).difference(gone)
        assert failing(connection) == expected(list(left))


REMOVE = b"""
    with gone as (
        delete from observation
        using series, device
        where series.id = series_id and device.id = device_id
          and dev_eui = %(dev_eui)s and phenomenon_time = %(time)s
        returning series_id, phenomenon_time
    )
    insert into dirty_interval (series_id, interval_start)
    select series_id, date_trunc('hour', phenomenon_time) from gone
"""
"""As a payload that is read again and has no such value any more"""


def _holds(server: AnyServer, most: int) -> None:
    @settings(
        max_examples=most,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=True,
    )
    @given(PLAYS)
    def same(play: Play) -> None:
        event(play.order)
        plays(server, play)

    same()


def test_any_order_fails_the_same(postgres_server: AnyServer) -> None:
    """Of devices that stand still, jump and fall silent, the same readings fail."""
    _holds(postgres_server, cases(8, here=4))


FAULTS = {
    "later readings are not looked at": ("case when exists (", "case when false and exists ("),
    "earlier readings are not looked at": ("half_from is not null and", "false and"),
}
"""Of the statement that finds what may fail"""


@pytest.mark.plain_tier
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_faults_would_be_found(
    postgres_server: AnyServer, monkeypatch: pytest.MonkeyPatch, fault: tuple[str, str]
) -> None:
    """Each of two faults, planted, is found by the search."""
    asked = SQL["neighbours_doubtful"]
    assert fault[0] in asked
    monkeypatch.setitem(SQL, "neighbours_doubtful", asked.replace(*fault))
    play = Play(5, "gaps filled late", batches=3, marks=20_000)
    with pytest.raises(AssertionError):
        plays(postgres_server, play)
