"""Records for the tests of the write path: short to write, different where a test says so."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import sql

from decoders.model import Environment, NetworkEvent, Reception, TimeSource, Uplink
from storage.connection import Connection
from storage.model import (
    Arrival,
    Batch,
    EventRecord,
    Origin,
    Record,
    RefusalRecord,
    StoredObservation,
    Tally,
    UplinkRecord,
)
from storage.uplinks import Writer

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
"""A Tuesday"""
SOURCE = "chirpstack-v4"


def arrival(*, at: datetime = NOON, payload: bytes = b"{}", dup: bool = False) -> Arrival:
    """Give a message as it reaches us."""
    return Arrival("application/1/device/2/event/up", payload, at, Origin.LIVE, dup)


def uplink(number: int = 0, **changes: Any) -> Uplink:  # noqa: ANN401 - any field of an uplink
    """Give the uplink of a number: a frame each five minutes of one device."""
    time = NOON + timedelta(minutes=5 * number)
    told = Uplink(
        source=SOURCE,
        deduplication_id=f"id-{number}",
        dev_eui="02c17a0000000103",
        device_name="aq-quayside-03",
        device_profile="Milesight AM319",
        application="air",
        tags={"district": "quayside"},
        dev_addr="00d3a1f2",
        f_port=85,
        f_cnt=number,
        confirmed=False,
        payload=number.to_bytes(4, "big"),
        result_time=time,
        time_source=TimeSource.GATEWAY,
        receptions=(Reception("02c17afffe00a101", rssi=-97, snr=7.2, gateway_time=time),),
    )
    return replace(told, **changes)


def observation(
    name: str = "temperature",
    result: float = 20.0,
    time: datetime = NOON,
    *,
    quality: int = 1,
    channel: str = "",
) -> StoredObservation:
    """Give one value."""
    return StoredObservation(name, time, result, quality, channel)


def record(
    told: Uplink | int = 0,
    observations: Sequence[StoredObservation] | None = None,
    *,
    came: Arrival | None = None,
    **changes: Any,  # noqa: ANN401 - any field of a record
) -> UplinkRecord:
    """Give an uplink as the pipeline hands it over, with one temperature unless told otherwise."""
    sent = uplink(told) if isinstance(told, int) else told
    time = sent.result_time or NOON
    values = (observation(time=time),) if observations is None else tuple(observations)
    made = UplinkRecord(
        arrival=came or arrival(at=time + timedelta(seconds=1)),
        uplink=sent,
        codec="milesight-am300/am319",
        codec_version="1",
        environment=Environment.INDOOR,
        reporting_interval=timedelta(minutes=15),
        observations=values,
    )
    return replace(made, **changes)


def event(
    key: str = "event-1",
    *,
    event_type: str = "join",
    detail: Mapping[str, str | float | bool | None] | None = None,
    came: Arrival | None = None,
) -> EventRecord:
    """Give another event."""
    told = NetworkEvent(SOURCE, event_type, key, "02c17a0000000103", "air", NOON, detail or {})
    return EventRecord(came or arrival(), told)


def refusal(
    payload: bytes = b"nonsense", *, reason: str = "not_an_event", came: Arrival | None = None
) -> RefusalRecord:
    """Give a refused message that nothing is known of."""
    return RefusalRecord(came or arrival(payload=payload), reason, "it is nonsense")


def store(writer: Writer, *records: Record) -> Tally:
    """Store one batch."""
    return writer.store(Batch(records))


def rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """Read rows in a fixed order."""
    return sorted(connection.execute(statement.encode()).fetchall(), key=repr)


def count(connection: Connection, table: str) -> int:
    """Count the rows of a table."""
    statement = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
    [(number,)] = connection.execute(statement).fetchall()
    return int(number)


TABLES = (
    *("uplink", "observation", "latest", "event", "quarantine", "account_entry", "activity_1h"),
    *("dirty_interval", "dirty_activity", "device", "series", "ledger"),
)
"""What a batch may fill"""


def contents(connection: Connection) -> dict[str, int]:
    """Count the rows of every table that a batch may fill."""
    return {table: count(connection, table) for table in TABLES}
