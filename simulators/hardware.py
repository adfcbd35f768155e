"""What the sensors in a device can say: the step, the span, and how often each is sent.

The oracle's own table, from the vendors' layouts: a value is quantised here, encoded by the
codec, and what a correct system decodes is what was quantised. So this shares no table with the
codecs that it judges.
"""

from collections.abc import Mapping
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
class Sensor:
    """One property that a device sends."""

    observed_property: str
    step: Step
    channel: str = ""
    every: int = 1
    """It is in every n-th frame"""

    @property
    def source(self) -> str:
        """What the signal calls the value."""
        return (
            f"{self.observed_property}@{self.channel}" if self.channel else self.observed_property
        )

    def observe(self, sample: Sample) -> Observation:
        """Measure."""
        result = self.step.quantise(sample[self.source])
        return Observation(self.observed_property, result, channel=self.channel)


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
    """days from full to empty at the usual interval"""


@dataclass(frozen=True, slots=True)
class Hardware:
    """A family of devices."""

    model: str
    sensors: tuple[Sensor, ...]
    battery: Battery | None = None

    def measure(self, sample: Sample, number: int) -> list[Observation]:
        """Measure everything that the frame of this number carries."""
        return [s.observe(sample) for s in self.sensors if number % s.every == 0]


def _whole(highest: int, multiply: int = 1, divide: int = 1) -> Steps:
    return Steps(0, highest, multiply, divide)


_EM300 = (
    Sensor("temperature", Steps(-400, 850, 1, 10)),
    Sensor("relative_humidity", _whole(200, 1, 2)),
)
_PERCENT_DAILY = Battery("battery_level", _whole(100), 100, 0, every=144)

_MODELS = (
    Hardware("milesight-em300-th/em300-th", _EM300, _PERCENT_DAILY),
    Hardware("milesight-em300-th/em320-th", _EM300, _PERCENT_DAILY),
    Hardware(
        "elsys-ers",
        (
            Sensor("temperature", Steps(-400, 850, 1, 10)),
            Sensor("relative_humidity", _whole(100)),
            Sensor("illuminance", _whole(4000)),
            Sensor("motion_count", _whole(255)),
            Sensor("co2", Steps(400, 10_000)),
        ),
        Battery("battery_voltage", _whole(3700, 1, 1000), 3.67, 2.6),
    ),
    Hardware(
        "decentlab-dl-pm",
        (
            *(Sensor(f"pm{size}", _whole(10_000, 1, 10)) for size in ("1", "2_5", "4", "10")),
            Sensor("temperature", Curve(175.72, 65536, -46.85, -40, 85)),
            Sensor("relative_humidity", Curve(125, 65536, -6, 0, 100)),
            Sensor("pressure", _whole(0xFFFF, 1, 50)),
        ),
        Battery("battery_voltage", _whole(0xFFFF, 1, 1000), 3.1, 2.2),
    ),
)

HARDWARE: Mapping[str, Hardware] = {hardware.model: hardware for hardware in _MODELS}
"""Every device that measures at its cadence, by model; a bay's sensor speaks when it changes"""
