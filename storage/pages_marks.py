"""What an open page waits for a change of: when something was last heard, the newest finding."""

from datetime import datetime

from storage.connection import Connection, translated
from storage.pages_alerts import Sight
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


def newest_change(connection: Connection) -> int:
    """Give the number of the newest change of an alert, whosever it is."""
    with translated():
        ((number,),) = connection.execute(SQL["pages_alerts_mark"])
    return int(number)


def alerts_since(connection: Connection, sight: Sight, number: int) -> tuple[int, int]:
    """Count the alerts in a sight that began after a change, and those that changed otherwise."""
    with translated():
        ((began, others),) = connection.execute(
            SQL["pages_alerts_news"], {**sight.told, "since": number}
        )
    return began, others
