"""Bays, zones and counted car parks, by five minutes and by the day.

    overstay         minutes over the bay's limit at the end of five minutes; 0 while it is not
                     over, and at times at which no limit is in force
    zone_occupancy   occupied share of the known bay-minutes, in %; of a counted car park what the
                     last count says, at most 100
    sensor_doubts    how many things speak against a sensor at the end of a UTC day

Where the sensor was silent for too long there is no value: neither free nor occupied.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median

from alerts.derived.model import DAY
from alerts.figures import Parking
from alerts.indices.parking import Bay, Span, Timeline
from alerts.indices.parking_measures import Restriction, doubts, lot, over
from alerts.steps import FIVE_MINUTES, floor

Values = dict[datetime, float]
COUNT_HOLDS = timedelta(hours=1)
"""A published count speaks for so long (a decision)"""
TURNOVER_OVER = timedelta(days=7)
"""The time that a zone's use is judged over"""


def overstay(
    line: Timeline,
    restrictions: Sequence[Restriction],
    since: datetime,
    until: datetime,
    holidays: Collection[date] = (),
) -> Values:
    """Give the minutes over the limit at the end of each five minutes of [since, until)."""
    found: Values = {}
    sessions = list(line.sessions)
    for span in line.spans:
        for start in _ending_in(span, since, until):
            end = start + FIVE_MINUTES
            while sessions and sessions[0].end is not None and sessions[0].end < end:
                sessions.pop(0)
            if span.state is Bay.FREE:
                found[start] = 0.0
            elif span.state is Bay.OCCUPIED:
                late = over(sessions[0].start, end, restrictions, holidays)
                found[start] = late / timedelta(minutes=1)
    return found


def _ending_in(span: Span, since: datetime, until: datetime) -> Iterable[datetime]:
    """Give the five minutes whose end lies in the span, its own end included."""
    start = floor(max(span.start, since), FIVE_MINUTES)
    if start < since:
        start += FIVE_MINUTES
    while start < until and start + FIVE_MINUTES <= span.end:
        yield start
        start += FIVE_MINUTES


def zone_occupancy(
    lines: Sequence[Timeline], since: datetime, until: datetime, figures: Parking
) -> Values:
    """Give the occupied share of the known time, where enough of it is known."""
    known: dict[datetime, timedelta] = {}
    taken: dict[datetime, timedelta] = {}
    for line in lines:
        for span in line.spans:
            if span.state is Bay.UNKNOWN:
                continue
            for start, spent in _pieces(span, since, until):
                known[start] = known.get(start, timedelta(0)) + spent
                if span.state is Bay.OCCUPIED:
                    taken[start] = taken.get(start, timedelta(0)) + spent
    needed = figures.known_share * len(lines) * FIVE_MINUTES
    return {
        start: 100 * (taken.get(start, timedelta(0)) / spent)
        for start, spent in known.items()
        if spent >= needed
    }


def _pieces(span: Span, since: datetime, until: datetime) -> Iterable[tuple[datetime, timedelta]]:
    low, high = max(span.start, since), min(span.end, until)
    while low < high:
        start = floor(low, FIVE_MINUTES)
        end = min(high, start + FIVE_MINUTES)
        yield start, end - low
        low = end


def lot_occupancy(
    counts: Mapping[datetime, float], capacity: int, since: datetime, until: datetime
) -> Values:
    """Give what the last count of a car park said at the end of each five minutes.

    Args:
        counts: free spaces by time, from `COUNT_HOLDS` before on.
        capacity: all spaces.
        since: the first five minutes begin here.
        until: the last end here.
    """
    ordered = sorted(counts)
    found: Values = {}
    start, index = since, 0
    while start < until:
        end = start + FIVE_MINUTES
        while index < len(ordered) and ordered[index] < end:
            index += 1
        if index and end - ordered[index - 1] <= COUNT_HOLDS:
            rate = lot(capacity, int(counts[ordered[index - 1]])).rate
            if rate is not None:
                found[start] = min(100.0, rate)
        start = end
    return found


def bay_doubts(
    lines: Mapping[int, Timeline],
    limited: Mapping[int, bool],
    now: datetime,
    figures: Parking,
) -> dict[int, int]:
    """Give how many things speak against the sensor of each bay of a zone, at a moment.

    A bay of which nothing is known is left out: its silence is another rule's.
    """
    since = now - TURNOVER_OVER
    arrivals = [sum(s.start >= since for s in line.sessions) for line in lines.values()]
    turnover = median(arrivals) / (TURNOVER_OVER / DAY) if arrivals else 0.0
    return {
        bay: len(doubts(line, now, limited=limited[bay], zone_turnover=turnover, figures=figures))
        for bay, line in lines.items()
        if line.state is not Bay.UNKNOWN
    }
