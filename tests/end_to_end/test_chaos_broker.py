"""The broker restarts, crashes and forgets: nothing it had taken is lost, nothing is twice."""

from pathlib import Path

from ingest.gaps import SESSION_LOST
from storage.connection import Connection
from tests.fixtures import uplinks
from tests.fixtures.broker import Mosquitto
from tests.fixtures.chaos import assert_exact, service, settle, stored, wait_until


def test_restart_in_the_middle(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """The broker restarts while the service takes 2,000 messages from it: each is stored once."""
    with service(tmp_path, broker, dsn, batch_size="20") as ingest:
        broker.publish(*uplinks.messages(range(2000)))
        wait_until(lambda: stored(database) > 100)
        broker.restart()
        assert stored(database) < 2000
        books = settle(database, 2000)
        assert ingest.stop() == 0
    assert (books.stored, books.refused, books.duplicates) == (2000, 0, 0)
    assert books.possible_gaps == ()
    assert_exact(database, range(2000))


def test_crash_with_a_full_queue(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """`kill -9` of the broker while it queues for a service that is away: all is still there."""
    ingest = service(tmp_path, broker, dsn)
    with ingest:
        assert ingest.stop() == 0
        broker.publish(*uplinks.messages(range(1500)))
        broker.settle()
        broker.kill()
        broker.start()
        ingest.start()
        books = settle(database, 1500)
        assert ingest.stop() == 0
    assert (books.stored, books.refused, books.duplicates) == (1500, 0, 0)
    assert books.possible_gaps == ()
    assert_exact(database, range(1500))


def test_crash_in_the_middle(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """`kill -9` of the broker while it delivers: all is stored once.

    What the broker forgot that we had acknowledged it delivers again, as new: we cannot tell that
    from a second publication, so it is counted as a duplicate, and never stored.
    """
    broker.stop()
    broker.configure("autosave_on_changes true")
    broker.start()
    with service(tmp_path, broker, dsn, batch_size="20") as ingest:
        broker.publish(*uplinks.messages(range(800)))
        wait_until(lambda: stored(database) > 100)
        broker.kill()
        broker.start()
        books = settle(database, 800)
        wait_until(lambda: stored(database) == 800)
        assert ingest.stop() == 0
    assert (books.stored, books.refused) == (800, 0)
    assert books.received == books.stored + books.refused + books.duplicates
    assert books.possible_gaps == ()
    assert_exact(database, range(800))


def test_broker_without_memory(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """A broker that forgets its queue loses messages: the account says from when to when."""
    ingest = service(tmp_path, broker, dsn)
    with ingest:
        broker.publish(*uplinks.messages(range(100)))
        settle(database, 100)
        assert ingest.stop() == 0
        broker.publish(*uplinks.messages(range(100, 150)))
        broker.forget()
        ingest.start()
        broker.publish(*uplinks.messages(range(150, 200)))
        books = settle(database, 150)
        assert ingest.stop() == 0
    assert (books.stored, books.refused, books.duplicates) == (150, 0, 0)
    (gap,) = books.possible_gaps
    assert gap.why == SESSION_LOST
    assert_exact(database, [*range(100), *range(150, 200)])
