"""The signals behave as the things that they stand for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from statistics import fmean

import pytest

from simulators.dice import Dice
from simulators.phenomena import home, local, parking, street, vapour
from simulators.phenomena.home import Change, Home
from simulators.phenomena.parking import Bay
from simulators.phenomena.street import DustEvent, Street
from simulators.phenomena.weather import Weather

MONDAY = datetime(2026, 2, 2, tzinfo=UTC).timestamp()
DAY = 86_400.0
HOUR = 3600.0
TEN = 600.0


def weather(seed: int = 1, *, warmer: float = 0.0) -> Weather:
    """Give the weather of a seed."""
    return Weather(Dice(seed, "weather"), warmer=warmer)


def room(kind: str, *changes: Change, seed: int = 1) -> Home:
    """Give a room of this kind."""
    return Home(
        Dice(seed, kind), weather(seed), home.KINDS[kind], begin=MONDAY, changes=tuple(changes)
    )


def days(signal: Home | Street, name: str, count: int = 5) -> list[float]:
    """Give a property of a signal every ten minutes."""
    return [signal.at(MONDAY + i * TEN)[name] for i in range(count * 144)]


def hourly(values: Sequence[float]) -> list[float]:
    """Give the mean of every six values."""
    return [fmean(values[i : i + 6]) for i in range(0, len(values), 6)]


@pytest.mark.parametrize(
    ("temperature", "humidity", "dew_point"), [(20, 50, 9.261), (5, 95, 4.265), (25, 40, 10.465)]
)
def test_vapour_agrees_with_the_published_numbers(
    temperature: float, humidity: float, dew_point: float
) -> None:
    """The vapour pressure of a humidity is the saturation pressure at its dew point."""
    pressure = humidity / 100 * vapour.saturation(temperature)
    assert pressure == pytest.approx(vapour.saturation(dew_point), rel=1e-4)
    assert vapour.relative(pressure, temperature) == pytest.approx(humidity)
    assert vapour.pressure(vapour.density(pressure, temperature), temperature) == pytest.approx(
        pressure
    )
    assert vapour.relative(2 * vapour.saturation(10), 10) == 100.0


def test_london_time_follows_the_clock_changes() -> None:
    """Noon UTC is 12 in February and 13 in July; the night of the change has its hour."""
    assert local.london(MONDAY + 12 * HOUR)[1:] == (0, 12.0)
    july = datetime(2026, 7, 5, 12, tzinfo=UTC).timestamp()
    assert local.london(july)[1:] == (6, 13.0)
    spring = datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp()
    assert local.london(spring - 1).hour == pytest.approx(1.0, abs=0.001)
    assert local.london(spring).hour == 2.0
    assert local.window(23.5, 23, 7)
    assert local.window(6, 23, 7)
    assert not local.window(7, 23, 7)
    assert local.hump(12, 12, 1) == 1.0
    assert local.hump(23.5, 0.5, 1) == pytest.approx(0.5)
    assert local.hump(6, 12, 1) == 0.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_weather_has_days_and_seasons(seed: int) -> None:
    """Summer is warm, nights are cold and damp, and all stays within what there is."""
    sky = weather(seed)
    winter = [sky.at(MONDAY + i * HOUR) for i in range(24 * 21)]
    july = datetime(2026, 7, 6, tzinfo=UTC).timestamp()
    summer = [sky.at(july + i * HOUR) for i in range(24 * 21)]
    assert fmean(a.temperature for a in summer) > fmean(a.temperature for a in winter) + 7
    night, noon = winter[4::24], winter[14::24]
    assert fmean(a.temperature for a in night) < fmean(a.temperature for a in noon) - 1.5
    assert fmean(a.relative_humidity for a in night) > fmean(a.relative_humidity for a in noon)
    for air in winter + summer:
        assert 0 < air.relative_humidity <= 100.000001
        assert -15 < air.temperature < 40
        assert 960 < air.pressure < 1060
        assert 0 <= air.wind_from < 360
        assert 0 < air.wind_speed < 40
    warmer = weather(seed, warmer=4.0).at(MONDAY).temperature
    assert warmer == pytest.approx(winter[0].temperature + 4.0)


def test_weather_is_the_same_in_any_order() -> None:
    """It is a function of time, not a history."""
    one, other = weather(), weather()
    times = [MONDAY + i * HOUR for i in range(48)]
    assert [one.at(t) for t in times] == [other.at(t) for t in reversed(times)][::-1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_heated_home_is_warm_and_dry(seed: int) -> None:
    """Between 14 and 22 degrees, below 75 % on average, with people's CO2."""
    typical = room("typical", seed=seed)
    assert 14 < min(days(typical, "temperature")) < max(days(typical, "temperature")) < 23
    assert fmean(days(room("typical", seed=seed), "relative_humidity")) < 75
    co2 = days(room("typical", seed=seed), "co2")
    assert min(co2) > 420
    assert 600 < fmean(co2) < 2500


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_unheated_home_is_damp_for_days(seed: int) -> None:
    """Its humidity stays above 85 % on average over every day."""
    damp = days(room("unheated", seed=seed), "relative_humidity")
    means = [fmean(damp[i : i + 144]) for i in range(0, len(damp), 144)]
    assert min(means) > 85
    assert max(damp) <= 100


def test_heating_that_is_mended_dries_the_home() -> None:
    """When the home becomes a typical one again, its humidity falls below 82 %."""
    mended = Change(MONDAY, MONDAY + 2 * DAY, home.KINDS["unheated"])
    humidity = days(room("typical", mended), "relative_humidity")
    assert fmean(humidity[216:288]) > 85
    assert fmean(humidity[-144:]) < 75


def test_a_leak_shows_in_the_moisture_and_not_in_the_warmth() -> None:
    """A leaking home is as warm as a typical one and much damper."""
    leaking, typical = room("leaking"), room("typical")
    assert fmean(days(leaking, "temperature")) > fmean(days(typical, "temperature")) - 1.5
    wet = fmean(days(room("leaking"), "relative_humidity"))
    assert wet > fmean(days(room("typical"), "relative_humidity")) + 10


def test_people_come_and_go() -> None:
    """There is light and motion when somebody is in, and little at night."""
    lived = room("typical")
    samples = [lived.at(MONDAY + i * TEN) for i in range(144)]
    evening, night = samples[114:126], samples[12:24]
    assert fmean(s["illuminance"] for s in evening) > 50
    assert fmean(s["motion_count"] for s in evening) > fmean(s["motion_count"] for s in night)
    assert all(0 <= s["occupancy_rate"] <= 100 for s in samples)
    assert all(s["temperature@external"] < s["temperature"] for s in samples)


def place(kind: str, *events: DustEvent, bearing: float = 0.0, seed: int = 1) -> Street:
    """Give a monitor's place."""
    return Street(
        Dice(seed, "place"),
        Dice(seed, "region"),
        weather(seed),
        street.KINDS[kind],
        bearing=bearing,
        events=tuple(events),
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ordinary_days_stay_below_the_action_level(seed: int) -> None:
    """Neither a road nor a site at its usual work reaches 190 ug/m3 in an hour."""
    for kind in street.KINDS:
        for bearing in (0.0, 120.0, 240.0):
            means = hourly(days(place(kind, bearing=bearing, seed=seed), "pm10", 14))
            assert min(means) > 4
            assert max(means) < 150


def test_a_dust_event_reaches_the_monitor_downwind_alone() -> None:
    """Three hours above 190 at the one, and nothing much on the other side of the site."""
    event = DustEvent(MONDAY + 10 * HOUR, MONDAY + 13 * HOUR, 420, 210)
    down = hourly(days(place("construction", event, bearing=30), "pm10", 1))
    up = hourly(days(place("construction", event, bearing=210), "pm10", 1))
    assert [value > 190 for value in down] == [10 <= hour < 13 for hour in range(24)]
    assert max(up) < 150


def test_dust_is_coarse_and_fog_is_fine() -> None:
    """In an event PM2.5 is a small part of PM10; sizes are always in order."""
    event = DustEvent(MONDAY + 10 * HOUR, MONDAY + 13 * HOUR, 420)
    air = place("construction", event, bearing=weather().at(MONDAY + 11 * HOUR).wind_from + 180)
    dusty = air.at(MONDAY + 11 * HOUR)
    assert dusty["pm2_5"] / dusty["pm10"] < 0.33
    for hour in range(72):
        sample = air.at(MONDAY + hour * HOUR)
        assert 0 < sample["pm1"] < sample["pm2_5"] < sample["pm4"] < sample["pm10"]


def changes(name: str, count: int, seed: int = 1) -> list[parking.BayChange]:
    """Give a bay's changes of some days from Monday on."""
    found = []
    for change in Bay(Dice(seed, "bay"), name, begin=MONDAY).changes():
        if change.time > MONDAY + count * DAY:
            break
        found.append(change)
    return found


@pytest.mark.parametrize("name", parking.KINDS)
def test_a_bay_is_taken_and_left_in_turn(name: str) -> None:
    """Changes alternate, in order, with time between."""
    told = [change for seed in range(6) for change in changes(name, 10, seed)]
    by_seed = [changes(name, 10, seed) for seed in range(6)]
    for one in by_seed:
        assert [change.occupied for change in one[::2]] == [True] * len(one[::2])
        assert [change.occupied for change in one[1::2]] == [False] * len(one[1::2])
        times = [change.time for change in one]
        assert times == sorted(times)
        assert all(after - before > 5 for before, after in pairwise(times))
    assert len(told) > 40


def test_shops_are_busy_at_noon_and_commuters_come_early() -> None:
    """Arrivals follow the hour of the day, and stays the purpose."""
    shops = [c for seed in range(4) for c in changes("shopping", 7, seed) if c.occupied]
    work = [c for seed in range(4) for c in changes("commuter", 7, seed) if c.occupied]
    noon = [local.london(c.time).hour for c in shops]
    early = [local.london(c.time).hour for c in work if local.london(c.time).weekday < 5]
    assert 11.5 < fmean(noon) < 15
    assert fmean(early) < 10
    assert len(shops) > 3 * len(work)


def test_some_arrivals_flicker() -> None:
    """A few stays begin with a change that reverses within 15 seconds."""
    told = [changes("shopping", 30, seed) for seed in range(4)]
    short = [
        after.time - before.time
        for one in told
        for before, after in pairwise(one)
        if before.occupied and after.time - before.time < 60
    ]
    assert short
    assert max(short) < 15
