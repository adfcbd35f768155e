"""`revisions`, as an operator and a program see it."""

from datetime import UTC, datetime, timedelta

from storage import rollups
from storage.connection import Connection
from storage.places import Installation, Place, install
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
    assert told["ratified_by"] is None
    assert ask(dsn, "revisions", "--ratified") == {"revisions": []}
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert ask(dsn, "revisions", "--since", tomorrow) == {"revisions": []}


def test_figure_that_somebody_stood_for(dsn: str, database: Connection) -> None:
    """What changed after it was ratified is listed with who stood for it, and alone if wanted."""
    told = Installation(SITE, Place("position", "Gate"), Place("site", "Quay"), MONDAY - HOUR)
    place = install(database, told, secret=b"").public_id
    store(database, hourly([10.0, 20.0]))
    rollups.recompute(database, 10, LATER, stood=timedelta(0))
    until = ("--from", "2026-05-11T00:00Z", "--to", "2026-05-11T01:00Z", "--by", "Ewan")
    ask(dsn, "ratification", "add", place, "pm10", *until)
    late = [reading(MONDAY + hour * HOUR, {"pm10": 58.0}) for hour in (0.7, 1.7)]
    store(database, late)
    rollups.recompute(database, 10, LATER, stood=timedelta(0))
    assert len(ask(dsn, "revisions")["revisions"]) == 2
    [changed] = ask(dsn, "revisions", "--ratified")["revisions"]
    assert (changed["interval_start"], changed["ratified_by"]) == (MONDAY.isoformat(), "Ewan")
    assert "Ewan" in run(dsn, "revisions").stdout
