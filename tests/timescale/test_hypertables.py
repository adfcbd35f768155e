"""What TimescaleDB does for the two tables that grow for ever, and that nothing is lost by it."""

from datetime import timedelta

import pytest

from storage.connection import Connection, connect
from storage.migrate import TIMESCALE, status
from storage.model import Tally
from storage.uplinks import Writer
from tests.storage.samples import NOON, observation, record, rows, store, uplink
from tests.timescale.compression import compress

pytestmark = pytest.mark.timescale_tier

CHUNKS = (
    "select hypertable_name::text, is_compressed from timescaledb_information.chunks"
    " where hypertable_schema = 'public'"
)


def test_tier_is_used(database: Connection) -> None:
    """A server with the extension gets hypertables, and a policy to compress each."""
    found = status(database)
    assert (found.tier, found.is_current) == (TIMESCALE, True)
    names = "select hypertable_name::text from timescaledb_information.hypertables"
    assert rows(database, f"{names} where hypertable_schema = 'public'") == [
        ("observation",),
        ("uplink",),
    ]
    jobs = (
        "select hypertable_name::text from timescaledb_information.jobs"
        " where hypertable_schema = 'public'"
    )
    assert rows(database, jobs) == [("observation",), ("uplink",)]


def test_chunk_is_a_week(database: Connection, writer: Writer) -> None:
    """Readings of three weeks lie in three chunks, though nobody made them."""
    for number in range(3):
        store(writer, record(uplink(number, result_time=NOON + timedelta(weeks=number))))
    assert rows(database, CHUNKS).count(("observation", False)) == 3


def test_late_and_repeated_readings_of_a_compressed_week(
    database: Connection, writer: Writer
) -> None:
    """A compressed week takes late readings, and a repeated one counts once all the same."""
    assert store(writer, record(0), record(2)) == Tally(stored=2)
    compress(database)
    assert set(rows(database, CHUNKS)) == {("observation", True), ("uplink", True)}
    late = record(1, [observation(time=NOON), observation("co2", 500.0, NOON)])
    assert store(writer, late) == Tally(stored=1)
    assert store(writer, late, record(0)) == Tally(duplicates=2)
    found = rows(database, "select series_id, result from observation order by phenomenon_time")
    assert sorted(result for _, result in found) == [20.0, 20.0, 500.0]
    assert len(rows(database, "select * from uplink")) == 3


def test_two_connections_do_not_mix(dsn: str, database: Connection) -> None:
    """A second connection waits for the first one's transaction, and sees what was committed."""
    with database.transaction():
        database.execute("insert into broker_drops (total, at) values (5, now())")
    with connect(dsn) as other:
        assert rows(other, "select total from broker_drops") == [(5,)]
