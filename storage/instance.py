"""What a database is for: the real borough, or a simulated one. Decided once, never changed."""

from enum import StrEnum

from storage.connection import Connection, translated
from storage.errors import WrongSchema
from storage.queries import SQL


class Mode(StrEnum):
    """Whose data a database holds; shown on every page and in every export."""

    LIVE = "live"
    """Real devices; alerts reach people."""
    SIMULATION = "simulation"
    """Simulated or replayed devices; nobody is ever told."""


def mode(connection: Connection) -> Mode:
    """Read the mode of the database.

    Raises:
        WrongSchema: the database has not been migrated yet.
    """
    with translated():
        row = connection.execute(SQL["instance_mode"]).fetchone()
    if row is None:
        raise WrongSchema("the database has no mode yet: run boroughsense db migrate")
    return Mode(row[0])
