"""What comes twice counts once, and what only looks like it counts twice."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from storage.connection import Connection
from storage.model import Record, Tally
from storage.uplinks import Writer
from tests.storage.samples import (
    NOON,
    contents,
    count,
    event,
    record,
    refusal,
    rows,
    store,
    uplink,
)

HOUR = timedelta(hours=1)


def test_event_without_a_key_counts_each_time(database: Connection, writer: Writer) -> None:
    """A gateway's state, the same text every time, is an event each time it is told."""
    state = event("", event_type="conn")
    assert store(writer, state, state) == Tally(stored=2)
    assert store(writer, state) == Tally(stored=1)
    assert count(database, "event") == 3
    assert count(database, "ledger") == 0


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    "again", [record(), event(), refusal(), replace(refusal(), deduplication_key="k")]
)
def test_second_delivery_has_no_effect(
    database: Connection, writer: Writer, again: Record, *, together: bool
) -> None:
    """A message of any kind counts once, in one batch or in two; the second is told by its flag."""
    delivered = replace(again, arrival=replace(again.arrival, dup=True))
    if together:
        tally = store(writer, again, again, delivered)
        assert (tally.duplicates, tally.redelivered) == (1, 1)
    else:
        store(writer, again)
        before = contents(database)
        assert store(writer, again) == Tally(duplicates=1)
        assert store(writer, delivered) == Tally(redelivered=1)
        after = contents(database)
        assert after.pop("account_entry") == before.pop("account_entry") + 2
        assert after == before
    kept = count(database, "uplink") + count(database, "event") + count(database, "quarantine")
    assert kept == 1


def test_same_id_in_two_event_types_is_two_messages(database: Connection, writer: Writer) -> None:
    """A frame's id, which a log event of it carries too, is one key for each event type."""
    told = record(uplink(deduplication_id="shared"))
    log = event("shared", event_type="log")
    assert store(writer, log, told) == Tally(stored=2)
    assert (count(database, "uplink"), count(database, "event")) == (1, 1)


def test_frame_under_another_id_adds_no_reading(database: Connection, writer: Writer) -> None:
    """The same frame within ten minutes is a duplicate, though its id and its times are new."""
    again = uplink(0, deduplication_id="other", result_time=NOON + timedelta(minutes=9))
    third = uplink(0, deduplication_id="third", result_time=NOON - timedelta(minutes=10))
    assert store(writer, record(), record(again)) == Tally(stored=1, duplicates=1)
    assert store(writer, record(third)) == Tally(duplicates=1)
    assert count(database, "observation") == 1
    assert rows(database, "select uplinks from activity_1h") == [(1,)]
    assert count(database, "ledger") == 4


@pytest.mark.parametrize(
    "changes",
    [
        {"result_time": NOON + timedelta(minutes=10, microseconds=1)},
        {"dev_addr": "00d3a1f3"},
        {"payload": b"other"},
        {"f_cnt": 1},
        {"f_port": 86},
        {"dev_eui": "02c17a0000000104"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_frame_is_not_a_duplicate(
    writer: Writer, changes: dict[str, str | int | bytes | datetime]
) -> None:
    """A frame that differs in anything, or comes later, is news: restarted devices count again."""
    assert store(writer, record()).stored == 1
    other = record(uplink(0, deduplication_id="other", **changes))
    assert store(writer, other) == Tally(stored=1)
    again = record(uplink(0, deduplication_id="again", **changes))
    assert store(writer, again) == Tally(duplicates=1)


def test_restart_and_repetition_in_one_batch(writer: Writer) -> None:
    """Frames repeated after an hour, and their copies under other ids, are judged in order."""
    times = [NOON, NOON + HOUR, NOON + HOUR + timedelta(minutes=1), NOON + 2 * HOUR]
    frames = [
        record(uplink(0, deduplication_id=f"id-{number}", result_time=time), [])
        for number, time in enumerate(times)
    ]
    assert store(writer, *frames) == Tally(stored=3, duplicates=1)
    last = record(uplink(0, deduplication_id="id-9", result_time=times[-1]), [])
    assert store(writer, last) == Tally(duplicates=1)
