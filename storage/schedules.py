"""What is judged up to when, and what is due: series by the hour, devices by silence and logs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from storage.connection import Connection
from storage.queries import SQL


class Watched(StrEnum):
    """The kinds of subject."""

    SERIES = "series"
    DEVICES = "devices"
    LOGS = "logs"
    """Devices again, for the rules on what is logged of them"""


class Subject(msgspec.Struct, frozen=True):
    """What one rule is judged for: a series, or a device."""

    id: int
    """The series' number, or the device's"""
    until: datetime
    """Judged up to here"""
    again: datetime | None
    """The earliest hour before `until` that changed since"""
    device_id: int | None
    """None: it is a place's"""
    dev_eui: str
    """Empty for a place"""
    channel: str
    observed_property: str
    """Empty for a device"""
    environment: str
    reporting_interval: timedelta
    place_id: int | None = None
    """None: it is a device's"""
    place: str = ""
    """The place's identifier; empty for a device"""


class Judged(msgspec.Struct, frozen=True):
    """Up to when a subject is judged now, and when it is due again."""

    id: int
    until: datetime
    due_at: datetime


def lock(connection: Connection) -> bool:
    """Become the only evaluator until the transaction ends; False when another one is."""
    row = connection.execute(SQL["evaluation_lock"]).fetchone()
    return row is not None and bool(row[0])


def newest_reading(connection: Connection) -> datetime | None:
    """Tell when the newest uplink was sent; None when there is none."""
    row = connection.execute(SQL["clock_of_readings"]).fetchone()
    return row[0] if row else None


def mark_series(
    connection: Connection,
    changed: Mapping[int, datetime],
    clock: datetime,
    properties: Sequence[str],
) -> None:
    """Have series judged whose hours changed; the times are the first changed hours."""
    if not changed:
        return
    marks = _marks(changed)
    connection.execute(SQL["series_watch"], {**marks, "properties": list(properties)})
    connection.execute(SQL["series_again"], {**marks, "clock": clock})


def mark_devices(
    connection: Connection, heard: Mapping[int, datetime], clock: datetime, rules: Sequence[str]
) -> None:
    """Have devices judged that were heard, where it can matter to the rules on silence."""
    if not heard:
        return
    marks = {**_marks(heard), "clock": clock}
    connection.execute(SQL["devices_watch"], marks)
    connection.execute(SQL["devices_again"], {**marks, "rules": list(rules)})


def mark_logs(
    connection: Connection, heard: Mapping[int, datetime], clock: datetime, rules: Sequence[str]
) -> None:
    """Have the logs of devices judged again that were heard in an hour that was judged."""
    if heard:
        told = {**_marks(heard), "clock": clock, "rules": list(rules)}
        connection.execute(SQL["device_logs_heard"], told)


def _marks(hours: Mapping[int, datetime]) -> dict[str, object]:
    return {"subjects": list(hours), "hours": list(hours.values())}


def due(connection: Connection, watched: Watched, clock: datetime, limit: int) -> list[Subject]:
    """List what is due, at most so many, those that wait longest first."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(SQL[f"{watched}_due"], {"clock": clock, "limit": limit})
        return [Subject(*row) for row in cursor]


def judged(connection: Connection, watched: Watched, subjects: Sequence[Judged]) -> None:
    """Remember what was judged."""
    connection.execute(
        SQL[f"{watched}_judged"],
        {
            "subjects": [subject.id for subject in subjects],
            "until": [subject.until for subject in subjects],
            "due_at": [subject.due_at for subject in subjects],
        },
    )
