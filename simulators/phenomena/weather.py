"""Outdoor air: a season's mean, a daily wave, and weather that wanders around both.

The monthly means and daily ranges are those of lowland south-east England, rounded; a scenario
may ask for a warmer or colder spell. Humidity follows from a dew point that moves with the
weather and not with the hour, which is what makes nights damp.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from simulators.dice import Dice, Drift
from simulators.phenomena.local import london
from simulators.phenomena.vapour import saturation

_MEAN = (5.5, 5.8, 8.0, 10.5, 13.8, 16.9, 19.0, 18.6, 15.9, 12.3, 8.4, 6.0)
_RANGE = (5.0, 6.0, 7.5, 9.0, 9.5, 9.5, 9.5, 9.0, 8.5, 6.5, 5.5, 5.0)
"""By month: Cel, and K between a day's low and high"""
_WARMEST_HOUR = 15.0
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Outdoors:
    """The state of the outdoor air."""

    temperature: float
    """Cel"""
    vapour_pressure: float
    """Pa"""
    relative_humidity: float
    """%"""
    pressure: float
    """hPa"""
    wind_speed: float
    """m/s"""
    wind_from: float
    """degrees, where the wind comes from"""


class Weather:
    """The weather of a borough; the same at every place in it.

    Args:
        dice: chance.
        warmer: K over the usual temperature of the season.
    """

    def __init__(self, dice: Dice, *, warmer: float = 0.0) -> None:
        self._warmer = warmer
        self._spell = Drift(dice.child("spell"), 2.5 * _DAY)
        self._front = Drift(dice.child("front"), 4 * 3600.0)
        self._cloud = Drift(dice.child("cloud"), 1.0 * _DAY)
        self._moist = Drift(dice.child("moist"), 1.7 * _DAY)
        self._pressure = Drift(dice.child("pressure"), 2.0 * _DAY)
        self._speed = Drift(dice.child("speed"), 7 * 3600.0)
        self._gust = Drift(dice.child("gust"), 600.0)
        self._turn = Drift(dice.child("turn"), 14 * 3600.0)
        self._last: tuple[float, Outdoors] | None = None

    def at(self, time: float) -> Outdoors:
        """Give the outdoor air at a Unix time."""
        if self._last is None or self._last[0] != time:
            self._last = time, self._outdoors(time)
        return self._last[1]

    def _outdoors(self, time: float) -> Outdoors:
        mean, swing = _season(time)
        mean += self._warmer + 2.2 * self._spell.at(time)
        clear = min(1.3, max(0.3, 0.8 + 0.35 * self._cloud.at(time)))
        wave = math.cos(math.tau * (london(time).hour - _WARMEST_HOUR) / 24)
        temperature = mean + clear * swing / 2 * wave + 0.5 * self._front.at(time)
        dew_point = mean - max(0.5, 3.0 + 1.2 * self._moist.at(time))
        vapour = min(saturation(dew_point), saturation(temperature))
        return Outdoors(
            temperature=temperature,
            vapour_pressure=vapour,
            relative_humidity=100.0 * vapour / saturation(temperature),
            pressure=1013.0 + 9.0 * self._pressure.at(time),
            wind_speed=self._wind(time),
            wind_from=(225.0 + 65.0 * self._turn.at(time)) % 360.0,
        )

    def _wind(self, time: float) -> float:
        """Give the wind's speed: log-normal, with gusts, and stronger by day."""
        by_day = 0.8 + 0.3 * max(0.0, math.sin(math.pi * (london(time).hour - 7) / 14))
        calm = math.exp(1.1 + 0.45 * self._speed.at(time) + 0.15 * self._gust.at(time))
        return by_day * calm


def _season(time: float) -> tuple[float, float]:
    """Give the mean and the daily range of a day, between the middles of two months."""
    date = datetime.fromtimestamp(time, UTC)
    place = date.month - 1 + (date.day - 1) / 30.5 - 0.5
    left = math.floor(place)
    share = place - left
    return (
        _MEAN[left % 12] * (1 - share) + _MEAN[(left + 1) % 12] * share,
        _RANGE[left % 12] * (1 - share) + _RANGE[(left + 1) % 12] * share,
    )
