"""The indicative band of outdoor air, by pollutant and hour, on the scale of the DAQI.

Each pollutant is read from the running mean that Defra's scale is made for; sulphur dioxide from
the highest quarter of the hour. Under three quarters of the hours there is no mean and no band.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from alerts.derived.model import Hours, Values
from alerts.indices.air_quality_index import band
from alerts.intervals import HOUR, required, running_means
from alerts.model import Interval

RUNNING: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "pm10": ("pm10", 24),
        "pm2_5": ("pm2_5", 24),
        "no2_mass": ("no2", 1),
        "o3_mass": ("o3", 8),
    }
)
"""Measured in ug/m3, its pollutant on the scale, and over how many hours the mean runs"""
BY_QUARTER = ("so2_mass", "so2")
LOOKBACK = 23 * HOUR


def run(
    measured: Mapping[str, Hours], so2_quarters: Hours, since: datetime, until: datetime
) -> Values:
    """Give the bands of the hours of [since, until); `measured` reaches back by `LOOKBACK`."""
    values = Values()
    for name, (pollutant, length) in RUNNING.items():
        hours = {start: Interval(start, mean, valid=True) for start, mean in measured[name].items()}
        for sample in running_means(hours, length, required(length), since, until):
            values.put("indicative_band", sample.start, band(pollutant, sample.value), pollutant)
    highest: dict[datetime, float] = {}
    for quarter, mean in so2_quarters.items():
        start = quarter.replace(minute=0)
        highest[start] = max(mean, highest.get(start, mean))
    for start, mean in highest.items():
        values.put("indicative_band", start, band("so2", mean), "so2")
    return values
