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

import struct
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from storage import account, ledger
from storage.connection import Connection, translated
from storage.copying import copy
from storage.devices import Registry
from storage.errors import DatabaseRefused
from storage.messages import (
    EventMessage,
    Message,
    RefusalMessage,
    UplinkMessage,
    prepare,
    refuse,
    weeks,
)
from storage.model import Batch, Outcome, Tally
from storage.partitions import Partitions, week
from storage.queries import SQL

_UPLINK = struct.Struct("!hii")
_UPLINK_FIELDS = 16
_OBSERVATION = struct.Struct("!hii")
_OBSERVATION_FIELDS = 4
_HOUR = timedelta(hours=1)

Step = Callable[[Sequence[Message]], None]
"""What else happens in the transaction, with all messages of the batch."""


class Writer:
    """Stores batches over one connection; make a new one with a new connection.

    Raises:
        DatabaseUnavailable: the connection is lost.
        WrongSchema: the database was not migrated.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
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
        """
        if not batch.records:
            return Tally()
        messages = [prepare(record, self._registry.properties) for record in batch.records]
        return tally(self.write(messages, self._close))

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
        with self._transaction():
            self._connection.execute(SQL["write_alone" if alone else "write_together"])
            if begin:
                begin()
            if alone:
                messages = self._enter_apart(messages)
            else:
                self._enter(messages)
            close(messages)
        return messages

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        mark = self._registry.mark()
        try:
            with translated(), self._connection.transaction():
                yield
        except BaseException:
            self._registry.forget_since(mark)
            raise
        if mark == 0:
            self._registry.keep()

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
            culprit = refuse(messages[0].record, str(refused))
            self._enter([culprit])
            return [culprit]

    def _enter(self, messages: Sequence[Message]) -> None:
        new = ledger.admit(self._connection, messages)
        uplinks = [message for message in new if isinstance(message, UplinkMessage)]
        fresh = ledger.admit_frames(self._connection, uplinks)
        if fresh:
            self._enter_uplinks(fresh)
        events = [message.packed for message in new if isinstance(message, EventMessage)]
        if events:
            copy(self._connection, "events_copy", events)

    def _enter_uplinks(self, uplinks: Sequence[UplinkMessage]) -> None:
        numbers = self._registry.devices([message.record for message in uplinks])
        devices = [numbers[message.record.uplink.dev_eui] for message in uplinks]
        rows: list[bytes] = []
        for device, message in zip(devices, uplinks, strict=True):
            rows.append(_UPLINK.pack(_UPLINK_FIELDS, 4, device))
            rows.append(message.packed)
        copy(self._connection, "uplinks_copy", rows)
        self._enter_observations(devices, uplinks)
        self._enter_activity(devices, uplinks)

    def _enter_observations(self, devices: list[int], uplinks: Sequence[UplinkMessage]) -> None:
        """Store the values; of two of the same series and time the first one is kept."""
        keyed = [
            ((device, value.channel, value.property_id), value)
            for device, message in zip(devices, uplinks, strict=True)
            for value in message.values
        ]
        if not keyed:
            return
        series = self._registry.series({key for key, _ in keyed})
        packed: dict[tuple[int, int], bytes] = {}
        for key, value in keyed:
            packed.setdefault((series[key], value.time), value.packed)
        rows: list[bytes] = []
        for (number, _), row in packed.items():
            rows.append(_OBSERVATION.pack(_OBSERVATION_FIELDS, 4, number))
            rows.append(row)
        copy(self._connection, "incoming_copy", rows)
        self._connection.execute(SQL["observations_enter"])
        self._connection.execute(SQL["latest_enter"])

    def _enter_activity(self, devices: list[int], uplinks: Sequence[UplinkMessage]) -> None:
        hours: dict[tuple[int, datetime], list[datetime]] = {}
        for device, message in zip(devices, uplinks, strict=True):
            time = message.record.time.astimezone(UTC)
            hour = time.replace(minute=0, second=0, microsecond=0)
            hours.setdefault((device, hour), []).append(time)
        keys = sorted(hours)
        self._connection.execute(
            SQL["activity_enter"],
            {
                "ids": [device for device, _ in keys],
                "hours": [hour for _, hour in keys],
                "uplinks": [len(hours[key]) for key in keys],
                "first": [min(hours[key]) for key in keys],
                "last": [max(hours[key]) for key in keys],
            },
        )

    def _close(self, messages: Sequence[Message]) -> None:
        refused = [
            message.packed
            for message in messages
            if isinstance(message, RefusalMessage) and message.outcome is Outcome.REFUSED
        ]
        if refused:
            copy(self._connection, "quarantine_copy", refused)
        account.enter(self._connection, count(messages))


def count(messages: Sequence[Message]) -> account.Counts:
    """Count messages by outcome and, when they were refused, reason."""
    return Counter(
        (
            message.outcome,
            message.record.reason
            if isinstance(message, RefusalMessage) and message.outcome is Outcome.REFUSED
            else "",
        )
        for message in messages
    )


def tally(messages: Sequence[Message]) -> Tally:
    """Sum up what became of messages."""
    counts = count(messages)
    outcomes = Counter(message.outcome for message in messages)
    return Tally(
        stored=outcomes[Outcome.STORED],
        refused=outcomes[Outcome.REFUSED],
        duplicates=outcomes[Outcome.DUPLICATE],
        redelivered=outcomes[Outcome.REDELIVERED],
        by_reason={reason: number for (_, reason), number in counts.items() if reason},
    )
