"""Durations as files write them: `10s`, `90m`, `2h`, `7d`, `1d12h`; a plain `0` needs no unit."""

import re
from datetime import timedelta

_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_WHOLE = re.compile(r"0|(?:\d+[dhms])+")
_PART = re.compile(r"(\d+)([dhms])")


def read(text: object) -> timedelta:
    """Read a duration.

    Raises:
        ValueError: the text is not one, or is longer than a time can be.
    """
    written = str(text)
    if not _WHOLE.fullmatch(written):
        raise ValueError(f"`{written}` is not a duration: write 90m, 2h, 7d or 1d12h")
    try:
        parts = [int(number) * _UNITS[unit] for number, unit in _PART.findall(written)]
        return sum(parts, timedelta(0))
    except OverflowError as error:
        raise ValueError(f"`{written}` is longer than any time") from error


def write(duration: timedelta) -> str:
    """Write a duration of whole seconds so that it reads back."""
    rest, words = duration, []
    for unit, length in _UNITS.items():
        number, rest = divmod(rest, length)
        words += [f"{number}{unit}"] if number else []
    return "".join(words) or "0"
