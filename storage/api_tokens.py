"""Tokens for programs: random, shown once, stored as their SHA-256, scoped, expiring, revocable.

A token reads what its roles read, and changes nothing. A random token of 256 bits needs no slow
hash: it cannot be guessed from its digest.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import audit
from storage.connection import Connection, translated
from storage.packing import clean
from storage.queries import SQL

PREFIX = "bsr_"
"""What a token begins with, so that one that is left lying about is recognised"""
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it is stored, without itself."""

    id: int
    name: str
    owner: str
    """Who made it, as they are written down"""
    roles: frozenset[str]
    patches: frozenset[str] | None
    """The housing patches that it reads; None: all"""
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To the minute"""

    def holds(self, at: datetime) -> bool:
        """Say whether it lets a program in at a time."""
        return self.revoked_at is None and at < self.expires_at


def create(  # noqa: PLR0913 - each is a part of the record
    connection: Connection,
    *,
    name: str,
    owner: str,
    roles: Iterable[str],
    patches: Iterable[str] | None,
    at: datetime,
    lasts: timedelta,
) -> tuple[int, str]:
    """Make a token; give its number and itself, which nobody can read again.

    Raises:
        DatabaseRefused: no name, owner or role, no patch where one is needed, or it lasts over a
            year.
    """
    token = PREFIX + secrets.token_urlsafe(32)
    told = {
        "digest": _digest(token),
        "name": clean(name),
        "owner": clean(owner),
        "roles": sorted(roles),
        "patches": None if patches is None else sorted(patches),
        "at": at,
        "expires_at": at + lasts,
    }
    with translated(), connection.transaction():
        row = connection.execute(SQL["api_token_add"], told).fetchone()
        assert row is not None  # noqa: S101 - an insert that returns
        number: int = row[0]
        audit.write(connection, owner, "token created", f"token {number}", at=at)
    return number, token


def find(connection: Connection, token: str, at: datetime) -> ApiToken | None:
    """Find the token that a program shows; None when there is none that holds."""
    if not token.startswith(PREFIX):
        return None
    with translated():
        row = connection.execute(
            SQL["api_token_find"], {"digest": _digest(token), "at": at}
        ).fetchone()
    return None if row is None else _token(*row)


def listed(connection: Connection, owner: str = "") -> list[ApiToken]:
    """List tokens, the newest first: somebody's, or all."""
    with translated():
        rows = connection.execute(SQL["api_tokens"], {"owner": clean(owner)})
        return [_token(*row) for row in rows]


def revoke(
    connection: Connection, number: int, *, actor: str, at: datetime, owner: str = ""
) -> bool:
    """End a token; False when there is none of the number that holds, or it is not the owner's.

    Raises:
        DatabaseRefused: nobody's name.
    """
    told = {"id": number, "at": at, "owner": clean(owner)}
    with translated(), connection.transaction():
        if connection.execute(SQL["api_token_revoke"], told).fetchone() is None:
            return False
        audit.write(connection, actor, "token revoked", f"token {number}", at=at)
    return True


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _token(
    number: int,
    name: str,
    owner: str,
    roles: list[str],
    patches: list[str] | None,
    *times: datetime,
) -> ApiToken:
    known = None if patches is None else frozenset(patches)
    return ApiToken(number, name, owner, frozenset(roles), known, *times)
