"""Heat in bedrooms and stale air; cold is a rule on the hourly mean, and needs nothing here."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.figures import Comfort
from alerts.model import Interval

_LONDON = ZoneInfo("Europe/London")
_SUMMER = range(5, 10)
"""May to September"""


def is_night(start: datetime, figures: Comfort) -> bool:
    """Say whether an hour belongs to the night (CIBSE TM59: 22:00 to 07:00, Europe/London)."""
    hour = start.astimezone(_LONDON).hour
    return hour >= figures.night_from or hour < figures.night_to


def hot_nights(bedroom: Mapping[datetime, Interval], figures: Comfort) -> int:
    """Give the hours of the night that were hotter than the limit (CIBSE TM59, criterion b).

    More than `night_hours_a_year` in one year fail.
    """
    return sum(
        hour.valid
        and hour.mean is not None
        and hour.mean > figures.bedroom_limit
        and is_night(start, figures)
        for start, hour in bedroom.items()
    )


def running_outdoor_mean(daily_means: Sequence[float], figures: Comfort) -> float | None:
    """Give the exponentially weighted mean of the days before, the oldest first (CIBSE TM52)."""
    weighted = None
    for mean in daily_means:
        memory = figures.adaptive_memory
        weighted = mean if weighted is None else (1 - memory) * mean + memory * weighted
    return weighted


def adaptive_limit(running_mean: float, figures: Comfort) -> float:
    """Give the highest comfortable temperature of the day (CIBSE TM52, category II)."""
    return figures.adaptive_slope * running_mean + figures.adaptive_base


def hot_share(occupied: Iterable[tuple[datetime, float, float]], figures: Comfort) -> float | None:
    """Give the share of the summer's occupied hours that were too hot (CIBSE TM59, criterion a).

    Args:
        occupied: start, operative temperature and the day's adaptive limit of each hour.
        figures: by how much the limit is passed; more than `adaptive_share` fail.
    """
    summer = [hour for hour in occupied if hour[0].astimezone(_LONDON).month in _SUMMER]
    hot = sum(felt - limit >= figures.adaptive_margin for _, felt, limit in summer)
    return hot / len(summer) if summer else None


def busiest(co2: Iterable[float | None], figures: Comfort) -> float | None:
    """Give the mean CO2 of a day's busiest hours, in ppm; snapshots mislead (HSE)."""
    known = sorted((mean for mean in co2 if mean is not None), reverse=True)
    hours = figures.busiest_hours
    return math.fsum(known[:hours]) / hours if len(known) >= hours else None


def is_stuffy(days: Sequence[float | None], figures: Comfort) -> bool:
    """Say whether enough of the last days had stale air in their busiest hours."""
    last = days[-figures.stuffy_of_days :]
    return sum(mean is not None and mean > figures.stuffy for mean in last) >= figures.stuffy_days
