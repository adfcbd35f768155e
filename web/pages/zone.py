"""A zone: which bays are taken, overstayed or stuck, and how is it used by the hour?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import TypeAlias

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from alerts.indices import parking_measures
from alerts.indices.parking import Bay as State
from storage import pages_parking
from web import bays, wording
from web.bays import FIGURES, BayNow
from web.charts import Chart, Limit, Line, Point
from web.clock import Now
from web.identity import Area
from web.pages.parking import parking_watch
from web.paging import ROWS
from web.periods import CHOICES, Period
from web.session import Database, reader_of
from web.tables import Column, Table, Tag
from web.views import view
from web.watching import Seen

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.PARKING))])
WATCHES = (parking_watch("/parking/([a-z2-7]+)"),)
_PERIODS = (Period.DAY, Period.WEEK)


@router.get("/parking/{public_id}")
def zone(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    seen: Seen,
    now: Now,
    public_id: str,
    period: Period = Period.DAY,
) -> Response:
    """Show the bays now, and how the zone was used."""
    found = pages_parking.zone(database, public_id)
    if found is None:
        raise HTTPException(404)
    if period not in _PERIODS:
        raise HTTPException(422, "Choose 24h or 7d.")
    listed = pages_parking.bays(database, [found.id])
    since, until = period.hours(now)
    # Stays that ended in the period began before it.
    began = since - FIGURES.unverified_after
    said = pages_parking.events(database, [bay.id for bay in listed], began, now)
    known = bays.bays_now(listed, said, began, now)
    usage = bays.occupancy_by_hour([each.timeline for each in known], since, until)
    ended = _ended(known, since)
    return view(
        request,
        "zone.html",
        title=found.name,
        crumbs=[{"text": "Parking", "href": "/parking"}],
        tables=[
            _bays_table(known, now),
            _hours_table(usage),
            _stays_table(ended),
        ],
        live=seen,
        sentence=sentence(known),
        period=period,
        choices=CHOICES[: len(_PERIODS)],
        picture=_chart(usage, period, since, until),
        used=_used(known, ended, since, now),
    )


def sentence(known: Sequence[BayNow]) -> str:
    """Say what needs somebody."""
    over = sum(bool(found.overstay) for found in known)
    doubtful = sum(bool(found.doubts) for found in known)
    silent = sum(found.timeline.state is State.UNKNOWN for found in known)
    taken = sum(found.timeline.state is State.OCCUPIED for found in known)
    verb = "is" if len(known) == 1 else "are"
    said = f"{taken} of {wording.plural(len(known), 'bay')} {verb} taken"
    more = [
        f"{count} {word}"
        for count, word in ((over, "overstayed"), (silent, "unknown"), (doubtful, "doubtful"))
        if count
    ]
    return f"{said}; {', '.join(more)}." if more else f"{said}."


Stay: TypeAlias = tuple[str, datetime, datetime, timedelta]
"""The bay, from, until, how long"""


def _ended(known: Sequence[BayNow], since: datetime) -> list[Stay]:
    """List the verified stays that ended in the period, the newest first."""
    rows = [
        (found.bay.name, session.start, session.end, session.lasted(session.end))
        for found in known
        for session in bays.verified(found)
        if session.end is not None and session.end >= since
    ]
    return sorted(rows, key=lambda row: row[2], reverse=True)


def _used(
    known: Sequence[BayNow], ended: Sequence[Stay], since: datetime, now: datetime
) -> str | None:
    """Say how the zone was used; None when there is nothing to say."""
    if not known or not ended:
        return None
    sessions = [session for found in known for session in found.timeline.sessions]
    turned = parking_measures.turnover(sessions, len(known), since, now)
    lengths = [length for _, _, _, length in ended]
    mean = sum(lengths, timedelta(0)) / len(lengths)
    middle = timedelta(seconds=median(length.total_seconds() for length in lengths))
    return (
        f"{wording.number(turned)} stays ended for each bay. The {len(ended):,} that were seen "
        f"from beginning to end lasted {wording.span(mean)} on average, half of them "
        f"{wording.span(middle)} or less."
    )


def _chart(
    usage: Sequence[tuple[datetime, float | None]], period: Period, since: datetime, until: datetime
) -> Chart:
    points = [Point(hour, share) for hour, share in usage]
    return Chart(
        title=f"Occupied share of the known time, last {period.words}",
        unit="%",
        lines=[Line("Occupied", points)],
        start=since,
        end=until,
        limits=(Limit("Full", FIGURES.full_at),),
    )


_STATES = {
    State.OCCUPIED: Tag("occupied", "blue"),
    State.FREE: Tag("free", "green"),
    State.UNKNOWN: Tag("unknown", "yellow"),
}


def _calm(found: BayNow) -> bool:
    """Put first what needs somebody."""
    return not (found.overstay or found.doubts)


def _bays_table(known: Sequence[BayNow], now: datetime) -> Table:
    return Table(
        "bays",
        "Bays now",
        [
            Column("Bay"),
            Column("State"),
            Column("Since", nothing="never heard"),
            Column("For", nothing=""),
            Column("Limit", nothing="none"),
            Column("Over the limit", nothing="no"),
            Column("Doubts", nothing="none"),
        ],
        [
            (
                found.bay.name,
                _STATES[found.timeline.state],
                found.since,
                now - found.since if found.since else None,
                bays.limit_of(found.bay),
                found.overstay or None,
                "; ".join(doubt.value for doubt in found.doubts),
            )
            for found in sorted(known, key=_calm)
        ],
        nothing="This zone has no bay with a sensor.",
    )


def _hours_table(usage: Sequence[tuple[datetime, float | None]]) -> Table:
    return Table(
        "hours",
        "Occupancy by the hour",
        [Column("Hour"), Column("Occupied", "%", digits=0, nothing="not known")],
        list(reversed(usage)),
        wide=True,
    )


def _stays_table(ended: Sequence[Stay]) -> Table:
    return Table(
        "stays",
        "Stays that ended",
        [Column("Bay"), Column("From"), Column("Until"), Column("Length")],
        ended,
        nothing="No stay ended in this time.",
        most=ROWS,
    )
