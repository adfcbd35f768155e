"""What devices say and when: at a cadence, or when something changes."""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from decoders.model import Observation
from simulators.device import Said
from simulators.dice import Dice
from simulators.hardware import Battery, BayHardware, Gauge, Hardware
from simulators.phenomena.parking import Bay, BayChange
from simulators.phenomena.signal import Sample, Signal

_DAY = 86_400.0
_JITTER = 20.0
"""seconds at most by which a frame is later than its cadence"""


@dataclass(frozen=True, slots=True)
class Condition:
    """What is wrong with a device, and when: stretches of time."""

    stuck: tuple[tuple[float, float], ...] = ()
    """Its sensor gives the same values again and again"""
    drains: tuple[tuple[float, float], ...] = ()
    """Its battery goes from what it had to empty"""

    def is_stuck(self, time: float) -> bool:
        """Say whether the sensor is stuck."""
        return any(start <= time < end for start, end in self.stuck)

    def drained(self, time: float) -> float:
        """Give the share of the battery that the trouble took."""
        shares = ((time - start) / (end - start) for start, end in self.drains)
        return max((min(1.0, share) for share in shares if share > 0), default=0.0)


_SOUND = Condition()


class Reporter:
    """Measures at a cadence.

    Args:
        dice: chance of this device.
        hardware: what it is built of.
        signal: what it measures.
        interval: seconds between two frames.
        condition: what is wrong with it.
    """

    def __init__(
        self,
        dice: Dice,
        hardware: Hardware,
        signal: Signal,
        interval: float,
        condition: Condition = _SOUND,
    ) -> None:
        self._hardware = hardware
        self._signal = signal
        self._spacing = float(interval // hardware.samples)
        self._interval = interval * (1.0 + dice.uniform(2, -40e-6, 40e-6))
        self._phase = dice.uniform(3, 0.0, interval)
        self._jitter = dice.child("jitter")
        self._used = dice.uniform(4, 0.02, 0.6)
        self._condition = condition
        self._held: Sample | None = None

    def speak(self, begin: float) -> Iterator[Said]:
        """Give a reading an interval, each a little late, from a phase of its own."""
        number = 0
        longest = min(_JITTER, self._interval / 20)
        while True:
            late = self._jitter.uniform(number, 0.0, longest)
            time = begin + self._phase + number * self._interval + late
            observations = [*self._measure(time, number), *self._hardware.constant]
            battery = self._hardware.battery
            if battery is not None and number % battery.every == 0:
                used = self._used + self._condition.drained(time)
                observations.append(_level(battery, used, time - begin))
            yield Said(time, tuple(observations))
            number += 1

    def _measure(self, time: float, number: int) -> list[Observation]:
        """Measure now, or for a frame of several samples at each one's time, the oldest first."""
        count = self._hardware.samples
        if count == 1:
            return self._hardware.measure(self._sample(time), number)
        seen = []
        for place in range(count - 1, -1, -1):
            own = math.floor(time) - place * self._spacing
            moment = datetime.fromtimestamp(own, UTC)
            measured = self._hardware.measure(self._sample(own), number)
            seen += [replace(one, phenomenon_time=moment) for one in measured]
        return seen

    def _sample(self, time: float) -> Sample:
        """Take the signal, or what a stuck sensor held when it got stuck."""
        if self._condition.is_stuck(time):
            if self._held is None:
                self._held = self._signal.at(time)
            return self._held
        self._held = None
        return self._signal.at(time)


class BaySensor:
    """Speaks when its bay changes, and says at a cadence that it is alive.

    Args:
        dice: chance of this device.
        hardware: what it is built of.
        bay: the bay.
        ground: temperature and humidity where it lies.
        interval: seconds between two heartbeats.
        condition: what is wrong with it.
    """

    def __init__(  # noqa: PLR0913 - what it is, where it lies, and what is wrong with it
        self,
        dice: Dice,
        hardware: BayHardware,
        bay: Bay,
        ground: Signal,
        interval: float,
        *,
        condition: Condition = _SOUND,
    ) -> None:
        self._hardware = hardware
        self._bay = bay
        self._ground = ground
        self._interval = interval
        self._phase = dice.uniform(3, 0.0, interval)
        self._notice = dice.uniform(4, 2.0, 7.0)
        self._used = dice.uniform(5, 0.02, 0.6)
        self._condition = condition

    def speak(self, begin: float) -> Iterator[Said]:
        """Give every change, some seconds after it, and the heartbeats between."""
        occupied, since = False, begin
        for time, change in heapq.merge(self._changes(), self._beats(begin), key=lambda e: e[0]):
            if change is None:
                gauges, battery = self._hardware.beat, True
            else:
                gauges, battery = self._hardware.change, self._hardware.battery_in_change
                occupied = change.occupied
            said = self._observe(gauges, time, occupied=occupied, minutes=(time - since) / 60)
            if battery and self._hardware.battery is not None:
                used = self._used + self._condition.drained(time)
                said.append(_level(self._hardware.battery, used, time - begin))
            if change is not None:
                since = time
            yield Said(time, tuple(said), confirmed=change is not None)

    def _observe(
        self, gauges: tuple[Gauge, ...], time: float, *, occupied: bool, minutes: float
    ) -> list[Observation]:
        sample = {
            **self._ground.at(time),
            "parking_occupied": float(occupied),
            "previous_state_duration": minutes,
        }
        seen = [one for gauge in gauges for one in gauge.observe(sample)]
        return [*seen, *self._hardware.constant]

    def _changes(self) -> Iterator[tuple[float, BayChange | None]]:
        for change in self._bay.changes():
            if not self._condition.is_stuck(change.time):
                yield change.time + self._notice, change

    def _beats(self, begin: float) -> Iterator[tuple[float, BayChange | None]]:
        time = begin + self._phase
        while True:
            yield time, None
            time += self._interval


def _level(battery: Battery, used: float, seconds: float) -> Observation:
    return battery.observe(used, seconds / _DAY)
