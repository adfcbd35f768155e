"""The indicative band of a pollutant, on the scale of the Daily Air Quality Index.

Defra's breakpoints of April 2013. The index itself may only be formed from reference-equivalent
instruments; a sensor's number is an *indicative band (DAQI scale)*, and is never called otherwise.

A mean is rounded to a whole number once, as the last step, halves up: 200.5 ug/m3 of NO2 is 201
and band 4, where rounding halves to even would give 3.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from types import MappingProxyType

NAME = "indicative band (DAQI scale)"

UPPER_BOUNDS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "o3": (33, 66, 100, 120, 140, 160, 187, 213, 240),
        "no2": (67, 134, 200, 267, 334, 400, 467, 534, 600),
        "so2": (88, 177, 266, 354, 443, 532, 710, 887, 1064),
        "pm2_5": (11, 23, 35, 41, 47, 53, 58, 64, 70),
        "pm10": (16, 33, 50, 58, 66, 75, 83, 91, 100),
    }
)
"""The last whole ug/m3 of bands 1 to 9"""

AVERAGED_OVER: Mapping[str, str] = MappingProxyType(
    {"o3": "8h", "no2": "1h", "so2": "15m", "pm2_5": "24h", "pm10": "24h"}
)
"""The running mean that a pollutant's band is read from"""

COLOURS = (
    *("9CFF9C", "31FF00", "31CF00", "FFFF00", "FFCF00"),
    *("FF9A00", "FF6464", "FF0000", "990000", "CE30FF"),
)
"""Defra's, from band 1 to 10; a page never tells a band by its colour alone"""


class Word(StrEnum):
    """How a band is called."""

    LOW = "Low"
    MODERATE = "Moderate"
    HIGH = "High"
    VERY_HIGH = "Very High"


def band(pollutant: str, mean: float | None) -> int | None:
    """Give the band, 1 to 10, of a mean in ug/m3; without a valid mean there is none.

    Raises:
        KeyError: the scale does not know the pollutant.
    """
    bounds = UPPER_BOUNDS[pollutant]
    if mean is None:
        return None
    whole = Decimal(mean).quantize(Decimal(1), ROUND_HALF_UP)
    return 1 + sum(whole > bound for bound in bounds)


def overall(bands: Iterable[int | None]) -> int | None:
    """Give a place's band: the highest of its pollutants'."""
    return max((known for known in bands if known is not None), default=None)


def word(number: int) -> Word:
    """Give a band's word."""
    if number <= 3:
        return Word.LOW
    if number <= 6:
        return Word.MODERATE
    return Word.HIGH if number <= 9 else Word.VERY_HIGH
