"""`revisions`, as an operator and a program see it."""

from datetime import UTC, datetime, timedelta

from storage import rollups
from storage.connection import Connection
from tests.fixtures.commands import ask, run
from tests.fixtures.readings import HOUR, MONDAY, SITE, hourly, reading, store

LATER = MONDAY + timedelta(days=3)


def test_revisions(dsn: str, database: Connection) -> None:
    """A figure that a late reading changed is shown with what it was, to a person and a program."""
    assert ask(dsn, "revisions") == {"revisions": []}
    store(database, hourly([10.0]))
    rollups.recompute(database, 10, LATER, stood=timedelta(0))
    store(database, [reading(MONDAY + 0.7 * HOUR, {"pm10": 58.0})])
    rollups.recompute(database, 10, LATER, stood=timedelta(0))
    [told] = ask(dsn, "revisions", "--since", "1h")["revisions"]
    assert (told["dev_eui"], told["observed_property"], told["length"]) == (SITE, "pm10", "1h")
    assert (told["mean_before"], told["mean_after"]) == (10, 34)
    assert told["interval_start"] == MONDAY.isoformat()
    shown = run(dsn, "revisions", "--since", "1h").stdout
    assert "pm10" in shown
    assert "34.0" in shown
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert ask(dsn, "revisions", "--since", tomorrow) == {"revisions": []}
