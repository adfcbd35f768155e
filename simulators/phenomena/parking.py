"""The bays of a car park: cars come by the hour of the day, and stay as people do.

A free bay waits for its next car: chances are drawn minute by minute with the probability that the
hour's rate gives. A stay is log-normal; a few overstay. Now and then a passing lorry makes the
sensor flicker for some seconds.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from simulators.dice import Dice
from simulators.phenomena.local import LocalTime, hump, london
from simulators.phenomena.signal import Sample, Signal

MEASURES = frozenset({"distance", "tilted", "temperature"})
"""What a bay gives to a sensor that looks at it"""
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class ParkingKind:
    """Who parks here."""

    rate: float
    """Cars an hour that would take one free bay at the busiest time"""
    stay: float
    """minutes, the median"""
    spread: float
    """of the stay's logarithm"""
    overstay: float = 0.04
    """The share of drivers who stay four times as long"""
    flicker: float = 0.01
    """The chance that an arrival flickers"""


KINDS: dict[str, ParkingKind] = {
    "shopping": ParkingKind(rate=1.6, stay=48, spread=0.6),
    "commuter": ParkingKind(rate=1.5, stay=480, spread=0.25, overstay=0.01),
    "residential": ParkingKind(rate=0.5, stay=600, spread=0.5, overstay=0.05),
}
"""The car parks that a scenario can name"""


@dataclass(frozen=True, slots=True)
class BayChange:
    """A bay became occupied or free."""

    time: float
    occupied: bool


class Bay:
    """One bay.

    Args:
        dice: chance of this bay.
        name: the kind of car park, a key of KINDS.
        begin: when the story begins, with the bay free.
    """

    def __init__(self, dice: Dice, name: str, *, begin: float) -> None:
        self._name = name
        self._kind = KINDS[name]
        self._begin = begin
        self._waits = dice.child("waits")
        self._stays = dice.child("stays")

    def changes(self) -> Iterator[BayChange]:
        """Give every change, in order, without end."""
        time = self._begin
        number = 0
        while True:
            time = self._arrival(time)
            if self._stays.child("flicker").chance(number, self._kind.flicker):
                yield BayChange(time, occupied=True)
                yield BayChange(time + 9.0, occupied=False)
                time += 25.0
            yield BayChange(time, occupied=True)
            time += self._stay(number)
            yield BayChange(time, occupied=False)
            number += 1

    def _arrival(self, free_since: float) -> float:
        """Give when the next car takes the bay, half a minute after the last at least."""
        minute = math.floor(free_since / _MINUTE) + 1
        while True:
            rate = self._kind.rate * _busy(self._name, london(minute * _MINUTE))
            if self._waits.chance(minute, rate / 60.0):
                return minute * _MINUTE + self._waits.child("second").uniform(minute, 30.0, 59.0)
            minute += 1

    def _stay(self, number: int) -> float:
        """Give the length of a stay in seconds: 2 minutes at least, a day at most."""
        minutes = self._kind.stay * math.exp(self._stays.normal(number) * self._kind.spread)
        if self._stays.child("over").chance(number, self._kind.overstay):
            minutes *= 4
        return min(1440.0, max(2.0, minutes)) * _MINUTE


def _busy(name: str, now: LocalTime) -> float:
    """Give how busy the hour is, 0 to about 1."""
    if name == "commuter":
        return hump(now.hour, 7.8, 1.0) if now.weekday < 5 else 0.05
    if name == "residential":
        return 0.1 + 0.9 * hump(now.hour, 18.5, 2.0)
    weekend = 1.3 if now.weekday == 5 else 0.7 if now.weekday == 6 else 0.8
    return 0.01 + weekend * hump(now.hour, 12.8, 3.2)


class BayView:
    """A bay as a sensor on a post sees it: the distance to what is below.

    Args:
        dice: chance of this sensor.
        bay: the bay; times that are asked for must not go back.
        ground: the temperature of the air there.
    """

    def __init__(self, dice: Dice, bay: Bay, ground: Signal) -> None:
        self._changes = bay.changes()
        self._next = next(self._changes)
        self._occupied = False
        self._ground = ground
        self._height = dice.uniform(0, 2200.0, 2900.0)
        self._car = dice.child("car")
        self._cars = 0

    def at(self, time: float) -> Sample:
        """Give distance and attitude."""
        while self._next.time <= time:
            self._occupied = self._next.occupied
            self._cars += self._next.occupied
            self._next = next(self._changes)
        roof = self._car.uniform(self._cars, 1350.0, 1900.0) if self._occupied else 0.0
        ripple = self._car.child("ripple").uniform(int(time), -8.0, 8.0)
        return {
            "distance": self._height - roof + ripple,
            "tilted": 0.0,
            "temperature": self._ground.at(time)["temperature"],
        }
