"""What the sensors in a device can say: the step, the span, and how often each is sent.

A value is quantised here and encoded by the codec, and what a correct system decodes is what was
quantised: so this shares no table with the codecs that it judges. The devices themselves are in
`simulators.catalogue`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from decoders.model import Observation
from simulators.phenomena.signal import Sample


class Step(Protocol):
    """How a sensor turns a physical value into one that it can say."""

    def quantise(self, value: float) -> float:
        """Give the nearest value that the sensor can say, within its span."""
        ...


@dataclass(frozen=True, slots=True)
class Steps:
    """Whole counts of `multiply / divide` of the unit, from the lowest to the highest count."""

    lowest: int
    highest: int
    multiply: int = 1
    divide: int = 1

    def quantise(self, value: float) -> float:
        """Give the nearest count's value."""
        count = round(value * self.divide / self.multiply)
        return min(max(count, self.lowest), self.highest) * self.multiply / self.divide


@dataclass(frozen=True, slots=True)
class Curve:
    """A sensor chip's own formula: count * slope / full + base, to three decimals."""

    slope: float
    full: int
    base: float
    lowest: float
    highest: float
    """The span that the sensor really has, inside what the formula could say"""

    def quantise(self, value: float) -> float:
        """Give the value of the nearest count."""
        within = min(max(value, self.lowest), self.highest)
        count = min(max(round((within - self.base) * self.full / self.slope), 0), 0xFFFF)
        return round(count * self.slope / self.full + self.base, 3)


@dataclass(frozen=True, slots=True)
class Exact:
    """A device that writes numbers as text, to six decimals."""

    def quantise(self, value: float) -> float:
        """Give the value."""
        return round(value, 6)


@dataclass(frozen=True, slots=True)
class Stretches:
    """Steps that grow: (where a stretch begins, its step); what is not complete does not count."""

    stretches: tuple[tuple[int, int], ...]
    highest: int

    def quantise(self, value: float) -> float:
        """Give the longest complete value."""
        within = min(max(value, 0.0), float(self.highest))
        begin, step = max(s for s in self.stretches if s[0] <= within)
        return float(begin + int(within - begin) // step * step)


class Gauge(Protocol):
    """Something that measures."""

    @property
    def needs(self) -> frozenset[str]:
        """What it takes from a signal."""
        ...

    @property
    def every(self) -> int:
        """It is in every n-th frame."""
        ...

    def observe(self, sample: Sample) -> Iterator[Observation]:
        """Measure."""
        ...


@dataclass(frozen=True, slots=True)
class Sensor:
    """A gauge of one property."""

    observed_property: str
    step: Step
    channel: str = ""
    every: int = 1
    qualifier: str = ""

    @property
    def source(self) -> str:
        """What a signal calls the value."""
        return (
            f"{self.observed_property}@{self.channel}" if self.channel else self.observed_property
        )

    @property
    def needs(self) -> frozenset[str]:
        """The one value."""
        return frozenset({self.source})

    def observe(self, sample: Sample) -> Iterator[Observation]:
        """Measure."""
        result = self.step.quantise(sample[self.source])
        yield Observation(
            self.observed_property, result, channel=self.channel, qualifier=self.qualifier
        )


@dataclass(frozen=True, slots=True)
class Spread:
    """Particles as PM2.5 in whole ug/m3, and steps of one byte down to PM1 and up to PM10.

    A dust cloud in which PM10 is more than 255 above PM2.5 saturates it.
    """

    every: int = 1

    @property
    def needs(self) -> frozenset[str]:
        """Three sizes."""
        return frozenset({"pm1", "pm2_5", "pm10"})

    def observe(self, sample: Sample) -> Iterator[Observation]:
        """Measure."""
        small, middle, large = (round(sample[name]) for name in ("pm1", "pm2_5", "pm10"))
        yield Observation("pm1", float(middle - min(255, max(0, middle - small))))
        yield Observation("pm2_5", float(middle))
        yield Observation("pm10", float(middle + min(255, max(0, large - middle))))


@dataclass(frozen=True, slots=True)
class Battery:
    """How a device tells of its battery."""

    observed_property: str
    step: Step
    full: float
    empty: float
    """In the property's unit"""
    every: int = 1
    life: float = 5 * 365.0
    """days from full to empty"""

    def observe(self, used: float, days: float) -> Observation:
        """Measure the battery after so many days, when so much of it was used before."""
        left = max(0.0, 1.0 - used - days / self.life)
        value = self.empty + (self.full - self.empty) * left
        return Observation(self.observed_property, self.step.quantise(value))


@dataclass(frozen=True, slots=True)
class Log:
    """What a device remembers of a reading that nobody heard."""

    properties: tuple[str, ...]
    most: int
    """records in a frame"""
    mixed: bool = True
    """They stand behind the reading of now; else they are a frame of their own"""


@dataclass(frozen=True, slots=True)
class Hardware:
    """A family of devices that measure at a cadence."""

    model: str
    gauges: tuple[Gauge, ...]
    battery: Battery | None = None
    log: Log | None = None
    samples: int = 1
    """in a frame, each with its time when there are several: the newest is that of the frame"""
    constant: tuple[Observation, ...] = ()
    """What it says in every frame: that the battery is not low"""

    @property
    def needs(self) -> frozenset[str]:
        """What it takes from its signal."""
        return frozenset[str]().union(*(gauge.needs for gauge in self.gauges))

    def measure(self, sample: Sample, number: int) -> list[Observation]:
        """Measure everything that the frame of this number carries."""
        return [
            seen
            for gauge in self.gauges
            if number % gauge.every == 0
            for seen in gauge.observe(sample)
        ]


@dataclass(frozen=True, slots=True)
class BayHardware:
    """A family of devices that speak when a bay changes."""

    model: str
    change: tuple[Gauge, ...]
    beat: tuple[Gauge, ...]
    """What it says to show that it is alive"""
    battery: Battery | None = None
    """In every heartbeat"""
    battery_in_change: bool = False
    constant: tuple[Observation, ...] = ()
