"""How much a database holds, in one glance."""

from dataclasses import dataclass
from datetime import UTC

from psycopg.rows import class_row

from storage.connection import Connection, translated
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of what is stored."""

    devices: int
    uplinks: int
    observations: int
    alerts: int
    """Episodes, without those that later data contradicted"""
    alerts_open: int
    refused: int
    """Messages that quarantine holds"""
    pending: int
    """Hours that are still to be computed or looked at again"""


def overview(connection: Connection) -> Overview:
    """Count what is stored."""
    with translated(), connection.cursor(row_factory=class_row(Overview)) as cursor:
        rows = cursor.execute(SQL["overview_read"]).fetchall()
    return rows[0]


def episodes(connection: Connection) -> set[tuple[str, str, str]]:
    """Give every episode that stands as (rule, whose, when it fired, ISO 8601 in UTC).

    Whose is the device's dev_eui; without a device it is the place's public id.
    """
    with translated():
        rows = connection.execute(SQL["episodes_read"]).fetchall()
    return {
        (rule, dev_eui, fired_at.astimezone(UTC).isoformat()) for rule, dev_eui, fired_at in rows
    }
