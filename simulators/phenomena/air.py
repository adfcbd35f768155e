"""What further sensors find in the air, around a signal that has the rest.

Indoors: volatile compounds follow the people and their cooking, particles what comes in from
outside, with a draught that stirs them, noise whoever is there. Outdoors: NO2 and CO follow the
traffic, ozone what NO2 leaves of it and the sun makes, and the street is as loud as its traffic.
"""

import math

from simulators.dice import Dice, Drift
from simulators.phenomena import home, street
from simulators.phenomena.local import london
from simulators.phenomena.signal import Sample, Signal
from simulators.phenomena.street import StreetKind, traffic
from simulators.phenomena.weather import Weather

INDOORS = home.MEASURES | {
    *("tvoc", "tvoc_ppb", "tvoc_index", "formaldehyde", "formaldehyde_ppb", "o3", "pressure"),
    *("motion", "light_level", "pm1", "pm2_5", "pm10"),
    *("sound_level", "sound_level_average", "sound_level_maximum", "sound_level_peak"),
}
"""What a room with its air gives"""
OUTDOORS = street.MEASURES | {"no2", "o3", "so2", "co", "sound_level"}
"""What a street with its air gives"""

_LEVELS = (6.0, 51.0, 201.0, 401.0, 701.0)
"""lx where a light level of 1 to 5 begins"""


class IndoorAir:
    """A room with everything that an air quality monitor measures.

    Args:
        dice: chance of this room.
        region: chance that the whole borough shares.
        weather: the weather.
        room: temperature, humidity, CO2, light and motion.
    """

    def __init__(self, dice: Dice, region: Dice, weather: Weather, room: Signal) -> None:
        self._room = room
        self._weather = weather
        self._region = Drift(region.child("region"), 1.5 * 86_400)
        self._solvent = Drift(dice.child("solvent"), 6 * 3600.0)
        self._cooking = Drift(dice.child("cooking"), 1800.0)
        self._noise = Drift(dice.child("noise"), 300.0)
        self._stirred = Drift(dice.child("stirred"), 1200.0)
        self._new = dice.uniform(0, 12.0, 40.0)

    def at(self, time: float) -> Sample:
        """Give the room's air at a Unix time."""
        sample = dict(self._room.at(time))
        tvoc = 90.0 + 0.22 * (sample["co2"] - 420.0) + 60.0 * max(0.0, self._solvent.at(time))
        formaldehyde = self._new * (1.0 + 0.03 * (sample["temperature"] - 20.0))
        sample |= {
            "tvoc": tvoc,
            "tvoc_ppb": tvoc / 4.5,
            "tvoc_index": min(5.0, 1.0 + tvoc / 400.0),
            "formaldehyde": formaldehyde,
            "formaldehyde_ppb": formaldehyde / 1.23,
            "o3": max(1.0, 7.0 + 3.0 * self._solvent.at(time)),
            "pressure": self._weather.at(time).pressure,
            "motion": float(sample["motion_count"] >= 2.0),
            "light_level": float(sum(sample["illuminance"] >= level for level in _LEVELS)),
        }
        return sample | self._particles(time) | self._sound(time, sample["occupancy_rate"] / 100.0)

    def _particles(self, time: float) -> dict[str, float]:
        outside = 7.5 * math.exp(0.55 * self._region.at(time))
        hour = london(time).hour
        stove = 14.0 * max(0.0, self._cooking.at(time)) if 17.5 < hour < 19.5 else 0.0
        fine = 0.5 * outside * math.exp(0.35 * self._stirred.at(time)) + stove
        return {"pm1": 0.75 * fine, "pm2_5": fine, "pm10": 1.25 * fine + 1.5}

    def _sound(self, time: float, present: float) -> dict[str, float]:
        level = 31.0 + 19.0 * present + 4.0 * self._noise.at(time)
        average, peak = level + 1.5, level + 11.0 + 3.0 * abs(self._noise.at(time + 150.0))
        return {
            "sound_level": level,
            "sound_level_average": average,
            "sound_level_maximum": peak,
            "sound_level_peak": peak,
        }


class OutdoorAir:
    """A street with its gases and its noise.

    Args:
        dice: chance of this place.
        weather: the weather.
        kind: what is beside it.
        place: particles, temperature, humidity and pressure.
    """

    def __init__(self, dice: Dice, weather: Weather, kind: StreetKind, place: Signal) -> None:
        self._place = place
        self._weather = weather
        self._kind = kind
        self._still = Drift(dice.child("still"), 5 * 3600.0)
        self._ship = Drift(dice.child("ship"), 8 * 3600.0)
        self._noise = Drift(dice.child("noise"), 240.0)

    def at(self, time: float) -> Sample:
        """Give the air at a Unix time."""
        cars = self._kind.traffic * traffic(time)
        still = math.exp(0.4 * self._still.at(time))
        no2 = (4.0 + 17.0 * cars) * still
        hour = london(time).hour
        sun = max(0.0, math.sin(math.pi * (hour - 6.0) / 14.0)) if 6.0 < hour < 20.0 else 0.0
        warm = max(0.0, self._weather.at(time).temperature)
        return dict(self._place.at(time)) | {
            "no2": no2,
            "o3": max(1.0, 24.0 + 1.1 * warm * sun - 0.7 * no2),
            "so2": 1.5 + 1.5 * max(0.0, self._ship.at(time)),
            "co": (0.15 + 0.25 * cars) * still,
            "sound_level": 44.0 + 8.0 * math.log10(1.0 + 60.0 * cars) + 2.0 * self._noise.at(time),
        }
