"""Writers side by side wait for each other, never in a ring, and count every message once."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from storage import account, ledger
from storage.connection import Connection, connect
from storage.model import Batch, Record, Tally
from storage.uplinks import Writer
from tests.storage.samples import count, event, observation, record, refusal, rows, uplink

DEVICES = 12
MESSAGES = 240
WRITERS = 3


def feed(*, poison: bool) -> list[Record]:
    """Give messages of a few devices: all kinds, each different from the others."""
    messages: list[Record] = [
        record(
            uplink(number, dev_eui=f"02c17a00000010{number % DEVICES:02x}"),
            [observation("co2", 400.0 + number, time=uplink(number).result_time)]  # type: ignore[arg-type]
            * (number % 3),
        )
        for number in range(MESSAGES)
    ]
    messages += [event(f"join-{number}") for number in range(10)]
    messages += [refusal(bytes([number])) for number in range(10)]
    if poison:
        endless = "".join(f"{number:08x}" for number in range(0, 2**32, 2**32 // 1100))
        messages += [record(uplink(9000 + n, dev_eui=f"{n}{endless}")) for n in range(4)]
    return messages


def play(
    dsn: str, messages: Sequence[Record], seed: int, ready: Callable[[], object]
) -> list[Tally]:
    """Store all messages in an order and in batches of a writer's own."""
    chance = random.Random(seed)  # noqa: S311 - to vary, not to hide
    mine = chance.sample(messages, len(messages))
    tallies = []
    with connect(dsn, application_name=f"writer-{seed}") as connection:
        writer = Writer(connection)
        ready()
        while mine:
            size = chance.randint(1, 60)
            tallies.append(writer.store(Batch(tuple(mine[:size]))))
            del mine[:size]
    return tallies


@pytest.mark.whole_server
@pytest.mark.parametrize("poison", [False, True], ids=["sound", "with poison"])
def test_writers_count_each_message_once(dsn: str, database: Connection, *, poison: bool) -> None:
    """Writers that get the same messages in different orders store each of them exactly once."""
    messages = feed(poison=poison)
    ready = Barrier(WRITERS).wait
    with ThreadPoolExecutor(WRITERS) as pool:
        running: list[Future[list[Tally]]] = [
            pool.submit(play, dsn, messages, seed, ready) for seed in range(WRITERS)
        ]
        tallies = [tally for future in running for tally in future.result(timeout=60)]
    assert sum(tally.stored for tally in tallies) == MESSAGES + 10
    assert sum(tally.refused for tally in tallies) == 10 + 4 * poison
    books = account.account(database)
    assert (books.stored, books.refused) == (MESSAGES + 10, 10 + 4 * poison)
    assert books.received == WRITERS * len(messages)
    assert count(database, "uplink") == MESSAGES
    assert count(database, "device") == DEVICES
    assert count(database, "observation") == MESSAGES * 2 // 3
    assert rows(database, "select sum(uplinks)::int from activity_1h") == [(MESSAGES,)]
    newest = "select max(result) from latest"
    assert rows(database, newest) == rows(database, "select max(result) from observation")


@pytest.mark.whole_server
def test_pruning_waits_for_nobody_and_nobody_for_it(dsn: str, database: Connection) -> None:
    """The ledger forgets what is old while a writer holds some of it; the rest goes next time."""
    old = [record(number) for number in range(6)]
    Writer(database).store(Batch(tuple(old)))
    now = datetime.now(UTC)
    database.execute("update ledger set received_at = '2000-01-03'")
    with connect(dsn) as holding, holding.transaction():
        held = "select from ledger where deduplication_key like '%%:0:85:%%' for update"
        assert holding.execute(held).rowcount == 1
        assert ledger.prune(database, now) == 11
    assert ledger.prune(database, now) == 1
    assert count(database, "ledger") == 0


def test_a_replay_keeps_its_frames(database: Connection) -> None:
    """Frames of long ago are forgotten by the age of the newest one, messages by the clock."""
    Writer(database).store(Batch((record(0), record(1))))
    now = datetime.now(UTC)
    assert ledger.prune(database, now) == 2
    assert rows(database, "select distinct event_type from ledger") == [("frame",)]
