"""Cayenne LPP, the Low Power Payload of many home-made and of some bought devices.

A chain of items, big-endian, on any port:

    CC TT V...       C: number of the channel, T: type of the value, V: value

    65  LL LL        light           L: u16, lx
    66  PP           presence        P: not 0: somebody
    67  TT TT        temperature     T: s16, 0.1 Cel
    68  HH           humidity        H: u8, 0.5 %
    73  PP PP        pressure        P: u16, 0.1 hPa

Not read, for want of a property: 00 and 01 digital input and output (1 byte), 02 and 03 analogue
input and output (2), 71 accelerometer (6), 86 gyrometer (6), 88 position (9).

Oddities. The format has no word for which channel is the device's own and which a probe: the first
one of a property in the frame is ours without a name, the next ones are `external`, `external2` and
so on. A device that leaves a channel out of some frames therefore confuses its probes: it needs a
codec of its own. One channel's value twice: the last counts. Other types have no known length, so
nothing behind one can be read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from decoders.block import Block, Field, Said, Series, Sheet
from decoders.codec import (
    APPLICATION_PORTS,
    LONGEST_PAYLOAD,
    Device,
    is_stored,
    one_each,
    unsayable,
)
from decoders.errors import DecodeError, Truncated, UnknownChannel
from decoders.model import Environment, Observation, Reading, channel_name
from decoders.scale import Flag, Linear, Scale
from decoders.wire import S16, U8, U16, Number

_ONE = Linear()
_TENTH = Linear(divide=10)


def _block(observed_property: str, number: Number, scale: Scale = _ONE) -> Block:
    return Block(number.bits // 8, (Field(observed_property, number, 0, scale),))


TYPES = {
    0x65: _block("illuminance", U16),
    0x66: _block("motion", U8, Flag()),
    0x67: _block("temperature", S16, _TENTH),
    0x68: _block("relative_humidity", U8, Linear(divide=2)),
    0x73: _block("pressure", U16, _TENTH),
    **{kind: Block(1, ()) for kind in (0x00, 0x01)},
    **{kind: Block(2, ()) for kind in (0x02, 0x03)},
    **{kind: Block(6, ()) for kind in (0x71, 0x86)},
    0x88: Block(9, ()),
}
"""Those without fields are not read"""
_KEY = 2
"""Bytes before a value"""


class _Channels:
    """Which of our channels a number of the frame's is, property by property."""

    def __init__(self) -> None:
        self._numbers: dict[str, list[int]] = {}

    def name(self, observed_property: str, number: int) -> str:
        """Give the channel; a number that is new to the property takes the next."""
        numbers = self._numbers.setdefault(observed_property, [])
        if number not in numbers:
            numbers.append(number)
        return channel_name(numbers.index(number))


@dataclass(frozen=True, slots=True)
class LppLayout:
    """A chain of items of numbered channels."""

    f_port: int = 1
    """The port of a normal reading; the device may use any other"""

    @property
    def ports(self) -> range:
        """Any port of an application."""
        return APPLICATION_PORTS

    @property
    def series(self) -> tuple[Series, ...]:
        """What one probe of each kind says; there may be more of each."""
        return tuple(series for block in TYPES.values() for series in block.series)

    def decode(self, payload: bytes, f_port: int, received_at: datetime | None) -> Reading:  # noqa: ARG002
        """Read item after item."""
        sheet, channels, at = Sheet(received_at), _Channels(), 0
        while at < len(payload):
            number, *kind = payload[at : at + _KEY]
            if not kind:
                return sheet.reading(Truncated(f"channel {number} has no type"))
            block = TYPES.get(kind[0])
            if block is None:
                return sheet.reading(_stop(kind[0], at, sheet))
            run = payload[at + _KEY : at + _KEY + block.size]
            if len(run) < block.size:
                return sheet.reading(Truncated(f"type {kind[0]:02x} needs {block.size} bytes"))
            _read(block, run, number, channels, sheet)
            at += _KEY + block.size
        return sheet.reading()

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Give the channels of each property under the numbers 1, 2, 3 ...

        Raises:
            ValueError: a channel without the ones before it, or more than a frame holds.
        """
        said = one_each(observations)
        items = {series: item for item, series in _items(said)}
        chain = b"".join(items.values())
        if said.keys() != items.keys() or any(map(is_stored, observations)):
            raise unsayable(observations)
        if len(chain) > LONGEST_PAYLOAD:
            raise ValueError(f"{len(chain)} bytes do not fit a frame of {LONGEST_PAYLOAD}")
        return self.f_port, chain


def _stop(kind: int, at: int, sheet: Sheet) -> DecodeError | None:
    """Judge a type that is not in the table."""
    if at == 0:
        return UnknownChannel(f"{kind:02x} is not a type of this format")
    sheet.warnings.append(f"type {kind:02x} at byte {at} is unknown: nothing is read from there on")
    return None


def _read(block: Block, run: bytes, number: int, channels: _Channels, sheet: Sheet) -> None:
    """Put what an item says onto the sheet, under our name of its channel."""
    apart = Sheet(None)
    block.read(run, apart)
    for seen in apart.live.values():
        channel = channels.name(seen.observed_property, number)
        sheet.live[seen.observed_property, channel] = replace(seen, channel=channel)


def _items(said: Said) -> Iterator[tuple[bytes, Series]]:
    """Give each item with what it says."""
    fields = ((kind, field) for kind, block in TYPES.items() for field in block.fields)
    for kind, field in fields:
        probes = sum(name == field.observed_property for name, _ in said)
        for number in range(1, probes + 1):
            series = field.observed_property, channel_name(number - 1)
            if series in said:
                value = field.code(said[series].result).to_bytes(TYPES[kind].size, "big")
                yield bytes((number, kind)) + value, series


CODECS = (
    Device("cayenne-lpp", "Cayenne LPP", Environment.INDOOR, timedelta(minutes=10), LppLayout()),
)
