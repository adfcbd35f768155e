"""Who asks: the person of the session, and a connection for the question."""

from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from storage import api_tokens
from storage.connection import Connection
from web.identity import Area, Person, Role


def signed_in(request: Request) -> Person | None:
    """Give the person of the session, or the program of a token; None for nobody."""
    if "authorization" in request.headers:
        return _program(request, request.headers["authorization"])
    stored = request.session.get("person")
    if not isinstance(stored, dict):
        return None
    patches = stored["patches"]
    person = Person(
        stored["name"],
        stored["email"],
        frozenset(Role(role) for role in stored["roles"]),
        None if patches is None else frozenset(patches),
    )
    request.state.person = person
    return person


def _program(request: Request, header: str) -> Person:
    """Give the program that a token lets in, or answer 401: it never counts as nobody."""
    scheme, _, token = header.partition(" ")
    pool, wiring = request.app.state.pool, request.app.state.wiring
    found = None
    if scheme.lower() == "bearer":
        with pool.connection() as lent:
            found = api_tokens.find(lent, token.strip(), wiring.wall())
    if found is None:
        raise HTTPException(
            401,
            "The token is not known, has expired or was revoked.",
            {"WWW-Authenticate": 'Bearer realm="boroughsense"'},
        )
    request.state.person = person = Person(
        f"token {found.id} ({found.name}) of {found.owner}",
        "",
        frozenset(Role(role) for role in found.roles),
        found.patches,
        is_program=True,
    )
    return person


def remember(request: Request, person: Person) -> None:
    """Begin a session for a person; what an earlier one held is forgotten."""
    request.session.clear()
    request.session["person"] = {
        "name": person.name,
        "email": person.email,
        "roles": sorted(person.roles),
        "patches": None if person.patches is None else sorted(person.patches),
    }


def required(request: Request) -> Person:
    """Give the person of the session, or answer 401."""
    person = signed_in(request)
    if person is None:
        raise HTTPException(401)
    return person


SomePerson = Annotated[Person, Depends(required)]
"""A route for anybody who is signed in."""
AnyBody = Annotated[Person | None, Depends(signed_in)]
"""A route for everybody."""


def reader_of(area: Area) -> Callable[[Person], Person]:
    """Make the dependency of a route that shows an area: 401 for nobody, 403 for another role."""

    def check(person: SomePerson) -> Person:
        if not person.may_read(area):
            raise HTTPException(403)
        return person

    return check


def writer_of(area: Area) -> Callable[[Person], Person]:
    """Make the dependency of a route that changes something in an area."""

    def check(person: SomePerson) -> Person:
        if not person.may_change(area):
            raise HTTPException(403)
        return person

    return check


def connection(request: Request) -> Iterator[Connection]:
    """Lend a connection of the pool for one request."""
    with request.app.state.pool.connection() as lent:
        yield lent


Database = Annotated[Connection, Depends(connection)]
"""A route that reads or writes the database."""
