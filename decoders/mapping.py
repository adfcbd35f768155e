"""From a decoded object in somebody's own names to observations in ours.

The object is what a vendor's JavaScript codec gave, here or on the network server. An `Entry` says
where in it one property stands, in which unit, and when it counts:

    {"temp": 70.7, "probe": {"state": "wet"}, "log": [{"ts": 1767225600, "temp": 68}]}

    Entry("temperature", ("temp",), line=units.line("[degF]", "Cel"))              21.5 Cel, now
    Entry("water_leak", ("probe", "state"), values={"wet": 1, "dry": 0})           1, now
    Entry("temperature", ("temp",), each=("log",), time=("ts",), line=...)         20 Cel, then

What is absent or null gives nothing; what is there and cannot be understood gives a warning.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from decoders.block import Series
from decoders.clock import UNIX, UNTIMED, is_believable
from decoders.codec import NOTHING
from decoders.errors import NoObject
from decoders.model import Environment, Observation, Reading, Uplink
from decoders.units import Line

Path: TypeAlias = tuple[str, ...]
"""Keys from the outside in; in a list the key is a number from 0"""

SAME = Line()
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*", re.ASCII).fullmatch
_DECIMALS = 6
_WARNINGS = 20


def word(value: object) -> str:
    """Write a value as a word to compare: `1.0` is `1`, True is `true`, ` On ` is `on`."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().lower()


def find(value: object, path: Path) -> object:
    """Give what stands at a path; None when there is nothing."""
    for key in path:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


@dataclass(frozen=True, slots=True)
class Condition:
    """When an entry counts: what stands at a path is one of some words, or is none of them."""

    path: Path
    words: frozenset[str]
    wanted: bool = True

    def holds(self, record: object) -> bool:
        """Say whether the entry counts for a record."""
        found = find(record, self.path)
        return (found is not None and word(found) in self.words) is self.wanted


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one property stands."""

    observed_property: str
    path: Path
    channel: str = ""
    line: Line = SAME
    """From the number in the object to the property's unit"""
    values: Mapping[str, float] = field(default_factory=dict)
    """From a word in the object to the result; empty: a number stands there"""
    time: Path | None = None
    """Where the sample's own time stands: a number since 1970, or ISO 8601"""
    seconds: float = 1.0
    """How long one of that number is"""
    each: Path | None = None
    """A list, for each element of which the other paths count; stored samples if it has `time`"""
    when: Condition | None = None
    qualifier: str = ""

    @property
    def series(self) -> Series:
        """The property and the channel."""
        return self.observed_property, self.channel

    def records(self, data: object) -> Sequence[object]:
        """Give the parts of the object that the paths begin at."""
        if self.each is None:
            return (data,)
        several = find(data, self.each)
        return several if isinstance(several, list) else ()


class _Unclear(Exception):
    """A value cannot be understood; the message is the warning."""


def _result(entry: Entry, found: object) -> float:
    if entry.values:
        if (named := word(found)) not in entry.values:
            known = ", ".join(entry.values)
            raise _Unclear(f"{_at(entry)} is {_short(found)}, none of {known}")
        return entry.values[named]
    number = _number(found)
    if number is None:
        raise _Unclear(f"{_at(entry)} is {_short(found)}, not a number")
    if entry.line == SAME:
        return number
    return round(number * entry.line.factor + entry.line.offset, _DECIMALS)


def _number(value: object) -> float | None:
    """Read a number, also one that the codec wrote as a text: `"21.50"`."""
    if isinstance(value, str) and _NUMBER(value):
        value = float(value)
    if not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _at(entry: Entry) -> str:
    return ".".join(entry.path)


def _short(value: object) -> str:
    return f"{value!r:.40}"


def _moment(value: object, seconds: float) -> datetime | None:
    """Read a time; None when it is none."""
    number = _number(value)
    try:
        if number is not None:
            return UNIX + timedelta(seconds=number * seconds)
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is None or moment.tzinfo is not None:
            return None if moment is None else moment.astimezone(UTC)
        return moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Mapped:
    """All entries of a device, and what is known of it."""

    entries: tuple[Entry, ...] = ()
    title: str = ""
    environment: Environment = Environment.INDOOR
    interval: timedelta = timedelta(hours=1)
    variables: Mapping[str, str] = field(default_factory=dict)
    """What the codec finds in `input.variables`"""

    @property
    def measures(self) -> tuple[str, ...]:
        """The observed properties that it gives."""
        return tuple(dict.fromkeys(entry.observed_property for entry in self.entries))

    def read(
        self, data: object, received_at: datetime | None, warnings: Sequence[str] = ()
    ) -> Reading:
        """Give the observations of an object; `warnings` are those that it came with."""
        sheet = _Sheet(received_at, list(warnings))
        for entry in self.entries:
            for record in entry.records(data):
                sheet.add(entry, record)
        return sheet.reading()


@dataclass(slots=True)
class _Sheet:
    """What one object has told so far."""

    received_at: datetime | None
    warnings: list[str]
    dated: dict[tuple[Series, datetime | None], Observation] = field(default_factory=dict)
    """By series and time: when one repeats, the last counts."""
    undated: list[Observation] = field(default_factory=list)

    def add(self, entry: Entry, record: object) -> None:
        """Put down what an entry finds in a record."""
        found = find(record, entry.path)
        if found is None or not (entry.when is None or entry.when.holds(record)):
            return
        try:
            seen = Observation(
                entry.observed_property,
                _result(entry, found),
                channel=entry.channel,
                qualifier=entry.qualifier,
            )
        except _Unclear as unclear:
            self.warnings.append(str(unclear))
        else:
            self._put(entry, seen, record)

    def _put(self, entry: Entry, seen: Observation, record: object) -> None:
        told = None if entry.time is None else find(record, entry.time)
        moment = _moment(told, entry.seconds)
        if moment is not None and is_believable(moment, self.received_at):
            name, result = seen.observed_property, seen.result
            seen = Observation(name, result, moment, seen.channel, seen.qualifier)
            self.dated[entry.series, moment] = seen
        elif entry.time is not None and entry.each is not None:
            self._doubt(entry, told)
            self.undated.append(
                Observation(seen.observed_property, seen.result, None, seen.channel, UNTIMED)
            )
        else:
            if told is not None:
                self._doubt(entry, told)
            self.dated[entry.series, None] = seen

    def _doubt(self, entry: Entry, told: object) -> None:
        self.warnings.append(f"{_at(entry)} has no time that can be: {_short(told)}")

    def reading(self) -> Reading:
        """Close the sheet."""
        return Reading((*self.dated.values(), *self.undated), tuple(self.warnings[:_WARNINGS]))


class MappedCodec:
    """What is known of a device by the mapping that reads it."""

    __slots__ = ()
    model: str
    mapping: Mapped

    @property
    def title(self) -> str:
        """Vendor and device, for people."""
        return self.mapping.title or self.model

    @property
    def environment(self) -> Environment:
        """Where such a device usually measures."""
        return self.mapping.environment

    @property
    def interval(self) -> timedelta:
        """How often such a device usually reports."""
        return self.mapping.interval

    @property
    def measures(self) -> tuple[str, ...]:
        """The observed properties that the mapping gives."""
        return self.mapping.measures

    @property
    def f_port(self) -> int:
        """Port 1: which one the device uses is not known."""
        return 1

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Refuse: how the device writes is not known (ValueError)."""
        raise ValueError(f"{self.model} cannot be written for {len(observations)} observations")


@dataclass(frozen=True, slots=True)
class ObjectCodec(MappedCodec):
    """A `decoders.codec.Codec` for a device that the network server decodes already."""

    model: str
    mapping: Mapped
    version: str

    def decode(
        self, payload: bytes, f_port: int, *, received_at: datetime | None = None
    ) -> Reading:
        """Refuse a payload: only the network server's object can be read."""
        del received_at
        if not payload or f_port == 0:
            return NOTHING
        return Reading(error=NoObject(f"{self.model} maps an object, not {len(payload)} bytes"))

    def read(self, uplink: Uplink) -> Reading:
        """Read the object of an uplink; without one that is the reading's `error`."""
        if uplink.decoded is None:
            return Reading(error=NoObject())
        return self.mapping.read(uplink.decoded, uplink.result_time)
