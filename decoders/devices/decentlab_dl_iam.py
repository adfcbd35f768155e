"""Decentlab DL-IAM: the air and the light of a room.

The frame of `decoders.word_layout` on port 1, with seven blocks of 16-bit words, big-endian:

    flag 0   BBBB             battery        B: u16, mV
    flag 1   TTTT HHHH        T: 175 * T / 65535 - 45 Cel
                              H: 100 * H / 65535 %
    flag 2   PPPP             pressure       P: u16, 2 Pa
    flag 3   VVVV IIII        light          V: u16, counts of visible and infrared light
                                             I: u16, counts of infrared light
                              max(V - 1.64 * I, 0.59 * V - 0.86 * I, 0) * 1.5504 lx
    flag 4   CCCC SSSS RRRR   CO2            C: u16, ppm + 32768
                                             S: status; not 0: the value is not to be used
                                             R: raw value: not read
    flag 5   AAAA             activity       A: u16, movements counted
    flag 6   VVVV             TVOC           V: u16, ppb

Oddities. CO2 may come out below zero by its formula: it is passed on, for the plausible range to
judge. Temperature and humidity are the DL-SHT35's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite

from decoders.block import Block, Field, Said, Series, Sheet
from decoders.codec import Device
from decoders.devices.decentlab import BATTERY, CLIMATE, PRESSURE
from decoders.model import Environment, Observation
from decoders.scale import Linear
from decoders.wire import U16
from decoders.word_layout import WordLayout


@dataclass(frozen=True, slots=True)
class Light:
    """Two photodiodes: one sees all light, the other infrared alone."""

    observed_property: str = "illuminance"
    size: int = 4

    @property
    def series(self) -> tuple[Series, ...]:
        """The illuminance alone."""
        return ((self.observed_property, ""),)

    @property
    def required(self) -> frozenset[Series]:
        """The illuminance: there is no code for `no value`."""
        return frozenset(self.series)

    def read(self, run: bytes, sheet: Sheet) -> None:
        """Put the illuminance onto the sheet."""
        counts = _hundredths(int.from_bytes(run[:2], "big"), int.from_bytes(run[2:], "big"))
        lux = counts * 15_504 / 1_000_000
        sheet.live[self.series[0]] = Observation(self.observed_property, lux)

    def write(self, said: Said, moment: datetime | None) -> bytes:  # noqa: ARG002
        """Give the counts that come nearest to the illuminance.

        Raises:
            ValueError: the illuminance is not a number.
        """
        lux = said[self.series[0]].result
        if not isfinite(lux):
            raise ValueError(f"{self.observed_property} of {lux} cannot be sent")
        wanted = min(max(round(lux * 1_000_000 / 15_504), 0), 100 * U16.highest)
        visible, infrared = min(
            _candidates(wanted), key=lambda pair: abs(_hundredths(*pair) - wanted)
        )
        return visible.to_bytes(2, "big") + infrared.to_bytes(2, "big")


def _hundredths(visible: int, infrared: int) -> int:
    """Give the counts of visible light alone, in hundredths."""
    return max(100 * visible - 164 * infrared, 59 * visible - 86 * infrared, 0)


def _candidates(wanted: int) -> Iterator[tuple[int, int]]:
    """Give pairs of counts, one of which hits the hundredths if any does.

    Both terms of the formula repeat: the first every 25 counts of infrared light, the second every
    59, beginning where it becomes the larger one.
    """
    begin = wanted * 41 // 1076
    for infrared in (*range(25), *range(begin, begin + 60)):
        for visible in (
            round((wanted + 164 * infrared) / 100),
            round((wanted + 86 * infrared) / 59),
        ):
            if max(visible, infrared) <= U16.highest:
                yield visible, infrared


@dataclass(frozen=True, slots=True)
class Checked:
    """A block with a status word in it: when it is not 0, the values are not to be used."""

    block: Block
    at: int
    """Byte offset of the status word"""

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.block.size

    @property
    def series(self) -> tuple[Series, ...]:
        """Everything the block can say."""
        return self.block.series

    @property
    def required(self) -> frozenset[Series]:
        """What the block cannot be without."""
        return self.block.required

    def read(self, run: bytes, sheet: Sheet) -> None:
        """Put the values onto the sheet, or a warning."""
        status = int.from_bytes(run[self.at : self.at + 2], "big")
        if status:
            names = " ".join(name for name, _ in self.series)
            sheet.warnings.append(f"{names} is not used: its sensor has the status {status:04x}")
        else:
            self.block.read(run, sheet)

    def write(self, said: Said, moment: datetime | None) -> bytes:
        """Give the block with the status 0."""
        return self.block.write(said, moment)


_LAYOUT = WordLayout(
    (
        BATTERY,
        CLIMATE,
        PRESSURE,
        Light(),
        Checked(Block(6, (Field("co2", U16, 0, Linear(offset=-32_768)),)), 2),
        Block(2, (Field("motion_count", U16),)),
        Block(2, (Field("tvoc_ppb", U16),)),
    )
)

CODECS = (
    Device(
        "decentlab-dl-iam", "Decentlab DL-IAM", Environment.INDOOR, timedelta(minutes=10), _LAYOUT
    ),
)
