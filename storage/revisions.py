"""Figures that changed after they had been published: by late or other readings, or corrections."""

from dataclasses import dataclass
from datetime import datetime

from storage.connection import Connection, translated
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of one figure."""

    revised_at: datetime
    length: str
    """`1h` or `1d`"""
    cause: str
    """`readings` or `calibration`; of a day `hours`"""
    dev_eui: str
    observed_property: str
    channel: str
    interval_start: datetime
    count_before: int
    mean_before: float | None
    valid_before: bool
    count_after: int
    mean_after: float | None
    valid_after: bool
    ratified_by: str | None
    """Who stood for the figure until it changed; None: nobody"""


def revisions(
    connection: Connection, since: datetime, *, most: int = 1000, ratified: bool = False
) -> list[Revision]:
    """List the changes since a time, the newest first, at most so many.

    Args:
        connection: to the database.
        since: the first moment of a change.
        most: so many at most.
        ratified: only figures that somebody stood for.
    """
    with translated():
        told = {"since": since, "most": most, "ratified": ratified}
        rows = connection.execute(SQL["revisions_list"], told)
        return [Revision(*row) for row in rows]
