"""The books: what became of every message, and when some may have been lost.

received = stored + refused + duplicates. A message that the broker delivers again was published
once: it is counted apart, as redelivered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from storage.connection import Connection, translated
from storage.model import Outcome
from storage.packing import clean
from storage.queries import SQL

Counts = Mapping[tuple[Outcome, str], int]
"""Numbers of messages by outcome and reason; a number below zero takes back an earlier one."""


@dataclass(frozen=True, slots=True)
class PossibleGap:
    """A stretch of time of which messages may be lost."""

    start: datetime
    end: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the messages of a stretch of time."""

    received: int = 0
    stored: int = 0
    refused: int = 0
    """Held in quarantine; one that is retried with success moves to the stored ones"""
    duplicates: int = 0
    redelivered: int = 0
    """Not among those received"""
    by_reason: Mapping[str, int] = field(default_factory=dict)
    """The refused ones by their reason"""
    possible_gaps: tuple[PossibleGap, ...] = ()


def enter(connection: Connection, counts: Counts) -> None:
    """Enter numbers in the books; to be called in the transaction of the messages themselves."""
    counted = sorted(
        (outcome, clean(reason), number) for (outcome, reason), number in counts.items()
    )
    connection.execute(
        SQL["account_add"],
        {
            "outcomes": [outcome.value for outcome, _, _ in counted],
            "reasons": [reason for _, reason, _ in counted],
            "messages": [number for _, _, number in counted],
        },
    )


def account(connection: Connection, since: datetime | None = None) -> Account:
    """Add up what became of the messages, and list the possible gaps.

    Args:
        connection: to the database.
        since: counts what was committed, and gaps that ended, at this time or later; None: all.
    """
    with translated(), connection.transaction():
        sums = connection.execute(SQL["account_read"], {"since": since}).fetchall()
        gaps = connection.execute(SQL["gaps_read"], {"since": since}).fetchall()
    by_outcome = dict.fromkeys(Outcome, 0)
    for outcome, _, messages in sums:
        by_outcome[Outcome(outcome)] += messages
    stored, refused = by_outcome[Outcome.STORED], by_outcome[Outcome.REFUSED]
    duplicates = by_outcome[Outcome.DUPLICATE]
    return Account(
        received=stored + refused + duplicates,
        stored=stored,
        refused=refused,
        duplicates=duplicates,
        redelivered=by_outcome[Outcome.REDELIVERED],
        by_reason={
            reason: messages for outcome, reason, messages in sums if outcome == Outcome.REFUSED
        },
        possible_gaps=tuple(PossibleGap(*gap) for gap in gaps),
    )


def last_commit(connection: Connection) -> datetime | None:
    """Tell when a batch was last stored; None: never."""
    with translated():
        row = connection.execute(SQL["account_last"]).fetchone()
    return row[0] if row else None


def record_gap(connection: Connection, start: datetime, end: datetime, why: str) -> None:
    """Note that messages published between two times may be lost, and why."""
    with translated():
        connection.execute(SQL["gap_add"], {"start": start, "end": end, "why": clean(why)})


def record_drops(connection: Connection, total: int, at: datetime) -> int:
    """Note what the broker says it has dropped since its start; more than before is a gap.

    Gives how many it has dropped since it was last heard. A smaller total than before means that
    the broker was started again. The very first total is where counting begins.
    """
    with translated(), connection.transaction():
        before = connection.execute(SQL["drops_read"]).fetchone()
        connection.execute(SQL["drops_write"], {"total": total, "at": at})
        if before is None:
            return 0
        dropped = total - before[0] if total >= before[0] else total
        if dropped:
            why = f"the broker dropped {dropped} messages at a full queue, perhaps ours"
            record_gap(connection, min(before[1], at), at, f"{why}: raise its max_queued_messages")
        return int(dropped)
