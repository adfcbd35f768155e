"""Who did what to what, and who read what of a dwelling: rows that are never changed or deleted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from storage.connection import Connection, translated
from storage.packing import clean, to_json
from storage.queries import SQL

Detail = Mapping[str, str | float | bool | None]

_DETAIL = msgspec.json.Decoder(dict[str, str | float | bool | None])


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit."""

    at: datetime
    actor: str
    action: str
    """Such as `alert acknowledged`, `dwelling read`, `case opened`"""
    subject: str
    """An alert's id, a place's or a case's public id, `silence 12`"""
    detail: Detail


def write(  # noqa: PLR0913 - each is a column
    connection: Connection,
    actor: str,
    action: str,
    subject: str,
    *,
    at: datetime,
    detail: Detail | None = None,
) -> None:
    """Record that somebody did something to something, or read it.

    Raises:
        DatabaseRefused: the actor or the action is empty.
    """
    told = {
        "at": at,
        "actor": clean(actor),
        "action": clean(action),
        "subject": clean(subject),
        "detail": to_json(dict(detail or {})).decode(),
    }
    with translated():
        connection.execute(SQL["audit_add"], told)


def read(connection: Connection, subject: str, *, limit: int = 100) -> list[Entry]:
    """List what was done to something, or read of it, the newest first."""
    with translated():
        rows = connection.execute(SQL["audit_read"], {"subject": subject, "limit": limit})
        return [Entry(*(*row[:4], _DETAIL.decode(row[4]))) for row in rows]


def homes_read(  # noqa: PLR0913 - each is a part of the record
    connection: Connection,
    actor: str,
    places: Iterable[str],
    *,
    at: datetime,
    action: str = "dwelling read",
    detail: Detail | None = None,
) -> None:
    """Record that somebody read of the homes among some places.

    Args:
        connection: to the database.
        actor: who.
        places: public ids of places of any kind; a room stands for its dwelling.
        at: when.
        action: such as `dwelling read` or `dwelling listed`.
        detail: more, such as the page.

    Raises:
        DatabaseRefused: the actor is empty.
    """
    told = _told(actor, action, at, detail) | {"places": sorted(set(places))}
    with translated():
        connection.execute(SQL["audit_homes_read"], told)


def home_of_device_read(  # noqa: PLR0913 - each is a part of the record
    connection: Connection,
    actor: str,
    dev_eui: str,
    *,
    at: datetime,
    time: datetime | None = None,
    detail: Detail | None = None,
) -> None:
    """Record that somebody read of the homes that a device was at: at a time, or ever.

    Raises:
        DatabaseRefused: the actor is empty.
    """
    told = _told(actor, "dwelling device read", at, detail) | {"dev_eui": dev_eui, "time": time}
    with translated():
        connection.execute(SQL["audit_home_of_device_read"], told)


def _told(actor: str, action: str, at: datetime, detail: Detail | None) -> dict[str, object]:
    written = to_json(dict(detail or {})).decode()
    return {"at": at, "actor": clean(actor), "action": action, "detail": written}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines of the audit; what is empty or None narrows nothing."""

    actor: str = ""
    subject: str = ""
    reads: bool | None = None
    """True: who read of a home; False: who changed something"""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the audit in a list."""

    id: int
    entry: Entry
    name: str
    """Of the place that it is about; empty: it is about none"""


def lines(
    connection: Connection, asked: Asked, *, before: int | None = None, limit: int = 51
) -> list[Line]:
    """List who did what to what, or read it, the newest first; those before one of them."""
    told = {
        "actor": clean(asked.actor),
        "subject": clean(asked.subject),
        "reads": asked.reads,
        "since": asked.since,
        "until": asked.until,
        "before": before,
        "limit": limit,
    }
    with translated():
        rows = connection.execute(SQL["audit_lines"], told).fetchall()
    return [Line(row[0], Entry(*(*row[1:5], _DETAIL.decode(row[5]))), row[6]) for row in rows]
