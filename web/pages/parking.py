"""Parking: how full are the zones now?"""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from alerts.indices import parking_measures
from alerts.indices.parking import Bay as State
from storage import pages_hours, pages_marks, pages_parking
from storage.pages_hours import Measured, Newest
from storage.pages_parking import Bay, Zone
from web import wording
from web.bays import FIGURES, MEASURED
from web.clock import Now
from web.identity import Area
from web.paging import how_many, page_of, whole_table
from web.session import Database, reader_of
from web.tables import Column, Link, Table
from web.views import view
from web.watching import Seen, Watch, watched_by_readers

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.PARKING))])


def parking_watch(path: str) -> Watch:
    """Have a page of parking wait for its sensors."""
    return Watch(
        path,
        watched_by_readers(Area.PARKING),
        lambda connection, address: pages_marks.heard_in(
            connection, "bay", address[1] if address.groups() else None
        ),
        "A sensor has spoken.",
    )


WATCHES = (parking_watch("/parking"),)


@router.get("/parking")
def parking(
    request: Request,
    database: Database,
    seen: Seen,
    now: Now,
    after: str = "",
) -> Response:
    """List the zones with how many of their bays are taken, free and unknown."""
    found = pages_parking.zones(database, after=after, limit=how_many(request))
    page = page_of(request, found, lambda zone: zone.public_id)
    shown = found if whole_table(request) else page.rows
    bays = pages_parking.bays(database, [zone.id for zone in shown])
    newest = pages_hours.newest(database, [bay.id for bay in bays], (MEASURED,))
    states = {
        zone.id: [_state(bay, newest, now) for bay in bays if bay.zone == zone.id and bay.dev_eui]
        for zone in shown
    }
    return view(
        request,
        "parking.html",
        title="How full is the parking now?",
        tables=[_table(shown, states)],
        live=seen,
        sentence=sentence([state for zone in states.values() for state in zone]),
        page=page,
    )


def sentence(states: Sequence[State]) -> str:
    """Say how many bays are taken, of those that are known."""
    if not states:
        return "No bay has a sensor."
    known = sum(state is not State.UNKNOWN for state in states)
    taken = states.count(State.OCCUPIED)
    silent = len(states) - known
    verb = "is" if known == 1 else "are"
    said = f"{taken:,} of {wording.plural(known, 'known bay')} {verb} taken"
    return f"{said}; {wording.plural(silent, 'bay')} cannot be known." if silent else f"{said}."


def _state(bay: Bay, newest: dict[Measured, Newest], now: datetime) -> State:
    """Give the state of a bay; one that was not heard for too long is unknown."""
    found = newest.get((bay.id, MEASURED))
    patience = bay.heartbeat * FIGURES.unknown_after
    if found is None or now - found.last_seen_at > patience:
        return State.UNKNOWN
    return State.OCCUPIED if found.result else State.FREE


def _table(found: Sequence[Zone], states: dict[int, list[State]]) -> Table:
    return Table(
        "zones",
        "Zones",
        [
            Column("Zone"),
            Column("Area"),
            Column("Taken", digits=0),
            Column("Free", digits=0),
            Column("Known", digits=0),
            Column("In service", digits=0),
            Column("Occupancy", "%", digits=0, nothing="too few bays are known"),
        ],
        [
            (
                Link(zone.name, f"/parking/{zone.public_id}"),
                zone.area,
                states[zone.id].count(State.OCCUPIED),
                states[zone.id].count(State.FREE),
                len(states[zone.id]) - states[zone.id].count(State.UNKNOWN),
                len(states[zone.id]),
                parking_measures.occupancy(states[zone.id], FIGURES),
            )
            for zone in found
        ],
        nothing="No zone is registered.",
        quiet=True,
    )
