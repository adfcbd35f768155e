"""The wind of an hour: a mean of directions, which is no mean of numbers.

North is 0 and 360 degrees, so 350 and 10 have the mean 0: each reading is an arrow, and the arrows
are added up. Arrows that point everywhere cancel, and such an hour has no direction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import atan2, cos, degrees, hypot, radians, sin

from alerts.intervals import HOUR
from alerts.steps import floor

_STEADY = 0.2
"""Shorter than this, of 1, the mean arrow says nothing"""


@dataclass(frozen=True, slots=True)
class Wind:
    """The wind of an hour."""

    speed: float
    """m/s"""
    comes_from: float | None
    """degrees; None when it turned all the time"""


def by_hour(
    speeds: Mapping[datetime, float], directions: Iterable[tuple[datetime, float]]
) -> Mapping[datetime, Wind]:
    """Give the wind of the hours whose speed is valid.

    Args:
        speeds: the valid hourly means of the speed.
        directions: the single readings of where it comes from.
    """
    arrows: dict[datetime, list[float]] = {}
    for time, angle in directions:
        arrows.setdefault(floor(time, HOUR), []).append(angle)
    return {
        start: Wind(speed, mean_direction(arrows.get(start, ()))) for start, speed in speeds.items()
    }


def mean_direction(angles: Iterable[float]) -> float | None:
    """Give the mean of directions in degrees; None for none, and for those that cancel."""
    known = list(angles)
    east = sum(sin(radians(angle)) for angle in known)
    north = sum(cos(radians(angle)) for angle in known)
    if not known or hypot(east, north) < _STEADY * len(known):
        return None
    return degrees(atan2(east, north)) % 360
