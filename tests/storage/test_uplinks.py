"""The write path stores a batch whole, once, and keeps what it cannot store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from decoders.model import Environment
from storage import account
from storage.connection import Connection
from storage.errors import WrongSchema
from storage.model import Origin, RefusalRecord, Tally
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


def test_uplink_is_stored_as_it_came(database: Connection, writer: Writer) -> None:
    """Every field of a frame can be read back."""
    sent = uplink(7, confirmed=True, f_cnt=4_000_000_000, payload=b"\x00\xff")
    came = replace(arrival(at=NOON), origin=Origin.BACKFILL)
    assert store(writer, record(sent, warnings=('odd "one"', "Zoë"), came=came)) == Tally(stored=1)
    [row] = database.execute(
        "select received_at, deduplication_id, dev_eui, dev_addr, f_port, f_cnt, confirmed,"
        " payload, result_time, time_source, uplink.codec, codec_version, warnings, source, origin"
        " from uplink join device on device.id = device_id"
    ).fetchall()
    assert row == (
        *(NOON, "id-7", sent.dev_eui, sent.dev_addr, 85, 4_000_000_000, True, b"\x00\xff"),
        *(sent.result_time, "gateway", "milesight-am300/am319", "1", ['odd "one"', "Zoë"]),
        *(SOURCE, "backfill"),
    )


def test_receptions_are_kept_as_json(database: Connection, writer: Writer) -> None:
    """Which gateways heard a frame, and how well, can be asked in SQL."""
    store(writer, record())
    statement = "select receptions -> 0 ->> 'gateway_id', receptions -> 0 -> 'rssi' from uplink"
    assert rows(database, statement) == [("02c17afffe00a101", -97)]


def test_uplink_without_a_clock_counts_at_its_arrival(database: Connection, writer: Writer) -> None:
    """A frame of which no clock tells the time is active in the hour it reached us."""
    silent = uplink(result_time=None, time_source=None)
    store(writer, record(silent, came=arrival(at=NOON + HOUR)))
    assert rows(database, "select result_time, time_source from uplink") == [(None, None)]
    assert rows(database, "select interval_start from activity_1h") == [(NOON + HOUR,)]


def test_device_is_described_as_its_newest_uplink_tells(
    database: Connection, writer: Writer
) -> None:
    """A late uplink does not bring an old name back; a newer one changes it, in any batch."""
    statement = "select name, environment, reporting_interval, tags, first_seen_at, last_seen_at"
    store(writer, record(uplink(3, device_name="new")), record(uplink(1, device_name="old")))
    store(writer, record(uplink(2, device_name="older")))
    [row] = rows(database, f"{statement} from device")
    times = (NOON + timedelta(minutes=5), NOON + timedelta(minutes=15))
    assert row == ("new", "indoor", timedelta(minutes=15), {"district": "quayside"}, *times)
    store(writer, record(uplink(4, device_name="newest"), environment=Environment.OUTDOOR))
    assert rows(database, "select name, environment from device") == [("newest", "outdoor")]
    store(writer, record(uplink(5, device_name="older")))
    assert rows(database, "select name from device") == [("older",)]


def test_values_are_kept_per_series_and_time(database: Connection, writer: Writer) -> None:
    """Two probes are two series, and a buffered reading stands at its own time."""
    values = [
        observation(result=1.5),
        observation(result=2.5, channel="external"),
        observation(result=3.5, time=NOON - HOUR, quality=3),
        observation("relative_humidity", 50.0),
    ]
    store(writer, record(0, values))
    statement = (
        "select name, channel, phenomenon_time, result, quality from observation"
        " join series on series.id = series_id join observed_property p on p.id = property_id"
    )
    assert rows(database, statement) == [
        ("relative_humidity", "", NOON, 50.0, 1),
        ("temperature", "", NOON - HOUR, 3.5, 3),
        ("temperature", "", NOON, 1.5, 1),
        ("temperature", "external", NOON, 2.5, 1),
    ]


def test_first_of_two_values_of_a_time_is_kept(database: Connection, writer: Writer) -> None:
    """Neither the same uplink, nor the same batch, nor a later batch overwrites a value."""
    first = [observation(result=1.0), observation(result=2.0)]
    store(writer, record(0, first), record(1, [observation(result=3.0)]))
    store(writer, record(2, [observation(result=4.0)]))
    assert rows(database, "select result from observation") == [(1.0,)]
    assert rows(database, "select result from latest") == [(1.0,)]
    assert count(database, "uplink") == 3


def test_latest_is_the_newest_whatever_comes_last(database: Connection, writer: Writer) -> None:
    """A late reading does not replace a newer one, in the same batch or after it."""
    times = [NOON, NOON + HOUR, NOON + HOUR / 2]
    for number, time in enumerate(times):
        store(writer, record(number, [observation(result=float(number), time=time)]))
    assert rows(database, "select phenomenon_time, result from latest") == [(NOON + HOUR, 1.0)]
    late = [observation("co2", 500.0, NOON + HOUR), observation("co2", 600.0, NOON)]
    store(writer, record(9, late))
    assert (NOON + HOUR, 500.0) in rows(database, "select phenomenon_time, result from latest")


def test_hours_are_marked_for_new_values_only(database: Connection, writer: Writer) -> None:
    """An hour is computed again once for a batch that changed it, and not for one that did not."""
    near = [observation(time=NOON + offset) for offset in (0 * HOUR, HOUR / 2, -HOUR)]
    store(writer, record(0, near))
    marked = rows(database, "select interval_start from dirty_interval")
    assert marked == [(NOON - HOUR,), (NOON,)]
    store(writer, record(1, near))
    assert rows(database, "select interval_start from dirty_interval") == marked


def test_activity_counts_uplinks_by_the_hour(database: Connection, writer: Writer) -> None:
    """Each hour of a device tells how many frames came, and when the first and last were sent."""
    store(writer, record(0), record(3), record(12))
    store(writer, record(1))
    statement = "select interval_start, uplinks, first_at, last_at from activity_1h"
    minutes = timedelta(minutes=1)
    assert rows(database, statement) == [
        (NOON, 3, NOON, NOON + 15 * minutes),
        (NOON + HOUR, 1, NOON + HOUR, NOON + HOUR),
    ]
    marked = rows(database, "select interval_start from dirty_activity")
    assert marked == [(NOON,), (NOON,), (NOON + HOUR,)]


def test_hours_are_utc_whatever_the_zone_of_a_time(database: Connection, writer: Writer) -> None:
    """A time with half an hour of offset falls in the hour of UTC."""
    kolkata = datetime.fromisoformat("2026-05-12T17:45:00+05:30")
    sent = uplink(result_time=kolkata)
    store(writer, record(sent, [observation(time=kolkata)]))
    assert rows(database, "select interval_start from activity_1h") == [(NOON,)]
    assert rows(database, "select interval_start from dirty_interval") == [(NOON,)]


def test_events_are_stored(database: Connection, writer: Writer) -> None:
    """Another event keeps its type, its subject, its time and its detail."""
    join = event("j", detail={"margin": 7.5, "external": True, "why": None, "text": "a\x00b"})
    assert store(writer, join) == Tally(stored=1)
    statement = "select source, event_type, subject, application, time, detail from event"
    detail = {"margin": 7.5, "external": True, "why": None, "text": "a\ufffdb"}
    assert rows(database, statement) == [(SOURCE, "join", "02c17a0000000103", "air", NOON, detail)]


def test_refused_message_is_kept_whole(database: Connection, writer: Writer) -> None:
    """Quarantine holds the message byte by byte, the reason, and what is known of it."""
    came = replace(arrival(payload=b"\x00\xff{"), topic="a\x00\ud800", origin=Origin.REPLAY)
    refused = RefusalRecord(came, "truncated", "ends early", SOURCE, "up", "id-1", "02c1")
    assert store(writer, refused) == Tally(refused=1, by_reason={"truncated": 1})
    statement = (
        "select received_at, topic, payload, origin, reason, detail, source, event_type,"
        " deduplication_key, dev_eui, attempts, status, resolved_at from quarantine"
    )
    assert rows(database, statement) == [
        (
            *(NOON, "a" + 4 * "\ufffd", b"\x00\xff{", "replay", "truncated"),
            *("ends early", SOURCE, "up", "id-1", "02c1", 1, "held", None),
        )
    ]


def test_account_agrees_with_the_tallies(database: Connection, writer: Writer) -> None:
    """What the batches told adds up to what the books say."""
    store(writer, record(0), record(0), refusal(b"1"), refusal(b"2", reason="truncated"))
    store(writer, event(), refusal(b"3"), record(0, came=arrival(dup=True)))
    books = account.account(database)
    assert (books.received, books.stored, books.refused, books.duplicates) == (6, 2, 3, 1)
    assert books.redelivered == 1
    assert books.by_reason == {"not_an_event": 2, "truncated": 1}


def test_empty_batch_is_nothing(database: Connection, writer: Writer) -> None:
    """A batch of no messages leaves no trace."""
    assert store(writer) == Tally()
    assert sum(contents(database).values()) == 0


def test_uplink_without_values_is_stored(database: Connection, writer: Writer) -> None:
    """A frame of nothing but housekeeping is an uplink, and its device is heard."""
    assert store(writer, record(0, [])) == Tally(stored=1)
    assert (count(database, "activity_1h"), count(database, "observation")) == (1, 0)


@pytest.mark.plain_tier
def test_weeks_are_made_as_needed(database: Connection, writer: Writer) -> None:
    """Readings of any week of a hundred years are stored, each in its week."""
    times = [datetime(year, 6, 1, tzinfo=UTC) for year in (2000, 2026, 2100)]
    store(writer, record(0, [observation(time=time) for time in times]))
    found = rows(database, "select tableoid::regclass::text from observation")
    assert found == [
        ("observation_20000529",),
        ("observation_20260601",),
        ("observation_21000531",),
    ]


def test_database_without_a_layout_is_told(empty_dsn: str) -> None:
    """A writer on a database that was never migrated says so before it takes a message."""
    from storage.connection import connect  # noqa: PLC0415 - the other tests need none

    with connect(empty_dsn) as connection, pytest.raises(WrongSchema):
        Writer(connection)
