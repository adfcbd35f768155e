"""The books add up, from any time on, and tell when something may be missing."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import account
from storage.account import Account, PossibleGap
from storage.connection import Connection
from storage.errors import DatabaseUnavailable
from storage.model import Outcome

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC)


def test_nothing_yet(database: Connection) -> None:
    """A new database has received nothing, and when it last did is unknown."""
    assert account.account(database) == Account()
    assert account.last_commit(database) is None


def test_entries_add_up(database: Connection) -> None:
    """Received is stored, refused and duplicates; corrections count, down to no reason left."""
    account.enter(database, {(Outcome.STORED, ""): 5, (Outcome.REFUSED, "truncated"): 2})
    account.enter(database, {(Outcome.DUPLICATE, ""): 3, (Outcome.REDELIVERED, ""): 4})
    account.enter(database, {(Outcome.REFUSED, "odd\x00"): 1})
    account.enter(database, {(Outcome.REFUSED, "truncated"): -2, (Outcome.STORED, ""): 2})
    assert account.account(database, None) == Account(
        received=11, stored=7, refused=1, duplicates=3, redelivered=4, by_reason={"odd\ufffd": 1}
    )
    last = account.last_commit(database)
    assert last is not None
    assert timedelta(0) <= last - NOW < HOUR


def test_account_since(database: Connection) -> None:
    """What was committed before the time asked for does not count."""
    account.enter(database, {(Outcome.STORED, ""): 5})
    database.execute("update account_entry set at = at - interval '2 hours'")
    account.enter(database, {(Outcome.STORED, ""): 1})
    assert account.account(database, NOW - HOUR).stored == 1
    assert account.account(database, NOW - 3 * HOUR).stored == 6
    assert account.account(database, NOW + HOUR).received == 0


def test_gaps_are_listed(database: Connection) -> None:
    """Gaps are told with from, to and why, oldest first, without those that ended before."""
    account.record_gap(database, NOW - HOUR, NOW, "the session was\x00 lost")
    account.record_gap(database, NOW - 5 * HOUR, NOW - 4 * HOUR, "QoS 0")
    first = PossibleGap(NOW - 5 * HOUR, NOW - 4 * HOUR, "QoS 0")
    second = PossibleGap(NOW - HOUR, NOW, "the session was\ufffd lost")
    assert account.account(database).possible_gaps == (first, second)
    assert account.account(database, NOW - HOUR / 2).possible_gaps == (second,)


def test_books_that_cannot_be_read(database: Connection) -> None:
    """Each question says when the database is away."""
    database.close()
    for ask in (account.account, account.last_commit):
        with pytest.raises(DatabaseUnavailable):
            ask(database)
    with pytest.raises(DatabaseUnavailable):
        account.record_gap(database, NOW, NOW, "")
