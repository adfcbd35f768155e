"""Measured series as devices, through broker, service and database, reach their known numbers.

The loft of a house and three of the car parks are always played, and a kerbside in `test_series`;
every device of the shipped descriptions, and the numbers that need them, with BOROUGHSENSE_LONG=1.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from alerts import figures
from alerts.indices import moisture, mould
from alerts.indices import parking_measures as measures
from simulators.fleet import dev_eui
from simulators.series import describe
from storage.connection import Connection, connect
from tests.fixtures.stage import Stage

LONG = os.environ.get("BOROUGHSENSE_LONG") == "1"
FILES = {
    "house5": "indoor_trh1_house5_hourly.csv",
    "house1": "indoor_trh1_house1_10min_cold.csv",
    "malaga": "parking_malaga_2023_autumn.csv",
}
"""In the order of their times"""
PART = {
    "house5": ("house-loft",),
    "malaga": ("salitre", "san-juan-de-la-cruz", "el-limonar"),
}
FIGURES = figures.load()
HOUR = timedelta(hours=1)


def part(name: str, folder: Path) -> str:
    """Give the description, or one of the chosen devices alone."""
    if LONG:
        return name
    whole = describe(name).model_dump(mode="json", exclude_none=True)
    whole["interval"] = f"{describe(name).interval.total_seconds():.0f}s"
    whole["devices"] = [spec for spec in whole["devices"] if spec["name"] in PART[name]]
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(whole))
    return str(file)


def means(connection: Connection, device: str, name: str) -> dict[datetime, float]:
    """Give the valid hourly means of a series."""
    rows: Sequence[tuple[datetime, float]] = connection.execute(
        "select interval_start, mean from rollup_1h join series on series.id = series_id"
        " join device on device.id = device_id"
        " join observed_property as property on property.id = property_id"
        " where valid and dev_eui = %s and property.name = %s order by 1",
        (dev_eui(device), name),
    ).fetchall()
    return {start.astimezone(UTC): mean for start, mean in rows}


def readings(connection: Connection, device: str, name: str) -> list[tuple[datetime, float]]:
    """Give the readings of a series in order."""
    rows: list[tuple[datetime, float]] = connection.execute(
        "select phenomenon_time, result from observation join series on series.id = series_id"
        " join device on device.id = device_id"
        " join observed_property as property on property.id = property_id"
        " where dev_eui = %s and property.name = %s order by 1",
        (dev_eui(device), name),
    ).fetchall()
    return [(time.astimezone(UTC), result) for time, result in rows]


def check_loft(connection: Connection) -> None:
    """Hold the mould index of the cold loft against another program's."""
    warmth = means(connection, "house-loft", "temperature")
    damp = means(connection, "house-loft", "relative_humidity")
    for material, decline, highest, last in (
        ("very sensitive", 0.5, 2.861, 1.852),
        ("very sensitive", 1.0, 2.390, 0.128),
        ("sensitive", 0.25, 1.057, 0.524),
    ):
        model, state, found = mould.Model(mould.MATERIALS[material], decline, 3), mould.State(), []
        for hour, temperature in warmth.items():
            state = mould.step(model, state, (temperature, damp[hour]))
            found.append(state.index)
        assert max(found) == pytest.approx(highest, abs=0.002)
        assert found[-1] == pytest.approx(last, abs=0.002)


def check_rooms(connection: Connection) -> None:
    """Hold the second room's humid hours, in the air and at the wall, against the known ones."""
    warmth = means(connection, "house-room-2", "temperature")
    damp = means(connection, "house-room-2", "relative_humidity")
    outdoor = means(connection, "house-outside", "temperature")
    assert len(readings(connection, "house-room-2", "temperature")) == 14_113
    assert sum(mean > 70 for mean in damp.values()) == 15
    wet = 0
    for hour in warmth.keys() & outdoor.keys():
        spot = moisture.surface_temperature(warmth[hour], outdoor[hour], 0.75)
        surface = moisture.surface_humidity(warmth[hour], damp[hour], spot)
        wet += surface is not None and surface >= 80
    assert wet == 90


def check_cold_house(connection: Connection) -> None:
    """Hold the cold hours and days of the half-heated room against the known ones."""
    room = means(connection, "half-heated-room", "temperature")
    assert len(room) == 3561
    assert [sum(m < limit for m in room.values()) for limit in (18, 16, 12)] == [3316, 2906, 904]
    days: dict[str, list[float]] = {}
    for time, result in readings(connection, "half-heated-room", "temperature"):
        days.setdefault(f"{time:%F}", []).append(result)
    valid = [sum(day) / len(day) for day in days.values() if len(day) >= 108]
    assert (sum(mean < 18 for mean in valid), len(valid)) == (138, 148)


def standstill(series: list[tuple[datetime, float]]) -> tuple[timedelta, bool]:
    """Give how long a count stood still at most, and whether it is taken for stuck."""
    longest, stuck = timedelta(0), False
    since, value = series[0]
    for moment, free in series:
        if free != value:
            since, value = moment, free
        longest = max(longest, moment - since)
        stuck |= measures.is_lot_stuck(100, since, moment, FIGURES.parking)
    return longest, stuck


def check_car_parks(connection: Connection, names: Sequence[str]) -> None:
    """One stood still for four weeks, one says an impossible number, and the others live."""
    found = {name: readings(connection, name, "free_spaces") for name in names}
    assert {len(series) for series in found.values()} == {2813}
    gaps = sorted(later - sooner for (sooner, _), (later, _) in pairwise(found["salitre"]))
    assert gaps[len(gaps) // 2] == timedelta(minutes=11)
    assert gaps[round(0.95 * len(gaps))] == timedelta(minutes=25)
    assert gaps[-1] == timedelta(minutes=516)
    longest, stuck = standstill(found["salitre"])
    assert stuck
    assert longest / HOUR == pytest.approx(672.8, abs=0.1)
    assert {free for _, free in found["el-limonar"]} == {-1}
    assert means(connection, "el-limonar", "free_spaces") == {}
    live = [standstill(found[name]) for name in names if name not in ("salitre", "el-limonar")]
    assert not any(stuck for _, stuck in live)
    assert max(longest for longest, _ in live) / HOUR == pytest.approx(10.0, abs=0.1)


def test_three_series_through_the_broker(shared: Path, stage: Stage) -> None:
    """What the database holds of each reaches the numbers that were worked out from its file."""
    published = 0
    for name in FILES if LONG else PART:
        words = ["replay", str(shared / "datasets" / FILES[name]), "--as", part(name, stage.folder)]
        published += stage.command(*words, "--speed", "max")["published"]
    stage.settle(published)
    account = stage.command("account")
    assert (account["stored"], account["refused"], account["duplicates"]) == (published, 0, 0)
    every = [spec.name for spec in describe("malaga").devices] if LONG else PART["malaga"]
    with connect(stage.dsn) as connection:
        check_loft(connection)
        check_car_parks(connection, every)
        if LONG:
            check_cold_house(connection)
            check_rooms(connection)
        told = connection.execute("select distinct channel from notification").fetchall()
        assert set(told) <= {("log",)}
