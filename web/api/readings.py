"""The open places, their newest readings, their readings of a period, and their hourly means."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from storage import open_data
from storage.open_data import OpenPlace
from web.api.columns import Row, feature
from web.api.licence import instance, terms
from web.api.open_route import PROBLEM_RESPONSES, OpenRoute, json_answer
from web.api.questions import LatestAsked, PeriodAsked, PlacesAsked, write_mark
from web.api.tables import Answer, hour_row, reading_row, write
from web.clock import Now
from web.session import Database

router = APIRouter(
    prefix="/api/v1", route_class=OpenRoute, tags=["Open data"], responses=PROBLEM_RESPONSES
)
_TABLE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A page of the table.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/geo+json": {"schema": {"type": "object"}},
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.get("/places", summary="Places where something is measured", responses=_TABLE)
def places(
    request: Request, database: Database, asked: Annotated[PlacesAsked, Query()]
) -> Response:
    """List open places: positions at building sites, stations, parking zones and bays."""
    found = open_data.places(database, kind=asked.kind, after=asked.after, limit=asked.limit + 1)
    shown = found[: asked.limit]
    after = shown[-1].id if len(found) > asked.limit else None
    rows = [_place_row(request, place) for place in shown]
    return write(request, Answer("places", rows, after=after), asked.format)


@router.get("/places/{place}", summary="One place")
def one_place(
    request: Request,
    database: Database,
    place: Annotated[str, Path(description="A place's identifier.", max_length=100)],
) -> JSONResponse:
    """Give a place as a feature of GeoJSON."""
    if "\x00" in place:
        raise HTTPException(404, "There is no such place, or it is not open.")
    found = open_data.places(database, place=place) if place else []
    if not found:
        raise HTTPException(404, "There is no such place, or it is not open.")
    document = {**feature(_place_row(request, found[0])), **terms(request)}
    return json_answer(document, media_type="application/geo+json")


@router.get("/latest", summary="The newest reading of each property", responses=_TABLE)
def latest(
    request: Request, database: Database, asked: Annotated[LatestAsked, Query()]
) -> Response:
    """List the newest reading of each property of each open place."""
    found = open_data.latest(database, asked.wanted())
    shown = found[: asked.limit]
    after = shown[-1].mark.datastream if len(found) > asked.limit else None
    changed = max((reading.time for reading in shown), default=None)
    rows = [reading_row(request, reading) for reading in shown]
    return write(request, Answer("latest", rows, changed, after), asked.format)


@router.get("/readings", summary="Readings of a period", responses=_TABLE)
def readings(
    request: Request, database: Database, now: Now, asked: Annotated[PeriodAsked, Query()]
) -> Response:
    """List readings by place, property and time."""
    found = open_data.readings(database, asked.wanted(now))
    shown = found[: asked.limit]
    after = write_mark(shown[-1].mark) if len(found) > asked.limit else None
    changed = max((reading.time for reading in shown), default=None)
    rows = [reading_row(request, reading) for reading in shown]
    return write(request, Answer("readings", rows, changed, after), asked.format)


@router.get("/hourly", summary="Hourly means of a period", responses=_TABLE)
def hourly(
    request: Request, database: Database, now: Now, asked: Annotated[PeriodAsked, Query()]
) -> Response:
    """List hourly means by place, property and time; an hour of UTC is named by its beginning.

    Sound levels, wind directions and parking bays have none: an arithmetic mean of them says
    nothing.
    """
    found = open_data.hours(database, asked.wanted(now))
    shown = found[: asked.limit]
    after = write_mark(shown[-1].mark) if len(found) > asked.limit else None
    changed = max((hour.end for hour in shown), default=None)
    rows = [hour_row(request, hour) for hour in shown]
    return write(request, Answer("hourly", rows, changed, after), asked.format)


def _place_row(request: Request, place: OpenPlace) -> Row:
    return {
        "place_id": place.id,
        "place": place.name,
        "kind": place.kind,
        "area": place.area,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "within_id": place.within_id,
        "within": place.within,
        "bearing": place.bearing,
        "limit_minutes": place.limit_minutes,
        "bay_type": place.bay_type,
        "capacity": place.capacity,
        "properties": " ".join(place.properties),
        "instance": instance(request),
    }
