"""Rows in the format of binary COPY, and text that PostgreSQL takes.

The format: a header, then each row as the number of its fields and each field as its length in
bytes (-1 for null) and its bytes, all big-endian; then -1. Times are microseconds since
2000-01-01 UTC (PostgreSQL manual, COPY, "Binary Format").
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec

COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_END = b"\xff\xff"

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_LENGTH = struct.Struct("!i")
_ARRAY_OF_TEXT = struct.Struct("!iiIii")
_TEXT_TYPE = 25
_REPLACEMENT = "\ufffd"

NULL = _LENGTH.pack(-1)


def microseconds(time: datetime) -> int:
    """Give a time in PostgreSQL's own count.

    Raises:
        TypeError: the time has no zone.
    """
    since = time - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment(count: int) -> datetime:
    """Give the time of PostgreSQL's own count."""
    return _EPOCH + timedelta(microseconds=count)


def clean(text: str) -> str:
    """Replace what PostgreSQL cannot hold in a text: NUL, and halves of surrogate pairs."""
    if "\x00" in text:
        text = text.replace("\x00", _REPLACEMENT)
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def pack_bytes(value: bytes) -> bytes:
    """Pack a field that is sent as it is."""
    return _LENGTH.pack(len(value)) + value


def pack_text(value: str) -> bytes:
    """Pack a text."""
    return pack_bytes(clean(value).encode())


@lru_cache(maxsize=4096)
def pack_word(value: str) -> bytes:
    """Pack a text of which there are few different ones, such as a codec's name."""
    return pack_text(value)


def pack_texts(values: Sequence[str]) -> bytes:
    """Pack a one-dimensional array of texts."""
    if not values:
        return _LENGTH.pack(12) + struct.pack("!iiI", 0, 0, _TEXT_TYPE)
    head = _ARRAY_OF_TEXT.pack(1, 0, _TEXT_TYPE, len(values), 1)
    return pack_bytes(head + b"".join(map(pack_text, values)))


def pack_json(value: object) -> bytes:
    """Pack a jsonb (its format begins with a version, 1)."""
    return pack_bytes(b"\x01" + to_json(value))


def to_json(value: object) -> bytes:
    """Write JSON that PostgreSQL's jsonb takes; dataclasses become objects.

    Raises:
        TypeError: the value holds something that JSON has no word for.
    """
    try:
        written = msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_cleaned(value))
    if b"\\u0000" in written:
        return msgspec.json.encode(_cleaned(value))
    return written


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(entry) for key, entry in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [_cleaned(entry) for entry in value]
    if isinstance(value, int | float | bool | None):
        return value
    return _cleaned(msgspec.to_builtins(value))
