"""After an erasure no table still holds what was of the tenancy: every table is walked."""

from datetime import datetime

from storage import retention
from storage.connection import Connection
from storage.retention_plan import Policy, midnight
from tests.fixtures.readings import HOUR, ROOM, hourly, store
from tests.storage.test_retention import IN, NOW, compute, lived_in

REFERS = {"series_id", "subject_id", "device_id", "owner_id", "owner_place_id", "place_id"} | {
    "dev_eui",
    "subject",
}
"""Columns by which a row is about a series, a device or a place"""
ERASED = {
    "alert_calm": "until",
    "alert_checkpoint": "until",
    "derivation_checkpoint": "until",
    "dirty_day": "day",
    "dirty_interval": "interval_start",
    "failed_reading": "phenomenon_time",
    "latest": "phenomenon_time",
    "observation": "phenomenon_time",
    "quarantine": "received_at",
    "revision": "interval_start",
    "rollup_1d": "day",
    "rollup_1h": "interval_start",
    "uplink": "received_at",
}
"""With the column of the time that a row is about"""
KEPT = {
    "activity_1h": "when a device was heard: kept to keep the devices working",
    "alert": "history",
    "alert_state": "where a rule stands now",
    "alert_transition": "history",
    "audit": "history",
    "calibration": "of a device, entered by staff",
    "derivation": "up to when a room is worked out, and its state now",
    "derivation_mark": "what the registry changed",
    "device": "the registry",
    "device_log_mark": "what the network server says of devices",
    "device_log_schedule": "up to when a device's logs are judged",
    "device_schedule": "up to when a device's silence is judged",
    "dirty_activity": "when a device was heard",
    "dwelling": "the registry",
    "erased_stretch": "that it was erased",
    "event": "what the network server says of devices, no reading",
    "hazard_case": "history",
    "installation": "the registry",
    "network_device": "the network server's registry",
    "occupancy_mark": "of bays",
    "ratification": "history, of a place",
    "redecoded": "up to when nobody is told of a device",
    "repair": "history",
    "series": "the registry: which properties a device has",
    "series_schedule": "up to when a series is judged",
    "tenancy": "decides what is erased",
}
"""With why its rows stay"""


def referring(connection: Connection) -> dict[str, set[str]]:
    """Give the tables with a column that names a series, a device or a place."""
    rows = connection.execute(
        "select table_name, array_agg(column_name::text) from information_schema.columns"
        " join pg_tables on schemaname = table_schema and tablename = table_name"
        " where table_schema in ('public', 'housing') and table_name !~ '_[0-9]{8}$'"
        " and column_name = any (%s) group by table_name",
        [sorted(REFERS)],
    )
    return {name: set(columns) for name, columns in rows}


_SERIES = (
    "select series.id from series left join device on device.id = device_id"
    " where dev_eui = %(eui)s or owner_place_id is not null"
)
_MINE = {
    "series_id": _SERIES,
    "subject_id": _SERIES,
    "device_id": "select id from device where dev_eui = %(eui)s",
    "dev_eui": "select %(eui)s",
    "owner_id": "select id from place where kind = 'room'",
}


def left(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    """Count the rows of tables that are about the room or its device in a time."""
    found = {}
    told = {"eui": ROOM, "since": since, "until": until}
    for table, columns in referring(connection).items():
        if table not in ERASED:
            continue
        about = " or ".join(f"{name} in ({_MINE[name]})" for name in columns & _MINE.keys())
        when = f"{ERASED[table]} > %(since)s and {ERASED[table]} < %(until)s"
        query = f"select count(*) from {table} where ({about}) and {when}"  # noqa: S608
        [(found[table],)] = connection.execute(query.encode(), told).fetchall()
    return found


def test_no_row_is_left_in_any_table(database: Connection) -> None:
    """Each table that names a series, a device or a place is empty of it, or kept for a reason."""
    lived_in(database)
    start = midnight(IN) - 240 * HOUR
    damp = [92.0] * 190
    store(database, hourly(damp, name="relative_humidity", dev_eui=ROOM, start=start))
    warm = [18.0] * 190
    store(database, hourly(warm, name="temperature", dev_eui=ROOM, start=start, minute=7))
    compute(database, 20)
    begin, end = start - 24 * HOUR, midnight(IN)
    assert referring(database).keys() ^ (ERASED.keys() | KEPT.keys()) == set()
    before = left(database, begin, end)
    held = {"alert_checkpoint", "observation", "rollup_1h", "rollup_1d"}
    assert held | {"uplink"} <= {table for table, number in before.items() if number}
    retention.erase(database, NOW, Policy(), actor="timer")
    assert {table: number for table, number in left(database, begin, end).items() if number} == {}
    assert left(database, end, NOW)["alert_checkpoint"] > 0


def test_rule_on_silence_keeps_where_it_stood(database: Connection) -> None:
    """A device's number may be that of a series, and what is about it is kept."""
    lived_in(database)
    midnight_before = midnight(IN) - 23 * HOUR
    database.execute(
        "insert into rule_version (rule_id, since, version, definition)"
        " values ('D1', '2020-01-01Z', '1', '{\"observed_property\": \"\"}')"
    )
    database.execute(
        "insert into alert_checkpoint (subject_id, rule_id, until, state)"
        " select id, 'D1', %s, '{}' from series",
        [midnight_before],
    )
    kept = "select count(*) from alert_checkpoint where rule_id = 'D1'"
    before = database.execute(kept).fetchone()
    retention.erase(database, NOW, Policy(), actor="timer")
    assert database.execute(kept).fetchone() == before
