"""The evaluator on a real database: stored readings in, episodes and messages out."""

from datetime import datetime, timedelta
from typing import Any

from alerts.model import AlertRule
from ingest.evaluator import Evaluator
from storage.connection import Connection
from tests.fixtures.readings import DUST, HOUR, MONDAY, hourly, store

TRACE_A = [120, 195, 185, 172, 170, 169, 150, 191, None, None, 160, 165]


def evaluate(connection: Connection, *rules: AlertRule, at: datetime | None = None) -> None:
    """Evaluate until there is nothing left to do, in a live instance at a time."""
    evaluator = Evaluator(connection, rules, wall=lambda: at or MONDAY + timedelta(days=400))
    while evaluator.step():
        pass


def episodes(connection: Connection) -> list[tuple[Any, ...]]:
    """Read the episodes that stand, in order."""
    return connection.execute(
        "select rule_id, fired_at, resolved_at, status, severity, peak, reopened from alert"
        " where status <> 'withdrawn' order by rule_id, device_id, fired_at"
    ).fetchall()


def test_dust_fires_and_resolves_on_stored_hours(database: Connection) -> None:
    """The trace of the specification ends in the two episodes that it names."""
    store(database, hourly(TRACE_A))
    evaluate(database, DUST, at=MONDAY + 12.6 * HOUR)
    assert episodes(database) == [
        ("E1", MONDAY + HOUR, MONDAY + 6 * HOUR, "resolved", "red", 195, 0),
        ("E1", MONDAY + 7 * HOUR, MONDAY + 12 * HOUR, "resolved", "red", 191, 0),
    ]
