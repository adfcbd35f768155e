"""What is measured in parking: occupancy, turnover, stays, overstay, and sensors to be doubted.

An overstay is a prompt for an officer, never by itself a penalty.
"""

import statistics
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from alerts.figures import Parking
from alerts.indices.parking import Bay, Session, Timeline
from alerts.model import EPOCH

_LONDON = ZoneInfo("Europe/London")
_DAY = timedelta(days=1)
_NONE = timedelta(0)


def occupancy(states: Sequence[Bay], figures: Parking) -> float | None:
    """Give the share of a zone's bays in service that are taken, in % of those that are known.

    None when too few are known.
    """
    return occupancy_of(states.count(Bay.OCCUPIED), states.count(Bay.FREE), len(states), figures)


def occupancy_of(taken: int, free: int, in_service: int, figures: Parking) -> float | None:
    """Give the same of bays that were counted; None when too few are known."""
    known = taken + free
    if not known or known < figures.known_share * in_service:
        return None
    return 100 * taken / known


def occupancy_over(bays: Iterable[Timeline], start: datetime, end: datetime) -> float | None:
    """Give the occupied share of the known time of all bays in a period, in %."""
    spent = {Bay.FREE: _NONE, Bay.OCCUPIED: _NONE, Bay.UNKNOWN: _NONE}
    for bay in bays:
        for span in bay.spans:
            spent[span.state] += max(_NONE, min(span.end, end) - max(span.start, start))
    known = spent[Bay.FREE] + spent[Bay.OCCUPIED]
    return 100 * (spent[Bay.OCCUPIED] / known) if known else None


def ended_between(sessions: Iterable[Session], start: datetime, end: datetime) -> list[Session]:
    """Give the sessions that ended in [start, end)."""
    return [session for session in sessions if session.end and start <= session.end < end]


def turnover(sessions: Iterable[Session], bays: int, start: datetime, end: datetime) -> float:
    """Give the sessions that ended in a period for each bay in service.

    Raises:
        ZeroDivisionError: no bay is in service.
    """
    return len(ended_between(sessions, start, end)) / bays


def is_verified(session: Session, *, limited: bool, figures: Parking) -> bool:
    """Say whether a session's length can be believed.

    It must have been seen from beginning to end; in a bay with a stay limit, one that lasted very
    long may be two, with the change between them lost.
    """
    if session.end is None or not session.whole:
        return False
    return not limited or session.end - session.start <= figures.unverified_after


@dataclass(frozen=True, slots=True)
class Stays:
    """How long vehicles stay."""

    number: int
    mean: timedelta
    median: timedelta


def stays(verified: Iterable[Session]) -> Stays | None:
    """Give mean and median of verified sessions; None when there is none."""
    lengths = [session.end - session.start for session in verified if session.end]
    if not lengths:
        return None
    mean = sum(lengths, _NONE) / len(lengths)
    seconds = [length.total_seconds() for length in lengths]
    return Stays(len(lengths), mean, timedelta(seconds=statistics.median(seconds)))


@dataclass(frozen=True, slots=True)
class Restriction:
    """How long one may stay, and when that holds, by the clock of Europe/London."""

    days: frozenset[int]
    """Monday is 0"""
    begins: time
    ends: time
    limit: timedelta
    on_bank_holidays: bool = False
    is_always: bool = False
    """It holds without a break, so that a stay counts from its beginning however long it is"""


ALWAYS = (frozenset(range(7)), time.min, time.max)
"""Days and hours of a restriction that always holds"""


def over(
    start: datetime,
    until: datetime,
    restrictions: Iterable[Restriction],
    holidays: Collection[date],
) -> timedelta:
    """Give how far a stay from a time until another is over the limit in force, without grace.

    Zero where no limit is in force. It counts in elapsed time, from when the limit came into force
    on that day, or from the stay's own beginning.
    """
    for restriction in restrictions:
        came = _in_force_since(restriction, until, holidays)
        if came is not None:
            return max(_NONE, until - max(start, came) - restriction.limit)
    return _NONE


def overstay(
    session: Session,
    restrictions: Iterable[Restriction],
    now: datetime,
    *,
    holidays: Collection[date],
    figures: Parking,
) -> timedelta:
    """Give how far a stay is over the limit in force, as soon as that is more than the grace.

    The stay counts from when the limit came into force today, or from its own beginning.
    """
    found = over(session.start, session.end or now, restrictions, holidays)
    return found if found > figures.grace else _NONE


def _in_force_since(
    restriction: Restriction, moment: datetime, holidays: Collection[date]
) -> datetime | None:
    if restriction.is_always:
        return EPOCH
    local = moment.astimezone(_LONDON)
    if local.weekday() not in restriction.days:
        return None
    if local.date() in holidays and not restriction.on_bank_holidays:
        return None
    if not restriction.begins <= local.time() < restriction.ends:
        return None
    return datetime.combine(local.date(), restriction.begins, _LONDON).astimezone(UTC)


class Doubt(StrEnum):
    """Why a sensor may be wrong; neighbours confirm it before somebody is sent."""

    STUCK_OCCUPIED = "occupied for too long"
    STUCK_FREE = "free for too long while its neighbours are used"
    FLICKERING = "takes back its changes too often"
    STUCK_COUNT = "the count does not change"


def doubts(
    bay: Timeline, now: datetime, *, limited: bool, zone_turnover: float, figures: Parking
) -> tuple[Doubt, ...]:
    """Give what speaks against a bay's sensor.

    Args:
        bay: up to now.
        now: the end of the timeline.
        limited: whether the bay has a stay limit.
        zone_turnover: arrivals a day in the zone's median bay.
        figures: how long is too long.
    """
    found = []
    longest = figures.stuck_with_limit if limited else figures.stuck_without_limit
    if bay.state is Bay.OCCUPIED and bay.sessions[-1].lasted(now) > longest:
        found.append(Doubt.STUCK_OCCUPIED)
    used = zone_turnover >= figures.stuck_free_turnover
    if used and bay.state is Bay.FREE and _free_for(bay, now) >= figures.stuck_free:
        found.append(Doubt.STUCK_FREE)
    if sum(now - _DAY < moment <= now for moment in bay.flickers) > figures.flickers_a_day:
        found.append(Doubt.FLICKERING)
    return tuple(found)


def _free_for(bay: Timeline, now: datetime) -> timedelta:
    last = bay.sessions[-1].end if bay.sessions else bay.spans[0].start
    return now - (last or now)


class LotWord(StrEnum):
    """What a published count says."""

    COUNTED = "counted"
    OVER_CAPACITY = "over capacity"
    DATA_ERROR = "data error"


@dataclass(frozen=True, slots=True)
class Lot:
    """A counted car park; the numbers as they were published."""

    taken: int
    rate: float | None
    """In %, over 100 when cars stand where no space is; None when the count is an error"""
    word: LotWord


def lot(capacity: int, free: int) -> Lot:
    """Read a published number of free spaces: negative is an error, so is more than there are.

    Some operators publish a negative number when more cars are inside than there are spaces: -1
    alone is the sign of a counter that does not report.
    """
    taken = capacity - free
    if free == -1 or capacity <= 0 or taken < 0:
        return Lot(taken, None, LotWord.DATA_ERROR)
    rate = 100 * taken / capacity
    return Lot(taken, rate, LotWord.OVER_CAPACITY if taken > capacity else LotWord.COUNTED)


def is_lot_stuck(spaces: int, changed_at: datetime, now: datetime, figures: Parking) -> bool:
    """Say whether a large car park's count has stood still for too long."""
    return spaces >= figures.stuck_lot_spaces and now - changed_at > figures.stuck_lot
