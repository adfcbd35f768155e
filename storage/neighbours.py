"""Readings that fail among their neighbours, kept right for the hours that are computed again.

    take      the marks of hours, into a table of the transaction
    judge     of these hours those in whose reach something fails or might fail, by one statement
              for all; their readings alone are judged (`alerts.quality_series`), with as many
              before them as a flag depends on, and as many after them as may depend on them
    write     what fails now and did not, or the other way round; their hours are computed again too

Whether a reading fails is a function of the readings that are stored and of the registry, so it
does not depend on order, batches, lateness, restarts or the number of workers. Thresholds that
change hold for what is judged from then on.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from alerts import quality_series
from alerts.quality_series import Reading
from alerts.quality_settings import QualitySettings, Settings
from storage.connection import Connection
from storage.queries import SQL

_HOUR = timedelta(hours=1)
Key = tuple[int, datetime]
"""A series, and the time of a reading"""
Why = tuple[int, int, int]
"""The flags of spike, rate and flat line"""


@dataclass(frozen=True, slots=True)
class Reports:
    """How often a device should report: by its installations, else as it says itself."""

    usual: timedelta
    since: Sequence[datetime] = ()
    """When its installations begin, in order"""
    until: Sequence[datetime] = ()
    intervals: Sequence[timedelta] = ()

    def at(self, time: datetime) -> timedelta:
        """Give the interval at a time."""
        number = bisect_right(self.since, time) - 1
        if number >= 0 and time < self.until[number]:
            return self.intervals[number]
        return self.usual

    @property
    def longest(self) -> timedelta:
        """The longest that it ever was."""
        return max(self.usual, *self.intervals, timedelta(0))


@dataclass(frozen=True, slots=True)
class Source:
    """What the readings of a series are tested by."""

    observed_property: str
    reports: Reports
    kept_since: datetime
    """Earlier readings were erased, or may have been"""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A series from a time to another, and how it is judged."""

    series: int
    since: datetime
    until: datetime
    tested: Settings
    reports: Reports

    @property
    def begun(self) -> datetime:
        """From when on readings are needed."""
        return self.since - quality_series.lead_in(self.tested, self.reports.longest)


def take(connection: Connection, limit: int, ahead: int) -> int:
    """Take the oldest marks of at most so many hours for this transaction; give how many marks.

    Args:
        connection: in the transaction.
        limit: the most hours.
        ahead: how many marks are looked at.
    """
    connection.execute(SQL["marked_create"])
    row = connection.execute(SQL["marked_take"], {"limit": limit, "marks": ahead}).fetchone()
    return int(row[0]) if row else 0


def judge(connection: Connection, quality: QualitySettings) -> None:
    """Judge the readings in the reach of the hours that were taken."""
    failing = quality.failing()
    doubtful = _doubtful(connection, failing)
    if not doubtful:
        return
    stretches = list(_stretches(connection, doubtful, failing))
    failed = dict(_failed(connection, stretches))
    known = _known(connection, stretches)
    _write(
        connection,
        gone=[key for key in known if key not in failed],
        put={key: why for key, why in failed.items() if known.get(key) != why},
    )


def _doubtful(connection: Connection, failing: Mapping[str, Settings]) -> dict[int, list[datetime]]:
    """Give the hours that must be judged, by series."""
    tests = list(failing.values())
    told = {
        "properties": list(failing),
        "spikes": [test.spike.fail if test.spike else None for test in tests],
        "rates": [test.rate is not None and test.rate.fail is not None for test in tests],
        "tolerances": [test.flat.tolerance if test.flat else None for test in tests],
        "lengths": [test.flat.fail if test.flat else None for test in tests],
        "silences": [float(test.silent) for test in tests],
    }
    return dict(connection.execute(SQL["neighbours_doubtful"], told).fetchall())


def _stretches(
    connection: Connection,
    doubtful: Mapping[int, Sequence[datetime]],
    failing: Mapping[str, Settings],
) -> Iterator[_Stretch]:
    """Give what is judged: hours that are near to each other in one stretch.

    What depends on readings that were erased stays as it was judged when they were there.
    """
    for number, source in sources(connection, list(doubtful)).items():
        tested, reports = failing[source.observed_property], source.reports
        known = source.kept_since + quality_series.lead_in(tested, reports.longest)
        near = 2 * tested.silent * reports.longest
        reach = (tested.flat.longest if tested.flat else timedelta(0)) + near
        for first, last in _runs(doubtful[number], reach + near):
            since, until = max(first - near, known), last + _HOUR + reach
            if since < until:
                yield _Stretch(number, since, until, tested, reports)


def _runs(hours: Sequence[datetime], apart: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Give the first and the last of hours that are not further apart."""
    first = last = hours[0]
    for hour in hours:
        if hour - last > apart:
            yield first, last
            first = hour
        last = hour
    yield first, last


def sources(connection: Connection, series: Sequence[int]) -> dict[int, Source]:
    """Give what the readings of measured series are tested by."""
    rows = connection.execute(SQL["neighbours_series"], {"series": list(series)})
    return {number: Source(name, Reports(*told), kept) for number, name, kept, *told in rows}


def _failed(connection: Connection, stretches: Sequence[_Stretch]) -> Iterator[tuple[Key, Why]]:
    """Judge the readings of stretches, and give those that fail."""
    told = {
        "numbers": list(range(len(stretches))),
        "series": [stretch.series for stretch in stretches],
        "begun": [stretch.begun for stretch in stretches],
        "until": [stretch.until for stretch in stretches],
    }
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(SQL["neighbours_readings"], told)
        for number, group in groupby(rows, itemgetter(0)):
            yield from _failed_of(stretches[number], (Reading(*row[1:]) for row in group))


def _failed_of(stretch: _Stretch, readings: Iterable[Reading]) -> Iterator[tuple[Key, Why]]:
    for flags in quality_series.judge(readings, stretch.tested, stretch.reports.at):
        time = flags.reading.time
        if flags.fails_beside_others and stretch.since <= time < stretch.until:
            yield (stretch.series, time), (flags.spike, flags.rate, flags.flat)


def _known(connection: Connection, stretches: Sequence[_Stretch]) -> dict[Key, Why]:
    told = {
        "series": [stretch.series for stretch in stretches],
        "since": [stretch.since for stretch in stretches],
        "until": [stretch.until for stretch in stretches],
    }
    rows = connection.execute(SQL["neighbours_failed"], told)
    return {(series, time): (spike, rate, flat) for series, time, spike, rate, flat in rows}


def _write(connection: Connection, gone: Sequence[Key], put: Mapping[Key, Why]) -> None:
    if gone:
        told = {"series": [series for series, _ in gone], "times": [time for _, time in gone]}
        connection.execute(SQL["neighbours_clear"], told)
    if put:
        spikes, rates, flats = zip(*put.values(), strict=True)
        connection.execute(
            SQL["neighbours_fail"],
            {
                "series": [series for series, _ in put],
                "times": [time for _, time in put],
                "spikes": list(spikes),
                "rates": list(rates),
                "flats": list(flats),
            },
        )
