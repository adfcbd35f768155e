"""A room, hour by hour, as a pure fold."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import figures
from alerts.derived import room
from alerts.derived.room import Air, Fold, Room, State
from alerts.indices import mould

FIGURES = figures.load()
HOUR = timedelta(hours=1)
DAY = 24 * HOUR
JANUARY = datetime(2026, 1, 12, tzinfo=UTC)
JULY = datetime(2026, 7, 6, tzinfo=UTC)
PLAIN = Room(0.75, "sensitive", is_bedroom=False)
BEDROOM = replace(PLAIN, is_bedroom=True)


def constant(value: float, hours: int, start: datetime = JANUARY) -> dict[datetime, float]:
    """Give the same value for so many hours."""
    return {start + number * HOUR: value for number in range(hours)}


def run(
    air: Air,
    hours: int,
    *,
    told: Room = PLAIN,
    start: datetime = JANUARY,
    state: State | None = None,
) -> Fold:
    """Work out so many hours."""
    return room.run(told, air, state or State(), start, start + hours * HOUR, FIGURES)


def test_room_of_the_registry() -> None:
    """What is registered counts; what is not, or is nonsense, is the figures' default."""
    told = Room.of({"frsi": 0.5, "material": "resistant", "room_kind": "Bedroom 2"}, FIGURES)
    assert told == Room(0.5, "resistant", is_bedroom=True)
    assert Room.of({"material": "cheese", "frsi": "?"}, FIGURES) == PLAIN


def test_surface_of_the_worked_numbers() -> None:
    """20 degC and 60 % with 0 degC outdoors and fRsi 0.75: surface 15.00 degC and 82.26 %."""
    air = Air(constant(20, 1), constant(60, 1), {}, constant(0, 1))
    values = run(air, 1).values
    assert values.of("surface_temperature")[JANUARY] == pytest.approx(15, abs=0.005)
    assert values.of("surface_relative_humidity")[JANUARY] == pytest.approx(82.26, abs=0.005)
    assert values.of("dew_point")[JANUARY] == pytest.approx(12, abs=0.001)
    assert values.of("dew_point_over_surface")[JANUARY] == pytest.approx(-3, abs=0.005)


def test_nothing_is_assumed_of_the_outdoors() -> None:
    """Without outdoor temperature there is a dew point, and no surface and no index."""
    values = run(Air(constant(20, 5), constant(60, 5), {}, {}), 5).values
    assert set(values.found) == {("dew_point", "")}


def test_dry_air_has_no_dew_point() -> None:
    """Air without water has a surface temperature and 0 % there, but no dew point."""
    values = run(Air(constant(20, 1), constant(0, 1), {}, constant(0, 1)), 1).values
    assert "dew_point_over_surface" not in {name for name, _ in values.found}
    assert values.of("surface_relative_humidity")[JANUARY] == 0
    impossible = run(Air(constant(70, 1), constant(50, 1), {}, constant(0, 1)), 1).values
    assert impossible.of("surface_relative_humidity") == {}


def test_water_in_the_air_needs_that_outdoors() -> None:
    """20 degC and 60 % against 784.4 Pa at 5 degC: 615.7 Pa over, a load of 820.9 Pa.

    Air that no formula knows has none, and without the mean of a day outdoors there is no load.
    """
    known = Air(constant(20, 1), constant(60, 1), {}, constant(5, 1), {}, constant(784.4, 1))
    values = run(known, 1).values
    assert values.of("vapour_pressure_excess")[JANUARY] == pytest.approx(615.7, abs=0.05)
    assert values.of("moisture_load")[JANUARY] == pytest.approx(820.9, abs=0.1)
    impossible = run(replace(known, temperature=constant(70, 1)), 1).values
    assert impossible.of("vapour_pressure_excess") == {}
    new = run(replace(known, outdoor={}), 1).values
    assert new.of("vapour_pressure_excess")[JANUARY] == pytest.approx(615.7, abs=0.05)
    assert new.of("moisture_load") == {}


def test_mould_index_of_the_worked_numbers() -> None:
    """A surface at 20 degC and 95 %, sensitive: 0.583 after two weeks, 1.112 after four."""
    hours = 4 * 7 * 24
    fold = run(Air(constant(20, hours), constant(95, hours), {}, constant(20, hours)), hours)
    index = fold.values.of("mould_index")
    assert index[JANUARY + 14 * DAY - HOUR] == pytest.approx(0.583, abs=0.001)
    assert index[JANUARY + 28 * DAY - HOUR] == pytest.approx(1.112, abs=0.001)
    rise = fold.values.of("mould_index_rise")
    assert min(rise) == JANUARY + 14 * DAY
    assert rise[JANUARY + 28 * DAY - HOUR] == pytest.approx(1.112 - 0.583, abs=0.001)


def test_rise_looks_at_what_was_worked_out_before() -> None:
    """The index of two weeks ago may come from an earlier stretch."""
    air = Air(constant(20, 1), constant(95, 1), {}, constant(20, 1), {JANUARY - 14 * DAY: 0.25})
    fold = run(air, 1, state=State(mould=mould.State(index=0.75)))
    assert fold.values.of("mould_index_rise")[JANUARY] == pytest.approx(0.5, abs=0.01)


def test_stale_index_is_not_told() -> None:
    """After seven days without a value the index says nothing; it goes on where it stood."""
    wet = {**constant(95, 48), **constant(95, 24, JANUARY + 12 * DAY)}
    air = Air({**wet, **dict.fromkeys(wet, 20.0)}, wet, {}, dict.fromkeys(wet, 20.0))
    index = run(air, 13 * 24).values.of("mould_index")
    last = JANUARY + 47 * HOUR
    assert index[last + 3 * HOUR] > index[last]
    assert index[last + 7 * DAY - HOUR] == index[last + 3 * HOUR]
    assert last + 7 * DAY not in index
    assert index[JANUARY + 12 * DAY] > index[last + 3 * HOUR]


def test_nights_of_a_bedroom() -> None:
    """Hot hours are counted from 22:00 to 07:00 by the clock of London, and are none by day."""
    air = Air(constant(26, 72, JULY), {}, {}, {})
    values = run(air, 72, told=BEDROOM, start=JULY).values
    tonight = [values.of("hot_night_hours")[JULY + n * HOUR] for n in range(48)]
    assert tonight[:6] == [1, 2, 3, 4, 5, 6]
    assert tonight[6:21] == [0] * 15
    assert tonight[21:30] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert values.of("hot_night_hours_of_year")[JULY + 71 * HOUR] == 0
    warmer = run(Air(constant(26.1, 72, JULY), {}, {}, {}), 72, told=BEDROOM, start=JULY).values
    assert warmer.of("hot_night_hours_of_year")[JULY + 71 * HOUR] == 6 + 9 + 9 + 3
    assert run(air, 72, start=JULY).values.of("hot_night_hours") == {}


def test_night_hour_without_a_value_is_none() -> None:
    """An hour of the night that is missing has no count; the night goes on after it."""
    hours = constant(27, 72, JULY)
    del hours[JULY + 24 * HOUR]
    values = run(Air(hours, {}, {}, {}), 72, told=BEDROOM, start=JULY).values
    assert JULY + 24 * HOUR not in values.of("hot_night_hours")
    assert values.of("hot_night_hours")[JULY + 29 * HOUR] == 8


def test_year_begins_anew() -> None:
    """The year's nights are counted from New Year by the clock of London."""
    start = datetime(2026, 12, 31, 20, tzinfo=UTC)
    values = run(Air(constant(27, 8, start), {}, {}, {}), 8, told=BEDROOM, start=start).values
    counts = [values.of("hot_night_hours_of_year")[start + n * HOUR] for n in range(8)]
    assert counts == [0, 0, 1, 2, 1, 2, 3, 4]
    assert values.of("hot_night_hours")[start + 7 * HOUR] == 6


def days(busiest: Mapping[int, float], number: int) -> dict[datetime, float]:
    """Give days at 600 ppm with four busy hours on some."""
    found = constant(600, number * 24)
    for day, ppm in busiest.items():
        found.update(constant(ppm, 4, JANUARY + day * DAY + 18 * HOUR))
    return found


def test_third_busiest_day_of_seven() -> None:
    """Three of seven days over the limit show as the third highest of them, at the day's start."""
    air = Air({}, {}, days({0: 1600, 2: 1900, 4: 1550}, 10), {})
    busy = run(air, 240).values.of("busy_co2")
    assert min(busy) == JANUARY + 2 * DAY
    assert [busy[JANUARY + day * DAY] for day in range(2, 10)] == [
        600, 600, 1550, 1550, 1550, 600, 600, 600,
    ]  # fmt: skip


def test_day_without_its_busiest_hours_tells_nothing() -> None:
    """A day with three hours of CO2 is no day; those before and after it count."""
    co2 = days({}, 6)
    for hour in range(21):
        del co2[JANUARY + 4 * DAY + hour * HOUR]
    busy = run(Air({}, {}, co2, {}), 144).values.of("busy_co2")
    assert [*busy] == [JANUARY + day * DAY for day in (2, 3, 5)]


@given(
    cut=st.integers(1, 95),
    missing=st.sets(st.integers(0, 95), max_size=60),
)
def test_any_division_gives_the_same(cut: int, missing: set[int]) -> None:
    """Worked out in two stretches, or from a midnight on, it is what it is in one."""
    kept = [number for number in range(96) if number not in missing]
    start = datetime(2026, 12, 30, tzinfo=UTC)
    series = {
        name: {start + n * HOUR: base + n % 13 for n in kept}
        for name, base in (("t", 15.0), ("h", 85.0), ("c", 1400.0), ("o", 2.0))
    }
    air = Air(series["t"], series["h"], series["c"], series["o"])
    end = start + 96 * HOUR
    whole = room.run(BEDROOM, air, State(), start, end, FIGURES)
    first = room.run(BEDROOM, air, State(), start, start + cut * HOUR, FIGURES)
    rest = room.run(BEDROOM, air, first.state, start + cut * HOUR, end, FIGURES)
    assert rest.state == whole.state
    together = {
        key: first.values.of(*key) | rest.values.of(*key)  # type: ignore[operator]
        for key in whole.values.found
    }
    assert together == whole.values.found
    for midnight, state in whole.checkpoints.items():
        again = room.run(BEDROOM, air, state, midnight, end, FIGURES)
        assert again.state == whole.state
