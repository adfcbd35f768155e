"""What the pages of quarantine read."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.connection import Connection, translated
from storage.quarantine import Selection
from storage.queries import SQL

MOST_OTHERS = 1000
"""So many messages of one device are retried together"""


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused message in a list, without its bytes."""

    id: int
    received_at: datetime
    reason: str
    detail: str
    dev_eui: str
    topic: str
    size: int
    attempts: int
    status: str


def listed(
    connection: Connection, selection: Selection, *, before: int | None = None, most: int = 51
) -> list[Refused]:
    """List refused messages, the newest first, those before a number."""
    told = {
        "before": before,
        "reason": selection.reason,
        "dev_eui": selection.dev_eui,
        "since": selection.since,
        "until": selection.until,
        "status": selection.status,
        "most": most,
    }
    with translated(), connection.cursor(row_factory=class_row(Refused)) as cursor:
        return cursor.execute(SQL["pages_quarantine"], told).fetchall()


def reasons(connection: Connection) -> dict[str, int]:
    """Count the held messages by reason, the most frequent first."""
    with translated():
        return dict(connection.execute(SQL["pages_quarantine_reasons"]).fetchall())


def newest(connection: Connection) -> int | None:
    """Give the number of the newest refused message."""
    with translated():
        row = connection.execute(SQL["pages_quarantine_mark"]).fetchone()
    return row[0] if row else None


def others(connection: Connection, number: int) -> list[int]:
    """Find the other held messages of a message's device that were refused for the same reason."""
    with translated():
        told = {"id": number, "most": MOST_OTHERS}
        return [other for (other,) in connection.execute(SQL["pages_quarantine_others"], told)]
