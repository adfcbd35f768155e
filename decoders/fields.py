"""The checks of an event's fields, the same for every network server and encoding.

Each gives the value in the form of `decoders.model`, or raises BadField or MissingField with the
field's own name as the network server spells it.
"""

import binascii
import math
import re
from collections.abc import Mapping
from struct import Struct
from uuid import UUID, uuid5

from decoders.errors import BadField, MissingField, NotAnEvent
from decoders.properties import PROPERTIES

LONGEST = 262_144
"""The most bytes of a message: a hundred times what a network server writes."""

_EUI = re.compile(r"[0-9a-f]{16}").fullmatch
_HEX = re.compile(r"[0-9a-fA-F]*").fullmatch
_DEV_ADDR = re.compile(r"[0-9a-f]{8}|").fullmatch
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_NAMESPACE = UUID("118b57a7-69d3-41ca-afc9-65ebc5783e5d")
_NUMBERS = {float, int, bool, type(None)}
_NOT_A_NUMBER = ("NaN", "Infinity", "-Infinity")
_FLOAT32 = Struct("<f")


def check_length(payload: bytes) -> None:
    """Refuse what is too long to be an event, before anything reads it (NotAnEvent)."""
    if len(payload) > LONGEST:
        raise NotAnEvent(f"{len(payload)} bytes are more than the {LONGEST} of an event")


def eui(field: str, value: str | None) -> str:
    """Read an identifier of 64 bits, of a device or a gateway: 16 hex digits, made lower case."""
    if not value:
        raise MissingField(f"{field} is missing")
    lower = value.lower()
    if not _EUI(lower):
        raise BadField(f"{field} {value[:40]!r} is not 16 hex digits")
    return lower


def dev_addr(field: str, value: str | None) -> str:
    """Read a device's address: 8 hex digits, made lower case, or nothing."""
    lower = (value or "").lower()
    if not _DEV_ADDR(lower):
        raise BadField(f"{field} {lower[:40]!r} is not 8 hex digits")
    return lower


def hexadecimal(field: str, value: str) -> str:
    """Read hex digits, made lower case."""
    if not _HEX(value):
        raise BadField(f"{field} {value[:40]!r} is not hex digits")
    return value.lower()


def uuid(field: str, value: str | None) -> str:
    """Read a UUID, made lower case."""
    if not value:
        raise MissingField(f"{field} is missing")
    lower = value.lower()
    if not _UUID(lower):
        raise BadField(f"{field} {value[:40]!r} is not a UUID")
    return lower


def made_uuid(*parts: str) -> str:
    """Make the UUID of an event that has none: the same parts always give the same one."""
    return str(uuid5(_NAMESPACE, "\x1f".join(parts)))


def base64(field: str, value: str | None) -> bytes:
    """Read standard base64 with its padding; an absent field is no bytes."""
    if not value:
        return b""
    try:
        data = binascii.a2b_base64(value, strict_mode=True)
    except ValueError as error:
        raise BadField(f"{field} is not base64: {error}") from error
    padding = value[-2:].count("=")  # the strict mode lets some of the wrong ones pass
    if len(value) % 4 or len(data) != len(value) // 4 * 3 - padding:
        raise BadField(f"{field} is not base64: incorrect padding")
    return data


def text(field: str, value: str | None) -> str:
    """Read a text; a NUL in it is refused, since no database can keep it."""
    if not value:
        return ""
    if "\0" in value:
        raise BadField(f"{field} {value[:40]!r} holds a NUL")
    return value


def required_text(field: str, value: str | None) -> str:
    """Read a text that no event can be without."""
    if not value:
        raise MissingField(f"{field} is missing")
    return text(field, value)


def texts(field: str, value: Mapping[str, str | None] | None) -> dict[str, str]:
    """Read named texts, such as a device's tags; a null one is left out."""
    if not value:
        return {}
    kept = {key: item for key, item in value.items() if item is not None}
    if "\0" in "".join(kept) or "\0" in "".join(kept.values()):
        raise BadField(f"{field} hold a NUL")
    return kept


def whole(field: str, value: int | None, limit: int) -> int:
    """Read a whole number from 0 to a limit; an absent one is 0."""
    if not value:
        return 0
    if not 0 <= value <= limit:
        raise BadField(f"{field} {value!r:.40} is not in 0 to {limit}")
    return value


def signed(field: str, value: float | None) -> int:
    """Read a whole number of 32 bits with a sign, such as a dBm; an absent one is 0."""
    if not value:
        return 0
    if not -0x8000_0000 <= value <= 0x7FFF_FFFF:
        raise BadField(f"{field} {value!r:.40} is not a number of 32 bits")
    return round(value)


def position(
    latitude: float | str | None, longitude: float | str | None
) -> tuple[float, float] | tuple[None, None]:
    """Read a position in degrees; 0/0, NaN and what is not on Earth mean that it is not known."""
    north, east = number(latitude), number(longitude)
    if not (north or east) or north is None or east is None:
        return None, None
    return (north, east) if abs(north) <= 90 and abs(east) <= 180 else (None, None)


def number(value: float | str | None) -> float | None:
    """Read a floating-point number; an absent one is 0, NaN and infinities (texts) are None."""
    if value is None:
        return 0.0
    return value if isinstance(value, float) and math.isfinite(value) else None


def float32(value: float | str | None) -> float | None:
    """Read a number sent in 32 bits as the shortest decimal that says it: 7.2, not 7.19999980926.

    JSON has the decimal already, protobuf the bits: both give the same number.
    """
    exact = number(value)
    if exact is None:
        return None
    short = round(exact, 1)
    if abs(exact) < 1e6 and (short == exact or _FLOAT32.pack(short) == _FLOAT32.pack(exact)):
        return short
    return _shortest(exact)


def _shortest(exact: float) -> float | None:
    """Find the decimal of the fewest digits with the same 32 bits."""
    bits = _bits(exact)
    if bits is None:
        return None
    candidates = (float(f"{exact:.{digits}g}") for digits in range(1, 18))
    return next(short for short in candidates if _bits(short) == bits)


def _bits(value: float) -> bytes | None:
    """Give the 32 bits of a number; None when it is too large for them."""
    try:
        return _FLOAT32.pack(value)
    except OverflowError:
        return None


def check_object(decoded: Mapping[str, object] | None) -> None:
    """Refuse what a codec on the network server cannot have meant: `"temperature": "18,7"`.

    Under the name of an observed property stands a number, a boolean or null; NaN and infinities
    come as texts. What has another name may be anything. Raises BadField.
    """
    for key, value in (decoded or {}).items():
        if type(value) not in _NUMBERS and value not in _NOT_A_NUMBER:
            refuse_no_number(key)


def refuse_no_number(key: str) -> None:
    """Refuse a text, a list or an object under the name of an observed property (BadField)."""
    if key in PROPERTIES:
        raise BadField(f"object.{key} is not a number, a boolean or null")
