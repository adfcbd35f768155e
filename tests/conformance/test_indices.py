"""The indices over real series: a house, a roadside and eleven car parks."""

import csv
import statistics
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import figures
from alerts.indices import air_quality_index, dust, moisture, mould, part_f
from alerts.indices import parking_measures as measures
from alerts.intervals import HOUR
from alerts.model import Interval

FIGURES = figures.load()
Row = Mapping[str, str]


def rows(path: Path) -> list[Row]:
    """Read a file of the shared datasets."""
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def house(shared: Path) -> list[Row]:
    """Read house 5: twenty months of an occupied house, its loft and the air outdoors."""
    return rows(shared / "datasets" / "indoor_trh1_house5_hourly.csv")


@pytest.fixture(scope="module")
def roadside(shared: Path) -> list[Row]:
    """Read the year of Marylebone Road."""
    return rows(shared / "datasets" / "air_marylebone_1999_2000_hourly.csv")


@pytest.fixture(scope="module")
def lots(shared: Path) -> dict[str, list[tuple[datetime, int]]]:
    """Read the free spaces by car park; what has no unambiguous time is left out."""
    found: dict[str, list[tuple[datetime, int]]] = {}
    for row in rows(shared / "datasets" / "parking_malaga_2023_autumn.csv"):
        if row["ts_utc"]:
            moment = datetime.fromisoformat(row["ts_utc"]).astimezone(UTC)
            found.setdefault(row["lot_id"], []).append((moment, int(row["free"])))
    return found


@pytest.mark.parametrize(
    ("material", "decline", "highest", "last"),
    [
        ("very sensitive", 0.5, 2.861, 1.852),
        ("very sensitive", 1.0, 2.390, 0.128),
        ("sensitive", 0.25, 1.057, 0.524),
    ],
)
def test_mould_in_the_loft(
    house: list[Row], material: str, decline: float, highest: float, last: float
) -> None:
    """The index of the cold loft has the maximum and the end that another program computed."""
    model, state, found = mould.Model(mould.MATERIALS[material], decline, 3), mould.State(), []
    for row in house:
        state = mould.step(model, state, (float(row["loft_t_c"]), float(row["loft_rh_pct"])))
        found.append(state.index)
    assert max(found) == pytest.approx(highest, abs=0.0005)
    assert found[-1] == pytest.approx(last, abs=0.0005)
    assert found.index(max(found)) in (9848, 9849)


def climates(house: list[Row], room: str) -> Iterator[tuple[float, float, float, float]]:
    """Give temperature and humidity of a room and outdoors, where all are known."""
    names = (f"{room}_t_c", f"{room}_rh_pct", "outdoor_t_c", "outdoor_rh_pct")
    for row in house:
        if all(row[name] for name in names):
            yield (
                float(row[names[0]]),
                float(row[names[1]]),
                float(row[names[2]]),
                float(row[names[3]]),
            )


@pytest.mark.parametrize(("room", "expected"), [("indoor1", 482), ("indoor2", 572)])
def test_moisture_load(house: list[Row], room: str, expected: float) -> None:
    """The mean moisture load of the cold hours, and what it points to."""
    cold = [climate for climate in climates(house, room) if climate[2] < 5]
    loads = [moisture.excess(*climate) for climate in cold]
    assert statistics.fmean(load for load in loads if load is not None) == pytest.approx(
        expected, abs=0.5
    )


def test_surface_of_the_room(house: list[Row]) -> None:
    """Ninety hours reach 80 % at the surface, and no moving mean breaches Part F's limits."""
    surface: dict[datetime, Interval] = {}
    for row in house:
        if row["indoor2_t_c"] and row["indoor2_rh_pct"] and row["outdoor_t_c"]:
            start = datetime.fromisoformat(row["ts_utc"])
            indoor, outdoor = float(row["indoor2_t_c"]), float(row["outdoor_t_c"])
            spot = moisture.surface_temperature(indoor, outdoor, 0.75)
            found = moisture.surface_humidity(indoor, float(row["indoor2_rh_pct"]), spot)
            surface[start] = Interval(start, found, found is not None)
    wet = sum(hour.mean is not None and hour.mean >= 80 for hour in surface.values())
    assert wet == 90
    days = sorted(surface)[::24]
    limits = FIGURES.part_f.surface_limits
    for until in days:
        found_means = part_f.assess(surface, until, limits, FIGURES.part_f)
        assert not any(finding.exceeds for finding in found_means)


def test_construction_dust_is_coarse(roadside: list[Row]) -> None:
    """In the 44 hours over 190 a third was fine, elsewhere two thirds; all in working hours."""
    over: list[float] = []
    elsewhere: list[float] = []
    moments: list[datetime] = []
    for row in roadside:
        if not row["pm10_teom_ug_m3"]:
            continue
        pm10 = float(row["pm10_teom_ug_m3"])
        if pm10 > FIGURES.dust.action_level:
            moments.append(datetime.fromisoformat(row["ts_utc"]))
        ratio = dust.fine_ratio(float(row["pm25_ug_m3"]), pm10) if row["pm25_ug_m3"] else None
        if ratio is not None:
            (over if pm10 > FIGURES.dust.action_level else elsewhere).append(ratio)
    assert len(moments) == 44
    assert {moment.weekday() for moment in moments} <= set(range(5))
    assert {moment.hour for moment in moments} <= set(range(7, 17))
    assert statistics.median(over) == pytest.approx(0.33, abs=0.005)
    assert statistics.median(elsewhere) == pytest.approx(0.64, abs=0.005)


def test_nitrogen_dioxide_at_20_degrees(roadside: list[Row]) -> None:
    """With the factor of 20 degC there are 96 hours over 200; with that of 25 only 81."""
    known = [float(row["no2_ppb"]) for row in roadside if row["no2_ppb"]]
    masses = [dust.mass("no2", ppb, FIGURES.dust) for ppb in known]
    assert sum(mass is not None and mass > 200 for mass in masses) == 96
    assert sum(1.88 * ppb > 200 for ppb in known) == 81
    assert max(air_quality_index.band("no2", mass) or 0 for mass in masses) >= 4


def longest_standstill(series: list[tuple[datetime, int]]) -> tuple[timedelta, bool]:
    """Give how long a count stood still at most, and whether it was ever taken for stuck."""
    longest, stuck = timedelta(0), False
    since, value = series[0]
    for moment, free in series:
        if free != value:
            since, value = moment, free
        longest = max(longest, moment - since)
        stuck |= measures.is_lot_stuck(100, since, moment, FIGURES.parking)
    return longest, stuck


def test_stuck_car_park(lots: dict[str, list[tuple[datetime, int]]]) -> None:
    """The car park that stood still for four weeks is found, and no live one is."""
    longest, stuck = longest_standstill(lots["1"])
    assert stuck
    assert longest / HOUR == pytest.approx(672.8, abs=0.1)
    live = {
        lot: longest_standstill(series) for lot, series in lots.items() if lot not in ("1", "140")
    }
    assert not any(stuck for _, stuck in live.values())
    assert max(longest for longest, _ in live.values()) / HOUR == pytest.approx(10.0, abs=0.1)


def test_car_park_that_does_not_report(lots: dict[str, list[tuple[datetime, int]]]) -> None:
    """The one that always publishes -1 is an error, not a car park over capacity."""
    assert {free for _, free in lots["140"]} == {-1}
    assert measures.lot(300, -1).word is measures.LotWord.DATA_ERROR
