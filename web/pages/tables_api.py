"""`/openapi-officers.json`: the tables of the pages, as programs read them with a token.

The open API describes itself in `/openapi.json`; this is the description of everything else that
the pages show. It is made from the routes, so no page is left out.
"""

import re
from datetime import date, datetime
from enum import StrEnum
from importlib.metadata import version
from inspect import isclass
from typing import Any, get_args, get_type_hints

from fastapi import APIRouter, Request
from fastapi.params import Depends
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from web.session import SomePerson

router = APIRouter(include_in_schema=False)
WITHOUT_TABLES = frozenset(
    {
        *("/", "/how-it-works", "/accessibility", "/docs", "/sign-in", "/sign-in/oidc"),
        *("/sign-in/oidc/callback", "/live", "/health/live", "/health/ready", "/openapi.json"),
        *("/openapi-officers.json", "/assets/{digest}/{name}", "/engineering/uplinks"),
        *("/homes/rooms/{public_id}/case", "/engineering/quarantine/{number}/message"),
    }
)
"""Addresses that have no table, or are no page"""
_OPEN = ("/api/", "/sensorthings")
_TABLE = {
    "type": "object",
    "required": ["title", "table", "caption", "columns", "rows"],
    "properties": {
        "title": {"type": "string", "description": "Of the page"},
        "table": {"type": "string"},
        "caption": {"type": "string"},
        "columns": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "The key in each row"},
                    "title": {"type": "string"},
                    "unit": {"type": "string", "description": "A UCUM code; empty: none"},
                },
            },
        },
        "rows": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
            },
        },
    },
}
_JSON = (
    "The table to answer with, whole. Empty: the list of the page's tables, with their addresses."
)


@router.get("/openapi-officers.json")
def description(request: Request, _: SomePerson) -> JSONResponse:
    """Describe the tables of the pages."""
    paths = {}
    for context in iter_route_contexts(request.app.routes):
        path = str(context.path)
        if "GET" in (context.methods or ()) and is_a_page(path):
            paths[path] = {"get": _operation(path, context.endpoint)}
    return JSONResponse(
        {
            "openapi": "3.1.0",
            "info": {"title": "Tables of the officers' pages", "version": version("boroughsense")},
            "paths": dict(sorted(paths.items())),
            "components": {
                "schemas": {"Table": _TABLE},
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
            "security": [{"token": []}],
        }
    )


def is_a_page(path: str) -> bool:
    """Say whether an address is a page with tables."""
    return path not in WITHOUT_TABLES and not path.startswith(_OPEN)


def _operation(path: str, endpoint: Any) -> dict[str, object]:  # noqa: ANN401 - any handler
    own = re.findall(r"{(\w+)}", path)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in own
    ]
    parameters += [
        {"name": name, "in": "query", "schema": schema}
        for name, schema in asked(endpoint).items()
        if name not in {*own, "said"}
    ]
    for name, words in (("json", _JSON), ("csv", "The same as CSV, with units in the headings.")):
        schema: dict[str, object] = {"type": "string"}
        parameters.append({"name": name, "in": "query", "description": words, "schema": schema})
    return {
        "summary": str(endpoint.__doc__ or "").split("\n", maxsplit=1)[0],
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "The table.",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Table"}},
                    "text/csv": {"schema": {"type": "string"}},
                },
            },
            **{
                code: {"description": words, "content": {"application/problem+json": {}}}
                for code, words in _REFUSALS.items()
            },
        },
    }


_REFUSALS = {
    "401": "The token is not known, has expired or was revoked.",
    "403": "The token's role does not include this page.",
    "404": "There is no such thing, or no such table.",
    "422": "A parameter is wrong.",
}


def asked(endpoint: Any) -> dict[str, dict[str, object]]:  # noqa: ANN401 - any handler
    """Give what a page reads from its address, each with its schema: its own and its models'."""
    found: dict[str, dict[str, object]] = {}
    for name, hint in get_type_hints(endpoint, include_extras=True).items():
        kind, *further = get_args(hint) or (hint,)
        if name == "return" or kind is Request or any(isinstance(f, Depends) for f in further):
            continue
        if isclass(kind) and issubclass(kind, BaseModel):
            schema = kind.model_json_schema()["properties"]
            found |= {field: _plain(told) for field, told in schema.items()}
        else:
            found[name] = _schema(kind)
    return found


def _plain(told: dict[str, object]) -> dict[str, object]:
    """Leave out what names a definition elsewhere."""
    return {key: value for key, value in told.items() if key != "$ref"} or {"type": "string"}


def _schema(kind: object) -> dict[str, object]:
    if isclass(kind) and issubclass(kind, StrEnum):
        return {"type": "string", "enum": [member.value for member in kind]}
    formats = {datetime: "date-time", date: "date"}
    for known, name in formats.items():
        if kind is known or known in get_args(kind):
            return {"type": "string", "format": name}
    return {"type": "integer"} if kind is int or int in get_args(kind) else {"type": "string"}
