"""Quality flags of a single value, named and numbered as QARTOD does.

    1 GOOD      within what such a sensor reports
    2 UNKNOWN   not judged
    3 SUSPECT   possible, and worth a second look
    4 FAIL      not a measurement
    9 MISSING   no value at all

A value is never dropped or altered for its flag. Dust peaks are what the product is for, so a high
particle value may be suspect and never fails inside the sensor's span.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

from decoders.properties import PROPERTIES

GOOD = 1
UNKNOWN = 2
SUSPECT = 3
FAIL = 4
MISSING = 9

_PARTICLES = ("pm1", "pm2_5", "pm4", "pm10")

_BELOW_ZERO: Mapping[str, float] = MappingProxyType(dict.fromkeys(_PARTICLES, -5.0))
"""Noise of an optical counter around nothing: kept in means, since clipping would raise them"""

_USUAL_UP_TO: Mapping[str, float] = MappingProxyType(
    {"relative_humidity": 100.0} | dict.fromkeys(_PARTICLES, 1000.0)
)


def flag(observed_property: str, result: float) -> int:
    """Judge a value by the span of its kind of sensor (QARTOD's gross range test).

    Raises:
        KeyError: the property is not in the catalogue.
    """
    low, high = PROPERTIES[observed_property].plausible
    if math.isnan(result):
        return MISSING
    if not _BELOW_ZERO.get(observed_property, low) <= result <= high:
        return FAIL
    if result < low or result > _USUAL_UP_TO.get(observed_property, high):
        return SUSPECT
    return GOOD


def counts(observed_property: str, quality: int) -> bool:
    """Say whether a value with this flag enters means and alerts; suspect dust does."""
    return quality in (GOOD, UNKNOWN) or (quality == SUSPECT and observed_property in _PARTICLES)
