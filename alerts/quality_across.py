"""Quality tests of a reading beside more than the readings next to it (QARTOD).

    attenuated     a sensor that hardly moves for days: the standard deviation of a window
    multivariate   values of one message that cannot be true together
    neighbour      a place whose day is far from the median of the other places around it

They are GOOD, SUSPECT, UNKNOWN or MISSING and never FAIL: each may be the air itself, a cellar that
is still or a room where somebody dries clothes. So they keep nothing out of a mean.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

from alerts.quality import GOOD, MISSING, SUSPECT, UNKNOWN
from alerts.quality_series import Interval, Reading
from alerts.quality_settings import Attenuation, Particles

_STEPS = 1_000_000
"""So many steps of a unit are told apart, so that sums are whole numbers and have no order"""
_COARSE, _FINE = "pm10", "pm2_5"
_PARTICLES = ("pm1", "pm2_5", "pm4", "pm10")
_HUMIDITY = "relative_humidity"


def attenuated(
    readings: Iterable[Reading], least: float | None, window: Attenuation, interval: Interval
) -> Iterator[int]:
    """Give for each reading whether those of the window that ends with it hardly differ.

    Args:
        readings: in the order of time, from a window before the first that matters on.
        least: the standard deviation that there must be; None: nothing is tested.
        window: how long, and which share of it must have been measured.
        interval: how often the device should report.
    """
    held: deque[tuple[Reading, int]] = deque()
    total = squares = 0
    for reading in readings:
        while held and held[0][0].time <= reading.time - window.over:
            _, gone = held.popleft()
            total, squares = total - gone, squares - gone * gone
        if math.isfinite(reading.measured):
            steps = round(reading.value * _STEPS)
            held.append((reading, steps))
            total, squares = total + steps, squares + steps * steps
        needed = window.capture * (window.over / interval(reading.time))
        if math.isnan(reading.value):
            yield MISSING
        elif least is None or math.isnan(reading.measured) or len(held) < needed:
            yield UNKNOWN
        else:
            variance = (len(held) * squares - total * total) / (len(held) * _STEPS) ** 2
            yield SUSPECT if variance < least * least else GOOD


def multivariate(name: str, values: Mapping[str, float], limits: Particles) -> int:
    """Say whether a property's value can be true together with what came at the same time.

    Fine particles are part of coarse ones, and in fog an optical counter counts water.

    Args:
        name: the property.
        values: all that a device measured at a time, by property; what failed is left out.
        limits: how far values may be apart.
    """
    if name not in _PARTICLES:
        return UNKNOWN
    found = []
    if name in {_COARSE, _FINE} and {_COARSE, _FINE} <= values.keys():
        found.append(values[_FINE] > values[_COARSE] + limits.fine_over_coarse)
    if _HUMIDITY in values:
        found.append(values[_HUMIDITY] > limits.humid_over)
    if not found:
        return UNKNOWN
    return SUSPECT if any(found) else GOOD


def neighbour(own: float | None, others: Sequence[float], most: float | None, least: int) -> int:
    """Say whether a place's mean is far from the median of others' over the same time.

    Args:
        own: the mean; None: too little was measured.
        others: those of the places around it.
        most: how far it may be; None: nothing is tested.
        least: how many others there must be.
    """
    if own is None or most is None or len(others) < least:
        return UNKNOWN
    return SUSPECT if abs(own - median(others)) > most else GOOD
