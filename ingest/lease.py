"""Which of several processes serves a session: the one that holds its lease; the others stand by.

Two MQTT clients of one client id throw each other out for ever. So the session's name is a lease
in the database, taken before we connect to the broker. When its holder dies the next one takes it,
and with it the session that the broker has kept. When the database was away, somebody else may
hold it afterwards: then we must leave the broker.
"""

import threading
from collections.abc import Callable

import structlog

from ingest.link import Link
from ingest.loop import Step
from storage import leases
from storage.connection import Connection
from storage.errors import DatabaseUnavailable

log = structlog.get_logger(__name__)

_ASK_AGAIN_SECONDS = 1.0


class Lease:
    """The right to serve a session.

    Args:
        dsn: the database.
        name: the session's.
        stop: ends every wait.
    """

    def __init__(self, dsn: str, name: str, stop: threading.Event) -> None:
        self.link = Link(dsn, "lease", stop)
        self.is_taken = False
        """Whether another process has taken it from us"""
        self._name = name
        self._stop = stop

    def wait(self, beat: Callable[[], None], first: Callable[[Connection], None]) -> bool:
        """Wait until the lease is ours, however long; False when we are to stop before.

        Args:
            beat: called at least every few seconds.
            first: what is to be read before anything else happens.

        Raises:
            storage.errors.WrongSchema: the database is not one this program can use.
        """
        told = False
        while not self._stop.is_set():
            beat()
            try:
                if leases.take(self.link.get(), self._name):
                    first(self.link.get())
                    self.link.back()
                    return True
            except DatabaseUnavailable as error:
                self.link.lost(error)
                self.link.wait()
                continue
            self.link.back()
            if not told:
                log.info("standing by: another process serves this session", session=self._name)
            told = True
            self._stop.wait(_ASK_AGAIN_SECONDS)
        return False

    def keep(self, connection: Connection) -> Step:
        """Take the lease on this connection, and give the step that looks after it."""
        self.is_taken = not leases.take(connection, self._name)

        def look() -> bool:
            leases.check(connection)
            return False

        return look
