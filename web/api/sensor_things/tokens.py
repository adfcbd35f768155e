"""Where a list goes on: what its last entity is ordered by, in a text that an address can hold."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from storage.expressions import Scalar, Type
from storage.sensor_things import Order, kept_as
from web.api.sensor_things.syntax import wrong

_MOST = 4000
_LARGEST = 1e300


def write(place: Sequence[Scalar]) -> str:
    """Write a place in a list."""
    told = [value.isoformat() if isinstance(value, datetime) else value for value in place]
    text = json.dumps(told, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(token: str, order: Sequence[Order]) -> tuple[Scalar, ...]:
    """Read a place in a list that is ordered so; a token of another list is refused."""
    try:
        text = base64.b64decode(
            token[:_MOST] + "=" * (-len(token) % 4), altchars=b"-_", validate=True
        )
        told = json.loads(text)
    except (ValueError, binascii.Error, RecursionError):
        raise _foreign() from None
    if not isinstance(told, list) or len(told) != len(order):
        raise _foreign()
    return tuple(_value(value, kept_as(part.path)) for value, part in zip(told, order, strict=True))


def _value(value: object, kind: Type) -> Scalar:
    match value, kind:
        case None, _:
            return None
        case bool(), _:
            raise _foreign()
        case int() | float(), Type.NUMBER if abs(value) < _LARGEST:
            return value
        case str(), Type.TEXT if _can_be_stored(value):
            return value
        case str(), Type.TIME:
            return _time(value)
    raise _foreign()


def _can_be_stored(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _foreign() from None


def _foreign() -> Exception:
    return wrong("The $skiptoken is not one of this list: begin again without it.")
