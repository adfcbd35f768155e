"""What could not become readings, kept whole with its reason, and tried again once that is mended.

A retry ends as if the message had been understood at once: its rows, its hours to compute again,
its place in the ledger. The books are corrected by further entries, never changed. A message that
is released is never retried again, so a retry may be repeated.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from psycopg.rows import class_row

from storage import account
from storage.connection import Connection, translated
from storage.errors import UnknownMessage
from storage.messages import Message, bounded, newly_refused, refusal
from storage.model import Arrival, Origin, Outcome, Record, RefusalRecord, Tally
from storage.packing import clean
from storage.queries import SQL
from storage.uplinks import Writer, count, tally

_SLICE = 200
"""Messages retried in one transaction"""


class Status(StrEnum):
    """Where a refused message stands."""

    HELD = "held"
    RELEASED = "released"
    """A retry made it readings, or found that it had been handled"""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A refused message."""

    id: int
    received_at: datetime
    topic: str
    payload: bytes
    origin: str
    reason: str
    detail: str
    source: str
    event_type: str
    deduplication_key: str
    dev_eui: str
    attempts: int
    status: str
    resolved_at: datetime | None

    @property
    def arrival(self) -> Arrival:
        """The message as it reached us."""
        return Arrival(self.topic, self.payload, self.received_at, Origin(self.origin))

    @property
    def refusal(self) -> RefusalRecord:
        """The refusal as it was stored."""
        return RefusalRecord(
            self.arrival,
            self.reason,
            self.detail,
            self.source,
            self.event_type,
            self.deduplication_key,
            self.dev_eui,
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """Which messages; what is None does not matter."""

    reason: str | None = None
    dev_eui: str | None = None
    since: datetime | None = None
    """Received at this time or later"""
    until: datetime | None = None
    """Received before this time"""
    status: Status | None = Status.HELD


def find(
    connection: Connection, selection: Selection | None = None, *, most: int | None = 100
) -> list[Quarantined]:
    """List refused messages, the newest first; `most` None: all."""
    chosen = selection or Selection()
    parameters = {
        "reason": chosen.reason,
        "dev_eui": chosen.dev_eui,
        "since": chosen.since,
        "until": chosen.until,
        "status": chosen.status,
        "most": most,
    }
    with translated(), connection.cursor(row_factory=class_row(Quarantined)) as cursor:
        return cursor.execute(SQL["quarantine_find"], parameters).fetchall()


def show(connection: Connection, number: int) -> Quarantined:
    """Give one refused message.

    Raises:
        UnknownMessage: there is none of this number.
    """
    found = _read(connection, [number])
    if not found:
        raise UnknownMessage(f"the quarantine has no message {number}")
    return found[0]


def retry(
    connection: Connection, numbers: Sequence[int], handle: Callable[[Arrival], Record]
) -> Tally:
    """Take refused messages through the pipeline once more, in order of their numbers.

    Args:
        connection: to the database.
        numbers: of the messages; those that are released, or not there, are passed over.
        handle: the pipeline: makes a record of a message as it arrived.

    Raises:
        DatabaseUnavailable: messages up to some number are settled, the others are as they were.
    """
    writer = Writer(connection)
    wanted = sorted(set(numbers))
    settled: list[Message] = []
    with _alone(connection):
        for start in range(0, len(wanted), _SLICE):
            found = _read(connection, wanted[start : start + _SLICE])
            held = [message for message in found if message.status == Status.HELD]
            if held:
                messages = writer.prepare([handle(message.arrival) for message in held])
                begin = partial(_take_back, connection, held)
                settled += writer.write(messages, partial(_settle, connection, held), begin)
    return tally(settled)


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    with translated():
        connection.execute(SQL["quarantine_lock"])
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute(SQL["quarantine_unlock"])


def _read(connection: Connection, numbers: Sequence[int]) -> list[Quarantined]:
    with translated(), connection.cursor(row_factory=class_row(Quarantined)) as cursor:
        return cursor.execute(SQL["quarantine_read"], {"ids": list(numbers)}).fetchall()


def _take_back(connection: Connection, held: Sequence[Quarantined]) -> None:
    """Let the ledger forget the refusals, unless a key stands there for another arrival by now."""
    keyed = [(refusal(message.refusal).key, message.received_at) for message in held]
    connection.execute(
        SQL["ledger_remove"],
        {
            "sources": [key[0] for key, _ in keyed],
            "event_types": [key[1] for key, _ in keyed],
            "keys": [key[2] for key, _ in keyed],
            "times": [received_at for _, received_at in keyed],
        },
    )


def _settle(
    connection: Connection, held: Sequence[Quarantined], messages: Sequence[Message]
) -> None:
    """Note what became of the messages, and correct the books."""
    books = count(messages)
    books.subtract((Outcome.REFUSED, before.reason) for before in held)
    refused = {id(message): message.record for message in newly_refused(messages)}
    stands = [
        refused.get(id(message), before.refusal)
        for before, message in zip(held, messages, strict=True)
    ]
    connection.execute(
        SQL["quarantine_settle"],
        {
            "ids": [message.id for message in held],
            "statuses": [
                Status.HELD if id(message) in refused else Status.RELEASED for message in messages
            ],
            "reasons": [bounded(record.reason) for record in stands],
            "details": [clean(record.detail) for record in stands],
            "sources": [bounded(record.source) for record in stands],
            "event_types": [bounded(record.event_type) for record in stands],
            "keys": [bounded(record.deduplication_key) for record in stands],
            "dev_euis": [bounded(record.dev_eui) for record in stands],
        },
    )
    account.enter(connection, {key: number for key, number in books.items() if number})
