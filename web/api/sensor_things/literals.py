"""Literals of a filter: texts, numbers, times, durations, points and polygons."""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from storage.expressions import Type, Value
from web.api.sensor_things.syntax import Word, not_offered, wrong

_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<days>[0-9]{1,6})D)?"
    r"(?:T(?:(?P<hours>[0-9]{1,6})H)?(?:(?P<minutes>[0-9]{1,6})M)?(?:(?P<seconds>[0-9]{1,6})S)?)?"
)
_NUMBER = r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,12})?"
_POINT = re.compile(rf"\s*POINT\s*\(\s*({_NUMBER})\s+({_NUMBER})\s*\)\s*", re.IGNORECASE)
_POLYGON = re.compile(r"\s*POLYGON\s*\(\s*\(([^()]*)\)\s*(,.*)?\)\s*", re.IGNORECASE)
_CORNER = re.compile(rf"\s*({_NUMBER})\s+({_NUMBER})\s*")
_MOST_CORNERS = 200


def literal(word: Word) -> Value:
    """Read a word that is a literal."""
    return _READERS[word.kind](word.text)


def midnight(day: Value) -> Value:
    """Read a date as the instant at which it begins, in UTC."""
    assert isinstance(day.value, date)  # noqa: S101 - what a date's literal holds
    return Value(Type.TIME, datetime(day.value.year, day.value.month, day.value.day, tzinfo=UTC))


def _text(text: str) -> Value:
    inner = text[1:-1].replace("''", "'")
    if "\x00" in inner:
        raise wrong("A text cannot hold the character NUL.")
    return Value(Type.TEXT, inner)


def _number(text: str) -> Value:
    number = float(text)
    if not math.isfinite(number):
        raise wrong(f"{text} is too large.")
    return Value(Type.NUMBER, number)


def _time(text: str) -> Value:
    written = f"{text[:-6]}+{text[-5:]}" if text[-6] == " " else text
    try:
        return Value(Type.TIME, datetime.fromisoformat(written).astimezone(UTC))
    except (ValueError, OverflowError):
        raise wrong(f"{text} is no time: write 2026-05-12T08:00:00Z.") from None


def _date(text: str) -> Value:
    try:
        return Value(Type.DATE, date.fromisoformat(text))
    except ValueError:
        raise wrong(f"{text} is no date.") from None


def _duration(text: str) -> Value:
    found = _DURATION.fullmatch(text.removeprefix("duration").strip("'"))
    parts = found.groupdict() if found else {}
    spent = {name: int(value) for name, value in parts.items() if value and name != "sign"}
    if not spent:
        raise wrong(f"{text} is no duration: write duration'PT15M' or duration'P1D'.")
    length = timedelta(**spent)
    return Value(Type.DURATION, -length if parts["sign"] else length)


def _geometry(text: str) -> Value:
    shape = text[text.index("'") + 1 : -1].removeprefix("SRID=4326;")
    point = _POINT.fullmatch(shape)
    if point is not None:
        return Value(Type.POINT, f"({point[1]},{point[2]})")
    polygon = _POLYGON.fullmatch(shape)
    if polygon is None:
        raise wrong(f"{text} is not understood: write POINT(x y) or POLYGON((x y, ...)).")
    if polygon[2]:
        raise not_offered("Polygons with holes are not offered.")
    corners = [_CORNER.fullmatch(corner) for corner in polygon[1].split(",")]
    found = [f"({corner[1]},{corner[2]})" for corner in corners if corner]
    if len(found) < len(corners) or len(found) < 4 or found[0] != found[-1]:
        raise wrong("A polygon has at least four corners, of which the last is the first.")
    if len(found) > _MOST_CORNERS:
        raise wrong(f"A polygon has at most {_MOST_CORNERS} corners.")
    return Value(Type.AREA, f"({','.join(found)})")


_READERS: dict[str, Callable[[str], Value]] = {
    "text": _text,
    "number": _number,
    "time": _time,
    "date": _date,
    "duration": _duration,
    "geometry": _geometry,
}
"""Kinds of words to what reads them."""
