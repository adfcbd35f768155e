"""The times of a file: what each line says in UTC, and why a line is left out.

A line without a time is left out, and so is one that the clocks name twice or never, since nobody
knows when it was. What is no time at all is a mistake of the file.
"""

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

_OFFSET = re.compile(r"(?:Z|[+-]\d\d(?::?\d\d)?)$")
FIRST_LINE = 2
"""Of the data: the first line holds the names"""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line of which nothing is stored."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}"


@dataclass(frozen=True, slots=True)
class Times:
    """What a column of times says."""

    moments: "pd.Series[pd.Timestamp]"
    """In UTC; not a time where the line is left out"""
    left_out: tuple[LeftOut, ...]
    mistakes: tuple[str, ...]


def read(column: "pd.Series[str]", zone: ZoneInfo | None) -> Times:
    """Read a column of times.

    Args:
        column: as text.
        zone: of times without an offset; None: such a time is a mistake.
    """
    text = column.fillna("").astype(str).str.strip()
    blank = text == ""
    naive = ~blank & ~text.str.contains(_OFFSET)
    moments = pd.to_datetime(text.mask(blank | naive), utc=True, errors="coerce", format="ISO8601")
    local = pd.to_datetime(text.where(naive), errors="coerce", format="ISO8601")
    wrong = (~blank & ~naive & moments.isna()) | (naive & local.isna())
    mistakes = [_say(text, number, "is no time") for number in text.index[wrong]]
    left_out = [LeftOut(_line(number), "has no time") for number in text.index[blank]]
    if zone is None:
        where = "has no offset, and the file's time zone is not told"
        mistakes += [_say(text, number, where) for number in text.index[naive & ~wrong]]
    else:
        settled = local.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        moments = moments.mask(naive, settled.dt.tz_convert("UTC"))
        left_out += [
            LeftOut(_line(number), f"{text[number]} is {_fault(local[number], zone)} in {zone.key}")
            for number in text.index[naive & local.notna() & settled.isna()]
        ]
    return Times(moments, tuple(sorted(left_out, key=lambda each: each.line)), tuple(mistakes))


def _line(number: int) -> int:
    return int(number) + FIRST_LINE


def _say(text: "pd.Series[str]", number: int, what: str) -> str:
    return f"line {_line(number)}, {text.name}: {text[number]!r} {what}"


def _fault(local: pd.Timestamp, zone: ZoneInfo) -> str:
    """Say whether a clock shows the time twice or never."""
    first, second = (local.to_pydatetime().replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    earlier = first.utcoffset() or second.utcoffset()
    later = second.utcoffset()
    twice = earlier is not None and later is not None and earlier > later
    return "twice" if twice else "never"
