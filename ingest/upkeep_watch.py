"""A loop on stored data: the database's upkeep at a quiet hour, by one of all the processes.

It is due each day at the hour, and is not done by day when it was done the night before; after
two nights without, or where it was never done, it is done at once. Who does it is whoever holds its
lock first, be it this loop, another process, or `boroughsense maintain`. A failure is written down
for `doctor`, and tried again an hour later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from storage import upkeep
from storage.connection import Connection
from storage.errors import DatabaseRefused, DatabaseUnavailable

log = structlog.get_logger(__name__)

BY = "run"
_LONDON = ZoneInfo("Europe/London")
_LOOK_EVERY = timedelta(minutes=1)
_AGAIN_AFTER = timedelta(hours=1)
_QUIET = timedelta(hours=2)
"""So long the quiet hour is"""
_OVERDUE = timedelta(hours=49)
"""After so long it waits for no night"""


@dataclass(frozen=True, slots=True)
class UpkeepPlan:
    """When the upkeep is done, and what is dropped."""

    hour: int = 3
    """Of the clock in Europe/London"""
    keep_raw_months: int | None = None

    def is_due(self, last: datetime | None, now: datetime) -> bool:
        """Say whether it is time, when it was done last."""
        if last is None or now - last > _OVERDUE:
            return True
        local = now.astimezone(_LONDON)
        tonight = local.replace(hour=self.hour, minute=0, second=0, microsecond=0, fold=0)
        begins = tonight.astimezone(UTC)
        return begins <= now < begins + _QUIET and last < begins


def _wall() -> datetime:
    return datetime.now(UTC)


class UpkeepWatch:
    """Does the upkeep when it is due; make a new one with a new connection.

    Args:
        connection: of its own.
        plan: when.
        wall: the clock.
    """

    def __init__(
        self, connection: Connection, plan: UpkeepPlan, *, wall: Callable[[], datetime] = _wall
    ) -> None:
        self._connection = connection
        self._plan = plan
        self._wall = wall
        self._next: datetime | None = None

    def step(self) -> bool:
        """Look once a minute, and do it when it is due; never more at once.

        Raises:
            DatabaseUnavailable: the connection is lost; what was done before stays done.
            WrongSchema: the database lacks a migration.
        """
        now = self._wall()
        if self._next and now < self._next:
            return False
        self._next = now + _LOOK_EVERY
        if self._plan.is_due(upkeep.last_done(self._connection), now):
            self._do(now)
        return False

    def _do(self, now: datetime) -> None:
        try:
            done = upkeep.maintain(
                self._connection,
                now,
                keep_raw_months=self._plan.keep_raw_months,
                by=BY,
                unless=lambda last: not self._plan.is_due(last, now),
            )
        except (DatabaseUnavailable, DatabaseRefused) as error:
            if self._connection.broken or self._connection.closed:
                raise
            upkeep.failed(self._connection, now, str(error), by=BY)
            log.warning("the upkeep failed; it is tried again in an hour", reason=str(error))
            self._next = now + _AGAIN_AFTER
            return
        if done is not None:
            log.info("upkeep done", **done.counts())
