"""A batch whose commit was never answered is asked about, and counts once."""

from dataclasses import replace

import pytest

from storage.connection import Connection, connect
from storage.doubt import Doubts
from storage.errors import DatabaseUnavailable
from storage.model import Batch, Tally
from tests.storage.samples import arrival, record

BATCH = Batch((record(0), record(1)))
TALLY = Tally(stored=2)


def number_of(connection: Connection) -> str:
    """Give the number of the transaction that runs."""
    [(number,)] = connection.execute("select pg_current_xact_id()::text").fetchall()
    return str(number)


def test_batch_is_known_once(database: Connection) -> None:
    """A committed batch is told from others, by when and what came; after that it is forgotten."""
    doubts = Doubts()
    assert doubts.settle(database, BATCH) is None
    with database.transaction():
        doubts.add(BATCH, number_of(database), TALLY)
    later = replace(record(0), arrival=arrival())
    assert doubts.settle(database, Batch((record(0),))) is None
    assert doubts.settle(database, Batch((later, record(1)))) is None
    assert doubts.settle(database, BATCH) == TALLY
    assert doubts.settle(database, BATCH) is None


def test_batch_that_was_rolled_back_is_not_stored(database: Connection) -> None:
    """A transaction that did not commit left nothing: the batch is to be stored."""
    doubts = Doubts()
    with database.transaction(force_rollback=True):
        doubts.add(BATCH, number_of(database), TALLY)
    assert doubts.settle(database, BATCH) is None


@pytest.mark.whole_server
def test_server_that_is_not_done_yet(dsn: str, database: Connection) -> None:
    """As long as the first transaction runs nobody may store the batch again."""
    doubts = Doubts()
    with connect(dsn) as running:
        with running.transaction():
            doubts.add(BATCH, number_of(running), TALLY)
            with pytest.raises(DatabaseUnavailable, match="has not finished"):
                doubts.settle(database, BATCH)
        assert doubts.settle(database, BATCH) == TALLY


def test_server_restored_to_an_earlier_time(database: Connection) -> None:
    """A transaction that the server has not come to yet never happened on it."""
    doubts = Doubts()
    doubts.add(BATCH, "9999999999", TALLY)
    assert doubts.settle(database, BATCH) is None


def test_doubt_outlives_another_failure(database: Connection) -> None:
    """When the question fails too, the batch stays in doubt."""
    doubts = Doubts()
    with database.transaction():
        doubts.add(BATCH, number_of(database), TALLY)
    with connect(database.info.dsn) as broken:
        broken.close()
        with pytest.raises(DatabaseUnavailable):
            doubts.settle(broken, BATCH)
    assert doubts.settle(database, BATCH) == TALLY
