"""The truth file: what the broker took from us, and what a correct system must conclude from it.

Only messages that the broker has acknowledged are counted. Of two messages with one key the first
is stored or refused and the other is a duplicate; the order does not matter, since both say the
same.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import fsum, nan

from decoders.properties import PROPERTIES
from simulators import oracle
from simulators.identity import Identity
from simulators.message import Meaning, Message, Series
from simulators.oracle import Episode, Hour

EXPLICIT_HOURS = 200_000
"""With more valid hours than this the file gives their number and sum alone, by series"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST = (datetime(2015, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_OLDEST = timedelta(days=90) // _MICROSECOND
_AHEAD = timedelta(minutes=10) // _MICROSECOND
"""A device's own clock is believed from 90 days before to 10 minutes after the uplink."""


@dataclass(frozen=True, slots=True)
class _Readings:
    """The readings of one series, in the order in which they were published."""

    times: "array[int]"
    results: "array[float]"

    def __iter__(self) -> Iterator[tuple[int, float]]:
        return zip(self.times, self.results, strict=True)


class Truth:
    """Gathers what was published.

    Args:
        identities: every device that may speak.
    """

    def __init__(self, identities: Iterable[Identity]) -> None:
        self._identities = {who.dev_eui: who for who in identities}
        self._known: set[tuple[str, str]] = set()
        self._series: dict[Series, _Readings] = {}
        self._heard: dict[str, array[int]] = {}
        self.published = 0
        self.stored = 0
        self.duplicates = 0
        self.uplinks = 0
        self.by_reason: Counter[str] = Counter()
        self.by_type: Counter[str] = Counter()
        """Of the stored ones"""

    def add(self, message: Message) -> None:
        """Take a message that the broker has acknowledged."""
        self.published += 1
        meaning = message.meaning
        keys = {meaning.key, meaning.again or meaning.key}
        if keys & self._known:
            self.duplicates += 1
            return
        self._known |= keys
        if meaning.refused:
            self.by_reason[meaning.refused] += 1
            return
        self.stored += 1
        self.by_type[meaning.key[0]] += 1
        if meaning.time is not None:
            self.uplinks += 1
            self._store(meaning, microseconds(meaning.time))

    def _store(self, meaning: Meaning, time: int) -> None:
        """Enter the readings: those of now first, then those of the past at their own times.

        One with an impossible time stands at the uplink's, where it counts in no mean.
        """
        self._heard.setdefault(meaning.dev_eui, array("q")).append(time)
        for seen in sorted(meaning.observations, key=lambda seen: seen.phenomenon_time is not None):
            own = time if seen.phenomenon_time is None else microseconds(seen.phenomenon_time)
            believed = own == time or max(_EARLIEST, time - _OLDEST) <= own <= time + _AHEAD
            readings = self._readings((meaning.dev_eui, seen.observed_property, seen.channel))
            readings.times.append(own if believed else time)
            readings.results.append(seen.result if believed else nan)

    def _readings(self, series: Series) -> _Readings:
        readings = self._series.get(series)
        if readings is None:
            readings = self._series[series] = _Readings(array("q"), array("d"))
        return readings

    @property
    def watermark(self) -> int | None:
        """The newest stored uplink's time, in microseconds; None before the first."""
        return max((max(times) for times in self._heard.values()), default=None)

    def document(self, about: Mapping[str, object]) -> dict[str, object]:
        """Give the truth file; `about` says which run it is."""
        watermark = self.watermark
        first = min((min(times) for times in self._heard.values()), default=None)
        hours = {series: self._hours(series) for series in sorted(self._series)}
        return {
            **about,
            "devices": len(self._heard),
            "from": _iso(first),
            "to": _iso(watermark),
            "published": self.published,
            "stored": self.stored,
            "refused": self.by_reason.total(),
            "duplicates": self.duplicates,
            "by_reason": dict(sorted(self.by_reason.items())),
            "uplinks": self.uplinks,
            "events": {kind: n for kind, n in sorted(self.by_type.items()) if kind != "up"},
            "observations": sum(len(set(r.times)) for r in self._series.values()),
            "series": self._told_series(hours, watermark or 0),
            "rules": sorted(oracle.PREDICTED),
            "alerts": list(self._alerts(hours, watermark or 0)),
        }

    def _interval(self, dev_eui: str) -> int:
        return self._identities[dev_eui].interval // _MICROSECOND

    def _hours(self, series: Series) -> dict[int, Hour]:
        """Give a series' hours; a value that no such sensor can report is in no mean."""
        dev_eui, name, _ = series
        low, high = _counted(name)
        counted = ((t, result) for t, result in self._series[series] if low <= result <= high)
        return oracle.hourly(counted, self._interval(dev_eui))

    def _told_series(
        self, hours: Mapping[Series, Mapping[int, Hour]], watermark: int
    ) -> list[dict[str, object]]:
        valid: dict[Series, list[tuple[int, Hour]]] = {}
        told: list[dict[str, object]] = []
        for series, known in hours.items():
            end = oracle.closed(watermark, self._interval(series[0]))
            valid[series] = [(h, known[h]) for h in sorted(known) if h < end and known[h].valid]
            told.append(
                {
                    "dev_eui": series[0],
                    "property": series[1],
                    "channel": series[2],
                    "readings": len(set(self._series[series].times)),
                    "closed_until": _iso(end * oracle.HOUR),
                    "valid_hours": len(valid[series]),
                    "sum_of_means": fsum(hour.mean for _, hour in valid[series]),
                }
            )
        if sum(map(len, valid.values())) <= EXPLICIT_HOURS:
            for entry, means in zip(told, valid.values(), strict=True):
                entry["hours"] = [[_iso(h * oracle.HOUR), n.count, n.mean] for h, n in means]
        return told

    def _alerts(
        self, hours: Mapping[Series, Mapping[int, Hour]], watermark: int
    ) -> Iterator[dict[str, object]]:
        """Give every episode, by rule."""
        for rule in oracle.RULES:
            for series, known in hours.items():
                who = self._identities[series[0]]
                if series[1] == rule.observed_property and who.environment == rule.environment:
                    end = oracle.closed(watermark, self._interval(who.dev_eui))
                    for episode in oracle.episodes(rule, oracle.windows(known, rule, end)):
                        yield _alert(rule.id, series, episode)
        for dev_eui in sorted(self._heard):
            times = sorted(set(self._heard[dev_eui]))
            for episode in oracle.silences(times, self._interval(dev_eui), watermark):
                yield _alert("D1", (dev_eui, "", ""), episode)


def _counted(observed_property: str) -> tuple[float, float]:
    """Give the span of values that means count: what a sensor can report, and no vapour over 100 %.

    An optical counter's noise around nothing counts down to -5.
    """
    low, high = PROPERTIES[observed_property].plausible
    if observed_property.startswith("pm"):
        return -5.0, high
    return low, min(high, 100.0) if observed_property == "relative_humidity" else high


def _alert(rule: str, series: Series, episode: Episode) -> dict[str, object]:
    dev_eui, name, channel = series
    return {
        "rule": rule,
        "dev_eui": dev_eui,
        "property": name,
        "channel": channel,
        "fired_at": _iso(episode.fired_at),
        "resolved_at": _iso(episode.resolved_at),
        "peak": episode.peak,
        "reopened": episode.reopened,
    }


def microseconds(time: datetime) -> int:
    """Give a time as whole microseconds of Unix time."""
    return (time - _EPOCH) // _MICROSECOND


def _iso(time: int | None) -> str | None:
    return None if time is None else (_EPOCH + time * _MICROSECOND).isoformat()
