"""What was refused can be found, looked at, and tried again as if it had come now."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from storage import account, quarantine
from storage.connection import Connection, connect
from storage.errors import DatabaseUnavailable, UnknownMessage
from storage.messages import REFUSED_BY_DATABASE
from storage.model import Arrival, Record, RefusalRecord, Tally
from storage.quarantine import Selection, Status
from storage.uplinks import Writer
from tests.storage.samples import (
    NOON,
    SOURCE,
    arrival,
    contents,
    count,
    event,
    observation,
    record,
    refusal,
    rows,
    store,
    uplink,
)

HOUR = timedelta(hours=1)
Handle = Callable[[Arrival], Record]


def frame(number: int) -> bytes:
    """Give a message that can be understood once its codec is mended."""
    return f"frame {number}".encode()


def mended(came: Arrival) -> Record:
    """Be the pipeline after the mending."""
    number = int(came.payload.split()[-1])
    return record(uplink(number), came=came)


def broken(came: Arrival, *, reason: str = "truncated") -> RefusalRecord:
    """Be the pipeline before it: the envelope is read, the payload is not."""
    number = int(came.payload.split()[-1])
    sent = uplink(number)
    key = sent.deduplication_id
    return RefusalRecord(came, reason, "too short", SOURCE, "up", key, sent.dev_eui)


def unread(came: Arrival) -> RefusalRecord:
    """Be the pipeline that cannot read the envelope either."""
    return RefusalRecord(came, "not_an_event", "odd")


def came(number: int) -> Arrival:
    """Give the message of a number."""
    return arrival(payload=frame(number), at=NOON + number * HOUR)


def held(connection: Connection) -> list[int]:
    """Give the numbers of what is held, oldest first."""
    return sorted(message.id for message in quarantine.find(connection, most=None))


@pytest.mark.whole_server
@pytest.mark.parametrize("before", [broken, unread])
def test_retry_ends_as_if_it_had_been_understood_at_once(
    dsn: str, simulation_dsn: str, before: Handle
) -> None:
    """After a retry all tables, and the books, are as in a database that never refused."""
    with connect(dsn) as late, connect(simulation_dsn) as early:
        store(Writer(late), *(before(came(number)) for number in range(3)))
        store(Writer(early), *(mended(came(number)) for number in range(3)))
        assert quarantine.retry(late, held(late), mended) == Tally(stored=3)
        expected = contents(early)
        found = contents(late)
        differs = {name for name in found if found[name] != expected[name]}
        assert differs == {"quarantine", "account_entry"}
        assert account.account(late) == account.account(early)
        for table in ("ledger", "observation", "uplink", "latest", "activity_1h"):
            statement = f"select * from {table}"  # noqa: S608 - a table of the list
            assert rows(late, statement) == rows(early, statement)
        resolved = "select status, attempts, resolved_at is not null from quarantine"
        assert rows(late, resolved) == 3 * [("released", 2, True)]


def test_retry_may_be_repeated(database: Connection, writer: Writer) -> None:
    """What was released is passed over, as are numbers that do not exist."""
    store(writer, broken(came(0)))
    numbers = held(database)
    assert quarantine.retry(database, [*numbers, *numbers, 10**12], mended) == Tally(stored=1)
    before = contents(database)
    assert quarantine.retry(database, numbers, mended) == Tally()
    assert contents(database) == before
    assert account.account(database).received == 1


def test_message_that_comes_again_after_a_retry_is_a_duplicate(writer: Writer) -> None:
    """The ledger knows a released message by the key that it has now."""
    connection = writer._connection
    store(writer, unread(came(0)))
    quarantine.retry(connection, held(connection), mended)
    assert store(writer, mended(came(0))) == Tally(duplicates=1)


def test_message_that_stays_refused(database: Connection, writer: Writer) -> None:
    """Attempts are counted, the newest reason is kept, and the books follow it."""
    store(writer, unread(came(0)), unread(came(1)))
    again = quarantine.retry(database, held(database), broken)
    assert again == Tally(refused=2, by_reason={"truncated": 2})
    columns = "status, attempts, reason, detail, deduplication_key, dev_eui"
    expected = ("held", 2, "truncated", "too short")
    assert rows(database, f"select {columns} from quarantine") == [  # noqa: S608
        (*expected, "id-0", "02c17a0000000103"),
        (*expected, "id-1", "02c17a0000000103"),
    ]
    books = account.account(database)
    assert (books.received, books.refused, books.by_reason) == (2, 2, {"truncated": 2})
    assert store(writer, broken(came(0))) == Tally(duplicates=1)
    assert quarantine.retry(database, held(database), broken).refused == 2
    assert account.account(database).by_reason == {"truncated": 2}
    assert quarantine.retry(database, held(database), mended) == Tally(stored=2)


def test_message_that_was_handled_meanwhile(database: Connection, writer: Writer) -> None:
    """A refused message that came once more, and was understood then, is released as duplicate."""
    store(writer, unread(came(0)))
    store(writer, mended(replace(came(0), received_at=NOON + HOUR)))
    before = count(database, "observation")
    assert quarantine.retry(database, held(database), mended) == Tally(duplicates=1)
    assert count(database, "observation") == before
    assert rows(database, "select status from quarantine") == [("released",)]
    books = account.account(database)
    assert (books.stored, books.refused, books.duplicates) == (1, 0, 1)


def test_message_refused_twice_after_its_key_was_forgotten(
    database: Connection, writer: Writer
) -> None:
    """Of two refusals of one message only one becomes readings, whichever is tried first."""
    store(writer, broken(came(0)))
    database.execute("delete from ledger")
    store(writer, broken(replace(came(0), received_at=NOON + 9 * HOUR)))
    first, second = held(database)
    assert quarantine.retry(database, [first], mended) == Tally(duplicates=1)
    assert quarantine.retry(database, [second], mended) == Tally(stored=1)
    assert quarantine.retry(database, [first, second], mended) == Tally()
    assert count(database, "uplink") == 1


def test_retry_that_makes_another_event(database: Connection, writer: Writer) -> None:
    """A message may turn out to be any kind of event."""
    store(writer, unread(came(0)))
    assert quarantine.retry(database, held(database), lambda _: event()) == Tally(stored=1)
    assert count(database, "event") == 1


def test_poison_in_a_retry(database: Connection, writer: Writer) -> None:
    """A value that the database refuses keeps its own message held, and no other."""
    store(writer, *(broken(came(number)) for number in range(4)))

    def poisoned(message: Arrival) -> Record:
        endless = "".join(f"{number:08x}" for number in range(0, 2**32, 2**32 // 1100))
        if message.payload.endswith(b"2"):
            return record(2, [observation(channel=endless)], came=message)
        return mended(message)

    again = quarantine.retry(database, held(database), poisoned)
    assert again == Tally(stored=3, refused=1, by_reason={REFUSED_BY_DATABASE: 1})
    assert account.account(database).by_reason == {REFUSED_BY_DATABASE: 1}
    assert [message.payload for message in quarantine.find(database)] == [frame(2)]


def test_retry_of_many(
    database: Connection, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many messages are tried again some at a time, in the order in which they came."""
    monkeypatch.setattr(quarantine, "_SLICE", 3)
    store(writer, *(broken(came(number)) for number in range(8)))
    order: list[bytes] = []

    def handle(message: Arrival) -> Record:
        order.append(message.payload)
        return mended(message)

    assert quarantine.retry(database, list(reversed(held(database))), handle) == Tally(stored=8)
    assert order == [frame(number) for number in range(8)]


def test_two_who_retry_the_same(dsn: str, database: Connection, writer: Writer) -> None:
    """Two people who retry the same messages at once release each of them once."""
    store(writer, *(broken(came(number)) for number in range(20)))
    numbers = held(database)

    def retry(_: int) -> Tally:
        with connect(dsn) as connection:
            return quarantine.retry(connection, numbers, mended)

    with ThreadPoolExecutor(2) as pool:
        tallies = list(pool.map(retry, range(2), timeout=60))
    assert sum(tally.stored for tally in tallies) == 20
    assert account.account(database).received == 20


@pytest.mark.whole_server
def test_database_that_goes_away_in_a_retry(dsn: str, database: Connection, writer: Writer) -> None:
    """Everything is as it was, and the next who retries need not wait."""
    store(writer, broken(came(0)))
    with connect(dsn) as attacked:

        def handle(message: Arrival) -> Record:
            database.execute("select pg_terminate_backend(%s, 5000)", [attacked.info.backend_pid])
            return mended(message)

        with pytest.raises(DatabaseUnavailable):
            quarantine.retry(attacked, held(database), handle)
    assert rows(database, "select status, attempts from quarantine") == [("held", 1)]
    assert quarantine.retry(database, held(database), mended) == Tally(stored=1)


def test_selection(database: Connection, writer: Writer) -> None:
    """Messages are found by reason, device, time and status: newest first, no more than asked."""
    store(writer, *(broken(came(number)) for number in range(3)), refusal(b"other"))
    quarantine.retry(database, held(database)[:1], mended)

    def payloads(selection: Selection, most: int | None = 100) -> Sequence[bytes]:
        return [message.payload for message in quarantine.find(database, selection, most=most)]

    assert payloads(Selection()) == [b"other", frame(2), frame(1)]
    assert payloads(Selection(), 1) == [b"other"]
    assert payloads(Selection(reason="truncated")) == [frame(2), frame(1)]
    assert payloads(Selection(dev_eui="02c17a0000000103", until=NOON + 2 * HOUR)) == [frame(1)]
    assert payloads(Selection(since=NOON + 2 * HOUR)) == [frame(2)]
    assert payloads(Selection(status=Status.RELEASED)) == [frame(0)]
    assert len(payloads(Selection(status=None))) == 4


def test_one_message_is_shown(database: Connection, writer: Writer) -> None:
    """A message can be looked at whole; a number that does not exist is said."""
    store(writer, broken(came(0)))
    [number] = held(database)
    shown = quarantine.show(database, number)
    assert shown.arrival == came(0)
    assert shown.refusal == broken(came(0))
    with pytest.raises(UnknownMessage, match="no message 987654"):
        quarantine.show(database, 987654)
