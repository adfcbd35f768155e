"""What spares looking: hours in which a rule that is at rest stays so, without being followed.

A mean over 30 days moves slowly: a room at 55 % cannot pass 65 % within days, even if every hour to
come had the highest value that a sensor can report. So most rules need not look at most rooms in
most hours. And where no value of a stretch is past a threshold, no mean of them is: so what is left
is mostly seen to be at rest by the least and the highest value.

This only spares work: it never decides that something fires.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate

from alerts.intervals import required
from alerts.model import AlertRule

_MARGIN = 1e-6
"""Far above the rounding of a sum, far below what is measured"""


def band(rules: Iterable[AlertRule]) -> tuple[float, float]:
    """Give the values between which none of the rules begins anything, without both ends.

    That holds for means too, and for a stretch of any length: what has no value begins nothing.
    """
    low, high = -math.inf, math.inf
    for rule in rules:
        for level in rule.levels:
            margin = _MARGIN * max(1.0, abs(level.threshold))
            if rule.above:
                high = min(high, level.threshold - margin)
            else:
                low = max(low, level.threshold + margin)
    return low, high


def calm_until(
    rule: AlertRule,
    means: Mapping[datetime, float],
    until: datetime,
    plausible: tuple[float, float],
) -> datetime:
    """Give up to when no sample can breach, if nothing is wrong at `until`.

    Args:
        rule: on values.
        means: the valid ones before `until`, one window of them.
        until: up to here all is judged.
        plausible: between these every hour to come lies, if it has a value.
    """
    length, step = rule.window // rule.step, rule.step
    needed = required(length, rule.capture)
    sign = 1 if rule.above else -1
    threshold = min(sign * level.threshold for level in rule.levels) - _MARGIN
    known = [*map(means.get, _latest_first(until, length, step))]
    values = [mean for mean in known if mean is not None]
    seen = max(values, default=0.0) if rule.above else -min(values, default=0.0)
    worst = max(plausible[1] if rule.above else -plausible[0], seen, threshold)
    totals = [*accumulate([mean or 0.0 for mean in known], initial=0.0)]
    counts: Sequence[int] = range(length + 1)
    if len(values) < length:
        counts = [*accumulate([mean is not None for mean in known], initial=0)]

    def can_breach(ahead: int) -> bool:
        """Say whether the worst for so many intervals can; if so, it can for more of them too."""
        kept = length - ahead
        possible = counts[kept] + ahead
        return possible >= needed and sign * totals[kept] + ahead * worst > threshold * possible

    return until + bisect_left(range(1, length + 1), True, key=can_breach) * step  # noqa: FBT003


@lru_cache(maxsize=32)
def _latest_first(until: datetime, length: int, step: timedelta) -> tuple[datetime, ...]:
    """Give when the intervals of a window begin; many subjects have the same window."""
    return tuple(until - back * step for back in range(1, length + 1))
