"""What every address of the open API has: a rate limit, a licence, and leave to be kept by caches.

Nothing here depends on who asks, so an answer may be kept by anybody for a minute, and asked for
again by its ETag.
"""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from web.api.licence import LICENCE_ADDRESS, instance
from web.api.rate import RateLimit

MAX_AGE = 60
"""Seconds for which an answer may be kept: about the time between two readings at a place."""
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": words,
        "content": {"application/problem+json": {"schema": {"type": "object"}}},
    }
    for status, words in (
        (400, "The question is not understood."),
        (404, "There is nothing like this, or it is not open."),
        (422, "A parameter is wrong."),
        (429, "Too many requests: repeat after the seconds of Retry-After."),
        (501, "The standard has this, and this service does not."),
        (503, "The database cannot be reached at the moment."),
    )
}
"""How the open API refuses, for its description."""


class OpenRoute(APIRoute):
    """A route of the open API."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            _check_rate(request)
            response = await inner(request)
            _add_headers(request, response)
            return _unchanged(request, response)

        return handle


def _check_rate(request: Request) -> None:
    limit: RateLimit = request.app.state.open_rate
    wait = limit.wait(request.client.host if request.client else "")
    if wait:
        raise HTTPException(
            429, f"Too many requests: ask again in {wait} s.", {"Retry-After": str(wait)}
        )


def _add_headers(request: Request, response: Response) -> None:
    headers = response.headers
    headers.setdefault("Cache-Control", f"public, max-age={MAX_AGE}")
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Instance"] = instance(request)
    headers.append("Link", f'<{LICENCE_ADDRESS}>; rel="license"')
    body = getattr(response, "body", b"")
    if body and response.status_code == 200:
        headers["ETag"] = f'W/"{sha256(body).hexdigest()[:32]}"'


def _unchanged(request: Request, response: Response) -> Response:
    """Answer 304 to somebody who has it already."""
    tag = response.headers.get("ETag")
    asked = request.headers.get("If-None-Match", "")
    if tag is None or tag not in (known.strip() for known in asked.split(",")):
        return response
    kept = ("ETag", "Cache-Control", "Last-Modified", "Link", "Access-Control-Allow-Origin")
    return Response(
        status_code=304,
        headers={name: value for name in kept if (value := response.headers.get(name))},
    )


def json_answer(
    document: object,
    *,
    media_type: str = "application/json",
    changed: datetime | None = None,
    further: str | None = None,
) -> JSONResponse:
    """Answer with a document.

    Args:
        document: what JSON can write.
        media_type: what kind of JSON it is.
        changed: the time of the newest reading in it.
        further: the address of the next page.
    """
    return JSONResponse(document, headers=page_headers(changed, further), media_type=media_type)


def page_headers(changed: datetime | None, further: str | None) -> dict[str, str]:
    """Give the headers of a page: when it last changed, and where it goes on."""
    headers: dict[str, str] = {}
    if changed is not None:
        stamp = min(changed.astimezone(UTC), datetime.now(UTC))
        headers["Last-Modified"] = format_datetime(stamp, usegmt=True)
    if further is not None:
        headers["Link"] = f'<{further}>; rel="next"'
    return headers
