"""When something was last heard: what an open page waits for a change of."""

from datetime import datetime

from storage.connection import Connection, translated
from storage.queries import SQL


def heard_in(connection: Connection, kind: str, parent: str | None = None) -> datetime | None:
    """Tell when a device at a place of a kind was last heard.

    Args:
        connection: to the database.
        kind: position, bay, room or station.
        parent: the identifier of the site, zone or dwelling; None: wherever it is.
    """
    with translated():
        told = {"kind": kind, "parent": parent}
        row = connection.execute(SQL["pages_places_mark"], told).fetchone()
    return row[0] if row else None


def heard_at(connection: Connection, public_id: str) -> datetime | None:
    """Tell when a device at a place was last heard."""
    with translated():
        row = connection.execute(SQL["pages_place_mark"], {"public_id": public_id}).fetchone()
    return row[0] if row else None
