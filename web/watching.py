"""What an open page waits for: a mark that changes when there is something new to show."""

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from storage.connection import Connection
from storage.pool import Pool
from web.identity import Area, Person
from web.session import Database

Mark = Callable[[Connection, "re.Match[str]"], object]
"""Reads a page's mark; the address is given as it matched."""
May = Callable[[Person, Connection, "re.Match[str]"], bool]
News = Callable[[Connection, Person, str], str]
"""Says to a person what is new since a mark; empty: nothing that the person may see"""

FRESH_SECONDS = 0.5
"""So long one reading of a mark serves everybody who has the page open."""
_MOST_MARKS = 1000


@dataclass(frozen=True, slots=True)
class Watch:
    """One kind of page that can be watched."""

    path: str
    """A pattern of the page's whole address"""
    may: May
    """Whether a person may see the page"""
    mark: Mark
    text: str
    """What is said when the mark has changed"""
    news: News | None = None
    """Where people see different things: what is said instead, and to whom nothing is"""

    def told(self, connection: Connection, person: Person, seen: str) -> str:
        """Say to a person what is new since a mark; empty: nothing for them."""
        return self.text if self.news is None else self.news(connection, person, seen)


@dataclass(frozen=True, slots=True)
class Watched:
    """A page that somebody has open."""

    watch: Watch
    address: "re.Match[str]"


def watched_by_readers(area: Area) -> May:
    """Let everybody wait for news who may read the area."""
    return lambda person, _connection, _address: person.may_read(area)


def find(watches: Sequence[Watch], path: str) -> Watched | None:
    """Find how a page is watched; None: it is not."""
    for watch in watches:
        address = re.fullmatch(watch.path, path)
        if address is not None:
            return Watched(watch, address)
    return None


class Marks:
    """Reads marks for everybody, each page's at most twice a second."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, object]] = {}

    def read(self, watched: Watched) -> object:
        """Give a page's mark.

        Raises:
            DatabaseUnavailable: it cannot be read now.
        """
        path = watched.address.string
        with self._lock:
            at, mark = self._known.get(path, (0.0, None))
        if at and time.monotonic() - at < FRESH_SECONDS:
            return mark
        with self._pool.connection() as connection:
            mark = watched.watch.mark(connection, watched.address)
        with self._lock:
            if len(self._known) >= _MOST_MARKS:
                self._known.clear()
            self._known[path] = (time.monotonic(), mark)
        return mark


def seen(request: Request, database: Database) -> str:
    """Give the mark of the page that is about to be read, for its script to wait for another."""
    watched = find(request.app.state.watches, request.url.path)
    return "" if watched is None else str(watched.watch.mark(database, watched.address))


Seen = Annotated[str, Depends(seen)]
"""A route of a page that waits for news; give it to `page` as `live`."""
