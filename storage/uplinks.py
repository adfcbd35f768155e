"""The write path: a batch of messages becomes rows, in one transaction.

    prepare       keys and packed rows, before any lock is taken       storage.messages
    ledger        which messages are new, by both keys                 storage.ledger
    devices       their numbers; their rows are locked, in order       storage.devices
    uplinks, observations with the hours to compute again, latest values, hours of activity, events
    quarantine    what was refused, whole
    account       how many of each

Locks are taken in one order by all writers, so that they wait for each other and never in a ring.
When the database refuses a value after all, the batch is halved again and again until the message
stands alone and goes to quarantine; locks then come in another order, so that writer works alone.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from storage import account, device_logs, ledger, observations
from storage.connection import Connection, translated
from storage.copying import copy
from storage.devices import Registry
from storage.doubt import IN_DOUBT, Doubts
from storage.errors import DatabaseRefused, DatabaseUnavailable
from storage.messages import (
    EventMessage,
    Message,
    UplinkMessage,
    newly_refused,
    prepare,
    refuse,
    weeks,
)
from storage.model import Batch, Outcome, Record, RefusalRecord, Tally
from storage.partitions import Partitions, week
from storage.queries import SQL


class CommitLost(DatabaseUnavailable):
    """The connection broke at the commit: nobody knows whether the messages are stored."""

    def __init__(self, transaction: str, messages: Sequence[Message]) -> None:
        super().__init__("the connection broke at the commit")
        self.transaction = transaction
        self.messages = messages


Step = Callable[[Sequence[Message]], None]
"""What else happens in the transaction, with all messages of the batch."""


class Writer:
    """Stores batches over one connection; make a new one with a new connection.

    Raises:
        DatabaseUnavailable: the connection is lost.
        WrongSchema: the database was not migrated.
    """

    def __init__(self, connection: Connection, *, doubts: Doubts = IN_DOUBT) -> None:
        self._connection = connection
        self._doubts = doubts
        with translated():
            self._registry = Registry(connection)
            connection.execute(SQL["incoming_create"])
        self._partitions = Partitions(connection)

    def store(self, batch: Batch) -> Tally:
        """Store a batch and tell what became of it.

        A message that holds a value which the database refuses goes to quarantine, alone.

        Raises:
            DatabaseUnavailable: nothing of the batch is stored; try again, with a new connection.
            WrongSchema: the same, and a person must act.
            DatabaseRefused: the same; not even a refusal is taken.
        """
        if not batch.records:
            return Tally()
        known = self._doubts.settle(self._connection, batch)
        if known is not None:
            return known
        try:
            return tally(self.write(self.prepare(batch.records), self._close))
        except CommitLost as lost:
            self._doubts.add(batch, lost.transaction, tally(lost.messages))
            raise

    def prepare(self, records: Iterable[Record]) -> list[Message]:
        """Make records ready for `write`."""
        return [prepare(record, self._registry.properties) for record in records]

    def write(
        self, messages: Sequence[Message], close: Step, begin: Callable[[], None] | None = None
    ) -> Sequence[Message]:
        """Enter messages in one transaction, and give them back with their outcomes.

        Args:
            messages: in order of arrival.
            close: what else belongs to the transaction, after the messages.
            begin: the same, before them.

        Raises:
            DatabaseUnavailable: nothing is stored.
        """
        try:
            self._ensure_weeks(messages)
            try:
                return self._write(messages, close, begin, alone=False)
            except DatabaseRefused:
                # The upkeep may have dropped a week that was known.
                self._partitions.forget()
                self._ensure_weeks(messages)
                return self._write(messages, close, begin, alone=True)
        except BaseException:
            self._partitions.forget()
            raise

    def _write(
        self,
        messages: Sequence[Message],
        close: Step,
        begin: Callable[[], None] | None,
        *,
        alone: bool,
    ) -> Sequence[Message]:
        transaction = None
        try:
            with self._transaction():
                number = self._begin(alone=alone)
                if begin:
                    begin()
                if alone:
                    messages = self._enter_apart(messages)
                else:
                    self._enter(messages)
                close(messages)
                transaction = number
        except DatabaseUnavailable as error:
            if transaction is None:
                raise
            raise CommitLost(transaction, messages) from error
        self._registry.keep()
        return messages

    def _begin(self, *, alone: bool) -> str:
        query = "write_alone" if alone else "write_together"
        row = self._connection.execute(SQL[query]).fetchone()
        return str(row[0]) if row else ""

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        mark = self._registry.mark()
        try:
            with translated(), self._connection.transaction():
                yield
        except BaseException:
            self._registry.forget_since(mark)
            raise

    def _ensure_weeks(self, messages: Sequence[Message]) -> None:
        uplinks = [message for message in messages if isinstance(message, UplinkMessage)]
        received = {week(message.record.arrival.received_at) for message in uplinks}
        self._partitions.ensure("uplink", received)
        times = (value.time for message in uplinks for value in message.values)
        self._partitions.ensure("observation", weeks(times))

    def _enter_apart(self, messages: Sequence[Message]) -> list[Message]:
        """Enter messages of which some are refused: halve them until those stand alone."""
        try:
            with self._transaction():
                self._connection.execute(SQL["incoming_clear"])
                self._enter(messages)
                return list(messages)
        except DatabaseRefused as refused:
            half = len(messages) // 2
            if half:
                return self._enter_apart(messages[:half]) + self._enter_apart(messages[half:])
            record = messages[0].record
            if isinstance(record, RefusalRecord):
                raise  # a database that does not take a refusal takes nothing
            culprit = refuse(record, str(refused))
            self._enter([culprit])
            return [culprit]

    def _enter(self, messages: Sequence[Message]) -> None:
        new = ledger.admit(self._connection, messages)
        uplinks = [message for message in new if isinstance(message, UplinkMessage)]
        fresh = ledger.admit_frames(self._connection, uplinks)
        if fresh:
            observations.enter(self._connection, self._registry, fresh)
        events = [message for message in new if isinstance(message, EventMessage)]
        if events:
            copy(self._connection, "events_copy", [message.packed for message in events])
            device_logs.mark(self._connection, [message.record for message in events])

    def _close(self, messages: Sequence[Message]) -> None:
        refused = [message.packed for message in newly_refused(messages)]
        if refused:
            copy(self._connection, "quarantine_copy", refused)
        account.enter(self._connection, count(messages))


def count(messages: Iterable[Message]) -> Counter[tuple[Outcome, str]]:
    """Count messages by outcome and, when they were refused, reason."""
    return Counter((message.outcome, message.reason) for message in messages)


def tally(messages: Iterable[Message]) -> Tally:
    """Sum up what became of messages."""
    counts = count(messages)
    outcomes = dict.fromkeys(Outcome, 0)
    for (outcome, _), number in counts.items():
        outcomes[outcome] += number
    return Tally(
        stored=outcomes[Outcome.STORED],
        refused=outcomes[Outcome.REFUSED],
        duplicates=outcomes[Outcome.DUPLICATE],
        redelivered=outcomes[Outcome.REDELIVERED],
        by_reason={reason: number for (_, reason), number in counts.items() if reason},
    )
