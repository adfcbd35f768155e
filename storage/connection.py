"""Connections, and the one border where a foreign error becomes one of ours.

A connection commits each statement by itself; whoever writes more than one statement says
`with connection.transaction():`. Times are UTC. What a failure means is read from its SQLSTATE
(PostgreSQL manual, appendix A): only what blames the *value* is a refusal. Everything unknown
counts as unavailable, since waiting loses nothing and a refusal would send good messages to
quarantine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import conninfo
from psycopg.rows import TupleRow

from storage.errors import DatabaseRefused, DatabaseUnavailable, StorageError, WrongSchema

Connection = psycopg.Connection[TupleRow]
"""A connection to the database, made by `connect`."""

_REFUSED_CLASSES = frozenset({"21", "22", "23", "44", "54", "P0"})
"""Cardinality, data, integrity, check option, a row too large for its index, raised by a trigger"""
_SCHEMA_CLASSES = frozenset({"3F", "42"})
"""No such schema; no such table or column, or no right to it"""
_SETTINGS = "-c TimeZone=UTC -c DateStyle=ISO -c jit=off -c client_min_messages=warning"


def connect(dsn: str, *, application_name: str = "boroughsense") -> Connection:
    """Open a connection; the error is one sentence that never shows the password.

    Raises:
        DatabaseUnavailable: the server is not there, or does not let us in.
    """
    try:
        wanted = conninfo.conninfo_to_dict(dsn)
    except psycopg.Error:
        raise DatabaseUnavailable("the database's address is not one PostgreSQL reads") from None
    try:
        return psycopg.connect(dsn, application_name=application_name, **session_settings(dsn))
    except psycopg.Error as error:
        why = _first_line(error).replace(str(wanted.get("password") or "\n"), "***")
        raise DatabaseUnavailable(f"{describe(dsn)} does not answer: {why}") from None


def session_settings(dsn: str, further: str = "") -> dict[str, Any]:
    """Give how every session of ours is opened, over what the address asks for.

    Args:
        dsn: the database; one that PostgreSQL reads.
        further: more server settings, as `-c name=value`.
    """
    wanted = conninfo.conninfo_to_dict(dsn)
    return {
        "autocommit": True,
        "options": f"{wanted.get('options') or ''} {_SETTINGS} {further}".strip(),
        "client_encoding": "utf8",
        "connect_timeout": int(wanted.get("connect_timeout") or 10),
    }


def describe(dsn: str) -> str:
    """Name the database for a message: where it is and whose it is, never the password."""
    wanted = conninfo.conninfo_to_dict(dsn)
    place = wanted.get("host") or wanted.get("hostaddr") or "the local socket"
    port = f":{wanted['port']}" if "port" in wanted else ""
    return f"database {wanted.get('dbname') or 'of the user'} at {place}{port}"


def _first_line(error: psycopg.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def classify(error: psycopg.Error) -> StorageError:
    """Say what a foreign error means to the caller, keeping the server's own words."""
    sqlstate = error.sqlstate
    why = error.diag.message_primary or _first_line(error)
    if sqlstate is None:
        refused = isinstance(error, (psycopg.DataError, psycopg.IntegrityError))
        return DatabaseRefused(why) if refused else DatabaseUnavailable(why)
    if sqlstate[:2] in _REFUSED_CLASSES:
        return DatabaseRefused(f"{why} ({sqlstate})")
    if sqlstate[:2] in _SCHEMA_CLASSES:
        return WrongSchema(f"{why} ({sqlstate})")
    return DatabaseUnavailable(f"{why} ({sqlstate})")


@contextmanager
def translated() -> Iterator[None]:
    """Turn a foreign error of the block into one of ours.

    Raises:
        DatabaseUnavailable: connection lost, deadlock, disk full, shutdown, all that is unknown.
        DatabaseRefused: a value that this database will never take.
        WrongSchema: a table or a right that this program needs is missing.
    """
    try:
        yield
    except psycopg.Error as error:
        raise classify(error) from error
