"""JSON from strangers: into a Struct, or refused by name, whatever the bytes."""

import json
from typing import TypeVar

import msgspec

from decoders.errors import BadField, NotAnEvent

_Shape = TypeVar("_Shape")


def decode(payload: bytes, decoder: msgspec.json.Decoder[_Shape]) -> _Shape:
    """Decode one message; NotAnEvent when it is no JSON, BadField when a field has another type.

    The numbers `NaN` and `Infinity`, which Python and others write although JSON has none, are
    read as null.
    """
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise BadField(_message(error)) from error
    except ValueError as error:
        if b"NaN" not in payload and b"Infinity" not in payload:
            raise NotAnEvent(f"not JSON: {_message(error)}") from error
    except RecursionError as error:
        raise NotAnEvent("nested too deeply") from error
    return decode_plain(_without_nan(payload), decoder)


def decode_plain(payload: bytes, decoder: msgspec.json.Decoder[_Shape]) -> _Shape:
    """Decode valid JSON; BadField when a field has another type."""
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise BadField(_message(error)) from error


def _without_nan(payload: bytes) -> bytes:
    """Write JSON again with null for the numbers that it does not have."""
    try:
        value = json.loads(payload, parse_constant=lambda _: None)
        return msgspec.json.encode(value)
    except (ValueError, OverflowError, RecursionError) as error:
        raise NotAnEvent(f"not JSON: {_message(error)}") from error


def _message(error: Exception) -> str:
    words = str(error)
    return words[:1].lower() + words[1:]
