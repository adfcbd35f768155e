"""Engineering: is every uplink accounted for, and does everything keep up?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from storage import pages_health as health
from storage.account import PossibleGap, last_commit
from storage.connection import Connection
from storage.pages_health import AccountHour, Evaluation, Fleet
from storage.rule_versions import Refusal, refused
from web import wording
from web.clock import Now, Wall
from web.health import faults
from web.identity import Area
from web.session import Database, reader_of
from web.tables import Column, Link, Table
from web.views import view
from web.watching import Seen, Watch, watched_by_readers

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENGINEERING))])
WATCHES = (
    Watch(
        "/engineering",
        watched_by_readers(Area.ENGINEERING),
        lambda connection, _: health.newest_entry(connection),
        "New messages have come.",
    ),
)

_QUIET = timedelta(hours=1)
_BEHIND = timedelta(minutes=5)
_ROOM = timedelta(days=7)


class Period(StrEnum):
    """How far back."""

    DAY = "24h"
    WEEK = "7d"

    @property
    def length(self) -> timedelta:
        """How long that is."""
        return timedelta(days=7 if self is Period.WEEK else 1)


@dataclass(frozen=True, slots=True)
class Health:
    """What decides whether all is well."""

    fleet: Fleet
    evaluation: Evaluation
    gaps: Sequence[PossibleGap]
    last_commit: datetime | None
    weeks_until: date | None
    faults: Sequence[str]
    refusal: Refusal | None = None
    """Why the service does not take its rule files"""


@router.get("/engineering")
def engineering(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    seen: Seen,
    now: Now,
    wall: Wall,
    period: Period = Period.DAY,
) -> Response:
    """Say in one sentence whether all is well, and show the books by the hour."""
    hours = health.account_hours(database, wall - period.length, wall)
    found = _look(database, now, wall - period.length)
    wrong = complaints(found, now, wall)
    return view(
        request,
        "engineering.html",
        title="Is every uplink accounted for?",
        tables=[hours_table(hours), gaps_table(found.gaps), reasons_table(hours)],
        live=seen,
        sentence=sentence(wrong, hours, period),
        wrong=wrong,
        period=period,
        periods=list(Period),
        fleet=found.fleet,
        most_held=health.MOST_HELD,
        last_commit=found.last_commit,
    )


def _look(database: Connection, now: datetime, since: datetime) -> Health:
    return Health(
        health.fleet(database, now),
        health.evaluation(database),
        health.gaps(database, since),
        last_commit(database),
        health.weeks_until(database),
        faults(database),
        refused(database),
    )


def complaints(found: Health, now: datetime, wall: datetime) -> list[str]:
    """Name everything that is wrong, one sentence each."""
    said = [*found.faults]
    if found.gaps:
        said.append(
            f"messages may be lost in {wording.plural(len(found.gaps), 'stretch')} of time, below"
        )
    if found.last_commit is not None and wall - found.last_commit > _QUIET:
        said.append(f"no message came for {wording.span(wall - found.last_commit)}")
    if found.refusal is not None:
        said.append(
            f"the rule files are wrong since {wording.when(found.refusal.refused_at)}, so the last "
            f"good rules stay in force ({'; '.join(found.refusal.reason.splitlines())})"
        )
    due_at = found.evaluation.due_at
    if due_at is not None and now - due_at > _BEHIND:
        said.append(f"the evaluation of rules is {wording.span(now - due_at)} behind")
    if found.evaluation.marked >= health.MOST_MARKS - 1:
        said.append(f"more than {health.MOST_MARKS - 1:,} hours wait to be computed")
    if found.weeks_until is not None and found.weeks_until < (wall + _ROOM).date():
        said.append(f"there is room for readings until {found.weeks_until:%d %b %Y} only")
    return said


def sentence(wrong: Sequence[str], hours: Sequence[AccountHour], period: Period) -> str:
    """Answer the page's question."""
    received = sum(hour.received for hour in hours)
    length = "24 hours" if period is Period.DAY else "7 days"
    books = (
        f"Of {wording.plural(received, 'message')} in the last {length}, "
        f"{sum(hour.stored for hour in hours):,} were stored, "
        f"{sum(hour.refused for hour in hours):,} refused and kept whole, "
        f"{sum(hour.duplicates for hour in hours):,} had come before"
    )
    if wrong:
        return f"{books}; but not all is well: {'; '.join(wrong)}."
    return f"{books}: every one is accounted for, and everything keeps up."


def hours_table(hours: Sequence[AccountHour]) -> Table:
    """Show the books, hour by hour."""
    numbers = ("Received", "Stored", "Refused", "Had come before", "Delivered again")
    return Table(
        "hours",
        "Messages by the hour of arrival",
        [Column("Hour"), *(Column(name, digits=0) for name in numbers), Column("Refused for")],
        [
            (
                hour.hour,
                hour.received,
                hour.stored,
                hour.refused,
                hour.duplicates,
                hour.redelivered,
                ", ".join(f"{reason} {number}" for reason, number in hour.by_reason.items()),
            )
            for hour in hours
        ],
        wide=True,
        quiet=True,
    )


def reasons_table(hours: Sequence[AccountHour]) -> Table:
    """Add up the refused messages by their reason."""
    sums: dict[str, int] = {}
    for hour in hours:
        for reason, number in hour.by_reason.items():
            sums[reason] = sums.get(reason, 0) + number
    return Table(
        "reasons",
        "Refused messages by reason",
        [Column("Reason"), Column("Messages", digits=0)],
        [
            (Link(reason, f"/engineering/quarantine?reason={reason}"), number)
            for reason, number in sorted(sums.items(), key=lambda item: -item[1])
        ],
        nothing="Nothing was refused.",
        quiet=True,
    )


def gaps_table(gaps: Sequence[PossibleGap]) -> Table:
    """List the stretches of time of which messages may be lost."""
    return Table(
        "gaps",
        "Stretches of time of which messages may be lost",
        [Column("From"), Column("Until"), Column("Why")],
        [(gap.start, gap.end, gap.why) for gap in gaps],
        nothing="There is none: the broker kept our session, and everything came at QoS 1.",
        quiet=True,
    )
