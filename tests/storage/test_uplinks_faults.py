"""A broken database is not poison: nothing is stored, nothing is remembered, nothing is refused."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import sql

from storage import account
from storage.connection import Connection, connect
from storage.errors import DatabaseRefused, DatabaseUnavailable
from storage.messages import REFUSED_BY_DATABASE
from storage.model import Record, Tally
from storage.uplinks import CommitLost, Writer
from tests.fixtures.answers import lost_answers
from tests.storage.samples import (
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

RAISE = "raise exception 'planted' using errcode = '{}'"
TERMINATE = "perform pg_terminate_backend(pg_backend_pid())"
BATCH: tuple[Record, ...] = (
    *(record(0), record(1, [observation("co2", 500.0)]), record(0), event()),
    *(refusal(b"1"), refusal(b"2", reason="truncated")),
)
TALLY = Tally(stored=3, refused=2, duplicates=1, by_reason={"not_an_event": 1, "truncated": 1})
TABLES = (
    *("ledger", "device", "series", "observation", "latest", "activity_1h", "dirty_interval"),
    *("dirty_activity", "event", "quarantine", "account_entry"),
)
AT_ONCE = "create trigger planted before insert on {} for each row execute function planted()"
AT_COMMIT = (
    "create constraint trigger planted after insert on {} deferrable initially deferred"
    " for each row execute function planted()"
)


def plant(connection: Connection, table: str, body: str, *, trigger: str = AT_ONCE) -> None:
    """Make each insert into a table do something, at once or at the commit."""
    connection.execute(
        "create function planted() returns trigger language plpgsql as"
        f" $$ begin {body}; return new; end $$".encode()
    )
    connection.execute(sql.SQL(trigger).format(sql.Identifier(table)))


def uproot(connection: Connection) -> None:
    """Take away what was planted."""
    connection.execute("drop function planted cascade")


@pytest.fixture
def attacked(dsn: str) -> Iterator[Connection]:
    """Give a session to break; the one of `database` looks on."""
    with connect(dsn, application_name="attacked") as connection:
        yield connection


@pytest.mark.parametrize("table", TABLES)
def test_failure_anywhere_leaves_nothing(database: Connection, writer: Writer, table: str) -> None:
    """A full disk, at whichever table it shows, stores nothing; the same batch is stored later."""
    plant(database, table, RAISE.format("53100"))
    with pytest.raises(DatabaseUnavailable, match="planted"):
        store(writer, *BATCH)
    assert sum(contents(database).values()) == 0
    uproot(database)
    assert store(writer, *BATCH) == TALLY
    statement = (
        "select dev_eui, device_id = device.id from uplink join device on device.id = device_id"
    )
    assert len(rows(database, statement)) == 2


@pytest.mark.parametrize("code", ["40001", "40P01", "53200", "53300", "55P03", "57014", "XX000"])
def test_no_passing_failure_is_taken_for_poison(
    database: Connection, writer: Writer, code: str
) -> None:
    """Serialization, deadlock, memory, connections, locks, cancelling: wait, and refuse nothing."""
    plant(database, "latest", RAISE.format(code))
    with pytest.raises(DatabaseUnavailable):
        store(writer, *BATCH)
    assert sum(contents(database).values()) == 0
    uproot(database)
    assert store(writer, *BATCH) == TALLY


@pytest.mark.whole_server
@pytest.mark.parametrize("table", TABLES)
def test_server_that_goes_away_stores_nothing(
    database: Connection, attacked: Connection, table: str
) -> None:
    """A session killed in the middle of a batch leaves nothing; a new writer stores the batch."""
    writer = Writer(attacked)
    plant(database, table, TERMINATE)
    with pytest.raises(DatabaseUnavailable):
        store(writer, *BATCH)
    assert sum(contents(database).values()) == 0
    with pytest.raises(DatabaseUnavailable):
        store(writer, *BATCH)
    uproot(database)
    assert store(Writer(database), *BATCH) == TALLY


@pytest.mark.parametrize("code", ["23514", "22003", "P0001"])
@pytest.mark.parametrize("table", ["observation", "latest", "event"])
def test_refusal_by_a_trigger_is_found_out(
    database: Connection, writer: Writer, table: str, code: str
) -> None:
    """A rule that somebody adds to the database costs the messages that break it, and no other."""
    column = "detail::text <> '{}'" if table == "event" else "result > 100"
    plant(database, table, f"if new.{column} then {RAISE.format(code)}; end if")
    bad: Record = record(1, [observation("co2", 500.0)])
    if table == "event":
        bad = event("bad", detail={"a": 1.0})
    tally = store(writer, record(0), bad, event(), record(2))
    assert tally == Tally(stored=3, refused=1, by_reason={REFUSED_BY_DATABASE: 1})
    assert rows(database, "select detail from quarantine") == [(f"planted ({code})",)]
    assert store(writer, record(3)) == Tally(stored=1)
    assert account.account(database).received == 5


@pytest.mark.whole_server
def test_server_that_goes_away_among_poison(database: Connection, attacked: Connection) -> None:
    """Losing the server while messages are tried one by one stores nothing either."""
    writer = Writer(attacked)
    body = f"if new.result > 100 then {RAISE.format('23514')}; end if"
    plant(database, "observation", f"{body}; if new.result < 0 then {TERMINATE}; end if")
    poison, fatal = (
        record(number, [observation("co2", result)]) for number, result in ((1, 500.0), (2, -1.0))
    )
    with pytest.raises(DatabaseUnavailable):
        store(writer, record(0), poison, fatal)
    assert sum(contents(database).values()) == 0


def test_what_a_savepoint_took_back_is_not_remembered(database: Connection, writer: Writer) -> None:
    """A device first seen in a refused message gets a row when a good message of it comes."""
    plant(database, "latest", f"if new.result > 100 then {RAISE.format('23514')}; end if")
    news = uplink(1, dev_eui="02c17a0000000999")
    tally = store(writer, record(0), record(news, [observation("co2", 500.0)]), record(2))
    assert (tally.stored, tally.refused) == (2, 1)
    assert count(database, "device") == 1
    later = uplink(3, dev_eui="02c17a0000000999", device_name="told again")
    assert store(writer, record(later, [observation("co2", 50.0)])) == Tally(stored=1)
    assert len(rows(database, "select 1 from latest join series on series.id = series_id")) == 2
    assert ("told again",) in rows(database, "select name from device")


def test_description_that_was_rolled_back_is_told_again(
    database: Connection, writer: Writer
) -> None:
    """What a device said in a batch that failed is written when the batch comes again."""
    store(writer, record(uplink(0, device_name="old")))
    plant(database, "latest", RAISE.format("53100"))
    news = record(uplink(1, device_name="new"))
    with pytest.raises(DatabaseUnavailable):
        store(writer, news)
    assert rows(database, "select name from device") == [("old",)]
    uproot(database)
    assert store(writer, news) == Tally(stored=1)
    assert rows(database, "select name from device") == [("new",)]


@pytest.mark.parametrize("table", ["ledger", "quarantine"])
def test_database_that_takes_no_refusal_takes_nothing(
    database: Connection, writer: Writer, table: str
) -> None:
    """When even a refusal is refused nothing is stored, and the caller is told."""
    plant(database, table, f"if new.event_type <> 'up' then {RAISE.format('23514')}; end if")
    with pytest.raises(DatabaseRefused, match="planted"):
        store(writer, record(0), refusal())
    assert sum(contents(database).values()) == 0


def test_closed_connection_is_told(database: Connection, writer: Writer) -> None:
    """A writer whose connection is closed says that the database is away."""
    database.close()
    with pytest.raises(DatabaseUnavailable):
        store(writer, *BATCH)


@pytest.mark.whole_server
def test_connection_lost_before_the_commit(database: Connection, attacked: Connection) -> None:
    """A commit that fails stores nothing, and the batch counts once when it comes again."""
    plant(database, "account_entry", TERMINATE, trigger=AT_COMMIT)
    with pytest.raises(CommitLost):
        store(Writer(attacked), *BATCH)
    assert sum(contents(database).values()) == 0
    uproot(database)
    assert store(Writer(database), *BATCH) == TALLY
    assert account.account(database).received == 6


@pytest.mark.whole_server
def test_answer_lost_after_the_commit(dsn: str, database: Connection) -> None:
    """A batch that was stored, though nobody was told, counts once when it comes again."""
    with (
        tempfile.TemporaryDirectory() as folder,
        lost_answers(dsn, Path(folder)) as (address, armed),
        connect(address) as connection,
    ):
        writer = Writer(connection)
        assert store(writer, record(7)) == Tally(stored=1)
        armed.set()
        with pytest.raises(CommitLost):
            store(writer, *BATCH)
    before = contents(database)
    again = Writer(database)
    assert store(again, *BATCH) == TALLY
    assert contents(database) == before
    assert account.account(database).received == 7
    # It is known once: a third time would be somebody's repetition.
    assert store(again, *BATCH).stored == 0
