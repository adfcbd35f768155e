"""What waits in memory between the network thread and the ingest loop: in order, up to a bound."""

import threading
from collections import deque
from collections.abc import Iterable
from time import monotonic

from ingest.session import Bound, Delivery

_WAIT_SECONDS = 1.0


class Held:
    """Deliveries that wait; one thread puts, one takes.

    It closes by itself when the bound is reached, and stays closed until `open` is called.
    """

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self._waiting: deque[Delivery] = deque()
        self._bytes = 0
        self._closed = False
        self.taken = 0
        """How many were taken, ever"""
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_closed(self) -> bool:
        """Whether what comes is dropped."""
        return self._closed

    def open(self) -> None:
        """Take what comes from now on."""
        self._closed = False

    def close(self) -> None:
        """Drop what comes from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def put(self, deliveries: Iterable[Delivery]) -> bool:
        """Keep deliveries up to the bound; True when one of them reaches it and closes this."""
        with self._changed:
            if self._closed:
                return False
            for delivery in deliveries:
                self._waiting.append(delivery)
                self._bytes += delivery.size
                if self._bound.is_reached(len(self._waiting), self._bytes):
                    self._closed = True
                    break
            self._changed.notify_all()
            return self._closed

    def wait_for_room(self, seconds: float) -> bool:
        """Wait until less than half of the bound waits, or nothing is kept; False: not in time."""
        with self._changed:
            return self._changed.wait_for(self._has_room, seconds)

    def _has_room(self) -> bool:
        return self._closed or not self._bound.is_reached(2 * len(self._waiting), 2 * self._bytes)

    def take(self, limit: int, linger: float) -> list[Delivery]:
        """Wait up to a second for a delivery, then for more until `limit` or `linger` seconds."""
        with self._changed:
            if not self._waiting and not self._closed:
                self._changed.wait_for(lambda: self._waiting or self._closed, _WAIT_SECONDS)
            deadline = monotonic() + linger
            while self._may_grow(limit) and (left := deadline - monotonic()) > 0:
                self._changed.wait(left)
            taken = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
            self._bytes -= sum(delivery.size for delivery in taken)
            self.taken += len(taken)
            self._changed.notify_all()
        return taken

    def _may_grow(self, limit: int) -> bool:
        return 0 < len(self._waiting) < limit and not self._closed
