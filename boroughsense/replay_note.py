"""Tells the database of the settings how far a replay is, for the engineers' page of runs.

A replay needs a broker alone. Where the settings name a database, it is told; where that cannot
be reached, or is of another layout, one line says so and the replay goes on.
"""

import getpass
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event

from boroughsense.settings import Settings
from storage import replay_runs
from storage.connection import Connection, connect
from storage.errors import StorageError

Note = Callable[[int, float | None], None]
"""Takes how many messages were published, and how much is done, from 0 to 1"""
EVERY = 1.0
"""Seconds between two writes"""


@contextmanager
def noted(
    settings: Settings, source: str, origin: str, speed: str, stop: Event
) -> Iterator[Note | None]:
    """Give what takes a replay's progress, and write down its end; None without a database.

    Args:
        settings: which may name a database.
        source: what is replayed.
        origin: as what.
        speed: how fast.
        stop: set when somebody stops it.
    """
    with ExitStack() as stack:
        book = None
        if settings.database_url is not None:
            try:
                connection = connect(settings.database_url, application_name="boroughsense-replay")
                stack.enter_context(connection)
                book = _Book(connection, source, origin, speed)
            except StorageError as error:
                _say(error)
        yield book
        if book is not None:
            book.close(stopped=stop.is_set())


class _Book:
    """Writes down one replay, at most once a second; a database that goes away ends that."""

    def __init__(self, connection: Connection, source: str, origin: str, speed: str) -> None:
        self._connection = connection
        actor = f"{getpass.getuser()} on {platform.node()}"
        self._run = replay_runs.begin(
            connection, actor=actor, source=source, origin=origin, speed=speed
        )
        self._published = 0
        self._next = 0.0
        self._away = False

    def __call__(self, published: int, fraction: float | None) -> None:
        """Take how far it is."""
        self._published = published
        if self._away or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        self._write(lambda: replay_runs.note(self._connection, self._run, published, fraction))

    def close(self, *, stopped: bool) -> None:
        """Write down its end."""
        if not self._away:
            self._write(
                lambda: replay_runs.end(
                    self._connection, self._run, self._published, stopped=stopped
                )
            )

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except StorageError as error:
            self._away = True
            _say(error)


def _say(error: StorageError) -> None:
    sys.stderr.write(f"the page of runs does not tell of this replay: {error}\n")
