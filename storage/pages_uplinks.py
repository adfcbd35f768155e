"""What the page of one uplink reads, from its frame to the messages that people got of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from psycopg.rows import class_row

from alerts import left_out
from decoders.model import Reception
from storage.connection import Connection, translated
from storage.queries import SQL

SOURCES = ("chirpstack-v4", "chirpstack-v3", "things-stack-v3")
"""The network servers, whose identifiers may be the same by accident"""
_RECEPTIONS = msgspec.json.Decoder(tuple[Reception, ...])


@dataclass(frozen=True, slots=True)
class StoredUplink:
    """An uplink as it is stored."""

    received_at: datetime
    deduplication_id: str
    source: str
    origin: str
    device_id: int
    dev_eui: str
    device_name: str
    profile: str
    environment: str
    dev_addr: str
    f_port: int
    f_cnt: int
    confirmed: bool
    payload: bytes
    result_time: datetime | None
    time_source: str | None
    codec: str
    codec_version: str
    warnings: tuple[str, ...]
    receptions: tuple[Reception, ...]

    @property
    def time(self) -> datetime:
        """When the frame was sent, as well as we know."""
        return self.result_time or self.received_at


@dataclass(frozen=True, slots=True)
class TracedValue:
    """A stored value with the hour that it is in."""

    series_id: int
    observed_property: str
    unit: str
    channel: str
    time: datetime
    result: float
    quality: int
    """By itself and among its neighbours"""
    left_out: str
    """Why it counts in no mean and no alert; empty when it does"""
    hour_count: int | None
    """None: the hour waits to be computed"""
    hour_expected: int | None
    hour_mean: float | None
    hour_valid: bool | None
    computed_at: datetime | None
    judged_until: datetime | None
    """None: no rule looks at the series"""


@dataclass(frozen=True, slots=True)
class RuleState:
    """Where a rule stands for a series or a device."""

    subject_id: int
    rule_id: str
    status: str
    severity: str | None
    until: datetime


@dataclass(frozen=True, slots=True)
class TracedAlert:
    """An episode around an uplink, with one message of it."""

    id: str
    rule_id: str
    title: str
    status: str
    severity: str
    fired_at: datetime
    resolved_at: datetime | None
    notice: str | None
    """None: nobody was told"""
    channel: str | None
    delivery: str | None
    settled_at: datetime | None
    attempts: int | None


def find(
    connection: Connection, deduplication_id: str, received_at: datetime | None = None
) -> StoredUplink | None:
    """Find an uplink by its identifier.

    Args:
        connection: to the database.
        deduplication_id: of the network server.
        received_at: when it arrived, where that is known: the ledger forgets after two weeks.
    """
    with translated():
        times = [received_at] if received_at else _arrivals(connection, deduplication_id)
        for time in times:
            found = _read(connection, deduplication_id, time)
            if found is not None:
                return found
    return None


def _arrivals(connection: Connection, deduplication_id: str) -> list[datetime]:
    told = {"sources": list(SOURCES), "deduplication_id": deduplication_id}
    return [time for _, time in connection.execute(SQL["pages_uplink_arrivals"], told)]


def _read(
    connection: Connection, deduplication_id: str, received_at: datetime
) -> StoredUplink | None:
    told = {"deduplication_id": deduplication_id, "received_at": received_at}
    row = connection.execute(SQL["pages_uplink"], told).fetchone()
    if row is None:
        return None
    *columns, warnings, receptions = row
    return StoredUplink(*(*columns, tuple(warnings), _RECEPTIONS.decode(receptions)))


def values(connection: Connection, device_id: int, times: Sequence[datetime]) -> list[TracedValue]:
    """Read the values of a device at some times, the newest first."""
    told = {"device": device_id, "times": list(times)}
    with translated():
        rows = connection.execute(SQL["pages_uplink_observations"], told)
        return [
            TracedValue(*(*row[:7], left_out.why(row[7], row[8:11]), *row[11:])) for row in rows
        ]


def states(connection: Connection, subjects: Sequence[int]) -> dict[tuple[int, str], RuleState]:
    """Read where rules stand for subjects, where something is wrong."""
    with translated():
        rows = connection.execute(SQL["pages_uplink_states"], {"subjects": list(subjects)})
        return {(row[0], row[1]): RuleState(*row) for row in rows}


def alerts(connection: Connection, device_id: int, time: datetime) -> list[TracedAlert]:
    """List the episodes of a device that a time falls in, once for each message about them."""
    with translated(), connection.cursor(row_factory=class_row(TracedAlert)) as cursor:
        cursor.execute(SQL["pages_uplink_alerts"], {"device": device_id, "time": time})
        return cursor.fetchall()
