"""Occupancy, turnover, stays, overstay and doubtful sensors."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from alerts import figures
from alerts.indices import parking_measures as measures
from alerts.indices.parking import Bay, Event, Session, Span, Timeline, timeline
from alerts.indices.parking_measures import Doubt, LotWord, Restriction

FIGURES = figures.load().parking
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
F, O, U = Bay.FREE, Bay.OCCUPIED, Bay.UNKNOWN  # noqa: E741 - as on a parking plan


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([O, O, F, F], 50),
        ([O, O, F, U], pytest.approx(66.7, abs=0.1)),
        ([O, O, U, U], None),
        ([U], None),
        ([], None),
        ([O] * 4, 100),
    ],
)
def test_occupancy(states: list[Bay], expected: float | None) -> None:
    """The share is of the known bays, and none when fewer than three quarters are known."""
    assert measures.occupancy(states, FIGURES) == expected


def test_occupancy_over_a_period() -> None:
    """Occupied time against known time; the unknown counts on neither side."""
    spans = (
        Span(F, START, START + HOUR),
        Span(O, START + HOUR, START + 2 * HOUR),
        Span(U, START + 2 * HOUR, START + 4 * HOUR),
    )
    bays = [Timeline(U, spans), Timeline(O, (Span(O, START, START + 4 * HOUR),))]
    assert measures.occupancy_over(bays, START, START + 4 * HOUR) == pytest.approx(100 * 5 / 6)
    assert measures.occupancy_over(bays, START, START + HOUR) == 50
    assert measures.occupancy_over(bays[:1], START + 2 * HOUR, START + 4 * HOUR) is None


def session(start: timedelta, end: timedelta | None, *, whole: bool = True) -> Session:
    """Make a session by its offsets from the start."""
    return Session(START + start, None if end is None else START + end, whole)


def test_turnover() -> None:
    """Sessions count in the period in which they end."""
    several = [
        session(0 * HOUR, HOUR),
        session(HOUR, 2 * HOUR),
        session(2 * HOUR, 3 * HOUR),
        session(3 * HOUR, None),
    ]
    assert measures.turnover(several, 2, START + HOUR, START + 3 * HOUR) == 1
    with pytest.raises(ZeroDivisionError):
        measures.turnover(several, 0, START, START + DAY)


def test_verified() -> None:
    """Seen from beginning to end, and not implausibly long where a limit holds."""
    long = session(0 * HOUR, 25 * HOUR)
    assert measures.is_verified(long, limited=False, figures=FIGURES)
    assert not measures.is_verified(long, limited=True, figures=FIGURES)
    assert measures.is_verified(session(0 * HOUR, 24 * HOUR), limited=True, figures=FIGURES)
    for doubtful in (session(0 * HOUR, None), session(0 * HOUR, HOUR, whole=False)):
        assert not measures.is_verified(doubtful, limited=False, figures=FIGURES)


def test_stays() -> None:
    """Mean and median of the sessions that ended."""
    several = [session(0 * HOUR, HOUR * hours) for hours in (1, 2, 6)]
    assert measures.stays([*several, session(HOUR, None)]) == measures.Stays(3, 3 * HOUR, 2 * HOUR)
    assert measures.stays([session(HOUR, None)]) is None


SHOPS = Restriction(frozenset(range(6)), time(9), time(17), HOUR)
HOLIDAY = date(2026, 4, 6)


def over(start: str, end: str | None, now: str = "2026-03-02T12:00", **fields: object) -> int:
    """Give the minutes over the limit of a stay."""
    begun, left, moment = (
        None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)
        for text in (start, end, now)
    )
    assert begun is not None
    assert moment is not None
    rule = Restriction(SHOPS.days, SHOPS.begins, SHOPS.ends, SHOPS.limit, **fields)  # type: ignore[arg-type]
    stay = Session(begun, left, whole=True)
    found = measures.overstay(stay, [rule], moment, holidays={HOLIDAY}, figures=FIGURES)
    return found // MINUTE


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-03-02T10:00", "2026-03-02T11:10", 0),
        ("2026-03-02T10:00", "2026-03-02T11:11", 11),
        ("2026-03-02T10:00", None, 60),
        ("2026-03-02T07:00", "2026-03-02T10:30", 30),
        ("2026-03-01T20:00", "2026-03-02T10:05", 0),
        ("2026-03-02T16:00", "2026-03-02T17:30", 0),
        ("2026-03-01T10:00", "2026-03-01T15:00", 0),
        ("2026-04-06T10:00", "2026-04-06T15:00", 0),
    ],
)
def test_overstay(start: str, end: str | None, minutes: int) -> None:
    """Over the limit in force and the grace; from when the limit came into force that day."""
    assert over(start, end) == minutes


def test_overstay_on_a_bank_holiday() -> None:
    """Some limits hold on bank holidays too; in summer their hours are those of the clock."""
    assert over("2026-04-06T08:00", "2026-04-06T10:00", on_bank_holidays=True) == 60


def test_overstay_without_a_limit() -> None:
    """Where no limit is in force nobody overstays."""
    stay = session(0 * HOUR, 9 * HOUR)
    found = measures.overstay(stay, [], START + DAY, holidays=(), figures=FIGURES)
    assert found == timedelta(0)


def bay(text: str, until: timedelta) -> Timeline:
    """Give a timeline from `0F 10O`: minutes after the start and the state, heard all the time."""
    events = [
        Event(START + float(word[:-1]) * MINUTE, index, word[-1] == "O")
        for index, word in enumerate(text.split())
    ]
    return timeline(events, 30 * DAY, START + until, FIGURES)


def doubts(text: str, until: timedelta, *, limited: bool, turnover: float) -> list[Doubt]:
    """Give what speaks against the sensor of a bay."""
    now = START + until
    found = measures.doubts(
        bay(text, until), now, limited=limited, zone_turnover=turnover, figures=FIGURES
    )
    return list(found)


def test_stuck_occupied() -> None:
    """A day is too long under a limit, a week without one."""
    text = "0F 1O"
    assert doubts(text, DAY + 2 * MINUTE, limited=True, turnover=3) == [Doubt.STUCK_OCCUPIED]
    assert doubts(text, DAY + MINUTE, limited=True, turnover=3) == []
    assert doubts(text, DAY + 2 * MINUTE, limited=False, turnover=3) == []
    assert doubts(text, 8 * DAY, limited=False, turnover=3) == [Doubt.STUCK_OCCUPIED]


def test_stuck_free() -> None:
    """A week free is too long where the neighbours are used."""
    for text, until in (("0F", 7 * DAY), ("0O 60F", 7 * DAY + HOUR)):
        assert doubts(text, until, limited=True, turnover=1) == [Doubt.STUCK_FREE]
        assert doubts(text, until - MINUTE, limited=True, turnover=1) == []
        assert doubts(text, until, limited=True, turnover=0.9) == []


def test_flickering() -> None:
    """More than twenty flickers in a day are a fault."""
    often = "0F " + " ".join(f"{minute}O {minute}.5F" for minute in range(10, 31))
    assert doubts(often, HOUR, limited=True, turnover=1) == [Doubt.FLICKERING]
    assert doubts(often, DAY + HOUR, limited=True, turnover=1) == []
    assert doubts(often.rsplit(" ", 2)[0], HOUR, limited=True, turnover=1) == []


@pytest.mark.parametrize(
    ("capacity", "free", "taken", "rate", "word"),
    [
        (100, 40, 60, 60, LotWord.COUNTED),
        (100, 0, 100, 100, LotWord.COUNTED),
        (100, -5, 105, 105, LotWord.OVER_CAPACITY),
        (100, -1, 101, None, LotWord.DATA_ERROR),
        (100, 101, -1, None, LotWord.DATA_ERROR),
        (0, 0, 0, None, LotWord.DATA_ERROR),
    ],
)
def test_lots(*, capacity: int, free: int, taken: int, rate: float | None, word: LotWord) -> None:
    """A published count is shown as it is, with a word when it cannot be."""
    assert measures.lot(capacity, free) == measures.Lot(taken, rate, word)


def test_stuck_lot() -> None:
    """A car park of fifty spaces does not stand still for a day."""
    later = START + DAY + MINUTE
    assert measures.is_lot_stuck(50, START, later, FIGURES)
    assert not measures.is_lot_stuck(50, START, START + DAY, FIGURES)
    assert not measures.is_lot_stuck(49, START, later, FIGURES)
