"""Batches read ahead: while one is being stored, the next is taken from the broker and read.

The writer waits for the database most of the time, which is when this thread reads. Order is kept:
one thread reads, one stores, and a batch is handed over whole. At most two batches are ahead.
"""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Full, Queue

from ingest.pipeline import Policy, read_all
from ingest.session import Delivery, Receiver
from storage.model import Record

_WAIT_SECONDS = 1.0
_JOIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Incoming:
    """A batch in order of arrival: as it was delivered, and what was read of it."""

    deliveries: Sequence[Delivery] = ()
    records: Sequence[Record] = ()
    """One for each delivery"""


class Reader:
    """Takes batches and reads them, in a thread of its own.

    Args:
        receiver: where they come from.
        limit: how many messages make a batch.
        linger: how many seconds a batch waits for more.
    """

    def __init__(self, receiver: Receiver, limit: int, linger: float) -> None:
        self._receiver = receiver
        self._limit = limit
        self._linger = linger
        self._policy: Policy | None = None
        self._ready: Queue[Incoming | Exception] = Queue(maxsize=1)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)

    def start(self, policy: Policy) -> None:
        """Begin."""
        self._policy = policy
        self._thread.start()

    def next(self) -> Incoming:
        """Wait up to a second for a batch; an empty one when there is none."""
        try:
            made = self._ready.get(timeout=_WAIT_SECONDS)
        except Empty:
            return Incoming()
        if isinstance(made, Exception):
            raise made
        return made

    def stop(self) -> None:
        """Take no more; what is ahead is forgotten, and the broker has it still."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                self._hand_over(self._read())
        except Exception as error:
            self._hand_over(error)
            raise

    def _read(self) -> Incoming:
        assert self._policy is not None  # noqa: S101 - `start` has set it
        deliveries = self._receiver.batch(self._limit, self._linger)
        return Incoming(deliveries, read_all(deliveries, self._policy))

    def _hand_over(self, made: Incoming | Exception) -> None:
        while not self._ended.is_set():
            with suppress(Full):
                self._ready.put(made, timeout=_WAIT_SECONDS)
                return
