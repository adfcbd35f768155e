"""The real series by the layouts that ship, through import, means and rules: the known numbers."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from alerts import figures, rules
from alerts.indices import moisture, mould, part_f
from alerts.model import Interval
from ingest.evaluator import Evaluator
from storage import intervals
from storage.calibrations import Calibration, record
from storage.connection import Connection, connect
from storage.instance import Mode
from storage.intervals import Length, Mean
from tests.fixtures.commands import ask
from tests.fixtures.postgres import Server

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEKS = timedelta(weeks=1300)
"""The database begins in 2000; whole weeks keep weekdays and hours"""
FIGURES = figures.load()
E1 = [rule for rule in rules.load() if rule.id == "E1"]


@dataclass(frozen=True, slots=True)
class Imported:
    """A file that was imported and computed."""

    database: Connection
    answer: Any
    """What the command said"""

    def series(self, name: str, observed: str) -> int:
        """Give the number of a series by its device's name."""
        [(number,)] = self.database.execute(
            "select series.id from series join device on device.id = device_id"
            " join observed_property on observed_property.id = property_id"
            " where device.name = %s and observed_property.name = %s",
            [name, observed],
        ).fetchall()
        return int(number)

    def means(self, length: Length, name: str, observed: str) -> list[Mean]:
        """Give all means of a length, those that do not count too."""
        series = self.series(name, observed)
        [(first, last)] = self.database.execute(
            "select min(interval_start), max(interval_start) + interval '1 day' from rollup_1h"
            " where series_id = %s",
            [series],
        ).fetchall()
        return intervals.read(self.database, length, [series], first, last)[series]

    def hours(self, name: str, observed: str) -> dict[datetime, float]:
        """Give the valid hourly means."""
        found = self.means(Length.HOUR, name, observed)
        return {mean.start: mean.value for mean in found if mean.value is not None}


def computed(database: Connection, watched: Sequence[Any] = ()) -> None:
    """Let everything that is marked be computed and judged."""
    evaluator = Evaluator(database, watched, wall=lambda: NOW)
    while evaluator.step():
        pass


def imported(
    server: Server, file: Path, layout: str, *words: str, watched: Sequence[Any] = ()
) -> Iterator[Imported]:
    """Import a file as an operator does, and let its means be computed."""
    with server.database(Mode.LIVE) as dsn, connect(dsn) as database:
        answer = ask(dsn, "import", str(file), "--map", layout, *words)
        computed(database, watched)
        yield Imported(database, answer)


@pytest.fixture(scope="module")
def kerb(shared: Path, postgres_server: Server) -> Iterator[Imported]:
    """Import the year beside Marylebone Road."""
    file = shared / "datasets" / "air_marylebone_1999_2000_hourly.csv"
    yield from imported(
        postgres_server, file, "marylebone", "--weeks", str(WEEKS.days // 7), watched=E1
    )


@pytest.fixture(scope="module")
def cold_house(shared: Path, postgres_server: Server) -> Iterator[Imported]:
    """Import the winter of a half-heated house."""
    file = shared / "datasets" / "indoor_trh1_house1_10min_cold.csv"
    yield from imported(postgres_server, file, "house1")


@pytest.fixture(scope="module")
def house(shared: Path, postgres_server: Server) -> Iterator[Imported]:
    """Import twenty months of an occupied house."""
    file = shared / "datasets" / "indoor_trh1_house5_hourly.csv"
    yield from imported(postgres_server, file, "house5")


@pytest.fixture(scope="module")
def car_parks(shared: Path, postgres_server: Server) -> Iterator[Imported]:
    """Import four weeks of car parks, with a clock change and an outage."""
    file = shared / "datasets" / "parking_malaga_2023_autumn.csv"
    yield from imported(postgres_server, file, "malaga")


ROAD = "Marylebone Road"


def gaps(hours: Mapping[datetime, float], first: datetime, last: datetime) -> list[int]:
    """Give how many hours each stretch without a valid hour has."""
    known = [first - HOUR, *sorted(hours), last + HOUR]
    steps = ((later - earlier) // HOUR - 1 for earlier, later in pairwise(known))
    return [step for step in steps if step]


def test_kerbside_hours(kerb: Imported) -> None:
    """8,511 valid hours of 8,784, 69 gaps of up to 54 hours; 84.5 % of PM2.5, 94.75 % of NO2."""
    assert kerb.answer["left_out"] == []
    dust = kerb.hours(ROAD, "pm10")
    first = datetime(1999, 6, 1, tzinfo=UTC) + WEEKS
    found = gaps(dust, first, first + 8783 * HOUR)
    assert (len(dust), len(found), max(found)) == (8511, 69, 54)
    shares = {name: len(kerb.hours(ROAD, name)) / 8784 for name in ("pm10", "pm2_5", "no2")}
    told = [pytest.approx(share, abs=0.0005) for share in (0.969, 0.845, 0.9475)]
    assert list(shares.values()) == told


def over(hours: Mapping[datetime, float], limit: float) -> tuple[int, int]:
    """Give how many hours are over a limit, and on how many days."""
    found = [start for start, mean in hours.items() if mean > limit]
    return len(found), len({start.date() for start in found})


def test_kerbside_over_the_action_level(kerb: Imported) -> None:
    """44 hours on 17 days are over 190, 45 reach it, and the peak is 801."""
    dust = kerb.hours(ROAD, "pm10")
    assert over(dust, 190) == (44, 17)
    assert sum(mean >= 190 for mean in dust.values()) == 45
    assert max(dust.items(), key=lambda hour: hour[1]) == (
        datetime(1999, 9, 16, 8, tzinfo=UTC) + WEEKS,
        801,
    )


def gmt_days(kerb: Imported) -> dict[date, float]:
    """Give the valid days of dust from midnight to midnight GMT."""
    series = kerb.series(ROAD, "pm10")
    return intervals.gmt_days(kerb.database, [series], date(2024, 1, 1), date(2026, 1, 1))[series]


def test_kerbside_days(kerb: Imported) -> None:
    """353 days have 18 valid hours, 49 of them a mean over 50."""
    days = gmt_days(kerb)
    assert len(days) == 353
    assert sum(mean > 50 for mean in days.values()) == 49


def test_kerbside_running_day(kerb: Imported) -> None:
    """The greatest mean of 24 hours is 147.29, of those up to 1999-08-13T14:00Z."""
    running = [
        mean for mean in kerb.means(Length.RUNNING_DAY, ROAD, "pm10") if mean.value is not None
    ]
    greatest = max(running, key=lambda mean: mean.value or 0)
    assert greatest.value == pytest.approx(147.29, abs=0.005)
    assert greatest.end - HOUR == datetime(1999, 8, 13, 14, tzinfo=UTC) + WEEKS


def test_kerbside_gas(kerb: Imported) -> None:
    """NO2 in ug/m3 at 20 Cel is over 200 in 96 hours; by the factor of 25 Cel only in 81."""
    assert over(kerb.hours(ROAD, "no2_mass"), 200)[0] == 96
    assert sum(1.88 * ppb > 200 for ppb in kerb.hours(ROAD, "no2").values()) == 81


def episodes(kerb: Imported) -> list[tuple[datetime, datetime, float]]:
    """List the episodes of rule E1 that stand: from when, with which hour they end, their peak."""
    return [
        (fired - WEEKS, resolved - WEEKS, peak)
        for fired, resolved, peak in kerb.database.execute(
            "select fired_at, resolved_at - interval '1 hour', peak from alert"
            " where status <> 'withdrawn' order by fired_at"
        )
    ]


def test_kerbside_episodes(kerb: Imported) -> None:
    """19 episodes; the first of 13 July, and the longest of 7 September with a peak of 449."""
    found = episodes(kerb)
    assert len(found) == 19
    july = datetime(1999, 7, 13, tzinfo=UTC)
    assert found[0] == (july + 10 * HOUR, july + 12 * HOUR, 195)
    september = datetime(1999, 9, 7, tzinfo=UTC)
    longest = max(found, key=lambda episode: episode[1] - episode[0])
    assert longest == (september + 8 * HOUR, september + 18 * HOUR, 449)


def test_kerbside_with_the_factor_of_such_an_instrument(kerb: Imported) -> None:
    """Calibrated by 1.3: 27 episodes, 63 hours over 190 on 24 days, 140 days over 50."""
    factor = Calibration(
        "02c17a0000019990",
        "pm10",
        "TEOM factor",
        datetime(2000, 1, 1, tzinfo=UTC),
        slope=1.3,
        source="comparison with the objectives",
    )
    raw = kerb.hours(ROAD, "pm10")
    with kerb.database.transaction(force_rollback=True):
        record(kerb.database, [factor], "Ewan")
        computed(kerb.database, E1)
        assert over(kerb.hours(ROAD, "pm10"), 190) == (63, 24)
        assert sum(mean > 50 for mean in gmt_days(kerb).values()) == 140
        assert len(episodes(kerb)) == 27
        kept = {mean.start: mean.raw_mean for mean in kerb.means(Length.HOUR, ROAD, "pm10")}
        assert kept == raw
    assert kerb.database.execute(
        "select count(*) from notification where channel <> 'log'"
    ).fetchone() == (0,)


def test_half_heated_house(cold_house: Imported) -> None:
    """3,561 valid hours, 3,316 under 18 Cel, 2,906 under 16, 904 under 12."""
    room = cold_house.hours("half-heated room", "temperature")
    assert len(room) == 3561
    assert [sum(mean < limit for mean in room.values()) for limit in (18, 16, 12)] == [
        3316,
        2906,
        904,
    ]


def test_half_heated_days(cold_house: Imported) -> None:
    """Of 148 days with 108 of 144 readings 138 have a mean under 18 Cel."""
    days = cold_house.database.execute(
        "select avg(result) from observation where series_id = %s"
        " group by phenomenon_time::date having count(*) >= 108",
        [cold_house.series("half-heated room", "temperature")],
    ).fetchall()
    assert len(days) == 148
    assert sum(mean < 18 for (mean,) in days) == 138
    local = [
        mean.value
        for mean in cold_house.means(Length.LOCAL_DAY, "half-heated room", "temperature")
        if mean.value is not None
    ]
    assert len(local) == 148
    assert sum(mean < 18 for mean in local) == 138


@pytest.mark.parametrize(
    ("material", "decline", "highest", "last"),
    [
        ("very sensitive", 0.5, 2.861, 1.852),
        ("very sensitive", 1.0, 2.390, 0.128),
        ("sensitive", 0.25, 1.057, 0.524),
    ],
)
def test_mould_of_the_loft(
    house: Imported, material: str, decline: float, highest: float, last: float
) -> None:
    """The mould index over the stored hours has the maximum and the end that are known."""
    model, state, found = mould.Model(mould.MATERIALS[material], decline, 3), mould.State(), []
    air, damp = (house.hours("loft", name) for name in ("temperature", "relative_humidity"))
    for start in sorted(air):
        state = mould.step(model, state, (air[start], damp[start]))
        found.append(state.index)
    assert len(found) == 14_113
    assert max(found) == pytest.approx(highest, abs=0.0005)
    assert found[-1] == pytest.approx(last, abs=0.0005)
    assert found.index(max(found)) in (9848, 9849) or decline != 0.5


def test_occupied_room(house: Imported) -> None:
    """15 hours over 70 %, 90 with 80 % at the surface, and no breach of a moving mean."""
    air = house.hours("room 2", "temperature")
    damp = house.hours("room 2", "relative_humidity")
    outside = house.hours("outside", "temperature")
    assert sum(mean > 70 for mean in damp.values()) == 15
    surface = {}
    for start in sorted(set(air) & set(damp) & set(outside)):
        spot = moisture.surface_temperature(air[start], outside[start], 0.75)
        found = moisture.surface_humidity(air[start], damp[start], spot)
        surface[start] = Interval(start, found, found is not None)
    assert sum(hour.mean is not None and hour.mean >= 80 for hour in surface.values()) == 90
    limits = FIGURES.part_f.surface_limits
    assert limits == {24: 95, 168: 85, 720: 75}
    for until in sorted(surface)[::24]:
        means = part_f.assess(surface, until, limits, FIGURES.part_f)
        assert not any(finding.exceeds for finding in means)


def snapshots(car_parks: Imported, name: str) -> list[tuple[datetime, float, int]]:
    """Give what was stored of a car park."""
    return car_parks.database.execute(
        "select phenomenon_time, result, quality from observation where series_id = %s order by 1",
        [car_parks.series(name, "free_spaces")],
    ).fetchall()


def test_hour_that_the_clocks_had_twice(car_parks: Imported, shared: Path) -> None:
    """The 11 lines of which nobody knows when they were are left out, and listed."""
    lines = (shared / "datasets" / "parking_malaga_2023_autumn.csv").read_text().splitlines()
    blank = [number for number, line in enumerate(lines, 1) if line.split(",")[1] == ""]
    assert car_parks.answer == {
        "values": 30_954 - 11,
        "added": 30_954 - 11,
        "left_out": [{"line": number, "why": "has no time"} for number in blank],
    }
    assert len(blank) == 11
    assert {lines[number - 1][:13] for number in blank} == {"2023-10-29T02"}
    change = datetime(2023, 10, 29, tzinfo=UTC)
    times = [time for time, _, _ in snapshots(car_parks, "Cervantes")]
    around = [time - change for time in times if abs(time - change) < 3 * HOUR]
    assert around
    assert all(one < two for one, two in pairwise(around))


def test_outage(car_parks: Imported) -> None:
    """Snapshots come each 11 minutes, 95 % within 25, and once not for 516 minutes."""
    times = sorted(
        {time for (time,) in car_parks.database.execute("select phenomenon_time from observation")}
    )
    minutes = [(two - one) / timedelta(minutes=1) for one, two in pairwise(times)]
    assert statistics.median(minutes) == 11
    assert statistics.quantiles(minutes, n=20)[-1] == 25
    assert max(minutes) == 516
    lost = datetime(2023, 10, 18, 4, 35, tzinfo=UTC), datetime(2023, 10, 18, 6, 23, tzinfo=UTC)
    assert not [time for time in times if lost[0] <= time <= lost[1]]


def standstill(found: Sequence[tuple[datetime, float, int]]) -> float:
    """Give for how many hours a count stood still at most."""
    longest, (since, value, _) = timedelta(0), found[0]
    for time, free, _ in found:
        if free != value:
            since, value = time, free
        longest = max(longest, time - since)
    return longest / HOUR


def test_car_parks_that_stand_still(car_parks: Imported) -> None:
    """Lot 1 holds 241 for 672.8 hours, a live lot holds one number for 10.0 at most."""
    stuck = snapshots(car_parks, "Salitre")
    assert {free for _, free, _ in stuck} == {241}
    assert standstill(stuck) == pytest.approx(672.8, abs=0.1)
    names = [name for (name,) in car_parks.database.execute("select name from device")]
    live = [name for name in names if name not in {"Salitre", "El Limonar"}]
    assert len(live) == 9
    longest = max(standstill(snapshots(car_parks, name)) for name in live)
    assert longest == pytest.approx(10.0, abs=0.1)


def test_car_park_that_does_not_report(car_parks: Imported) -> None:
    """What is always -1 is kept as it came, is flagged as failed, and makes no mean."""
    assert {row[1:] for row in snapshots(car_parks, "El Limonar")} == {(-1.0, 4)}
    assert car_parks.hours("El Limonar", "free_spaces") == {}
