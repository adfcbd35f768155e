"""A device: when it speaks, what it says in its own bytes, and how it counts.

A device never looks at the network: it sends frames, with a counter that goes up by one, on the
address that its last join gave it. Whether anybody hears them is the radio's business.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Protocol

from decoders import registry
from decoders.model import Observation
from simulators.dice import Dice
from simulators.hardware import Battery, Hardware, Steps
from simulators.phenomena.parking import Bay
from simulators.phenomena.signal import Signal

_DAY = 86_400.0
_JITTER = 20.0
"""seconds at most by which a frame is later than its cadence"""
_JOIN_LEAD = 8.0
"""seconds from a join to the first frame"""


@dataclass(frozen=True, slots=True)
class Frame:
    """One transmission of a device."""

    time: float
    number: int
    """Counts the transmissions of the device, through every session"""
    dev_addr: str
    f_cnt: int
    f_port: int
    payload: bytes
    observations: tuple[Observation, ...] = ()
    """What the payload says, as the hardware can say it"""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """A device has joined, and has a new address."""

    time: float
    number: int
    dev_addr: str


Spoken = Frame | Join


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch in which a device does not speak; without end when it is broken."""

    start: float
    end: float = inf
    rejoin: bool = False
    """It had lost its power: it joins again and counts from 0"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a device says at a moment, before it is a frame."""

    time: float
    observations: tuple[Observation, ...]
    confirmed: bool = False


class Speaker(Protocol):
    """The part of a device that knows what to say and when."""

    def speak(self, begin: float) -> Iterator[Said]:
        """Give everything that it says from a Unix time on, in order, without end."""
        ...


class Device:
    """A device with its session.

    Args:
        dice: chance of this device.
        model: whose bytes it speaks.
        speaker: what it says.
        silences: when it says nothing.
    """

    def __init__(
        self, dice: Dice, model: str, speaker: Speaker, *, silences: Sequence[Silence] = ()
    ) -> None:
        self._dice = dice
        self._codec = registry.codec(model)
        self._speaker = speaker
        self._silences = sorted(silences, key=lambda silence: silence.start)

    def frames(self, begin: float) -> Iterator[Spoken]:
        """Give every transmission from a Unix time on, in order."""
        session, number, f_cnt = 0, 0, self._dice.below(1, 50_000)
        waiting = list(self._silences)
        for said in self._speaker.speak(begin):
            while waiting and waiting[0].end <= said.time:
                if waiting.pop(0).rejoin:
                    session, f_cnt = session + 1, 0
                    yield Join(said.time - _JOIN_LEAD, number, self._dev_addr(session))
                    number += 1
            if waiting and waiting[0].start <= said.time:
                if waiting[0].end == inf:
                    return
                continue
            yield self._frame(said, number, self._dev_addr(session), f_cnt)
            number, f_cnt = number + 1, f_cnt + 1

    def _frame(self, said: Said, number: int, dev_addr: str, f_cnt: int) -> Frame:
        f_port, payload = self._codec.encode(said.observations)
        return Frame(
            said.time, number, dev_addr, f_cnt, f_port, payload, said.observations, said.confirmed
        )

    def _dev_addr(self, session: int) -> str:
        """Give an address of a private network: its highest seven bits are 0."""
        address = int.from_bytes(self._dice.child("address").digest(session)[:4], "big")
        return f"{address & 0x01FF_FFFF:08x}"


class Reporter:
    """Measures at a cadence.

    Args:
        dice: chance of this device.
        hardware: what it is built of.
        signal: what it measures.
        interval: seconds between two frames.
    """

    def __init__(self, dice: Dice, hardware: Hardware, signal: Signal, interval: float) -> None:
        self._dice = dice
        self._hardware = hardware
        self._signal = signal
        self._interval = interval * (1.0 + dice.uniform(2, -40e-6, 40e-6))
        self._phase = dice.uniform(3, 0.0, interval)
        self._jitter = dice.child("jitter")
        self._used = dice.uniform(4, 0.02, 0.6)

    def speak(self, begin: float) -> Iterator[Said]:
        """Give a reading an interval, each a little late, from a phase of its own."""
        number = 0
        longest = min(_JITTER, self._interval / 20)
        while True:
            late = self._jitter.uniform(number, 0.0, longest)
            time = begin + self._phase + number * self._interval + late
            observations = self._hardware.measure(self._signal.at(time), number)
            observations += self._battery(number)
            yield Said(time, tuple(observations))
            number += 1

    def _battery(self, number: int) -> list[Observation]:
        battery = self._hardware.battery
        if battery is None or number % battery.every:
            return []
        return [measured(battery, self._used, number * self._interval / _DAY)]


def measured(battery: Battery, used: float, days: float) -> Observation:
    """Give a battery's value after so many days, when so much of it was used before."""
    left = max(0.0, 1.0 - used - days / battery.life)
    value = battery.empty + (battery.full - battery.empty) * left
    return Observation(battery.observed_property, battery.step.quantise(value))


_CELSIUS = Steps(-128, 127)


class BaySensor:
    """Speaks when its bay changes, and says at a cadence that it is alive.

    Args:
        dice: chance of this device.
        bay: the bay.
        ground: the temperature of the ground.
        interval: seconds between two heartbeats.
    """

    def __init__(self, dice: Dice, bay: Bay, ground: Signal, interval: float) -> None:
        self._bay = bay
        self._ground = ground
        self._interval = interval
        self._phase = dice.uniform(3, 0.0, interval)
        self._notice = dice.uniform(4, 2.0, 7.0)

    def speak(self, begin: float) -> Iterator[Said]:
        """Give every change, some seconds after it, and the heartbeats between."""
        occupied = Observation("parking_occupied", 0.0)
        for time, change in heapq.merge(self._changes(), self._beats(begin), key=lambda e: e[0]):
            if change is None:
                yield Said(time, (occupied, self._temperature(time)))
            else:
                occupied = replace(occupied, result=float(change))
                yield Said(time, (occupied,), confirmed=True)

    def _changes(self) -> Iterator[tuple[float, bool | None]]:
        for change in self._bay.changes():
            yield change.time + self._notice, change.occupied

    def _beats(self, begin: float) -> Iterator[tuple[float, bool | None]]:
        time = begin + self._phase
        while True:
            yield time, None
            time += self._interval

    def _temperature(self, time: float) -> Observation:
        return Observation("temperature", _CELSIUS.quantise(self._ground.at(time)["temperature"]))
