"""`ratification`: somebody stands for readings, until a mean of them changes or it is withdrawn."""

import csv
import io
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from storage import audit, rollups
from storage.connection import Connection
from storage.places import Installation, Place, install
from tests.fixtures.commands import ask, run
from tests.fixtures.readings import HOUR, MONDAY, SITE, hourly, reading, store

DAY = ("--from", "2026-05-11", "--to", "2026-05-12")
LATER = datetime(2026, 6, 1, tzinfo=UTC)


def compute(database: Connection) -> None:
    """Compute what is marked."""
    while rollups.recompute(database, 1000, LATER).marks:
        pass
    rollups.recompute_days(database, 1000, LATER)


@pytest.fixture
def gate(database: Connection) -> str:
    """Have two days of dust at a gate; give the gate's identifier."""
    place = Installation(SITE, Place("position", "Gate"), Place("site", "Quay"), MONDAY - HOUR)
    found = install(database, place, secret=b"")
    store(database, hourly([*([20.0] * 9 + [19.0, 21.0]) * 4, *[20.0] * 3]))
    compute(database)
    return found.public_id


def statuses(dsn: str, *words: str) -> list[str]:
    """Give the status of each row of an export of the first day and the hour after it."""
    result = run(dsn, "export", "--from", "2026-05-11", "--to", "2026-05-12T01:00Z", *words)
    assert result.exit_code == 0, result.output
    return [row["status"] for row in csv.DictReader(io.StringIO(result.stdout, newline=""))]


def test_ratified_rows_are_told_so(database: Connection, dsn: str, gate: str) -> None:
    """A dry run says what is covered and records nothing; then readings and hours are ratified."""
    covers = {"readings": 24, "failed": 0, "hours": 24, "valid": 24, "revised": 0, "waiting": 0}
    found = ask(dsn, "ratification", "add", gate, "pm10", *DAY, "--dry-run")
    assert found == {"id": None, **covers}
    assert statuses(dsn) == ["provisional"] * 25
    words = ("ratification", "add", gate, "pm10", *DAY, "--by", "Ewan", "--note", "against AURN")
    said = run(dsn, *words).stdout
    assert said == "24 readings, 0 failed; 24 hours, 24 valid, 0 revised\nratification 1\n"
    assert statuses(dsn) == ["ratified"] * 24 + ["provisional"]
    assert statuses(dsn, "--interval", "1h") == ["ratified"] * 24 + ["provisional"]
    assert [entry.action for entry in audit.read(database, gate)] == ["ratified"]


def test_day_in_an_export(dsn: str, gate: str) -> None:
    """A local day is ratified when the whole of it is; it is told with its own bounds."""
    london = ("--from", "2026-05-10T23:00Z", "--to", "2026-05-12")
    result = run(dsn, "export", *london, "--interval", "1d")
    rows = list(csv.DictReader(io.StringIO(result.stdout, newline="")))
    assert [(row["start"], row["end"], row["value"], row["status"]) for row in rows] == [
        ("2026-05-10T23:00:00+00:00", "2026-05-11T23:00:00+00:00", "20.0", "provisional"),
        ("2026-05-11T23:00:00+00:00", "2026-05-12T23:00:00+00:00", "20.0", "provisional"),
    ]
    ask(
        dsn,
        "ratification",
        "add",
        gate,
        "pm10",
        "--from",
        "2026-05-10T23:00Z",
        "--to",
        "2026-05-11T23:00Z",
    )
    assert statuses(dsn, "--interval", "1d")[-1] == "provisional"
    result = run(dsn, "export", *london, "--interval", "1d")
    rows = list(csv.DictReader(io.StringIO(result.stdout, newline="")))
    assert [row["status"] for row in rows] == ["ratified", "provisional"]


def test_mean_that_changes_is_provisional_again(database: Connection, dsn: str, gate: str) -> None:
    """A late reading changes its hour, which nobody has stood for as it is now."""
    ask(dsn, "ratification", "add", gate, "pm10", *DAY)
    late = MONDAY + 5 * HOUR + timedelta(minutes=40)
    store(database, [reading(late, {"pm10": 90.0})])
    waiting = ask(dsn, "ratification", "add", gate, "pm10", *DAY, "--dry-run")["waiting"]
    assert waiting == 1
    said = run(dsn, "ratification", "add", gate, "pm10", *DAY, "--dry-run").stdout
    assert said.splitlines()[1:] == [
        "1 hours are still to be computed: they will be provisional",
        "nothing was recorded",
    ]
    compute(database)
    found = statuses(dsn, "--interval", "1h")
    assert [number for number, status in enumerate(found) if status == "provisional"] == [5, 24]
    raw = statuses(dsn)
    assert [number for number, status in enumerate(raw) if status == "provisional"] == [5, 6, 25]
    [listed] = ask(dsn, "ratification", "list")["ratifications"]
    assert listed["changed"] == 1
    ask(dsn, "ratification", "add", gate, "pm10", *DAY)
    assert statuses(dsn, "--interval", "1h") == ["ratified"] * 24 + ["provisional"]


def test_withdrawn(database: Connection, dsn: str, gate: str) -> None:
    """A wrong one is withdrawn by name and stays on the list; it is never changed or deleted."""
    number = ask(dsn, "ratification", "add", gate, "pm10", *DAY, "--by", "Ewan")["id"]
    result = run(dsn, "ratification", "withdraw", str(number), "--by", "Ada")
    assert result.stdout == f"ratification {number} is withdrawn\n"
    assert statuses(dsn) == ["provisional"] * 25
    other = ask(dsn, "ratification", "add", gate, "pm10", *DAY)["id"]
    assert ask(dsn, "ratification", "withdraw", str(other)) == {"withdrawn": other}
    again = run(dsn, "ratification", "withdraw", str(number))
    assert (again.exit_code, again.stderr) == (1, f"no ratification {number} is in force\n")
    [_, found] = ask(dsn, "ratification", "list", "--place", gate)["ratifications"]
    assert (found["ratified_by"], found["withdrawn_by"], found["name"]) == ("Ewan", "Ada", "Gate")
    assert "Gate" in run(dsn, "ratification", "list").stdout
    assert ask(dsn, "ratification", "list", "--place", "nowhere") == {"ratifications": []}
    for statement in (
        "delete from ratification",
        "update ratification set ratified_by = 'x'",
        "update ratification set withdrawn_at = null, withdrawn_by = null",
    ):
        with pytest.raises(psycopg.errors.RaiseException, match="history"):
            database.execute(statement.encode())


def test_nothing_to_stand_for(dsn: str, gate: str) -> None:
    """No such place, property or readings, or a time to come: a sentence, and nothing recorded."""
    for place, name in (("nowhere", "pm10"), (gate, "no2"), (gate, "happiness")):
        result = run(dsn, "ratification", "add", place, name, *DAY)
        assert result.exit_code == 1
        assert result.stderr == f"nothing of {name} was measured at {place} in that time\n"
    for period in (
        ("--from", "2026-05-12", "--to", "2026-05-11"),
        ("--from", "1d", "--to", "2099-01-01"),
    ):
        result = run(dsn, "ratification", "add", gate, "pm10", *period)
        assert result.exit_code == 2
    assert ask(dsn, "ratification", "list") == {"ratifications": []}
