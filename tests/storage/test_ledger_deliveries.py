"""A message that the broker delivers again is told from one that was published again."""

from collections import Counter
from datetime import timedelta
from itertools import count as numbers

from hypothesis import HealthCheck, given, settings, target
from hypothesis import event as note
from hypothesis import strategies as st

from storage import ledger
from storage.connection import Connection
from storage.model import Arrival, EventRecord, Tally
from storage.uplinks import Writer
from tests.fixtures.effort import cases
from tests.storage.samples import NOON, count, event, store

_worlds = numbers()


def delivered(key: str, packet_id: int, *, dup: bool = False) -> EventRecord:
    """Give a message by the delivery that it came by."""
    return event(key, came=Arrival("t", b"{}", NOON, dup=dup, packet_id=packet_id))


def test_packet_id_tells_a_repetition_from_a_publication(
    database: Connection, writer: Writer
) -> None:
    """Of marked deliveries those of a handled packet id are repetitions, the others news."""
    assert store(writer, delivered("k", 1)) == Tally(stored=1)
    assert store(writer, delivered("k", 1, dup=True)) == Tally(redelivered=1)
    assert store(writer, delivered("k", 2, dup=True)) == Tally(duplicates=1)
    assert store(writer, delivered("k", 2, dup=True)) == Tally(redelivered=1)
    assert store(writer, delivered("k", 1)) == Tally(duplicates=1)
    assert store(writer, delivered("k", 1, dup=True)) == Tally(redelivered=1)
    assert count(database, "event") == 1


def test_deliveries_are_told_apart_in_one_batch(writer: Writer) -> None:
    """In one batch, too: two publications, each of which came by two connections."""
    batch = [delivered("k", 1), delivered("k", 2), delivered("k", 1, dup=True)]
    batch.append(delivered("k", 2, dup=True))
    assert store(writer, *batch) == Tally(stored=1, duplicates=1, redelivered=2)


def test_message_without_a_key_is_told_by_its_delivery(
    database: Connection, writer: Writer
) -> None:
    """A gateway's state is news whenever it is published, and not when it is delivered again."""
    state = delivered("", 1), delivered("", 2)
    assert store(writer, *state, delivered("", 1, dup=True)) == Tally(stored=2, redelivered=1)
    assert store(writer, delivered("", 2, dup=True)) == Tally(redelivered=1)
    assert store(writer, delivered("", 2)) == Tally(stored=1)
    assert store(writer, delivered("", 3, dup=True)) == Tally(stored=1)
    assert store(writer, delivered("", 0), delivered("", 0)) == Tally(stored=2)
    assert count(database, "event") == 6


def test_old_deliveries_are_forgotten(database: Connection, writer: Writer) -> None:
    """What the ledger forgets, it forgets with all deliveries of it."""
    store(writer, delivered("k", 1), delivered("k", 2))
    ledger.prune(database, NOON + ledger.KEPT)
    assert count(database, "ledger_repeat") == 1
    ledger.prune(database, NOON + ledger.KEPT + timedelta(seconds=1))
    assert count(database, "ledger_repeat") == 0


@settings(
    max_examples=cases(200, here=40), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    published=st.lists(st.integers(0, 5), min_size=1, max_size=25),
    steps=st.lists(st.tuples(st.integers(1, 8), st.booleans(), st.integers(0, 8)), max_size=12),
)
def test_books_are_exact_through_crashes(
    writer: Writer, published: list[int], steps: list[tuple[int, bool, int]]
) -> None:
    """Whatever is acknowledged before a crash: stored and duplicates add up to what was published.

    A broker delivers in order. Each step commits some, acknowledges some of the committed, and
    may crash: then what is not acknowledged comes again, marked and with its packet id.
    """
    world = next(_worlds)
    queue = [(f"{world}/{key}", number + 1) for number, key in enumerate(published)]
    books = Counter[str]()
    position = acknowledged = reached = 0
    for size, crashes, answered in [*steps, (len(queue), False, 0)]:
        batch = list(enumerate(queue))[position : position + size]
        told = [delivered(*entry, dup=place < reached) for place, entry in batch]
        tally = store(writer, *told)
        books.update(stored=tally.stored, duplicates=tally.duplicates, again=tally.redelivered)
        position += len(batch)
        reached = max(reached, position)
        acknowledged = min(position, max(acknowledged, position - answered))
        if crashes:
            position = acknowledged
    note(f"repetitions: {books['again'] > 0}, duplicates: {books['duplicates'] > 0}")
    target(float(min(books["again"], 20)))
    assert books["stored"] == len(set(published))
    assert books["stored"] + books["duplicates"] == len(published)
