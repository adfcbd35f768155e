"""A step on stored data, repeated in a thread of its own for as long as the service runs."""

import threading
from collections.abc import Callable
from time import monotonic

import structlog

from ingest.link import Link
from storage.connection import Connection
from storage.errors import DatabaseUnavailable, WrongSchema

log = structlog.get_logger(__name__)

_LONGEST_REST = 1.0
"""seconds"""

Step = Callable[[], bool]
"""One piece of work; True when there was something to do."""
MakeStep = Callable[[Connection], Step]
"""Builds the step on a fresh connection."""


def _nothing() -> str:
    return ""


class Loop:
    """A step repeated on a connection of its own.

    A database that is away is waited for. A fault of the step is told and the step is made anew:
    the feed must not stand still because a rule is at fault. A database that is not laid out for
    this program ends the loop, with `failure` set.

    Args:
        make: builds the step from a fresh connection.
        link: the connection; its name is the loop's.
        stop: ends the loop.
        pause: seconds between two steps that found nothing to do.
        remark: says what needs a person though the loop works; empty when nothing does.
        rest: after a step it rests for this part of the time that the step took, a second at most:
            so one with much to do leaves processor and database to the feed, and finds more to do
            in one go.
    """

    def __init__(  # noqa: PLR0913 - what it does, when, and what it says
        self,
        make: MakeStep,
        link: Link,
        stop: threading.Event,
        *,
        pause: float = 0.5,
        rest: float = 0.0,
        remark: Callable[[], str] = _nothing,
    ) -> None:
        self.name = link.name
        self.failure = ""
        """Why the loop ended by itself, in one sentence; empty while it runs"""
        self._make = make
        self._link = link
        self._stop = stop
        self._pause = pause
        self._rest = rest
        self.remark = remark
        """Says what needs a person though the loop works"""
        self._step: Step | None = None
        self._idle_at = monotonic()
        self._thread = threading.Thread(target=self._run, name=link.name, daemon=True)

    @property
    def parts(self) -> tuple["Loop"]:
        """Itself."""
        return (self,)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for its end, which `stop` brings about, for so long at most."""
        if self.alive:
            self._thread.join(seconds)

    @property
    def alive(self) -> bool:
        """Whether it works."""
        return self._thread.is_alive()

    def lag(self) -> float:
        """How many seconds ago it had nothing left to do."""
        return monotonic() - self._idle_at

    def problem(self) -> str:
        """What keeps it from working; empty when nothing does."""
        return "the database is away" if self._link.is_lost else self.failure

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                began = monotonic()
                busy = self._turn()
                rest = min(_LONGEST_REST, self._rest * (monotonic() - began))
                self._stop.wait(rest if busy else max(rest, self._pause))
        except WrongSchema as error:
            self.failure = str(error)
        finally:
            self._link.close()

    def _turn(self) -> bool:
        """Do one step; True when the next may follow at once."""
        try:
            if self._step is None:
                self._step = self._make(self._link.get())
            busy = self._step()
        except WrongSchema:
            raise
        except DatabaseUnavailable as error:
            self._step = None
            self._link.lost(error)
            return self._link.wait()
        except Exception:
            log.exception("a fault of our own; trying again", loop=self.name)
            self._step = None
            self._link.close()
            return self._link.wait()
        self._link.back()
        if not busy:
            self._idle_at = monotonic()
        return busy
