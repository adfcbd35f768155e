"""Who did what to what, and who read what of a dwelling: rows that are never changed or deleted."""

from collections.abc import Mapping
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
