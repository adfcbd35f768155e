"""For how long a rule on a long window can not fire, whatever is measured next.

A mean over 30 days moves slowly: a room at 55 % cannot pass 65 % within days, even if every hour to
come had the highest value that a sensor can report. So most rules need not look at most rooms in
most hours. This only spares work: it never decides that something fires.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from alerts.intervals import required
from alerts.model import AlertRule, Interval

_MARGIN = 1e-6
"""Far above the rounding of a sum, far below what is measured"""


def calm_until(
    rule: AlertRule,
    hours: Mapping[datetime, Interval],
    until: datetime,
    plausible: tuple[float, float],
) -> datetime:
    """Give up to when no sample can breach, if nothing is wrong at `until`.

    Args:
        rule: on values.
        hours: the hours before `until`, one window of them.
        until: up to here all is judged.
        plausible: between these every hour to come lies, if it has a value.
    """
    length, step = rule.window // rule.step, rule.step
    needed = required(length, rule.capture)
    sign = 1 if rule.above else -1
    threshold = min(sign * level.threshold for level in rule.levels) - _MARGIN
    known = [_mean(hours.get(start), sign) for start in _starts(until, length, step)]
    worst = max(sign * plausible[1] if rule.above else -plausible[0], *_values(known), threshold)
    total, count = sum(_values(known)), len(_values(known))
    for ahead in range(1, length + 1):
        leaving = known[ahead - 1]
        if leaving is not None:
            total, count = total - leaving, count - 1
        possible = count + ahead
        if possible >= needed and total + ahead * worst > threshold * possible:
            return until + (ahead - 1) * step
    return until + length * step


@lru_cache(maxsize=32)
def _starts(until: datetime, length: int, step: timedelta) -> tuple[datetime, ...]:
    """Give when the intervals of a window begin; many subjects have the same window."""
    return tuple(until - back * step for back in range(length, 0, -1))


def _mean(hour: Interval | None, sign: int) -> float | None:
    if hour is None or not hour.valid or hour.mean is None:
        return None
    return sign * hour.mean


def _values(known: list[float | None]) -> list[float]:
    return [mean for mean in known if mean is not None]
