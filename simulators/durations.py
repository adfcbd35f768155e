"""How scenarios write lengths of time: `90s`, `15m`, `2h`, `1d`, `1d9h30m`."""

import re
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")


def duration(text: object) -> timedelta:
    """Read a length of time; ValueError for another text, and for what is no text."""
    if isinstance(text, timedelta):
        return text
    parts = _PART.findall(text) if isinstance(text, str) else []
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is not a duration: write 90s, 15m, 2h, 1d or 1d9h30m")
    return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
