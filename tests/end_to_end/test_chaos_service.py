"""The service is killed, flooded and fed twice: what was published is stored, and once."""

import random
import threading
from functools import partial
from pathlib import Path
from time import sleep

from storage import account
from storage.connection import Connection, connect
from tests.fixtures import uplinks
from tests.fixtures.broker import Message, Mosquitto
from tests.fixtures.chaos import assert_exact, service, settle, stored, wait_until


def test_kill_in_the_middle_of_2000(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """`kill -9` in the middle of 2,000 uplinks, started again: 2,000 stored, none twice."""
    ingest = service(tmp_path, broker, dsn)
    with ingest:
        broker.publish(*uplinks.messages(range(2000)))
        wait_until(lambda: stored(database) > 200)
        ingest.kill()
        assert 200 < stored(database) < 2000
        ingest.start()
        books = settle(database, 2000)
        assert ingest.stop() == 0
    assert (books.stored, books.refused, books.duplicates) == (2000, 0, 0)
    assert books.possible_gaps == ()
    assert_exact(database, range(2000))


def test_kill_ten_times_at_random(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """Ten times `kill -9` at random moments of a steady feed: all is stored, none twice."""
    chance = random.Random(10)  # noqa: S311 - a seeded schedule, not a secret
    published = 4000
    feed = threading.Thread(target=publish_steadily, args=(broker, published))
    ingest = service(tmp_path, broker, dsn, batch_size="20")
    with ingest:
        feed.start()
        for kill in range(10):
            sleep(chance.uniform(0.05, 0.7))
            ingest.kill()
            if kill < 9:
                ingest.launch()
        feed.join()
        ingest.start()
        books = settle(database, published)
        assert ingest.stop() == 0
    assert (books.stored, books.refused, books.duplicates) == (published, 0, 0)
    assert books.possible_gaps == ()
    assert_exact(database, range(published))


def publish_steadily(broker: Mosquitto, number: int) -> None:
    """Publish so many uplinks within some seconds."""
    with broker.publisher() as publisher:
        for start in range(0, number, 50):
            publisher.publish(uplinks.messages(range(start, min(start + 50, number))))
            sleep(0.06)


def test_every_message_twice_in_any_order_with_poison(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """Each message twice, all shuffled, poison in every batch: each once, poison in quarantine."""
    chance = random.Random(11)  # noqa: S311 - a seeded order, not a secret
    good = uplinks.messages(range(600)) * 2
    poison = [Message(uplinks.topic(n), b"poison %d" % n) for n in range(100)]
    cut = [spoilt(n) for n in range(600, 650)]
    everything = good + poison + cut
    chance.shuffle(everything)
    with service(tmp_path, broker, dsn) as ingest:
        assert broker.publish(*everything) == 1350
        books = settle(database, 1350)
        assert ingest.stop() == 0
    assert (books.stored, books.refused, books.duplicates) == (600, 150, 600)
    assert books.by_reason == {"not_an_event": 100, "truncated": 50}
    assert books.redelivered == 0
    assert_exact(database, range(600))
    kept = database.execute("select payload from quarantine").fetchall()
    assert {payload for (payload,) in kept} == {message.payload for message in poison + cut}


def test_kill_while_every_message_comes_twice(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """A second publication is a duplicate also when a crash makes the broker deliver both again."""
    chance = random.Random(13)  # noqa: S311 - a seeded order, not a secret
    everything = uplinks.messages(range(800)) * 2
    chance.shuffle(everything)
    ingest = service(tmp_path, broker, dsn, batch_size="20")
    with ingest:
        broker.publish(*everything)
        for _ in range(4):
            wait_until(partial(has_received, database, account.account(database).received + 100))
            ingest.kill()
            ingest.start()
        books = settle(database, 1600)
        assert ingest.stop() == 0
    assert (books.stored, books.refused, books.duplicates) == (800, 0, 800)
    assert_exact(database, range(800))


def has_received(database: Connection, number: int) -> bool:
    """Say whether so many messages are accounted for."""
    return account.account(database).received >= number


def spoilt(number: int) -> Message:
    """Give an uplink whose frame is cut."""
    whole = uplinks.message(number)
    return Message(whole.topic, whole.payload.replace(b'"AXVaA2', b'"AXVaAw==","x":"'))


def test_acknowledgement_that_is_stale_deletes_nothing(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """The broker loses the session during a commit, reuses packet ids, and we crash after it.

    The old commits finish and are acknowledged late; the new messages under their packet ids must
    still be there when the service starts again.
    """
    ingest = service(tmp_path, broker, dsn)
    with ingest:
        broker.publish(*uplinks.messages(range(3)))
        settle(database, 3)
        with connect(dsn) as blocker:
            with blocker.transaction():
                blocker.execute("lock table ledger in exclusive mode")
                broker.publish(*uplinks.messages(range(3, 6)))
                sleep(0.5)
                broker.forget()
                wait_until(lambda: ingest.log().count('"subscribed"') == 2)
                broker.publish(*uplinks.messages(range(6, 9)))
                sleep(0.5)
            wait_until(lambda: bool(account.account(database).possible_gaps))
        ingest.kill()
        ingest.start()
        books = settle(database, 9)
        assert ingest.stop() == 0
    assert (books.stored, books.refused, books.duplicates) == (9, 0, 0)
    (gap,) = books.possible_gaps
    assert gap.start < gap.end
    assert_exact(database, range(9))


def test_second_start_stores_nothing_again(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """A clean stop leaves nothing at the broker that would come again."""
    ingest = service(tmp_path, broker, dsn)
    with ingest:
        broker.publish(*uplinks.messages(range(500)))
        settle(database, 500)
        assert ingest.stop() == 0
        ingest.start()
        sleep(0.3)
        assert ingest.stop() == 0
    assert account.account(database).redelivered == 0
