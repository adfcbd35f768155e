"""The addresses of the SensorThings API.

The root, one address for each set, and everything below by one more, since an address is itself
a small language.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from storage.connection import Connection
from storage.entities import ENTITIES
from web.api.licence import base_address, terms
from web.api.open_route import PROBLEM_RESPONSES, OpenRoute, json_answer
from web.api.sensor_things import options
from web.api.sensor_things.addresses import Address, Kind, parse
from web.api.sensor_things.options import Options
from web.api.sensor_things.reader import Reader
from web.session import Database

ROOT = "/sensorthings/v1.1"
_REQUIREMENTS = "http://www.opengis.net/spec/iot_sensing/1.1/req/"
CONFORMANCE = tuple(
    _REQUIREMENTS + name
    for name in (
        "datamodel",
        "resource-path/resource-path-to-entities",
        "request-data",
        "data-array/data-array",
    )
)
"""The requirements that are met; there is nothing to create, change or delete."""

router = APIRouter(
    prefix=ROOT, route_class=OpenRoute, tags=["SensorThings 1.1"], responses=PROBLEM_RESPONSES
)

_WORDS: Mapping[str, str] = {
    "$filter": "Which entities, such as `result gt 50 and phenomenonTime ge 2026-05-12T00:00:00Z`.",
    "$orderby": "Properties with `asc` or `desc`.",
    "$top": f"How many entities a page has: {options.DEFAULT_TOP}, at most {options.MOST_TOP}.",
    "$skip": "How many entities to pass over.",
    "$count": "`true` puts the number of all entities into the answer.",
    "$select": "Which properties to show.",
    "$expand": "Which relations to put into the answer, each with options of its own.",
    "$resultFormat": "`dataArray` gives Observations as arrays.",
    "$skiptoken": "Where a list goes on, as `@iot.nextLink` has it.",
}


Collection = Annotated[str, Path(json_schema_extra={"enum": list(ENTITIES)})]
"""The name of a set, for the service's description."""


def _described(names: frozenset[str]) -> dict[str, Any]:
    return {
        "parameters": [
            {"name": name, "in": "query", "schema": {"type": "string"}, "description": words}
            for name, words in _WORDS.items()
            if name in names
        ]
    }


@router.get("", summary="What the service has, and what of the standard it meets")
def root(request: Request) -> JSONResponse:
    """List the sets of entities with their addresses."""
    base = base_address(request) + ROOT
    if request.query_params:
        raise HTTPException(400, "The service's root takes no options.")
    settings: dict[str, object] = {"conformance": list(CONFORMANCE), **terms(request)}
    sets = [{"name": name, "url": f"{base}/{name}"} for name in ENTITIES]
    return json_answer({"value": sets, "serverSettings": settings})


@router.get(
    "/{collection}('{identifier}')",
    summary="One entity",
    openapi_extra=_described(options.SELECTING),
)
def entity(
    request: Request,
    database: Database,
    collection: Collection,
    identifier: str,
) -> Response:
    """Give an entity by its identifier."""
    return answer(request, database, f"{collection}('{identifier}')")


@router.get(
    "/{collection}",
    summary="A page of entities",
    openapi_extra=_described(options.EVERYTHING),
)
def collection_page(
    request: Request,
    database: Database,
    collection: Collection,
) -> Response:
    """Give entities of a set, or one as `Things('id')`."""
    return answer(request, database, collection)


@router.get(
    "/{path:path}",
    summary="A property, a relation, a number or references",
    openapi_extra=_described(options.EVERYTHING),
)
def below(request: Request, database: Database, path: str) -> Response:
    """Give what an address such as `Things('id')/Datastreams/$count` leads to."""
    return answer(request, database, path) if path else root(request)


def answer(request: Request, database: Connection, path: str) -> Response:
    """Answer a question about what is open."""
    address = parse(path.rstrip("/"))
    base = base_address(request) + ROOT
    reader = Reader(database, base, terms(request))
    asked = _options(request, address)
    here = str(request.url.replace(query="", fragment=""))
    match address.kind:
        case Kind.SET:
            return json_answer(reader.set(address, asked, here))
        case Kind.ONE:
            return json_answer(reader.one(address, asked))
        case Kind.REFERENCES if address.steps[-1].is_one:
            return json_answer(reader.reference(address))
        case Kind.REFERENCES:
            return json_answer(reader.references(address, asked, here))
        case Kind.COUNT:
            return PlainTextResponse(str(reader.number(address, asked)))
    return _property(address, reader.property(address))


def _property(address: Address, held: object) -> Response:
    assert address.attribute is not None  # noqa: S101 - the address is one of a property
    if held is None:
        return Response(status_code=204)
    if address.kind is Kind.VALUE:
        return PlainTextResponse(held if isinstance(held, str) else json.dumps(held))
    name = address.members[-1] if address.members else address.attribute.name
    return json_answer({"@iot.id" if name == "id" else name: held})


def _options(request: Request, address: Address) -> Options:
    allowed: Mapping[Kind, frozenset[str]] = {
        Kind.SET: options.EVERYTHING,
        Kind.ONE: options.SELECTING,
        Kind.COUNT: options.COUNTING,
        Kind.REFERENCES: frozenset() if address.steps[-1].is_one else options.LISTING,
    }
    pairs = request.query_params.multi_items()
    return options.read(address.steps[-1].entity, pairs, allowed.get(address.kind, frozenset()))
