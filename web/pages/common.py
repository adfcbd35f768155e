"""Pages that everybody may see: the start, how things are worked out, accessibility, health."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web import health
from web.identity import Area
from web.problems import problem
from web.rendering import page
from web.session import AnyBody, Database

router = APIRouter(include_in_schema=False)
_START = (
    (Area.HOUSING, "/homes"),
    (Area.ENVIRONMENT, "/sites"),
    (Area.PARKING, "/parking"),
    (Area.ENGINEERING, "/engineering"),
)


@router.get("/")
def start(request: Request, person: AnyBody) -> Response:
    """Send a person to the page of their work, and everybody else to the open data."""
    if person is None:
        return page(request, "start.html", title="Sensors in the borough")
    for area, address in _START:
        if person.may_read(area):
            return RedirectResponse(address, 303)
    return RedirectResponse("/alerts", 303)


@router.get("/how-it-works")
def how_it_works(request: Request, _: AnyBody) -> HTMLResponse:
    """Explain every figure on the pages, with its formula and where it comes from."""
    return page(request, "how_it_works.html", title="How is this worked out?")


@router.get("/accessibility")
def accessibility(request: Request, _: AnyBody) -> HTMLResponse:
    """State how accessible the pages are, and what was not tested."""
    return page(request, "accessibility.html", title="Accessibility statement")


@router.get("/health/live")
def live() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "live"}


@router.get("/health/ready")
def ready(request: Request, database: Database) -> Response:
    """Say whether the database is there, current, and the style sheet made; 503 if not."""
    faults = health.faults(database)
    if faults:
        return problem(503, "; ".join(faults), request.url.path)
    return Response('{"status":"ready"}', media_type="application/json")
