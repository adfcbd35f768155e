"""A room of a dwelling: one node of heat, one of moisture, one of CO2, stepped through time.

    heat       capacity dT/dt = (loss + 0.34 ach volume)(Te - T) + heater + people + sun
    moisture   V d(rho)/dt    = ach V (rho_e - rho) + people + activity + leak, slowed by the
               walls and furniture that take up and give back vapour (a factor on the volume)
    surface    Tsi = Te + fRsi (T - Te); vapour above saturation there condenses and is gone
    CO2        V dC/dt        = ach V (420 - C) + people

Each is solved exactly over a step in which everything else stands still, so a long step is stable.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from simulators.dice import Dice, Drift
from simulators.phenomena import vapour
from simulators.phenomena.local import hump, london, window
from simulators.phenomena.signal import Sample
from simulators.phenomena.weather import Outdoors, Weather

MEASURES = frozenset(
    {
        *("temperature", "relative_humidity", "co2", "illuminance", "motion_count"),
        *("occupancy_rate", "temperature@external"),
    }
)
"""What a room gives"""
STEP = 300.0
"""seconds"""
WARM_UP = 2 * 86_400.0
_WARM_UP_STEP = 1800.0
_AIR_HEAT = 0.34
"""Wh/(m3 K)"""
_OUTDOOR_CO2 = 420.0
"""ppm"""
_BUFFER = 4.0
"""How many volumes of air the furniture and plaster stand for"""


@dataclass(frozen=True, slots=True)
class HomeKind:
    """How a room is built, heated and lived in."""

    volume: float = 42.0
    """m3"""
    loss: float = 38.0
    """W/K through the fabric"""
    capacity: float = 1100.0
    """Wh/K"""
    heater: float = 1500.0
    """W at most"""
    day: float = 20.0
    night: float = 17.0
    """What the thermostat is set to, Cel"""
    people: float = 1.3
    """Who live in the room's share of the dwelling"""
    moisture: float = 1.0
    """A factor on what cooking, washing and drying give off"""
    leak: float = 0.0
    """g/h of water that evaporates from a wet wall"""
    air_change: float = 0.65
    """per hour"""
    surface_factor: float = 0.75
    """fRsi of the coldest spot"""


KINDS: dict[str, HomeKind] = {
    "typical": HomeKind(),
    "efficient": HomeKind(loss=16.0, air_change=0.85, surface_factor=0.92, night=19.0),
    "draughty": HomeKind(loss=52.0, air_change=1.2, heater=1800.0),
    "cold_bridge": HomeKind(surface_factor=0.5, air_change=0.5, moisture=1.2),
    "crowded": HomeKind(people=2.6, moisture=1.6, air_change=0.5, day=21.0),
    "underheated": HomeKind(day=16.0, night=13.0, air_change=0.5),
    "unheated": HomeKind(heater=0.0, air_change=0.3, moisture=1.3, surface_factor=0.6, loss=65.0),
    "leaking": HomeKind(leak=90.0, air_change=0.45),
}
"""The rooms that a scenario can name"""


class _State(NamedTuple):
    """A room at one moment."""

    time: float
    temperature: float
    density: float
    """kg/m3 of vapour"""
    co2: float


class _Surroundings(NamedTuple):
    """What a room exchanges heat and vapour with."""

    kind: HomeKind
    outside: Outdoors
    changes: float
    """of air per hour"""

    def heat(self, temperature: float, gain: float, hours: float) -> float:
        """Give the temperature after some hours of a gain in W."""
        conductance = self.kind.loss + _AIR_HEAT * self.changes * self.kind.volume
        rest = self.outside.temperature + gain / conductance
        return _relax(temperature, rest, conductance / self.kind.capacity, hours)

    def moisten(self, density: float, gain: float, hours: float) -> float:
        """Give the vapour's density after some hours of a gain in g/h."""
        outdoors = vapour.density(self.outside.vapour_pressure, self.outside.temperature)
        rest = outdoors + gain / 1000.0 / (self.changes * self.kind.volume)
        return _relax(density, rest, self.changes / _BUFFER, hours)

    def condense(self, density: float, temperature: float) -> float:
        """Take away the vapour that the coldest surface does."""
        outside = self.outside.temperature
        surface = outside + self.kind.surface_factor * (temperature - outside)
        return min(density, vapour.density(vapour.saturation(surface), temperature))


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of time in which a room is another kind of room."""

    start: float
    end: float
    kind: HomeKind


class Home:
    """A room, asked at times that do not go back.

    Args:
        dice: chance.
        weather: what is outside.
        kind: the room.
        begin: when the story begins; the room has lived two days before.
        changes: what happens to the room: heating that fails, a leak.
    """

    def __init__(
        self,
        dice: Dice,
        weather: Weather,
        kind: HomeKind,
        *,
        begin: float,
        changes: tuple[Change, ...] = (),
    ) -> None:
        self._weather = weather
        self._kind = _varied(kind, dice)
        self._changes = changes
        self._habit = Drift(dice.child("habit"), 5400.0)
        self._window = Drift(dice.child("window"), 7200.0)
        self._late = dice.uniform(0, -0.7, 0.7)
        self._away = dice.chance(1, 0.5)
        self._before = self._after = self._warm(begin)

    def at(self, time: float) -> Sample:
        """Give the room's air at a Unix time."""
        while self._after.time < time:
            self._before = self._after
            self._after = self._next(self._before, STEP)
        share = (time - self._before.time) / STEP if self._after is not self._before else 0.0
        share = min(1.0, max(0.0, share))
        temperature = _between(self._before.temperature, self._after.temperature, share)
        density = _between(self._before.density, self._after.density, share)
        present = self._presence(time)
        return {
            "temperature": temperature,
            "relative_humidity": vapour.relative(
                vapour.pressure(density, temperature), temperature
            ),
            "co2": _between(self._before.co2, self._after.co2, share),
            "illuminance": self._light(time, present),
            "motion_count": self._motion(time, present),
            "occupancy_rate": 100.0 * present,
            "temperature@external": self._surface(time, temperature),
        }

    def _surface(self, time: float, temperature: float) -> float:
        """Give the temperature of the coldest wall, where a probe would be."""
        outside = self._weather.at(time).temperature
        return outside + self._kind_at(time).surface_factor * (temperature - outside)

    def _warm(self, begin: float) -> _State:
        """Live two days, coarsely, so that the story begins with a room and not with a guess."""
        start = begin - WARM_UP
        outside = self._weather.at(start)
        kind = self._kind_at(begin)
        temperature = kind.night if kind.heater else outside.temperature + 2.0
        density = vapour.density(outside.vapour_pressure, outside.temperature) * 1.2
        state = _State(start, temperature, density, 600.0)
        while state.time < begin:
            state = self._next(state, _WARM_UP_STEP)
        return state

    def _kind_at(self, time: float) -> HomeKind:
        for change in self._changes:
            if change.start <= time < change.end:
                return change.kind
        return self._kind

    def _next(self, state: _State, step: float) -> _State:
        """Go one step."""
        kind, hours = self._kind_at(state.time), step / 3600
        present = self._presence(state.time) * kind.people
        changes = kind.air_change * (1.0 + 0.5 * max(-0.6, self._window.at(state.time)))
        room = _Surroundings(kind, self._weather.at(state.time), changes)
        temperature = room.heat(state.temperature, self._gain(state, kind, present), hours)
        moisture = self._moisture(state.time, kind, present)
        density = room.condense(room.moisten(state.density, moisture, hours), temperature)
        co2 = _relax(
            state.co2, _OUTDOOR_CO2 + 18_000 * present / (changes * kind.volume), changes, hours
        )
        return _State(state.time + step, temperature, density, co2)

    def _presence(self, time: float) -> float:
        """Give the share of the people who are in."""
        now = london(time)
        hour = (now.hour + self._late) % 24
        if window(hour, 23.0, 7.0):
            return 1.0
        working = now.weekday < 5 and self._away
        if window(hour, 8.5, 16.5 if now.weekday < 5 else 12.0):
            return 0.1 if working else 0.5
        return min(1.0, max(0.1, 0.8 + 0.2 * self._habit.at(time)))

    def _gain(self, state: _State, kind: HomeKind, present: float) -> float:
        """Give the heat of heater, people and sun in W."""
        hour = london(state.time).hour + self._late
        wanted = kind.day if window(hour % 24, 6.5, 22.5) else kind.night
        heater = min(kind.heater, max(0.0, (wanted - state.temperature) * 900.0))
        sun = 120.0 * max(0.0, math.sin(math.pi * (hour - 8) / 9)) if 8 < hour < 17 else 0.0
        return heater + 75.0 * present + sun + 40.0

    def _moisture(self, time: float, kind: HomeKind, present: float) -> float:
        """Give the vapour given off in g/h: breath, and the peaks of a day."""
        hour = (london(time).hour + self._late) % 24
        peaks = (
            140 * hump(hour, 7.4, 0.5) + 180 * hump(hour, 18.3, 0.8) + 25 * hump(hour, 13.0, 3.0)
        )
        lively = max(0.2, 1.0 + 0.35 * self._habit.at(time))
        return 40.0 * present + kind.moisture * peaks * lively + kind.leak

    def _light(self, time: float, present: float) -> float:
        hour = london(time).hour
        sky = 260.0 * max(0.0, math.sin(math.pi * (hour - 7) / 10)) if 7 < hour < 17 else 0.0
        lamp = 140.0 if present > 0.3 and (6.5 < hour < 8 or 16.5 < hour < 23) else 2.0
        return sky + lamp

    def _motion(self, time: float, present: float) -> float:
        asleep = window(london(time).hour, 23.0, 7.0)
        return max(0.0, (0.5 if asleep else 9.0) * present * (1.0 + self._habit.at(time)))


def _varied(kind: HomeKind, dice: Dice) -> HomeKind:
    """Give a room of the kind: no two are built alike."""
    return HomeKind(
        volume=kind.volume * dice.uniform(2, 0.8, 1.3),
        loss=kind.loss * dice.uniform(3, 0.85, 1.2),
        capacity=kind.capacity * dice.uniform(4, 0.8, 1.25),
        heater=kind.heater,
        day=kind.day + dice.uniform(5, -0.8, 0.8),
        night=kind.night + dice.uniform(6, -0.8, 0.8),
        people=kind.people * dice.uniform(7, 0.6, 1.2),
        moisture=kind.moisture * dice.uniform(8, 0.7, 1.15),
        leak=kind.leak,
        air_change=kind.air_change * dice.uniform(9, 0.85, 1.3),
        surface_factor=kind.surface_factor,
    )


def _between(left: float, right: float, share: float) -> float:
    return left + (right - left) * share


def _relax(value: float, rest: float, rate: float, hours: float) -> float:
    """Go from a value towards where it would rest, at a rate per hour."""
    return rest + (value - rest) * math.exp(-rate * hours)
