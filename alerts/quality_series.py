"""Quality tests of a reading among its neighbours, as QARTOD defines them, for readings in order.

    range   outside what such a sensor, or such a place, usually shows
    spike   far from the middle of its two neighbours
    rate    changed faster than the thing measured can
    flat    the same, within a tolerance, for hours
    gap     came after a silence; this is about the feed, not about the value

Each gives GOOD, UNKNOWN, SUSPECT, FAIL or MISSING (`alerts.quality`). They follow ioos_qc 3.0, but
times are elapsed ones and not numbers of samples, since intervals vary and uplinks are lost: a
neighbour beyond a gap is none, and a gap begins a flat line anew.

A flag is a function of the readings that are stored, so it is the same however they came, and it
is worked out when it is asked for. No value is altered or left out for it: means and alerts go by
what a value says of itself alone (`alerts.quality.flag`), as the damp or dusty hour that stands out
from its neighbours is what the product is for.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from alerts.quality import FAIL, GOOD, MISSING, SUSPECT, UNKNOWN
from decoders.model import Environment

LATE, SILENT = 2, 3
"""Reporting intervals: a reading that comes later is late, or comes after a gap"""

_HOUR = timedelta(hours=1)
_TEN_MINUTES = 600.0
_ORDER = (FAIL, SUSPECT, GOOD, UNKNOWN, MISSING)


@dataclass(frozen=True, slots=True)
class Limits:
    """Over which a test is SUSPECT, and over which it FAILs; None: it never does."""

    suspect: float
    fail: float | None = None


@dataclass(frozen=True, slots=True)
class FlatLine:
    """How long a series may stay within less than a tolerance."""

    tolerance: float
    suspect: timedelta
    fail: timedelta


@dataclass(frozen=True, slots=True)
class Settings:
    """How the readings of one property are tested; None: not at all."""

    usual: tuple[float, float] | None = None
    """Within which it is not SUSPECT"""
    spike: Limits | None = None
    """In the property's unit"""
    rate: Limits | None = None
    """In the property's unit per second"""
    flat: FlatLine | None = None


def _flat(tolerance: float, suspect: int, fail: int) -> FlatLine:
    return FlatLine(tolerance, suspect * _HOUR, fail * _HOUR)


_SAME = 1e-9
_PARTICLES = Settings(spike=Limits(200), flat=_flat(_SAME, 6, 12))
_GAS_PPB = Settings(spike=Limits(100 / 1.9125), flat=_flat(_SAME, 6, 12))

SETTINGS: Mapping[str, Settings] = MappingProxyType(
    {
        "temperature": Settings(
            spike=Limits(3, 10), rate=Limits(6 / _TEN_MINUTES), flat=_flat(0.11, 24, 48)
        ),
        "relative_humidity": Settings(
            (15, 95), Limits(25), Limits(40 / _TEN_MINUTES), _flat(0.11, 12, 24)
        ),
        "co2": Settings((380, 5000), Limits(1500), flat=_flat(_SAME, 12, 24)),
        "no2": replace(_GAS_PPB, usual=(-10, 500 / 1.9125)),
        "o3": _GAS_PPB,
        "so2": _GAS_PPB,
        **dict.fromkeys(("pm1", "pm2_5", "pm4", "pm10"), _PARTICLES),
    }
)
"""By property, decisions of this product that were tried on real series: humidity jumps by 63 % in
one real hour, so it never fails on a spike; nor does dust, of which 26 of the 44 hours over the
site action level of a real year would be spikes. Gases as for 100 ug/m3 of NO2 at 20 Cel"""

_USUAL_TEMPERATURE = {Environment.INDOOR: (5.0, 35.0), Environment.OUTDOOR: (-15.0, 40.0)}


def settings(observed_property: str, environment: Environment) -> Settings:
    """Give how a property is tested; of one that is not in the table only gaps are found."""
    found = SETTINGS.get(observed_property, Settings())
    if observed_property == "temperature":
        return replace(found, usual=_USUAL_TEMPERATURE[environment])
    return found


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading as it is stored."""

    time: datetime
    value: float
    """NaN: none"""
    quality: int
    """What the value says of itself"""


@dataclass(frozen=True, slots=True)
class Flags:
    """What each test says of one reading."""

    reading: Reading
    range: int
    spike: int
    rate: int
    flat: int
    gap: int

    @property
    def quality(self) -> int:
        """The worst of the tests of the value; a gap before it does not speak against it."""
        return worst((self.range, self.spike, self.rate, self.flat))


def worst(flags: Iterable[int]) -> int:
    """Give the worst flag: FAIL, SUSPECT, GOOD, UNKNOWN, MISSING.

    GOOD goes before UNKNOWN: what one test finds good and another cannot judge is good.
    """
    return min(flags, key=_ORDER.index, default=MISSING)


def lead_in(tested: Settings, interval: timedelta) -> timedelta:
    """Give how much earlier readings are needed, that the flags of a time are right.

    Beside them the last reading before is needed, however old it is.
    """
    longest = tested.flat.fail if tested.flat else timedelta(0)
    return longest + 2 * SILENT * interval


def judge(readings: Iterable[Reading], tested: Settings, interval: timedelta) -> Iterator[Flags]:
    """Test readings as they come; the flags of each are given when the next reading is there.

    Args:
        readings: of one series, in the order of time, each time once.
        tested: how.
        interval: how often the device should report.
    """
    windows = [*_windows(tested.flat)]
    earlier: Reading | None = None
    pending: Flags | None = None
    for reading in readings:
        last = pending.reading if pending else None
        elapsed = reading.time - last.time if last else None
        apart = elapsed is None or elapsed > SILENT * interval
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
            rate=_rate(last, reading, tested.rate),
            flat=_flat_line(reading, windows),
            gap=_gap(elapsed, interval),
        )
    if pending is not None:
        yield replace(pending, spike=_spike(earlier, pending.reading, None, tested))


def _over(measured: float, limits: Limits) -> int:
    if limits.fail is not None and measured > limits.fail:
        return FAIL
    return SUSPECT if measured > limits.suspect else GOOD


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
    middle = (earlier.value + later.value) / 2
    return UNKNOWN if math.isnan(middle) else _over(abs(reading.value - middle), tested.spike)


def _rate(last: Reading | None, reading: Reading, limits: Limits | None) -> int:
    """Judge a change; the first reading, and one after none, changed by nothing."""
    if math.isnan(reading.value):
        return MISSING
    if limits is None:
        return UNKNOWN
    if last is None or math.isnan(last.value):
        return GOOD
    seconds = (reading.time - last.time).total_seconds()
    return _over(abs((reading.value - last.value) / seconds), limits)


def _gap(elapsed: timedelta | None, interval: timedelta) -> int:
    if elapsed is None:
        return UNKNOWN
    return _over(elapsed / interval, Limits(LATE, SILENT))


def _flat_line(reading: Reading, windows: "list[_Window]") -> int:
    """Judge how long it has been the same; each window sees every reading."""
    found = [window.flag for window in windows if window.is_flat(reading)]
    if math.isnan(reading.value):
        return MISSING
    return worst([*found, GOOD]) if windows else UNKNOWN


def _windows(flat: FlatLine | None) -> "Iterator[_Window]":
    if flat is not None:
        yield _Window(flat.suspect, flat.tolerance, SUSPECT)
        yield _Window(flat.fail, flat.tolerance, FAIL)


class _Window:
    """The readings of the last hours, from the last one at or before their beginning on."""

    def __init__(self, length: timedelta, tolerance: float, flag: int) -> None:
        self.flag = flag
        self._length = length
        self._tolerance = tolerance
        self._times: deque[datetime] = deque()
        self._least: deque[tuple[datetime, float]] = deque()
        self._greatest: deque[tuple[datetime, float]] = deque()

    def is_flat(self, reading: Reading) -> bool:
        """Take the next reading; True when all of a whole window are within the tolerance."""
        begins = reading.time - self._length
        self._times.append(reading.time)
        while len(self._times) > 1 and self._times[1] <= begins:
            self._times.popleft()
        if not math.isnan(reading.value):
            _enter(self._least, reading.time, reading.value, 1)
            _enter(self._greatest, reading.time, reading.value, -1)
        for extremes in (self._least, self._greatest):
            while extremes and extremes[0][0] < self._times[0]:
                extremes.popleft()
        if self._times[0] > begins or not self._least:
            return False
        return self._greatest[0][1] - self._least[0][1] < self._tolerance


def _enter(
    extremes: deque[tuple[datetime, float]], time: datetime, value: float, sign: int
) -> None:
    """Keep what can still be the least (sign 1) or the greatest (-1), the extreme first."""
    while extremes and sign * extremes[-1][1] >= sign * value:
        extremes.pop()
    extremes.append((time, value))
