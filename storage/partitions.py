"""Weeks: a partition of `uplink` and `observation` for each week that a row falls in.

A week begins on Monday, 00:00 UTC. Partitions are made on demand, in a transaction of their own
before the batch's, so that no batch holds a lock on the whole table; two processes that need the
same week find one made. With TimescaleDB the same call does nothing.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from storage.connection import Connection, translated
from storage.queries import SQL

Parent = Literal["observation", "uplink"]

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2101, 1, 1, tzinfo=UTC)
"""Times from EARLIEST up to, and without, LATEST can be stored."""


def week(time: datetime) -> date:
    """Give the Monday of the week, in UTC, that a time falls in."""
    day = time.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


class Partitions:
    """The weeks that are known to exist; one object for one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[Parent, set[date]] = {"observation": set(), "uplink": set()}

    def ensure(self, parent: Parent, weeks: Iterable[date]) -> None:
        """Make the weeks that are missing; call it outside the batch's transaction.

        Raises:
            DatabaseRefused: a week outside the years 2000 to 2100.
            DatabaseUnavailable: the server failed; nothing is remembered.
        """
        missing = sorted(set(weeks) - self._known[parent])
        if not missing:
            return
        with translated():
            self._connection.execute(SQL["weeks_ensure"], {"parent": parent, "weeks": missing})
        self._known[parent].update(missing)

    def ahead(self, now: datetime, *, weeks: int = 4) -> None:
        """Make this week and the next ones, so that live traffic never waits for one."""
        wanted = [week(now) + timedelta(weeks=number) for number in range(weeks + 1)]
        self.ensure("observation", wanted)
        self.ensure("uplink", wanted)

    def forget(self) -> None:
        """Believe nothing: somebody may have dropped a week."""
        for known in self._known.values():
            known.clear()
