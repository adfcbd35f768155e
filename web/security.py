"""What every answer and every change carries: headers, a session, and proof of a form's origin.

Sessions are signed cookies (SameSite=Lax, HttpOnly, and `__Host-` with Secure behind TLS). A
change is refused when its `Sec-Fetch-Site` or `Origin` is foreign, or when its form lacks the
token of the session (OWASP: Cross-Site Request Forgery Prevention).
"""

import secrets
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from fastapi.responses import Response

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FIELD = "csrf"


async def add_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Put the security headers on an answer; what is not public is never kept by a cache."""
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def form_token(request: Request) -> str:
    """Give the token that every form of this session carries."""
    token = request.session.setdefault(_FIELD, secrets.token_urlsafe(24))
    return str(token)


async def check_origin(request: Request) -> None:
    """Refuse a change that does not come from one of our own forms (403)."""
    if request.method in SAFE_METHODS:
        return
    if "authorization" in request.headers:
        raise HTTPException(403, "A token reads; it changes nothing.")
    site = request.headers.get("sec-fetch-site")
    if site not in {None, "same-origin", "none"}:
        raise HTTPException(403, "This change came from another site, so it was not made.")
    origin = request.headers.get("origin")
    if origin not in {None, "null"} and urlsplit(origin).netloc != request.url.netloc:
        raise HTTPException(403, "This change came from another site, so it was not made.")
    form = await request.form()
    given, expected = form.get(_FIELD), request.session.get(_FIELD)
    if not isinstance(given, str) or not expected or not compare_digest(given, str(expected)):
        raise HTTPException(403, "The form is too old. Go back, load the page again and repeat.")


FromOurForm = Annotated[None, Depends(check_origin)]
"""A route that changes something takes one of these."""
