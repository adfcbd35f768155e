"""What waits in memory between the network thread and the ingest loop: in order, up to a bound."""

import threading
from collections import deque
from time import monotonic

from ingest.session import Bound, Delivery

_NOTIFY_EVERY = 100
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
            self._changed.notify()

    def put(self, delivery: Delivery) -> bool:
        """Keep a delivery, unless closed; True when this one reaches the bound and closes it."""
        with self._changed:
            if self._closed:
                return False
            self._waiting.append(delivery)
            self._bytes += delivery.size
            number = len(self._waiting)
            self._closed = self._bound.is_reached(number, self._bytes)
            if number == 1 or number % _NOTIFY_EVERY == 0 or self._closed:
                self._changed.notify()
            return self._closed

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
        return taken

    def _may_grow(self, limit: int) -> bool:
        return 0 < len(self._waiting) < limit and not self._closed
