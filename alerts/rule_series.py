"""The compact notation of the rules' tests: series of hours, moments heard, what must happen.

120          one hour with the mean 120
_            an hour without enough readings
85.1x24      24 hours with 85.1
80+2x5       5 hours: 80, 82, 84, 86, 88
_x3          3 hours without enough readings

0m 10m 2h30m         heard at these times after the start
0m..50m/10m          heard every ten minutes from 0 to 50

2h fired red         at two hours after the start the alert fires at that severity
"""

import re
from datetime import timedelta

from alerts import durations
from alerts.model import Kind, Severity
from alerts.problems import suggest

_VALUE = re.compile(
    r"(?:_|(?P<first>-?\d+(?:\.\d+)?)(?P<rise>[+-]\d+(?:\.\d+)?)?)(?:x(?P<times>[1-9]\d*))?"
)
_HEARD = re.compile(r"(?P<first>\w+)(?:\.\.(?P<last>\w+)/(?P<every>\w+))?")

Told = tuple[timedelta, Kind, Severity]
"""What must happen: when after the start, what, how severe"""


def values(text: str) -> tuple[float | None, ...]:
    """Read a series of hourly means; None is an hour without enough readings.

    Raises:
        ValueError: a word is not of the notation.
    """
    found: list[float | None] = []
    for word in text.split():
        match = _VALUE.fullmatch(word)
        if match is None:
            raise ValueError(f"`{word}` is not of a series: write 120, _, 85x24 or 80+2x5")
        times = range(int(match["times"] or 1))
        if match["first"] is None:
            found += [None for _ in times]
        else:
            found += [_step(match["first"], match["rise"], index) for index in times]
    return tuple(found)


def _step(first: str, rise: str | None, index: int) -> float:
    return round(float(first) + index * float(rise or 0), 6)


def moments(text: str) -> tuple[timedelta, ...]:
    """Read when a device is heard, in order of time.

    Raises:
        ValueError: a word is not of the notation.
    """
    found: list[timedelta] = []
    for word in text.split():
        match = _HEARD.fullmatch(word)
        if match is None:
            raise ValueError(f"`{word}` is no time heard: write 10m, 2h30m or 0m..50m/10m")
        moment = durations.read(match["first"])
        last = durations.read(match["last"]) if match["last"] else moment
        every = durations.read(match["every"]) if match["every"] else timedelta.max
        if not every or last < moment:
            raise ValueError(f"`{word}` does not go forward: write 0m..50m/10m")
        found += [moment + index * every for index in range((last - moment) // every + 1)]
    return tuple(sorted(found))


def told(text: str) -> Told:
    """Read one line of what must happen.

    Raises:
        ValueError: it is not a duration, a kind of transition and a severity.
    """
    words = text.split()
    if len(words) != 3:
        raise ValueError(f"`{text}` is not like `2h fired red`")
    return (
        durations.read(words[0]),
        Kind(_known(words[1], Kind)),
        Severity(_known(words[2], Severity)),
    )


def _known(word: str, kind: type[Kind] | type[Severity]) -> str:
    choices = [str(choice) for choice in kind]
    if word not in choices:
        raise ValueError(f"`{word}` is none of {', '.join(choices)}{suggest(word, choices)}")
    return word
