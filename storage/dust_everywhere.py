"""An hour of dust at all monitors of a borough, each beside what is usual for it."""

from dataclasses import dataclass
from datetime import datetime

from storage.connection import Connection, translated
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitor in an hour; PM10 in ug/m3."""

    monitor: str
    mean: float
    usual: float
    """A percentile of its own hours before"""


def read(
    connection: Connection, hour: datetime, *, percentile: float, since: datetime, least: int
) -> list[Monitor]:
    """Read the valid means of an hour.

    Args:
        connection: to the database.
        hour: when it begins.
        percentile: 0 to 100.
        since: from here on its own hours are looked at.
        least: with fewer valid ones nobody knows what is usual, and the monitor is left out.
    """
    asked = {"hour": hour, "share": percentile / 100, "since": since, "least": least}
    with translated():
        return [Monitor(*row) for row in connection.execute(SQL["dust_everywhere"], asked)]
