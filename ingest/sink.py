"""The database's end of the ingest loop: what writes, made anew with each connection."""

from collections import deque
from collections.abc import Callable, Sequence

import structlog

from ingest.link import Link
from ingest.pipeline import Policy, handle_faulty, read_all, store
from ingest.session import Delivery
from storage import instance
from storage.connection import Connection
from storage.errors import StorageError
from storage.instance import Mode
from storage.model import Record, Tally
from storage.uplinks import Writer

log = structlog.get_logger(__name__)


class Sink:
    """Stores batches over a connection that may be lost.

    Args:
        link: the connection.
        policy: makes the pipeline's policy for the database's mode.
        first: what must be written down before the next batch, on the same connection.
    """

    def __init__(
        self,
        link: Link,
        policy: Callable[[Mode], Policy],
        first: Callable[[Connection], None],
    ) -> None:
        self._link = link
        self._make_policy = policy
        self._first = first
        self._open_for: tuple[Writer, Policy] | None = None

    def store(self, deliveries: deque[Delivery], records: Sequence[Record] = ()) -> list[Tally]:
        """Store a batch, taking off what is stored, and tell what became of it.

        Args:
            deliveries: the batch, or what is left of it.
            records: what was read of them; when some are stored already they are read again.

        Raises:
            storage.errors.DatabaseUnavailable: what is left is not stored; try again.
            storage.errors.WrongSchema: the same, and a person must act.
        """
        try:
            writer, policy = self._open()
            self._first(self._link.get())
            if len(records) != len(deliveries):
                records = read_all(deliveries, policy)
            tally = store(records, policy, writer)
        except StorageError:
            self._open_for = None
            raise
        except Exception:
            log.exception("a fault of our own; storing one message at a time")
            return self._store_singly(deliveries)
        deliveries.clear()
        return [tally]

    def _open(self) -> tuple[Writer, Policy]:
        """Give what writes to the database, on a new connection if need be."""
        if self._open_for is None:
            connection = self._link.get()
            policy = self._make_policy(instance.mode(connection))
            self._open_for = Writer(connection), policy
        return self._open_for

    def _store_singly(self, deliveries: deque[Delivery]) -> list[Tally]:
        """Store each message for itself; the one that cannot be stored goes to quarantine.

        What is stored is taken off, so that an attempt after a failure counts nothing twice.
        """
        tallies: list[Tally] = []
        self._reopen()
        while deliveries:
            delivery = deliveries[0]
            writer, policy = self._open()
            try:
                tallies.append(store(read_all([delivery], policy), policy, writer))
            except StorageError:
                self._open_for = None
                raise
            except Exception as error:
                log.exception("the message at fault", topic=delivery.topic)
                self._reopen()
                tallies.append(handle_faulty(delivery, error, self._open()[0]))
            deliveries.popleft()
        return tallies

    def _reopen(self) -> None:
        self._open_for = None
        self._link.close()
