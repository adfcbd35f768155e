"""The network server's logs of devices, for the rules on them: marks in, moments out.

A log is marked in the transaction that stores it. Its moment is the network server's, or that of
its arrival. A device that is logged and was never heard is made, so that an alert can be about it.
"""

from collections.abc import Sequence
from datetime import datetime

from storage.connection import Connection
from storage.model import EventRecord
from storage.queries import SQL
from storage.schedules import Subject

Moments = dict[tuple[int, str], list[datetime]]
"""By the device's number and the code, in order"""


def mark(connection: Connection, records: Sequence[EventRecord]) -> None:
    """Mark those events of a batch that are logs of a device."""
    logs = [record for record in records if record.event.event_type == "log"]
    if logs:
        told = {
            "subjects": [record.event.subject for record in logs],
            "at": [record.event.time or record.arrival.received_at for record in logs],
        }
        connection.execute(SQL["device_logs_mark"], told)


def take(connection: Connection, limit: int, clock: datetime) -> int:
    """Have the devices of the oldest marks judged, at most so many marks; give how many."""
    marks, first = 0, {}
    for dev_eui, at, number in connection.execute(SQL["device_logs_take"], {"limit": limit}):
        marks += number
        if dev_eui is not None:
            first[dev_eui] = at
    if first:
        told = {"dev_euis": list(first), "at": list(first.values())}
        connection.execute(SQL["device_logs_know"], told)
        connection.execute(SQL["device_logs_watch"], {**told, "clock": clock})
    return marks


def read(
    connection: Connection, wanted: Sequence[tuple[Subject, datetime]], codes: Sequence[str]
) -> Moments:
    """Read when devices were logged with some codes, each after a time."""
    told = {
        "devices": [subject.id for subject, _ in wanted],
        "dev_euis": [subject.dev_eui for subject, _ in wanted],
        "since": [since for _, since in wanted],
        "codes": list(codes),
    }
    found: Moments = {}
    for device, code, at in connection.execute(SQL["logs_read"], told):
        found.setdefault((device, code), []).append(at)
    return found


def told_of(
    connection: Connection, logged: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Read what the newest log with a code says of each device, by its dev_eui and the code."""
    told = {"dev_euis": [eui for eui, _ in logged], "codes": [code for _, code in logged]}
    rows = connection.execute(SQL["logs_told"], told)
    return {(dev_eui, code): says for dev_eui, code, says in rows}
