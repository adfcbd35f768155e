"""Readings as they came and as corrected, side by side.

A correction is worked out when it is needed and never stored over a reading: raw, then freed from
the particles' water, then slope and offset (the function `readings_between`). Hours and days are of
corrected values, and an hour keeps the mean of the raw ones beside it.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.connection import Connection, translated
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class Reading:
    """A usable reading, raw and corrected."""

    time: datetime
    raw: float
    result: float
    """As corrected; the raw value where no calibration is in force"""
    quality: int
    """QARTOD; 3 when water could not be corrected"""
    calibration: int | None
    """The number of the calibration in force"""


def readings(
    connection: Connection, series: int, since: datetime, until: datetime
) -> list[Reading]:
    """Read the usable readings of a series in [since, until), in the order of time."""
    told = {"series": series, "since": since, "until": until}
    with translated(), connection.cursor(binary=True) as cursor:
        return [Reading(*row) for row in cursor.execute(SQL["corrections_read"], told)]
