"""Sign in and out: by the council's OpenID Connect provider, or with a click in development."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from web.config import WebConfig
from web.identity import Person, Role
from web.rendering import page
from web.security import FromOurForm, form_token
from web.session import AnyBody, remember

router = APIRouter(include_in_schema=False)

_PEOPLE = {
    role: Person(name, f"{role}@example.org", frozenset({role}), patches)
    for role, name, patches in (
        (Role.HOUSING, "Harriet Hall, housing officer", None),
        (Role.ENVIRONMENT, "Ewan Ellis, environment team", frozenset[str]()),
        (Role.PARKING, "Priya Patel, parking team", frozenset[str]()),
        (Role.ENGINEER, "Eddie Eze, engineer", frozenset[str]()),
        (Role.READ_ONLY, "Rose Reid, reads only", frozenset[str]()),
        (Role.ADMIN, "Ada Adams, administrator", None),
    )
}
"""Who the development sign-in lets one be."""


@router.get("/sign-in")
def choose(request: Request, _: AnyBody) -> HTMLResponse:
    """Offer the ways to sign in."""
    config: WebConfig = request.app.state.config
    return page(
        request,
        "sign_in.html",
        title="Sign in",
        people=_PEOPLE.items() if config.development_sign_in else (),
        oidc=config.oidc is not None,
        token=form_token(request),
    )


@router.post("/sign-in")
def sign_in(request: Request, _: FromOurForm, role: Annotated[Role, Form()]) -> RedirectResponse:
    """Sign in as somebody who does not exist; in development only."""
    config: WebConfig = request.app.state.config
    if not config.development_sign_in:
        raise HTTPException(404)
    remember(request, _PEOPLE[role])
    return RedirectResponse("/", 303)


@router.post("/sign-out")
def sign_out(request: Request, _: FromOurForm) -> RedirectResponse:
    """Forget who is signed in."""
    request.session.clear()
    return RedirectResponse("/", 303)
