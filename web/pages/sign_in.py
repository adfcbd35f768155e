"""Sign in and out: by the council's OpenID Connect provider, or with a click in development."""

from typing import Annotated

import httpx2
from authlib.common.errors import AuthlibBaseError
from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from joserfc.errors import JoseError

from web import oidc
from web.config import Oidc, WebConfig
from web.identity import Person, Role
from web.oidc import NoRole
from web.rendering import page
from web.security import FromOurForm, form_token
from web.session import AnyBody, remember

router = APIRouter(include_in_schema=False)

PEOPLE = {
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
        people=PEOPLE.items() if config.development_sign_in else (),
        oidc=config.oidc is not None,
        token=form_token(request),
    )


@router.post("/sign-in")
def sign_in(request: Request, _: FromOurForm, role: Annotated[Role, Form()]) -> RedirectResponse:
    """Sign in as somebody who does not exist; in development only."""
    config: WebConfig = request.app.state.config
    if not config.development_sign_in:
        raise HTTPException(404)
    remember(request, PEOPLE[role])
    return RedirectResponse("/", 303)


@router.get("/sign-in/oidc")
async def to_the_provider(request: Request) -> Response:
    """Send a person to the council's provider."""
    config = _oidc(request)
    callback = str(request.url_for("from_the_provider"))
    try:
        sent: Response = await oidc.client(config).authorize_redirect(request, callback)
    except (httpx2.HTTPError, ValueError) as error:
        raise HTTPException(503, "The council's sign-in cannot be reached. Try again.") from error
    return sent


@router.get("/sign-in/oidc/callback")
async def from_the_provider(request: Request) -> Response:
    """Take a person that the provider sends back; whom it does not vouch for is refused."""
    config = _oidc(request)
    try:
        token = await oidc.client(config).authorize_access_token(request)
        remember(request, oidc.person(token["userinfo"], config))
    except NoRole as error:
        raise HTTPException(403, f"You are signed in, but {error}.") from error
    except (AuthlibBaseError, JoseError, KeyError) as error:
        raise HTTPException(403, "The sign-in did not come about. Begin again.") from error
    except httpx2.HTTPError as error:
        raise HTTPException(503, "The council's sign-in cannot be reached. Try again.") from error
    return RedirectResponse("/", 303)


def _oidc(request: Request) -> Oidc:
    config: WebConfig = request.app.state.config
    if config.oidc is None:
        raise HTTPException(404)
    return config.oidc


@router.post("/sign-out")
def sign_out(request: Request, _: FromOurForm) -> RedirectResponse:
    """Forget who is signed in."""
    request.session.clear()
    return RedirectResponse("/", 303)
