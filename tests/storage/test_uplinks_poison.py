"""A value that the database refuses costs one message, never the batch."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage.connection import Connection
from storage.messages import REFUSED_BY_DATABASE
from storage.model import EventRecord, Record, Tally, UplinkRecord
from storage.uplinks import Writer
from tests.storage.samples import (
    arrival,
    count,
    event,
    observation,
    record,
    refusal,
    rows,
    store,
    uplink,
)

HUGE = "".join(f"{number:08x}" for number in range(0, 2**32, 2**32 // 1100))
"""Text that no index takes: more than a page's third, and not to be compressed"""


def replace_time(told: EventRecord) -> EventRecord:
    """Take the zone off an event's time, which no decoder does."""
    return replace(told, event=replace(told.event, time=datetime(2026, 5, 12)))  # noqa: DTZ001


POISON: dict[str, UplinkRecord | EventRecord] = {
    "NUL in dev_eui": record(uplink(50, dev_eui="02c1\x00")),
    "surrogate in dev_eui": record(uplink(50, dev_eui="02c1\ud800")),
    "endless dev_eui": record(uplink(50, dev_eui=HUGE)),
    "endless id": record(uplink(50, deduplication_id=HUGE)),
    "endless source": record(uplink(50, source=HUGE, deduplication_id=HUGE)),
    "endless channel": record(50, [observation(channel=HUGE)]),
    "port too large": record(uplink(50, f_port=40_000)),
    "counter too large": record(uplink(50, f_cnt=2**63)),
    "flag too large": record(50, [observation(quality=40_000)]),
    "unknown property": record(50, [observation("happiness")]),
    "value before all time": record(50, [observation(time=datetime(1999, 12, 31, tzinfo=UTC))]),
    "value after all time": record(50, [observation(time=datetime(2101, 1, 1, tzinfo=UTC))]),
    "sent before all time": record(uplink(50, result_time=datetime(1, 1, 1, tzinfo=UTC)), []),
    "came after all time": record(50, came=arrival(at=datetime(9999, 12, 31, tzinfo=UTC))),
    "time without a zone": record(50, [observation(time=datetime(2026, 5, 12))]),  # noqa: DTZ001
    "event without a zone": replace_time(event("e-50")),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
@pytest.mark.parametrize("place", [0, 2, 4])
def test_poison_costs_one_message(
    database: Connection, writer: Writer, poison: UplinkRecord | EventRecord, place: int
) -> None:
    """A value that the database refuses goes to quarantine alone, wherever it stands."""
    others: list[Record] = [record(0), record(1), event(), refusal()]
    others.insert(place, poison)
    tally = store(writer, *others)
    assert (tally.stored, tally.refused) == (3, 2)
    assert tally.by_reason == {"not_an_event": 1, REFUSED_BY_DATABASE: 1}
    found = database.execute(
        "select detail, payload from quarantine where reason = 'refused_by_database'"
    ).fetchall()
    assert [payload for _, payload in found] == [poison.arrival.payload]
    assert all(detail for detail, _ in found)
    assert (count(database, "uplink"), count(database, "event")) == (2, 1)
    assert count(database, "device") == 1
    assert store(writer, poison) == Tally(duplicates=1)


def test_many_poisons_in_one_batch(database: Connection, writer: Writer) -> None:
    """Every poison is found, duplicates among them are told, and the rest is stored."""
    bad = [record(uplink(number, dev_eui=HUGE + str(number))) for number in range(100, 107)]
    good = [record(number) for number in range(20)]
    mixed = [*good[:3], bad[0], bad[0], *good[3:9], *bad[1:5], *good[9:], *bad[5:], good[0]]
    tally = store(writer, *mixed)
    assert (tally.stored, tally.refused, tally.duplicates) == (20, 7, 2)
    assert count(database, "observation") == 20
    assert store(writer, record(30)) == Tally(stored=1)


@pytest.mark.parametrize(
    "text", ["NUL \x00 within", "half a pair \ud83d", "other half \ude00 too", "\x00", "\ud800"]
)
def test_odd_text_is_stored_with_a_replacement(
    database: Connection, writer: Writer, text: str
) -> None:
    """What PostgreSQL cannot hold in a text is replaced, and the message is stored."""
    sent = uplink(
        0,
        deduplication_id=text,
        device_name=text,
        device_profile=text,
        application=text,
        tags={text: text},
        dev_addr=text,
        source=text,
    )
    odd = record(sent, [observation(channel=text)], codec=text, warnings=(text, text))
    assert store(writer, odd) == Tally(stored=1)
    assert store(writer, odd) == Tally(duplicates=1)
    [row] = rows(database, "select name, codec, tags::text, channel from device, series")
    assert all("\ufffd" in field for field in row)


@pytest.mark.parametrize("result", [float("nan"), float("inf"), float("-inf"), -0.0, 5e-324, 1e308])
def test_any_number_is_kept(database: Connection, writer: Writer, result: float) -> None:
    """No number is refused: whether it is plausible is what its quality flag says."""
    assert store(writer, record(0, [observation(result=result, quality=4)])) == Tally(stored=1)
    [(kept,)] = rows(database, "select result from observation")
    assert repr(kept) == repr(result)
