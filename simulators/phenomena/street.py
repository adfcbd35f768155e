"""Particles beside a road or a construction site.

    fine      the region's air (log-normal, wandering over days) and exhaust
    coarse    the region's, what traffic and wind raise, and what the site's work raises
    PM10      fine + coarse; PM2.5 is the fine with a seventh of the coarse; fog swells the fine

A site's dust reaches a monitor as far as the wind blows from the site to it: fully when it blows
straight, not at all from the other side. Works go on in working hours (Monday to Friday 8 to 18,
Saturday 8 to 13, London time). A dust event is a stretch with a strength of its own.
"""

import math
from dataclasses import dataclass

from simulators.dice import Dice, Drift
from simulators.phenomena.local import hump, london
from simulators.phenomena.signal import Sample
from simulators.phenomena.weather import Weather

MEASURES = frozenset(
    {"pm1", "pm2_5", "pm4", "pm10", "temperature", "relative_humidity", "pressure"}
)
"""What a street gives"""


@dataclass(frozen=True, slots=True)
class StreetKind:
    """What a monitor stands beside."""

    traffic: float
    """A factor on the exhaust and the dust of a main road"""
    works: float = 0.0
    """ug/m3 of PM10 that ordinary work raises at the boundary, downwind"""


KINDS: dict[str, StreetKind] = {
    "background": StreetKind(traffic=0.2),
    "road": StreetKind(traffic=1.0),
    "construction": StreetKind(traffic=0.5, works=35.0),
}
"""The places that a scenario can name"""


@dataclass(frozen=True, slots=True)
class DustEvent:
    """A stretch in which a site is dusty: breaking concrete, a stockpile in the wind."""

    start: float
    end: float
    strength: float
    """ug/m3 of PM10 at the boundary, downwind"""
    wind_from: float | None = None
    """degrees; None: as the weather has it"""


class Street:
    """A monitor's place.

    Args:
        dice: chance of this place.
        region: chance that the whole borough shares.
        weather: the weather.
        kind: what is beside it.
        bearing: degrees from the site to the monitor.
        events: what happens on the site.
    """

    def __init__(  # noqa: PLR0913 - a place is what stands around it
        self,
        dice: Dice,
        region: Dice,
        weather: Weather,
        kind: StreetKind,
        *,
        bearing: float = 0.0,
        events: tuple[DustEvent, ...] = (),
    ) -> None:
        self._weather = weather
        self._kind = kind
        self._bearing = bearing
        self._events = events
        self._region = Drift(region.child("region"), 1.5 * 86_400)
        self._coarse = Drift(dice.child("coarse"), 9 * 3600.0)
        self._activity = Drift(dice.child("activity"), 2400.0)
        self._puff = Drift(dice.child("puff"), 420.0)

    def at(self, time: float) -> Sample:
        """Give the air at a Unix time."""
        air = self._weather.at(time)
        cars = self._kind.traffic * traffic(time)
        swell = 1.0 + max(0.0, air.relative_humidity - 85.0) / 25.0
        fine = (7.5 * math.exp(0.55 * self._region.at(time)) + 4.0 * cars) * swell
        raised = 0.6 * max(0.0, air.wind_speed - 5.0)
        coarse = 6.0 * math.exp(0.35 * self._coarse.at(time)) + 9.0 * cars + raised
        coarse += self._works(time, air.wind_from, air.wind_speed)
        return {
            "pm1": 0.72 * fine,
            "pm2_5": fine + 0.14 * coarse,
            "pm4": fine + 0.34 * coarse,
            "pm10": fine + coarse,
            "temperature": air.temperature,
            "relative_humidity": air.relative_humidity,
            "pressure": air.pressure,
        }

    def _works(self, time: float, wind_from: float, wind_speed: float) -> float:
        """Give the dust of the site in ug/m3 of PM10."""
        lively = max(0.3, 1.0 + 0.4 * self._activity.at(time) + 0.15 * self._puff.at(time))
        dust = 0.0
        if self._kind.works and _working(time):
            blown = min(1.6, 0.5 + wind_speed / 8.0)
            dust += self._kind.works * lively * blown * self._downwind(wind_from)
        for event in self._events:
            if event.start <= time < event.end:
                wind = wind_from if event.wind_from is None else event.wind_from
                even = 1.0 + 0.12 * self._puff.at(time)
                dust += event.strength * even * self._downwind(wind)
        return dust

    def _downwind(self, wind_from: float) -> float:
        """Say how much of the site's dust the wind brings here: 0 to 1."""
        away = math.radians(wind_from + 180.0 - self._bearing)
        return max(0.0, math.cos(away)) ** 2


def traffic(time: float) -> float:
    """Give the traffic of the hour, 0 to about 1."""
    now = london(time)
    if now.weekday < 5:
        return 0.1 + 0.75 * hump(now.hour, 8.2, 1.6) + 0.8 * hump(now.hour, 17.4, 2.2)
    return 0.1 + (0.6 if now.weekday == 5 else 0.4) * hump(now.hour, 13.5, 4.0)


def _working(time: float) -> bool:
    now = london(time)
    return now.hour >= 8 and now.hour < (18, 18, 18, 18, 18, 13, 0)[now.weekday]
