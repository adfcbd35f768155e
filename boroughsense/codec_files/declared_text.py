"""A declarative codec: a device's layout, written down without a line of code.

    title: Acme RoomSense
    environment: indoor
    interval: 15m
    f_port: 2
    frames:                              structs of fixed length, told apart by port, length, marks
      - size: 4
        marks: [{at: 0, is: [1]}]
        fields:
          - {property: temperature, at: 1, type: s16, divide: 10, absent: [0x7fff]}
          - {property: motion, at: 3, type: u1, bit: 7}

or, in the place of `frames`,

    order: little
    items:                               a chain of key and value: the key fixes the value's length
      - {key: "0167", size: 2, fields: [{property: temperature, type: s16, divide: 10}]}
      - {key: "ff09", size: 2}
    ends: ["fe"]

`docs/bring-your-codec.md` walks through both.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from boroughsense.codec_files.problems import (
    Channel,
    Interval,
    Number,
    Property,
    Strict,
    Unit,
    check,
)
from decoders import block, units, wire
from decoders.channel_layout import ChannelLayout, Item
from decoders.clock import UNIX, Clock
from decoders.codec import Device, Layout
from decoders.fixed_layout import FixedLayout, Frame, Mark, Tail
from decoders.model import Environment
from decoders.properties import PROPERTIES
from decoders.scale import Flag, Formula, Linear, Scale, Switch
from decoders.wire import Order, Sign

_SIGNS = {"u": Sign.NONE, "s": Sign.TWOS_COMPLEMENT, "m": Sign.MAGNITUDE}
_LARGEST = 10**6
"""Above it the parts of a fraction are no scale that somebody wrote, but a rounded one"""
_CLOCK_SIZE = 4
_TYPE = re.compile(r"([usm])(\d{1,2})").fullmatch
_MOST_BITS = 64


def _hex(written: object) -> bytes:
    try:
        key = bytes.fromhex(str(written))
    except ValueError:
        raise ValueError(f"`{written}` is not hex, two digits a byte") from None
    if not key:
        raise ValueError("is empty")
    return key


def _epoch(written: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(written))
    except ValueError:
        raise ValueError(f"`{written}` is not a date: write 2013-01-01") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _type(written: str) -> str:
    match = _TYPE(written)
    if match is None or not (1 if match[1] == "u" else 2) <= int(match[2]) <= _MOST_BITS:
        raise ValueError(
            f"`{written}` is not a type: write u8, s16, m24 (sign and magnitude), up to 64 bits"
        )
    return written


Hex = Annotated[bytes, BeforeValidator(_hex)]
Offset = Annotated[int, Field(strict=True, ge=0, le=255)]
Code = Annotated[int, Field(strict=True, ge=0)]
Port = Annotated[int, Field(strict=True, ge=1, le=223)]
Type = Annotated[str, Field(strict=True), AfterValidator(_type)]


class FieldText(Strict):
    """One value: `(integer * multiply / divide + add)` in a unit, or a state."""

    observed_property: Property = Field(alias="property")
    type: Type
    at: Offset = 0
    bit: Annotated[int, Field(strict=True, ge=0, le=7)] = 0
    multiply: Annotated[Number, Field(gt=0)] = 1
    divide: Annotated[Number, Field(gt=0)] = 1
    add: Number = 0
    unit: Unit | None = None
    states: Literal["switch", "flag"] | None = None
    channel: Channel = ""
    absent: list[Code] = Field(default_factory=list)
    suspect: list[Code] = Field(default_factory=list)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        scaled = (self.multiply, self.divide, self.add, self.unit) != (1, 1, 0, None)
        if self.states is not None and scaled:
            raise ValueError("has `states` and a scale: it is one or the other")
        top = 1 << self.number.bits
        if beyond := [code for code in (*self.absent, *self.suspect) if code >= top]:
            raise ValueError(f"{beyond[0]} is no code of {self.type}: it has {top}")
        if self.unit is not None:
            units.line(self.unit, PROPERTIES[self.observed_property].unit_of_measurement)
        return self

    @property
    def number(self) -> wire.Number:
        """The bits."""
        return wire.Number(int(self.type[1:]), _SIGNS[self.type[0]])

    @property
    def place(self) -> range:
        """The bits of the frame that it takes, counted as the byte order counts."""
        first = 8 * self.at + self.bit
        return range(first, first + self.number.bits)

    def field(self) -> block.Field:
        """Give what it says."""
        return block.Field(
            observed_property=self.observed_property,
            number=self.number,
            at=self.at,
            scale=self._scale(),
            bit=self.bit,
            channel=self.channel,
            absent=tuple(self.absent),
            suspect=tuple(self.suspect),
        )

    def _scale(self) -> Scale:
        if self.states is not None:
            return Switch() if self.states == "switch" else Flag()
        slope = _exact(self.multiply) / _exact(self.divide)
        intercept = _exact(self.add)
        if self.unit is not None:
            factor, offset = units.line(
                self.unit, PROPERTIES[self.observed_property].unit_of_measurement
            )
            slope, intercept = slope * _exact(factor), intercept * _exact(factor) + _exact(offset)
        steps = intercept / slope
        if steps.denominator == 1 and max(slope.numerator, slope.denominator) <= _LARGEST:
            return Linear(slope.numerator, slope.denominator, steps.numerator)
        return Formula(float(slope), 1, float(intercept), decimals=6)


def _exact(number: float) -> Fraction:
    """Give the decimal that was written, not the double nearest to it."""
    return Fraction(repr(number))


class ClockText(Strict):
    """Four bytes that tell the time of the values beside them."""

    at: Offset
    epoch: Annotated[datetime, BeforeValidator(_epoch)] = UNIX
    stored: bool = True


class BlockText(Strict):
    """A run of bytes with fields at fixed places."""

    size: Annotated[int, Field(strict=True, ge=0, le=255)]
    order: Literal["big", "little"] | None = None
    fields_: list[FieldText] = Field(default_factory=list, alias="fields")
    clock: ClockText | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        taken: dict[int, str] = {}
        for name, bits in self._places():
            if bits.stop > 8 * self.size:
                raise ValueError(f"{name} ends in byte {(bits.stop - 1) // 8}, of {self.size}")
            if shared := taken.keys() & bits:
                raise ValueError(f"{name} lies over {taken[min(shared)]}")
            taken |= dict.fromkeys(bits, name)
        return self

    def _places(self) -> Sequence[tuple[str, range]]:
        places = [
            (f"fields[{index}] ({field.observed_property})", field.place)
            for index, field in enumerate(self.fields_)
        ]
        if self.clock is not None:
            first = 8 * self.clock.at
            places.append(("clock", range(first, first + 8 * _CLOCK_SIZE)))
        return places

    def block(self, order: Order) -> block.Block:
        """Give what it says; `order` where it names none."""
        clock = self.clock
        return block.Block(
            self.size,
            tuple(field.field() for field in self.fields_),
            self.order or order,
            None if clock is None else Clock(clock.at, clock.epoch, clock.stored),
        )


class ItemText(BlockText):
    """One kind of item of a chain."""

    key: Hex


class MarkText(Strict):
    """Bits that tell a frame from the others of its port."""

    at: Annotated[int, Field(strict=True, ge=-255, le=255)]
    is_: Annotated[list[Annotated[int, Field(strict=True, ge=0, le=255)]], Field(min_length=1)] = (
        Field(alias="is")
    )
    mask: Annotated[int, Field(strict=True, ge=1, le=255)] = 0xFF


class FrameText(BlockText):
    """A struct."""

    f_port: Port | None = None
    marks: list[MarkText] = Field(default_factory=list)
    tail: Literal["refused", "warned", "unused"] = "refused"

    @model_validator(mode="after")
    def _marks_fit(self) -> Self:
        for index, mark in enumerate(self.marks):
            if not -self.size <= mark.at < self.size:
                raise ValueError(f"marks[{index}] is at byte {mark.at} of {self.size}")
        return self

    def frame(self, f_port: int, order: Order) -> Frame:
        """Give what it says; port and byte order where it names none."""
        return Frame(
            self.f_port or f_port,
            (self.block(order),) if self.size else (),
            tuple(Mark(mark.at, tuple(mark.is_), mark.mask) for mark in self.marks),
            Tail(self.tail),
        )


def _one_width(items: list[ItemText]) -> list[ItemText]:
    widths = {len(item.key) for item in items}
    if len(widths) > 1:
        raise ValueError(f"keys have {' and '.join(map(str, sorted(widths)))} bytes: it is one")
    keys = [item.key for item in items]
    if twice := [key.hex() for key in keys if keys.count(key) > 1]:
        raise ValueError(f"the key {twice[0]} stands twice")
    return items


class DeclaredText(Strict):
    """A whole declarative codec."""

    title: Annotated[str, Field(strict=True, min_length=1, max_length=80)]
    environment: Environment = Environment.INDOOR
    interval: Interval
    f_port: Port
    order: Literal["big", "little"] = "big"
    frames: Annotated[list[FrameText], Field(min_length=1)] | None = None
    items: Annotated[list[ItemText], Field(min_length=1), AfterValidator(_one_width)] | None = None
    ends: list[Hex] = Field(default_factory=list)
    silent_ports: list[Port] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_layout(self) -> Self:
        if (self.frames is None) == (self.items is None):
            raise ValueError("needs either `frames` or `items`")
        if self.items is None and (self.ends or self.silent_ports):
            raise ValueError("`ends` and `silent_ports` belong to `items`")
        if not any(part.fields_ for part in (*(self.frames or ()), *(self.items or ()))):
            raise ValueError("reads nothing: no part of it has `fields`")
        return self

    def layout(self) -> Layout:
        """Give what it says."""
        if self.items is not None:
            items = tuple(Item(item.key, item.block(self.order)) for item in self.items)
            silent = frozenset(self.silent_ports)
            return ChannelLayout(items, self.f_port, tuple(self.ends), silent)
        frames = [frame.frame(self.f_port, self.order) for frame in self.frames or ()]
        return FixedLayout(self.f_port, tuple(frames))


def load(content: bytes, file: str, model: str, version: str) -> Device:
    """Read a declarative codec; CodecFilesWrong with every mistake."""
    nested: dict[str, type[BaseModel]] = {
        "frames": FrameText,
        "frames.fields": FieldText,
        "frames.marks": MarkText,
        "frames.clock": ClockText,
        "items": ItemText,
        "items.fields": FieldText,
        "items.clock": ClockText,
    }
    text = check(content, file, DeclaredText, nested)
    return Device(model, text.title, text.environment, text.interval, text.layout(), version)
