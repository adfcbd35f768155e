"""A database connection that comes back: what a database that is away means to a loop."""

import threading

import structlog

from storage.connection import Connection, connect
from storage.errors import StorageError

log = structlog.get_logger(__name__)

BACK_OFF = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to reach the database again; the last one repeats."""


class Link:
    """One loop's connection: opened when needed, dropped when it fails.

    That the database is away is said once when it is lost and once when it is back.

    Args:
        dsn: the database.
        name: what the session is called in the log and in the database's list of sessions.
        stop: ends a wait early.
    """

    def __init__(self, dsn: str, name: str, stop: threading.Event) -> None:
        self.name = name
        self._dsn = dsn
        self._stop = stop
        self._lost = False
        self._attempts = 0
        self._connection: Connection | None = None

    def get(self) -> Connection:
        """Give the connection, opening it if need be.

        Raises:
            storage.errors.DatabaseUnavailable: the database is away.
        """
        if self._connection is None:
            self._connection = connect(self._dsn, application_name=f"boroughsense-{self.name}")
        return self._connection

    def lost(self, error: StorageError) -> None:
        """Drop the connection, and say it once."""
        self.close()
        if not self._lost:
            log.warning("database lost", loop=self.name, reason=str(error))
        self._lost = True

    def back(self) -> None:
        """Say once that the database is back."""
        self._attempts = 0
        if self._lost:
            log.info("database back", loop=self.name)
        self._lost = False

    @property
    def is_lost(self) -> bool:
        """Whether the last attempt to use it failed."""
        return self._lost

    def wait(self) -> bool:
        """Wait before the next attempt, longer each time; False when we are to stop meanwhile."""
        seconds = BACK_OFF[min(self._attempts, len(BACK_OFF) - 1)]
        self._attempts += 1
        return not self._stop.wait(seconds)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
