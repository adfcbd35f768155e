"""Parking: how full are the zones now?"""

from collections.abc import Iterable, Mapping, Sequence

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from alerts.indices import parking_measures
from storage import pages_marks, pages_parking
from storage.pages_parking import States, Zone
from web import wording
from web.bays import FIGURES
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
    states = pages_parking.states(database, [zone.id for zone in shown], now, FIGURES.unknown_after)
    return view(
        request,
        "parking.html",
        title="How full is the parking now?",
        tables=[_table(shown, states)],
        live=seen,
        sentence=sentence(states.values()),
        page=page,
    )


def sentence(zones: Iterable[States]) -> str:
    """Say how many bays of all zones are taken, of those that are known."""
    counted = list(zones)
    in_service = sum(zone.in_service for zone in counted)
    if not in_service:
        return "No bay has a sensor."
    known = sum(zone.known for zone in counted)
    taken = sum(zone.taken for zone in counted)
    silent = in_service - known
    verb = "is" if known == 1 else "are"
    said = f"{taken:,} of {wording.plural(known, 'known bay')} {verb} taken"
    return f"{said}; {wording.plural(silent, 'bay')} cannot be known." if silent else f"{said}."


def _table(found: Sequence[Zone], states: Mapping[int, States]) -> Table:
    counted = [(zone, states.get(zone.id, States())) for zone in found]
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
                bays.taken,
                bays.free,
                bays.known,
                bays.in_service,
                parking_measures.occupancy_of(bays.taken, bays.free, bays.in_service, FIGURES),
            )
            for zone, bays in counted
        ],
        nothing="No zone is registered.",
        quiet=True,
    )
