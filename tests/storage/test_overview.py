"""One glance tells what a database holds."""

from datetime import timedelta

from storage.connection import Connection
from storage.overview import Overview, episodes, overview
from storage.uplinks import Writer
from tests.storage.samples import NOON, event, record, refusal, store

ALERT = """
    insert into alert (id, key, rule_id, rule_version, subject_id, device_id, labels, title,
                       status, severity, worst, fired_at, known_at, reopened, stale, late, told,
                       recorded_at, changed_at)
    select %(id)s, %(id)s, 'damp', '1', id, id, '{}', 'Damp', %(status)s, 'amber', 'amber', %(at)s,
           %(at)s, 0, false, false, '{}', now(), now()
    from device
"""


def test_counts(database: Connection, writer: Writer) -> None:
    """Devices, frames, values, what quarantine holds, and what waits to be computed."""
    assert overview(database) == Overview(0, 0, 0, 0, 0, 0, 0)
    store(writer, record(0), record(1), record(2, []), refusal(), event())
    assert overview(database) == Overview(
        devices=1, uplinks=3, observations=2, alerts=0, alerts_open=0, refused=1, pending=2
    )


def test_episodes(database: Connection, writer: Writer) -> None:
    """Episodes that stand are counted and listed; one that was withdrawn is not."""
    store(writer, record(0))
    for number, status in enumerate(("firing", "resolved", "withdrawn")):
        at = NOON + timedelta(hours=number)
        database.execute(ALERT, {"id": status, "status": status, "at": at})
    counts = overview(database)
    assert (counts.alerts, counts.alerts_open) == (2, 1)
    assert episodes(database) == {
        ("damp", "02c17a0000000103", "2026-05-12T12:00:00+00:00"),
        ("damp", "02c17a0000000103", "2026-05-12T13:00:00+00:00"),
    }
