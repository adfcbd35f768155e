"""Tokens: which programs of mine read the pages' tables, and until when?"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from storage import api_tokens
from storage.api_tokens import ApiToken
from storage.connection import Connection
from web import wording
from web.clock import Wall
from web.forms import Errors, words
from web.identity import Area, Person, Role
from web.security import FromOurForm
from web.session import Database, SomePerson
from web.tables import Cell, Column, Table, Tag
from web.views import view

router = APIRouter(include_in_schema=False)
DAYS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year"}
"""How long a token may last"""
SCOPES = {
    Role.HOUSING: "homes, cases and their alerts",
    Role.ENVIRONMENT: "building sites",
    Role.PARKING: "parking",
    Role.ENGINEER: "engineering, building sites and parking",
    Role.READ_ONLY: "engineering, building sites and parking",
}
"""What a token reads by each role"""


@router.get("/tokens")
def listed(
    request: Request, database: Database, person: SomePerson, wall: Wall, said: str = ""
) -> Response:
    """List the person's tokens; an administrator sees everybody's."""
    ended = "The token lets nobody in any more." if said == "revoked" else None
    return _page(request, database, person, wall, said=ended)


def scopes_of(person: Person) -> dict[Role, str]:
    """Give the roles that the person may give to a token: never more than their own."""
    own = set(SCOPES) - {Role.READ_ONLY} if Role.ADMIN in person.roles else person.roles
    return {role: text for role, text in SCOPES.items() if role in own}


def _page(  # noqa: PLR0913 - what a page shows
    request: Request,
    database: Connection,
    person: Person,
    now: datetime,
    *,
    status: int = 200,
    said: str | None = None,
    token: str | None = None,
    errors: Errors | None = None,
    written: Mapping[str, str] | None = None,
) -> Response:
    everybody = person.may_read(Area.AUDIT)
    known = api_tokens.listed(database, "" if everybody else person.signature)
    return view(
        request,
        "tokens.html",
        title="Which programs read for you?",
        status=status,
        tables=[_table(known, now)],
        sentence=_sentence(known, now),
        scopes=[(role.value, text, "") for role, text in scopes_of(person).items()],
        days=list(DAYS.items()),
        standing=[each for each in known if each.holds(now)],
        may_make=not person.is_program,
        said=said,
        token=token,
        errors=errors or [],
        written=written or {},
    )


def _sentence(known: Sequence[ApiToken], now: datetime) -> str:
    standing = sum(each.holds(now) for each in known)
    if not standing:
        return "None: no token lets a program in."
    verb = "lets" if standing == 1 else "let"
    return f"{wording.plural(standing, 'token')} {verb} a program read; none can change anything."


def _table(known: Sequence[ApiToken], now: datetime) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            each.name,
            Tag("holds", "green") if each.holds(now) else Tag(_ended(each), "grey"),
            ", ".join(sorted(each.roles)),
            _patches(each),
            wording.name(each.owner),
            each.expires_at,
            each.last_used_at,
        )
        for each in known
    ]
    return Table(
        "tokens",
        "Tokens",
        [
            Column("Name"),
            Column("State"),
            Column("Reads as"),
            Column("Patches", nothing=""),
            Column("Of"),
            Column("Until"),
            Column("Last used", nothing="never"),
        ],
        rows,
        nothing="There is none.",
        quiet=True,
    )


def _ended(token: ApiToken) -> str:
    return "revoked" if token.revoked_at else "expired"


def _patches(token: ApiToken) -> str:
    if Role.HOUSING not in token.roles:
        return ""
    return "all" if token.patches is None else ", ".join(sorted(token.patches)) or "none"


class NewToken(BaseModel):
    """What the form of a new token sends."""

    name: str = Field(default="", max_length=100)
    role: str = Field(default="", max_length=20)
    days: str = Field(default="", max_length=4)


@router.post("/tokens")
def make(
    request: Request,
    database: Database,
    person: SomePerson,
    _: FromOurForm,
    wall: Wall,
    written: Annotated[NewToken, Form()],
) -> Response:
    """Make a token, and show it this once."""
    errors: Errors = []
    if not written.name.strip():
        errors.append(("name", "Write what the token is for"))
    if written.role not in scopes_of(person):
        errors.append(("role", "Choose what it reads"))
    if written.days not in DAYS:
        errors.append(("days", "Choose how long it lasts"))
    if errors:
        told = words(written.model_dump())
        return _page(request, database, person, wall, status=422, errors=errors, written=told)
    housing = written.role == Role.HOUSING
    _number, token = api_tokens.create(
        database,
        name=written.name.strip(),
        owner=person.signature,
        roles=[written.role],
        patches=person.patches if housing else (),
        at=wall,
        lasts=timedelta(days=int(written.days)),
    )
    return _page(request, database, person, wall, token=token)


@router.post("/tokens/{number}/revoke")
def revoke(
    database: Database, person: SomePerson, _: FromOurForm, wall: Wall, number: int
) -> RedirectResponse:
    """End a token: one's own, or an administrator anybody's."""
    owner = "" if person.may_change(Area.AUDIT) else person.signature
    if not api_tokens.revoke(database, number, actor=person.signature, at=wall, owner=owner):
        raise HTTPException(404, "You have no such token.")
    return RedirectResponse("/tokens?said=revoked", 303)
