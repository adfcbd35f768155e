"""Batches of which nobody knows whether they are stored: the connection broke at the commit.

The server may have committed, only its answer never came. Storing such a batch again would count
its messages twice, as stored and as duplicates. So the transaction's number is remembered, and
when the same batch comes again, over a new connection, the server is asked what became of it.
"""

from dataclasses import dataclass
from hashlib import sha256

from storage.connection import Connection, translated
from storage.errors import DatabaseRefused, DatabaseUnavailable
from storage.model import Batch, Tally
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class _Doubt:
    transaction: str
    tally: Tally


class Doubts:
    """The batches in doubt of one process."""

    def __init__(self) -> None:
        self._doubts: dict[bytes, _Doubt] = {}

    def add(self, batch: Batch, transaction: str, tally: Tally) -> None:
        """Remember a batch, its transaction's number and what becomes of it if that committed."""
        self._doubts[_fingerprint(batch)] = _Doubt(transaction, tally)

    def settle(self, connection: Connection, batch: Batch) -> Tally | None:
        """Tell what became of a batch if it was in doubt and is stored; else None.

        Raises:
            DatabaseUnavailable: the server is still at it, or failed again.
        """
        if not self._doubts:
            return None
        key = _fingerprint(batch)
        doubt = self._doubts.get(key)
        if doubt is None:
            return None
        status = _status(connection, doubt.transaction)
        if status == "in progress":
            raise DatabaseUnavailable("the server has not finished the batch's first transaction")
        del self._doubts[key]
        return doubt.tally if status == "committed" else None


IN_DOUBT = Doubts()
"""Those of this process: they outlive connections."""


def _status(connection: Connection, transaction: str) -> str | None:
    try:
        with translated():
            row = connection.execute(SQL["transaction_status"], {"id": transaction}).fetchone()
    except DatabaseRefused:
        return None  # a number from the future: the server was restored to before it
    return row[0] if row else None


def _fingerprint(batch: Batch) -> bytes:
    digest = sha256()
    for record in batch.records:
        arrival = record.arrival
        digest.update(arrival.topic.encode("utf-8", "surrogatepass"))
        digest.update(sha256(arrival.payload).digest())
        digest.update(arrival.received_at.isoformat().encode())
    return digest.digest()
