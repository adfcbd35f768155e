"""Durations as rule files write them: `90m`, `2h`, `7d`, `1d12h`; a plain `0` needs no unit."""

import re
from datetime import timedelta

_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_WHOLE = re.compile(r"0|(?:\d+[dhm])+")
_PART = re.compile(r"(\d+)([dhm])")


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
    """Write a duration so that it reads back, without its seconds."""
    minutes, words = duration // _UNITS["m"], []
    for unit, length in (("d", 1440), ("h", 60), ("m", 1)):
        number, minutes = divmod(minutes, length)
        words += [f"{number}{unit}"] if number else []
    return "".join(words) or "0"
