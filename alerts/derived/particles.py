"""Particles outdoors, by the hour: how fine they are, and what a site adds to them.

    fine_particle_ratio       PM2.5 to PM10 of a place: construction dust is coarse
    site_contribution_pm10    of a site: the highest mean downwind of it, less the lowest upwind

Without wind across the site, or a valid mean on either side, there is no contribution.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.derived.model import Hours, Values
from alerts.figures import Dust
from alerts.indices import dust
from alerts.indices.wind import Wind
from alerts.intervals import HOUR


def ratio(pm2_5: Hours, pm10: Hours, since: datetime, until: datetime, values: Values) -> None:
    """Add the share of fine particles in the hours of [since, until)."""
    for start in sorted(pm10.keys() & pm2_5.keys()):
        if since <= start < until:
            values.put("fine_particle_ratio", start, dust.fine_ratio(pm2_5[start], pm10[start]))


@dataclass(frozen=True, slots=True)
class Monitor:
    """A position at a site."""

    bearing: float
    """From the site, in degrees"""
    pm10: Hours


def contribution(
    monitors: Sequence[Monitor],
    wind: Mapping[datetime, Wind],
    since: datetime,
    until: datetime,
    figures: Dust,
) -> Values:
    """Give what a site adds in the hours of [since, until), in ug/m3."""
    values = Values()
    start = since
    while start < until:
        blown = wind.get(start)
        if blown is not None and blown.comes_from is not None:
            means = [(each.bearing, each.pm10[start]) for each in monitors if start in each.pm10]
            down, up = dust.sides(means, blown.comes_from, blown.speed, figures)
            if down is not None and up is not None:
                values.put("site_contribution_pm10", start, down - up)
        start += HOUR
    return values
