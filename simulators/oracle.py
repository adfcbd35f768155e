"""What a correct system must conclude from readings: hourly means, and episodes of some rules.

Plain code of its own, written from the rules and not from the product:

    an hour is valid      with three quarters of the readings that the reporting interval promises
    an hour is closed     when the watermark, the newest reading, has passed its end by two
                          reporting intervals, 30 minutes at most; only closed hours count
    a breach is strict    190.0 is not above 190
    deadband              between clear level and threshold the state stays, and the off-delay
                          begins again
    gaps hold             an hour without a valid value neither advances nor resets anything; after
                          three in a row what was pending is dropped
    reopening             a breach known less than the reopen window after the resolution was known
                          continues the same episode

Times are whole microseconds of Unix time, hours are counted from 1970.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

HOUR = 3_600_000_000
_MINUTE = 60_000_000
_MAX_GAP = 3


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of one series."""

    count: int
    mean: float
    valid: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule on hourly means."""

    id: str
    observed_property: str
    environment: str
    window: int
    """hours that the mean runs over"""
    threshold: float
    clear: float
    on_hours: int = 0
    off_hours: int = 1
    reopen_hours: int = 0


RULES = (
    Rule("E1", "pm10", "outdoor", 1, 190.0, 171.0, off_hours=2, reopen_hours=1),
    Rule("E3", "pm10", "outdoor", 1, 150.0, 135.0, off_hours=2, reopen_hours=1),
    Rule("E4", "pm10", "outdoor", 24, 50.0, 48.0, off_hours=3, reopen_hours=24),
    Rule("H3", "relative_humidity", "indoor", 24, 85.0, 82.0, off_hours=6, reopen_hours=24),
)
PREDICTED = (*(rule.id for rule in RULES), "D1")
"""The rules whose every episode is told; of others nothing is"""


@dataclass(slots=True)
class Episode:
    """One alert from its firing to its end."""

    fired_at: int
    resolved_at: int | None = None
    """End of the hour that resolved it; None: it is still firing"""
    peak: float | None = None
    reopened: int = 0


def promised(interval: int) -> int:
    """Give how many readings an hour should have."""
    return max(1, HOUR // interval)


def needed(interval: int) -> int:
    """Give how many readings an hour must have: three quarters, rounded up."""
    return -(-3 * promised(interval) // 4)


def hourly(readings: Iterable[tuple[int, float]], interval: int) -> dict[int, Hour]:
    """Give the mean of every hour that has a reading; of two at one time the first counts."""
    hours: dict[int, dict[int, float]] = {}
    for time, value in readings:
        hours.setdefault(time // HOUR, {}).setdefault(time, value)
    need = needed(interval)
    return {
        hour: Hour(len(values), fsum(values.values()) / len(values), valid=len(values) >= need)
        for hour, values in hours.items()
    }


def closed(watermark: int, interval: int) -> int:
    """Give the number of the first hour that is not closed yet."""
    return (watermark - min(2 * interval, 30 * _MINUTE)) // HOUR


def windows(hours: Mapping[int, Hour], rule: Rule, end: int) -> Iterator[tuple[int, float | None]]:
    """Give the rule's value at each hour from the first known one: None for no valid value."""
    valid = {hour: known.mean for hour, known in hours.items() if known.valid}
    need = -(-3 * rule.window // 4)
    for hour in range(min(hours, default=end), end):
        means = [valid[h] for h in range(hour - rule.window + 1, hour + 1) if h in valid]
        yield hour, fsum(means) / len(means) if len(means) >= need else None


def episodes(rule: Rule, values: Iterable[tuple[int, float | None]]) -> list[Episode]:
    """Follow a rule through its values by the hour; the last episode may be open."""
    watch = _Watch(rule)
    for hour, value in values:
        watch.see(hour, value)
    return watch.told


class _Watch:
    """A rule on its way through the hours."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self.told: list[Episode] = []
        self._breached = self._cleared = self._gap = 0

    def see(self, hour: int, value: float | None) -> None:
        """Take the value of the next hour."""
        if value is None:
            self._gap += 1
            if self._gap > _MAX_GAP:
                self._breached = 0
            return
        self._gap = 0
        if self.told and self.told[-1].resolved_at is None:
            self._while_firing(self.told[-1], hour, value)
        elif value > self._rule.threshold:
            self._breached += 1
            if self._breached >= self._rule.on_hours or self._reopens(hour):
                self._fire(hour, value)
        else:
            self._breached = 0

    def _while_firing(self, episode: Episode, hour: int, value: float) -> None:
        episode.peak = value if episode.peak is None else max(episode.peak, value)
        self._cleared = self._cleared + 1 if value <= self._rule.clear else 0
        if self._cleared >= max(1, self._rule.off_hours):
            episode.resolved_at = (hour + 1) * HOUR

    def _reopens(self, hour: int) -> bool:
        """Say whether a breach in this hour continues the last episode."""
        ended = self.told[-1].resolved_at if self.told else None
        return ended is not None and (hour + 1) * HOUR - ended < self._rule.reopen_hours * HOUR

    def _fire(self, hour: int, value: float) -> None:
        if self._reopens(hour):
            last = self.told[-1]
            last.resolved_at, last.reopened = None, last.reopened + 1
            last.peak = value if last.peak is None else max(last.peak, value)
        else:
            self.told.append(Episode(hour * HOUR, peak=value))
        self._breached = self._cleared = 0


def silences(heard: Sequence[int], interval: int, watermark: int) -> list[Episode]:
    """Give the episodes of rule D1, of a device that was heard at these times, in order.

    It fires three reporting intervals (one hour at least) after the last time, and is resolved by
    the next, once the watermark has passed that.
    """
    limit = max(3 * interval, HOUR)
    told = [
        Episode(before + limit, after if after < watermark else None)
        for before, after in pairwise(heard)
        if after - before > limit
    ]
    if heard and watermark - heard[-1] > limit:
        told.append(Episode(heard[-1] + limit))
    return told
