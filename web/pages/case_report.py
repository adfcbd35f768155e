"""A case that begins with a report: somebody told us of a hazard in a home."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from storage import cases, pages_homes
from storage.cases import Awareness
from storage.connection import Connection
from storage.pages_homes import RoomDetail
from web.case_forms import CATEGORIES, NewCase, begin, hazard_choices
from web.clock import Acting
from web.forms import Errors, field_time, words
from web.identity import Area, Person
from web.read_log import Logged
from web.security import FromOurForm
from web.session import Database, writer_of
from web.views import view

router = APIRouter(include_in_schema=False)
Writer = Annotated[Person, Depends(writer_of(Area.HOUSING))]


@router.get("/homes/rooms/{public_id}/case")
def report(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: Writer,
    acting: Acting,
    log: Logged,
    public_id: str,
) -> Response:
    """Ask for what a case begins with."""
    found = _room(database, person, public_id)
    log.homes([public_id])
    return _page(request, database, found, _offered(found, acting))


def _room(database: Connection, person: Person, public_id: str) -> RoomDetail:
    found = pages_homes.room(database, public_id)
    if found is None or not person.may_see_patch(found.patch):
        raise HTTPException(404)
    return found


def _offered(found: RoomDetail, now: Acting) -> Awareness:
    return Awareness(found.home_public_id, now, "")


def _page(  # noqa: PLR0913 - what a page shows
    request: Request,
    database: Connection,
    found: RoomDetail,
    offered: Awareness,
    *,
    status: int = 200,
    errors: Errors | None = None,
    written: Mapping[str, str] | None = None,
) -> Response:
    known = cases.cases(database, place_id=found.home_public_id)
    return view(
        request,
        "case_report.html",
        title=f"Open a case for {found.home}",
        status=status,
        crumbs=[
            {"text": "Homes", "href": "/homes"},
            {"text": f"{found.home}, {found.name}", "href": f"/homes/rooms/{found.public_id}"},
        ],
        room=found,
        known=known,
        hazards=hazard_choices(),
        categories=CATEGORIES,
        aware=field_time(offered.aware_at),
        errors=errors or [],
        written=written or {},
    )


@router.post("/homes/rooms/{public_id}/case")
def open_case(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: Writer,
    _: FromOurForm,
    acting: Acting,
    public_id: str,
    written: Annotated[NewCase, Form()],
) -> Response:
    """Open a case on a report."""
    found = _room(database, person, public_id)
    offered = _offered(found, acting)
    ready, errors = begin(written, offered, acting)
    if ready is None:
        told = words(written.model_dump())
        return _page(request, database, found, offered, status=422, errors=errors, written=told)
    number = cases.open_case(
        database,
        ready.awareness,
        hazard=ready.hazard,
        category=ready.category,
        actor=person.signature,
        at=acting,
    )
    return RedirectResponse(f"/cases/{number}?said=opened", 303)
