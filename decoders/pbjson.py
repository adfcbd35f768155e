"""Protobuf messages as JSON, the way ChirpStack writes them (Rust's pbjson, not Google's printer).

    names       lowerCamelCase, in the order of declaration
    bytes       standard base64 with padding            enumerations   by name
    Timestamp   RFC 3339, `+00:00`, 0, 3, 6 or 9 digits  Duration       `1.500s`, digits likewise
    64-bit integers are texts, 32-bit floats their shortest decimal, NaN and infinities texts
    package `integration` writes every scalar, list and map; all others leave defaults out
    an absent sub-message is left out, an empty one is `{}`

The keys of maps and of a Struct are sorted, where ChirpStack's order is random.
"""

import binascii
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from decoders.event_time import from_seconds
from decoders.fields import float32

_Plain = Callable[[Any], object]


class _Field(NamedTuple):
    """How to write one field."""

    attribute: str
    key: str
    tracked: bool
    """Whether the message knows an absent value from a default one"""
    always: bool
    plain: _Plain


def dump(message: Message) -> bytes:
    """Write a message as JSON."""
    return msgspec.json.encode(plain(message))


def plain(message: Message) -> dict[str, object]:
    """Give a message as what JSON can say."""
    written: dict[str, object] = {}
    for attribute, key, tracked, always, writer in _fields(message.DESCRIPTOR):
        if tracked and not message.HasField(attribute):
            continue
        value = getattr(message, attribute)
        if tracked or always or value:
            written[key] = writer(value)
    return written


@cache
def _fields(descriptor: Descriptor) -> tuple[_Field, ...]:
    """Plan how to write a type of message, once."""
    always = descriptor.file.package == "integration"
    return tuple(
        _Field(field.name, field.json_name, field.has_presence, always, _writer(field))
        for field in descriptor.fields
    )


def _writer(field: FieldDescriptor) -> _Plain:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return _map(_single(field.message_type.fields_by_name["value"]))
    single = _single(field)
    return _list(single) if field.is_repeated else single


def _map(single: _Plain) -> _Plain:
    return lambda values: {str(key): single(values[key]) for key in sorted(values)}


def _list(single: _Plain) -> _Plain:
    return lambda values: [single(value) for value in values]


def _single(field: FieldDescriptor) -> _Plain:
    if field.message_type is not None:
        return _KNOWN.get(field.message_type.full_name, plain)
    if field.enum_type is not None:
        return _enum(field.enum_type)
    return _SCALARS.get(field.type, _same)


def _enum(enum: EnumDescriptor) -> _Plain:
    names = {number: value.name for number, value in enum.values_by_number.items()}
    return lambda number: names.get(number, number)


def _same(value: object) -> object:
    return value


def _base64(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).decode()


def _double(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _float(value: float) -> float | str:
    return _double(value) if (short := float32(value)) is None else short


def _timestamp(stamp: Any) -> str:  # noqa: ANN401 - a protobuf Timestamp
    whole = from_seconds("time", stamp.seconds, 0)
    return f"{whole.isoformat()[:19]}{_fraction(stamp.nanos)}+00:00"


def _duration(span: Any) -> str:  # noqa: ANN401 - a protobuf Duration
    sign = "-" if span.seconds < 0 or span.nanos < 0 else ""
    return f"{sign}{abs(span.seconds)}{_fraction(abs(span.nanos))}s"


def _fraction(nanos: int) -> str:
    """Write the fraction of a second with 0, 3, 6 or 9 digits."""
    if nanos == 0:
        return ""
    if nanos % 1_000_000 == 0:
        return f".{nanos // 1_000_000:03}"
    return f".{nanos // 1000:06}" if nanos % 1000 == 0 else f".{nanos:09}"


class LazyStruct(Mapping[str, object]):
    """A protobuf Struct that is read when somebody asks: most uplinks' objects nobody does."""

    __slots__ = ("_plain", "_struct")

    def __init__(self, struct: Any) -> None:  # noqa: ANN401 - a protobuf Struct
        self._struct = struct
        self._plain: dict[str, object] | None = None

    def _read(self) -> dict[str, object]:
        if self._plain is None:
            self._plain = _struct(self._struct)
        return self._plain

    def __getitem__(self, key: str) -> object:
        return self._read()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


def _struct(struct: Any) -> dict[str, object]:  # noqa: ANN401 - a protobuf Struct
    values = struct.fields
    return {key: _value(values[key]) for key in sorted(values)}


def _value(value: Any) -> object:  # noqa: ANN401 - a protobuf Value
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _struct(value.struct_value)
    if kind == "list_value":
        return [_value(item) for item in value.list_value.values]
    if kind in {"null_value", None}:
        return None
    plain_value: object = getattr(value, kind)
    return plain_value


_KNOWN: Mapping[str, _Plain] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
    "google.protobuf.Struct": _struct,
}
_SCALARS: Mapping[int, _Plain] = {
    FieldDescriptor.TYPE_BYTES: _base64,
    FieldDescriptor.TYPE_DOUBLE: _double,
    FieldDescriptor.TYPE_FLOAT: _float,
    FieldDescriptor.TYPE_INT64: str,
    FieldDescriptor.TYPE_UINT64: str,
}
