"""What goes wrong, said in words: a page for a person, a problem document (RFC 9457) for the API.

Nothing that is refused shows a stack trace, an SQL statement or somebody else's data.
"""

from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from storage.errors import DatabaseRefused, DatabaseUnavailable
from web.rendering import page

STORAGE_ERRORS = (DatabaseRefused, DatabaseUnavailable)
"""What may go wrong below a page, and is told in words"""
_SENTENCES = {
    401: "Sign in to see this page.",
    403: "Your role does not include this page.",
    404: "There is no such page, or it is not one that you may see.",
    405: "This address does not take that kind of request.",
}


def answer(request: Request, error: Exception) -> Response:
    """Answer a request that cannot be served."""
    status, detail = _explain(error)
    if _wants_document(request):
        document = problem(status, detail, request.url.path)
        document.headers.update(getattr(error, "headers", None) or {})
        return document
    return page(
        request,
        "problem.html",
        title=HTTPStatus(status).phrase,
        status=status,
        sentence=detail,
        sign_in=status == 401,
    )


def problem(status: int, detail: str, instance: str = "") -> JSONResponse:
    """Make a problem document."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if instance:
        document["instance"] = instance
    return JSONResponse(document, status, media_type="application/problem+json")


def _wants_document(request: Request) -> bool:
    documents = request.url.path.startswith(("/api/", "/sensorthings/", "/openapi"))
    return documents or "authorization" in request.headers or "json" in request.query_params


def _explain(error: Exception) -> tuple[int, str]:
    if isinstance(error, RequestValidationError):
        said = [f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors()]
        return 422, "; ".join(said)
    if isinstance(error, DatabaseUnavailable):
        return 503, "The database cannot be reached at the moment. Nothing is lost; try again."
    if isinstance(error, DatabaseRefused):
        return 422, "The address or the form holds a value that nothing here can have."
    if isinstance(error, HTTPException):
        known = error.detail == HTTPStatus(error.status_code).phrase
        return error.status_code, _SENTENCES.get(
            error.status_code, error.detail
        ) if known else error.detail
    raise error
