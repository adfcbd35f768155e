"""Quality tests of a reading among its neighbours, as QARTOD defines them, for readings in order.

    range   outside what such a sensor, or such a place, usually shows
    spike   far from the middle of its two neighbours
    rate    changed faster than the thing measured can
    flat    the same, within a tolerance, for hours
    gap     came after a silence; this is about the feed, not about the value

Each gives GOOD, UNKNOWN, SUSPECT, FAIL or MISSING (`alerts.quality`). They follow ioos_qc 3.0, but
times are elapsed ones and not numbers of samples, since intervals vary and uplinks are lost: a
neighbour beyond a gap is none, and a gap begins a flat line anew. What fails by itself is no
measurement, and so no neighbour: an error code does not take the readings beside it with it.

A flag is a function of the readings that are stored, so it is the same however they came. A reading
that fails here counts in no mean and no alert (`storage.neighbours`); one that is suspect counts,
as the damp or dusty hour that stands out from its neighbours is what the product is for.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.quality import FAIL, GOOD, MISSING, SUSPECT, UNKNOWN
from alerts.quality_settings import FlatLine, Limits, Settings

_ORDER = (FAIL, SUSPECT, GOOD, UNKNOWN, MISSING)
Interval = Callable[[datetime], timedelta]
"""How often a device should report, by the time"""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading as it is stored."""

    time: datetime
    value: float
    """NaN: none"""
    quality: int
    """What the value says of itself"""

    @property
    def measured(self) -> float:
        """The value as a neighbour has it: NaN when it is no measurement."""
        return math.nan if self.quality == FAIL else self.value


@dataclass(frozen=True, slots=True)
class Flags:
    """What each test says of one reading."""

    reading: Reading
    range: int
    spike: int
    rate: int
    flat: int
    gap: int
    attenuated: int = UNKNOWN
    """This and what follows: beside more than the readings next to it (`alerts.quality_across`)"""
    multivariate: int = UNKNOWN
    neighbour: int = UNKNOWN

    @property
    def quality(self) -> int:
        """The worst of the tests of the value; a gap before it does not speak against it."""
        if self.range == MISSING:
            return MISSING
        beside = (self.attenuated, self.multivariate, self.neighbour)
        return worst((self.range, self.spike, self.rate, self.flat, *beside))

    @property
    def fails_beside_others(self) -> bool:
        """Whether it is its neighbours that make it fail."""
        return FAIL in {self.spike, self.rate, self.flat}


def worst(flags: Iterable[int]) -> int:
    """Give the worst flag: FAIL, SUSPECT, GOOD, UNKNOWN, MISSING.

    GOOD goes before UNKNOWN: what one test finds good and another cannot judge is good.
    """
    return min(flags, key=_ORDER.index, default=MISSING)


def lead_in(tested: Settings, interval: timedelta) -> timedelta:
    """Give how much earlier readings are needed, that the flags of a time are right.

    Beside them the last reading before is needed, however old it is. `interval` is the longest at
    which the device reports.
    """
    longest = tested.flat.longest if tested.flat else timedelta(0)
    return longest + 2 * tested.silent * interval


def judge(readings: Iterable[Reading], tested: Settings, interval: Interval) -> Iterator[Flags]:
    """Test readings as they come; the flags of each are given when the next reading is there.

    Args:
        readings: of one series, in the order of time, each time once.
        tested: how.
        interval: how often the device should report.
    """
    silence = tested.silent
    windows = [*_windows(tested.flat)]
    earlier: Reading | None = None
    pending: Flags | None = None
    for reading in readings:
        last = pending.reading if pending else None
        elapsed = reading.time - last.time if last else None
        every = interval(reading.time)
        apart = elapsed is None or elapsed > silence * every
        if pending is not None:
            yield replace(
                pending, spike=_spike(earlier, pending.reading, None if apart else reading, tested)
            )
        if apart:
            windows = [*_windows(tested.flat)]
        earlier = None if apart else last
        pending = Flags(
            reading,
            range=_range(reading, tested.usual),
            spike=UNKNOWN,
            rate=_rate(None if apart else last, reading, tested.rate),
            flat=_flat_line(reading, windows, tested.flat),
            gap=_gap(elapsed, every, tested),
        )
    if pending is not None:
        yield replace(pending, spike=_spike(earlier, pending.reading, None, tested))


def _over(measured: float, limits: Limits) -> int:
    if limits.fail is not None and measured > limits.fail:
        return FAIL
    return SUSPECT if limits.suspect is not None and measured > limits.suspect else GOOD


def _range(reading: Reading, usual: tuple[float, float] | None) -> int:
    if math.isnan(reading.value):
        return MISSING
    if usual is None or usual[0] <= reading.value <= usual[1]:
        return reading.quality
    return worst((reading.quality, SUSPECT))


def _spike(
    earlier: Reading | None, reading: Reading, later: Reading | None, tested: Settings
) -> int:
    if math.isnan(reading.value):
        return MISSING
    if tested.spike is None or earlier is None or later is None:
        return UNKNOWN
    distance = abs(reading.measured - (earlier.measured + later.measured) / 2)
    return UNKNOWN if math.isnan(distance) else _over(distance, tested.spike)


def _rate(last: Reading | None, reading: Reading, limits: Limits | None) -> int:
    """Judge a change; the first reading, and one after none, changed by nothing."""
    if math.isnan(reading.value):
        return MISSING
    if limits is None or math.isnan(reading.measured):
        return UNKNOWN
    if last is None or math.isnan(last.measured):
        return GOOD
    seconds = (reading.time - last.time).total_seconds()
    return _over(abs((reading.value - last.value) / seconds), limits)


def _gap(elapsed: timedelta | None, interval: timedelta, tested: Settings) -> int:
    if elapsed is None:
        return UNKNOWN
    return _over(elapsed / interval, Limits(tested.late, tested.silent))


def _flat_line(reading: Reading, windows: "list[_Window]", flat: FlatLine | None) -> int:
    """Judge how long it has been the same; each window sees every reading."""
    found = [window.flag for window in windows if window.is_flat(reading)]
    if math.isnan(reading.value):
        return MISSING
    if flat is None or math.isnan(reading.measured):
        return UNKNOWN
    inside = flat.ends[0] < reading.value < flat.ends[1]
    return worst([GOOD, *(flag if inside else SUSPECT for flag in found)])


def _windows(flat: FlatLine | None) -> "Iterator[_Window]":
    if flat is not None:
        if flat.suspect is not None:
            yield _Window(flat.suspect, flat, SUSPECT)
        if flat.fail is not None:
            yield _Window(flat.fail, flat, FAIL)


class _Window:
    """The readings of the last hours, from the last one at or before their beginning on."""

    def __init__(self, length: timedelta, flat: FlatLine, flag: int) -> None:
        self.flag = flag
        self._length = length
        self._flat = flat
        self._times: deque[datetime] = deque()
        self._least: deque[tuple[datetime, float]] = deque()
        self._greatest: deque[tuple[datetime, float]] = deque()

    def is_flat(self, reading: Reading) -> bool:
        """Take the next reading; True when all of a whole window are within the tolerance."""
        begins = reading.time - self._length
        self._times.append(reading.time)
        while len(self._times) > 1 and self._times[1] <= begins:
            self._times.popleft()
        if not math.isnan(reading.measured):
            _enter(self._least, reading.time, reading.value, 1)
            _enter(self._greatest, reading.time, reading.value, -1)
        for extremes in (self._least, self._greatest):
            while extremes and extremes[0][0] < self._times[0]:
                extremes.popleft()
        if self._times[0] > begins or not self._least:
            return False
        return self._flat.holds(self._greatest[0][1] - self._least[0][1])


def _enter(
    extremes: deque[tuple[datetime, float]], time: datetime, value: float, sign: int
) -> None:
    """Keep what can still be the least (sign 1) or the greatest (-1), the extreme first."""
    while extremes and sign * extremes[-1][1] >= sign * value:
        extremes.pop()
    extremes.append((time, value))
