"""London's clock, which people's habits follow."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")


class LocalTime(NamedTuple):
    """A moment on London's clocks."""

    day: int
    """Days since 1 January 1970"""
    weekday: int
    """0 Monday to 6 Sunday"""
    hour: float
    """0.0 to 24.0"""


@lru_cache(maxsize=4096)
def _offset(hour: int) -> int:
    """Give London's offset in seconds in the UTC hour of this number (it changes on the hour)."""
    moment = datetime.fromtimestamp(hour * 3600, UTC).astimezone(_LONDON)
    offset = moment.utcoffset()
    return int(offset.total_seconds()) if offset else 0


def london(time: float) -> LocalTime:
    """Give the local time of a Unix time."""
    local = time + _offset(int(time // 3600))
    day, second = divmod(local, 86_400)
    return LocalTime(int(day), (int(day) + 3) % 7, second / 3600)


def window(hour: float, start: float, end: float) -> bool:
    """Say whether an hour of the day lies in [start, end), which may span midnight."""
    return start <= hour < end if start <= end else hour >= start or hour < end


def hump(hour: float, peak: float, width: float) -> float:
    """Give a bell of height 1 around an hour of the day; `width` is its half-width, in hours."""
    away = abs((hour - peak + 12) % 24 - 12) / width
    return 0.0 if away >= 2 else 1.0 / (1.0 + away**4)
