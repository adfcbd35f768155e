"""The table at the heart of every codec: fields in a run of bytes, read and written alike.

A `Block` is a run of bytes of one length in which fields lie at fixed places; an item of a chain,
a whole frame, a stored record and a flagged group of words are all blocks. It is taken as one
integer, and every field is a shift and a mask, so any width at any place is written the same way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Protocol, TypeAlias

from decoders.clock import UNTIMED, Clock, is_believable
from decoders.errors import DecodeError
from decoders.model import Observation, Reading
from decoders.scale import PLAIN, Linear, Scale
from decoders.wire import U32, Number, Order, Sign

Series: TypeAlias = tuple[str, str]
"""An observed property and a channel."""

Said: TypeAlias = Mapping[Series, Observation]
"""What a block is to say: one observation a series."""


class Sheet:
    """What one frame has told so far."""

    __slots__ = ("live", "received_at", "stored", "warnings")

    def __init__(self, received_at: datetime | None) -> None:
        self.received_at = received_at
        self.live: dict[Series, Observation] = {}
        """Readings of now: when a series repeats, the last counts."""
        self.stored: list[Observation] = []
        """Readings of the past, in the order of the frame"""
        self.warnings: list[str] = []

    def reading(self, error: DecodeError | None = None) -> Reading:
        """Close the sheet."""
        return Reading((*self.live.values(), *self.stored), tuple(self.warnings), error)


class Part(Protocol):
    """A run of bytes that can be read onto a sheet, and written."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    @property
    def series(self) -> tuple[Series, ...]:
        """Everything it can say."""
        ...

    @property
    def required(self) -> frozenset[Series]:
        """What it cannot be without."""
        ...

    def read(self, run: bytes, sheet: Sheet) -> None:
        """Put what the bytes say onto the sheet."""
        ...

    def write(self, said: Said, moment: datetime | None) -> bytes:
        """Give the bytes that say it; ValueError for what they cannot say."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """A few bits that name something: the weighting of a noise meter."""

    at: int
    bit: int
    names: tuple[str, ...]
    """One for every code, so their number is a power of two; empty: the code names nothing"""
    default: int = 0
    """The code that is written when nothing is said"""

    @property
    def number(self) -> Number:
        """The bits they take."""
        return Number((len(self.names) - 1).bit_length())


@dataclass(frozen=True, slots=True)
class Field:
    """One value in a block."""

    observed_property: str
    number: Number
    at: int = 0
    """Byte offset in the block"""
    scale: Scale = PLAIN
    bit: int = 0
    """Further bits: from the top of the byte in a big-endian block, from its bottom in a
    little-endian one, so that they count the way the whole block does"""
    channel: str = ""
    absent: tuple[int, ...] = ()
    """Codes that mean `no value`; the first is written when there is nothing to say"""
    suspect: tuple[int, ...] = ()
    """Codes that may mean `no value`: the value is given, with a warning"""
    qualified_by: tuple[Words, ...] = ()

    @property
    def series(self) -> Series:
        """The property and the channel."""
        return self.observed_property, self.channel

    def result(self, code: int) -> float | None:
        """Give what the bits mean in the property's unit; None for no value."""
        return None if code in self.absent else self.scale.result(self.number.value(code))

    def code(self, result: float) -> int:
        """Give the bits of the nearest result that the device can send.

        Raises:
            ValueError: the result is not a number, or not one of the few that exist.
        """
        if not isfinite(result):
            raise ValueError(f"{self.observed_property} of {result} cannot be sent")
        value = self.scale.value(result)
        while (code := self.number.code(value)) in self.absent:
            value = self.number.value(code) - (1 if value > 0 else -1)
        return code

    def converter(self) -> Callable[[int], float | None]:
        """Give `result` made quick: a table where the code fits a byte, else one expression."""
        if self.number.bits <= 8:
            return tuple(self.result(code) for code in range(1 << self.number.bits)).__getitem__
        scale = self.scale
        if self.absent or not isinstance(scale, Linear) or self.number.sign is Sign.MAGNITUDE:
            return self.result
        top = 1 << self.number.bits - 1 if self.number.sign is Sign.TWOS_COMPLEMENT else 0
        shift, multiply, divide = scale.offset - top, scale.multiply, scale.divide
        return lambda code: ((code ^ top) + shift) * multiply / divide

    def observer(self) -> Callable[[int], Observation | None]:
        """Give what makes a reading of now; the latest codes are remembered, since most repeat."""
        convert = self.converter()

        def observe(code: int) -> Observation | None:
            result = convert(code)
            if result is None:
                return None
            return Observation(self.observed_property, result, None, self.channel)

        return lru_cache(_REMEMBERED)(observe)


_REMEMBERED = 1024
"""Observations a field, about 100 bytes each"""

_Plan: TypeAlias = tuple[
    Field, Series, int, int, Callable[[int], float | None], Callable[[int], Observation | None]
]
"""A field with its series, its shift, its mask and its quick ways to a result"""


@dataclass(frozen=True, slots=True)
class Block:
    """A run of bytes with fields at fixed places."""

    size: int
    fields: tuple[Field, ...]
    order: Order = "big"
    clock: Clock | None = None
    """Set when the block tells its own time"""
    template: bytes = b""
    """What is written where no field lies; zeros when empty"""
    _plans: tuple[_Plan, ...] = field(init=False, repr=False, compare=False)
    _remarks: tuple[Field, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out shifts and masks once."""
        plans = tuple(
            (f, f.series, self._shift(f.at, f.bit, n), _mask(n), f.converter(), f.observer())
            for f in self.fields
            for n in (f.number,)
        )
        object.__setattr__(self, "_plans", plans)
        remarks = tuple(f for f in self.fields if f.suspect or f.qualified_by)
        object.__setattr__(self, "_remarks", remarks)

    @property
    def series(self) -> tuple[Series, ...]:
        """Everything the block can say."""
        return tuple(f.series for f in self.fields)

    @property
    def required(self) -> frozenset[Series]:
        """What the block cannot be without: it has no code for `no value`."""
        return frozenset(f.series for f in self.fields if not f.absent)

    def read(self, run: bytes, sheet: Sheet) -> None:
        """Put what the bytes say onto the sheet."""
        bits = int.from_bytes(run, self.order)
        if self.clock is None:
            for _, series, shift, mask, _, observe in self._plans:
                seen = observe(bits >> shift & mask)
                if seen is not None:
                    sheet.live[series] = seen
        else:
            self._fill_dated(bits, self.clock, sheet)
        if self._remarks:
            self._remark(bits, sheet)

    def write(self, said: Said, moment: datetime | None) -> bytes:
        """Give the bytes that say it; what cannot be said at all raises ValueError."""
        bits = int.from_bytes(self.template.ljust(self.size, b"\0"), self.order)
        for f in self.fields:
            bits = self._put(bits, f.at, f.bit, f.number, _code(f, said))
        for words, code in _name_codes(self.fields, said).items():
            bits = self._put(bits, words.at, words.bit, words.number, code)
        if self.clock is not None:
            seconds = 0 if moment is None else self.clock.seconds(moment)
            bits = self._put(bits, self.clock.at, 0, U32, seconds)
        return bits.to_bytes(self.size, self.order)

    def _shift(self, at: int, bit: int, number: Number) -> int:
        first = 8 * at + bit
        return first if self.order == "little" else 8 * self.size - first - number.bits

    def _take(self, bits: int, at: int, bit: int, number: Number) -> int:
        return bits >> self._shift(at, bit, number) & _mask(number)

    def _put(self, bits: int, at: int, bit: int, number: Number, code: int) -> int:
        shift = self._shift(at, bit, number)
        return bits & ~(_mask(number) << shift) | code << shift

    def _fill_dated(self, bits: int, clock: Clock, sheet: Sheet) -> None:
        moment = clock.moment(self._take(bits, clock.at, 0, U32))
        believed = is_believable(moment, sheet.received_at)
        if not believed:
            sheet.warnings.append(f"record without a clock: it says {moment.isoformat()}")
        time = moment if believed else None
        qualifier = UNTIMED if clock.stored and not believed else ""
        for f, series, shift, mask, convert, _ in self._plans:
            result = convert(bits >> shift & mask)
            if result is None:
                continue
            seen = Observation(f.observed_property, result, time, f.channel, qualifier)
            if clock.stored:
                sheet.stored.append(seen)
            else:
                sheet.live[series] = seen

    def _remark(self, bits: int, sheet: Sheet) -> None:
        """Qualify live values, and warn of what may be a code."""
        for f in self._remarks:
            if self._take(bits, f.at, f.bit, f.number) in f.suspect:
                sheet.warnings.append(f"{f.observed_property} may be a sensor code, not a value")
            if f.qualified_by and f.series in sheet.live:
                names = (w.names[self._take(bits, w.at, w.bit, w.number)] for w in f.qualified_by)
                qualifier = " ".join(filter(None, names))
                seen = sheet.live[f.series]
                sheet.live[f.series] = Observation(
                    seen.observed_property,
                    seen.result,
                    seen.phenomenon_time,
                    seen.channel,
                    qualifier,
                )


def _mask(number: Number) -> int:
    return (1 << number.bits) - 1


def _code(f: Field, said: Said) -> int:
    seen = said.get(f.series)
    if seen is not None:
        return f.code(seen.result)
    if f.absent:
        return f.absent[0]
    raise ValueError(f"{' '.join(f.series).strip()} is missing: the device sends it with the rest")


def _name_codes(fields: Sequence[Field], said: Said) -> dict[Words, int]:
    """Give the code of each group of bits that qualifies fields, from the qualifiers' words."""
    codes: dict[Words, int] = {}
    for f in (f for f in fields if f.qualified_by and f.series in said):
        spoken = set(said[f.series].qualifier.split())
        if unknown := spoken.difference(*(w.names for w in f.qualified_by)):
            raise ValueError(f"{' '.join(sorted(unknown))} is not how the device qualifies it")
        for words in f.qualified_by:
            for name in spoken.intersection(words.names):
                if codes.setdefault(words, words.names.index(name)) != words.names.index(name):
                    raise ValueError(f"one frame cannot be {name} and something else too")
    return {w: codes.get(w, w.default) for f in fields for w in f.qualified_by}


def describe(seen: Observation) -> str:
    """Give `relative_humidity`, `relative_humidity (external)` or `co2 of 2026-01-31T08:00:00`."""
    channel = f" ({seen.channel})" if seen.channel else ""
    time = f" of {seen.phenomenon_time.isoformat()}" if seen.phenomenon_time else ""
    return f"{seen.observed_property}{channel}{time}"
