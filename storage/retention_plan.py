"""What of a home's data may be kept no longer, by the purposes for which it is kept.

    readings    24 months, and not beyond the tenancy          to see a hazard, and find its cause
    means       6 years, and not beyond the tenancy            to follow a home over its winters
    both        as long as a case of the tenancy is open       to handle the case
    means       6 years after such a case was closed           to answer for how it was handled

A tenancy's data are kept some days beyond its end, since readings come up to 30 days late. A case
belongs to the tenancy in which the landlord became aware; one of no tenancy holds all of the home.
Means are only erased where readings are, so that no mean is ever made again from nothing.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")
BEGINNING = datetime(1999, 12, 1, tzinfo=UTC)
"""Before anything that can be stored"""
END = datetime(2102, 1, 1, tzinfo=UTC)
"""After it"""


@dataclass(frozen=True, slots=True)
class Policy:
    """How long what is kept."""

    readings_months: int = 24
    means_years: int = 6
    days_after_tenancy: int = 31
    """At least 31: a reading may come 30 days late"""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A time from one moment up to, and without, another."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class HeldCase:
    """When the landlord became aware, and when the case was closed; None: it is open."""

    aware_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """What may be kept no longer: spans in order, none of them touching the next."""

    readings: tuple[Span, ...]
    means: tuple[Span, ...]
    """They lie within those of the readings"""


def due(tenancies: Sequence[Span], cases: Sequence[HeldCase], now: datetime, policy: Policy) -> Due:
    """Give what may be kept no longer of one home.

    Args:
        tenancies: from the first day's beginning to the last day's end; `END` while it lasts.
        cases: all of the home.
        now: the present.
        policy: how long what is kept.
    """
    grace = timedelta(days=policy.days_after_tenancy)
    over = [tenancy for tenancy in tenancies if tenancy.end + grace <= now]
    years_ago = Span(BEGINNING, months_before(now, 12 * policy.means_years))
    months_ago = Span(BEGINNING, months_before(now, policy.readings_months))
    held_open = [
        span for case in cases if case.closed_at is None for span in _about(case, tenancies)
    ]
    held_closed = [
        span
        for case in cases
        if case.closed_at is not None
        and case.closed_at > months_before(now, 12 * policy.means_years)
        for span in _about(case, tenancies)
    ]
    readings = without([*over, months_ago], held_open)
    means = without([*over, years_ago], [*held_open, *held_closed])
    return Due(readings, tuple(each for span in means for each in _within(span, readings)))


def _about(case: HeldCase, tenancies: Iterable[Span]) -> list[Span]:
    """Give the tenancy that a case is about; of none of them: all time."""
    found = [each for each in tenancies if each.start <= case.aware_at < each.end]
    return found or [Span(BEGINNING, END)]


def months_before(now: datetime, months: int) -> datetime:
    """Give the midnight of London that began the same day some months ago."""
    day = now.astimezone(_LONDON).date()
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    last = monthrange(year, month + 1)[1]
    return midnight(date(year, month + 1, min(day.day, last)))


def midnight(day: date) -> datetime:
    """Give when a day begins in London."""
    return datetime(day.year, day.month, day.day, tzinfo=_LONDON).astimezone(UTC)


def without(spans: Iterable[Span], held: Iterable[Span]) -> tuple[Span, ...]:
    """Join spans, and take away what is held."""
    left = joined(spans)
    for away in joined(held):
        left = [
            piece
            for span in left
            for piece in (
                Span(span.start, min(span.end, away.start)),
                Span(max(span.start, away.end), span.end),
            )
            if piece.start < piece.end
        ]
    return tuple(left)


def joined(spans: Iterable[Span]) -> list[Span]:
    """Join spans that touch, in order."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def _within(span: Span, others: Iterable[Span]) -> list[Span]:
    """Give the parts of a span that lie in others."""
    return [
        Span(max(span.start, other.start), min(span.end, other.end))
        for other in others
        if max(span.start, other.start) < min(span.end, other.end)
    ]


def within(spans: Iterable[Span], period: Span) -> list[Span]:
    """Give the parts of spans that lie in a period."""
    return [piece for span in spans for piece in _within(span, [period])]
