"""`tenancies` and `privacy`, as an officer sees them: nothing by accident, nothing of others."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from alerts.case_clocks import EventKind
from alerts.hazards import Category
from ingest.evaluator import Evaluator
from storage import alert_actions, audit, cases
from storage.alert_actions import ActionKind
from storage.connection import Connection
from storage.places import Installation, Place, install
from storage.retention_plan import midnight
from tests.fixtures.commands import ask, run
from tests.fixtures.readings import DAMP, HOUR, ROOM, hourly, store

UPRN = "100020000001"
HOME = Place("dwelling", "=1 Surrey Street", patch="north", uprn=UPRN)
IN = date(2020, 3, 2)
"""The first day of the second tenant: all of it is older than anything that is kept"""
HEADER = "uprn,starts,ends\n"
LINES = f"{UPRN},2019-01-01,2020-03-01\n{UPRN},2020-03-02,2020-04-30\n"


def file(folder: Path, text: str) -> str:
    """Write a file of tenancies."""
    path = folder / "tenancies.csv"
    path.write_text(HEADER + text)
    return str(path)


@pytest.fixture
def home(database: Connection, dsn: str, tmp_path: Path) -> str:
    """Have two tenants after each other, 30 hours each, and a case of the second."""
    bedroom = Installation(ROOM, Place("room", "Bedroom"), HOME, datetime(2020, 1, 1, tzinfo=UTC))
    install(database, bedroom, secret=b"secret")
    start = midnight(IN) - 30 * HOUR
    air = [40.0] * 30 + [90.0] * 30
    store(database, hourly(air, name="relative_humidity", dev_eui=ROOM, start=start))
    Evaluator(database, [DAMP], wall=lambda: midnight(IN) + 40 * HOUR).step()
    ask(dsn, "tenancies", "import", file(tmp_path, LINES))
    [(place,)] = database.execute("select public_id from place where kind = 'dwelling'").fetchall()
    return str(place)


def test_tenancies_come_from_a_file(home: str, dsn: str, tmp_path: Path) -> None:
    """New, changed and known ones are counted; a dry run stores none."""
    more = f"{UPRN},2019-01-01,2020-03-01\n{UPRN},2020-03-02,2020-05-30\n{UPRN},2020-06-01,\n"
    found = ask(dsn, "tenancies", "import", file(tmp_path, more), "--dry-run")
    assert found == {"tenancies": 3, "new": 1, "changed": 1, "known": 1, "dry_run": True}
    before = ask(dsn, "tenancies", "list")["tenancies"]
    assert [(each["starts"], each["ends"]) for each in before] == [
        ("2020-03-02", "2020-04-30"),
        ("2019-01-01", "2020-03-01"),
    ]
    said = run(dsn, "tenancies", "import", file(tmp_path, more))
    assert said.stdout == "3 tenancies: 1 new, 1 changed, 1 as they were\n"
    said = run(dsn, "tenancies", "import", file(tmp_path, more), "--dry-run")
    assert said.stdout.endswith("as they were; nothing was stored\n")
    after = ask(dsn, "tenancies", "list", "--home", home)["tenancies"]
    assert after[0]["starts"] == "2020-06-01"
    assert after[0]["ends"] is None
    assert "2020-06-01" in run(dsn, "tenancies", "list").stdout


def test_every_mistake_of_a_file_of_tenancies(home: str, dsn: str, tmp_path: Path) -> None:
    """What the file says wrongly, and then what the registry refuses, is told by its line."""
    wrong = "12a,2020-01-01,\n" + LINES + f"{UPRN},2020-13-01,\n{UPRN},2020-05-02,2020-05-01\n"
    result = run(dsn, "tenancies", "import", file(tmp_path, wrong))
    assert result.exit_code == 1
    told = result.stderr.splitlines()
    assert [line.split(":")[0] for line in told] == ["line 2, uprn", "line 5, starts", "line 6"]
    assert told[-1].endswith("it ends before it begins")
    refused = f"77,2020-01-01,\n{UPRN},2020-05-01,2020-05-30\n{UPRN},2020-04-01,\n"
    result = run(dsn, "tenancies", "import", file(tmp_path, refused))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "line 2: no dwelling of the registry has this UPRN",
        "line 4: a tenancy from 2020-04-01 overlaps another one of the same dwelling",
    ]
    assert len(ask(dsn, "tenancies", "list", "--home", home)["tenancies"]) == 2


def test_erasing(home: str, dsn: str, database: Connection) -> None:
    """A dry run tells what would go and changes nothing; the other says what went."""
    found = ask(dsn, "privacy", "erase", "--dry-run")
    assert (found["readings"], found["uplinks"], found["hours"]) == (60, 60, 60)
    assert [(each["home"], each["what"]) for each in found["erasures"]] == [
        (home, "readings"),
        (home, "means"),
    ]
    assert database.execute("select count(*) from observation").fetchone() == (60,)
    said = run(dsn, "privacy", "erase", "--dry-run")
    assert said.stdout.endswith(
        "60 readings, 60 uplinks, 0 refused messages and 60 hours would be erased\n"
    )
    done = ask(dsn, "privacy", "erase", "--by", "timer")
    assert {**done, "dry_run": True} == found
    assert database.execute("select count(*) from observation").fetchone() == (0,)
    assert {entry.actor for entry in audit.read(database, home)} == {"timer"}
    said = run(dsn, "privacy", "erase")
    assert said.stdout == "0 readings, 0 uplinks, 0 refused messages and 0 hours erased\n"


def test_erasing_waits_for_means(home: str, dsn: str, database: Connection) -> None:
    """What is still to be computed is said to wait."""
    assert home
    database.execute(
        "insert into dirty_interval (series_id, interval_start)"
        " select series_id, interval_start from rollup_1h limit 1"
    )
    said = run(dsn, "privacy", "erase").stdout
    assert said.endswith("2 wait until the service has computed their means: run it again\n")


def test_settings_say_how_long(home: str, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A borough may keep less or more; days after a tenancy are at least 31."""
    assert home
    monkeypatch.setenv("BOROUGHSENSE_RETENTION_DAYS_AFTER_TENANCY", "36500")
    monkeypatch.setenv("BOROUGHSENSE_RETENTION_MEANS_YEARS", "90")
    found = ask(dsn, "privacy", "erase", "--dry-run")
    assert (found["readings"], found["hours"]) == (60, 0)
    monkeypatch.setenv("BOROUGHSENSE_RETENTION_DAYS_AFTER_TENANCY", "30")
    result = run(dsn, "privacy", "erase", "--dry-run")
    assert result.exit_code == 2
    assert "retention_days_after_tenancy" in result.stderr


def sheets(path: Path) -> dict[str, list[dict[str, str]]]:
    """Read the tables of an answer."""
    with ZipFile(path) as archive:
        return {
            name.removesuffix(".csv"): list(
                csv.DictReader(io.StringIO(archive.read(name).decode(), newline=""))
            )
            for name in archive.namelist()
            if name.endswith(".csv")
        }


def test_subject_access(home: str, dsn: str, database: Connection, tmp_path: Path) -> None:
    """One tenant gets all that is stored about the tenancy, and nothing of the other one."""
    [(alert,)] = database.execute("select id from alert").fetchall()
    at = midnight(IN) + 40 * HOUR
    alert_actions.act(
        database, alert, ActionKind.COMMENTED, actor="Ada Officer", at=at, note="=called them"
    )
    begin = cases.awareness(database, alert)
    assert begin is not None
    case = cases.open_case(
        database,
        begin,
        hazard="damp_mould",
        category=Category.SIGNIFICANT,
        actor="Ada Officer",
        at=at,
        alert_id=alert,
    )
    cases.add_event(database, case, EventKind.EVIDENCE, actor="Ada Officer", at=at, note="mould")
    audit.write(database, "Ada Officer", "dwelling read", home, at=at)
    second, first = ask(dsn, "tenancies", "list", "--home", home)["tenancies"]

    out = tmp_path / "second.zip"
    found = ask(dsn, "privacy", "subject-access", str(second["id"]), "--out", str(out))
    told = sheets(out)
    assert {name: len(rows) for name, rows in told.items()} == found["rows"]
    assert {row["value"] for row in told["readings"]} == {"90.0"}
    assert len(told["readings"]) == len(told["hours"]) == 30
    assert told["readings"][0]["time"] >= midnight(IN).isoformat()
    assert [row["alert"] for row in told["alerts"]] == [alert]
    assert told["actions"][0]["note"] == "'=called them"
    assert [row["case"] for row in told["cases"]] == [case]
    assert [row["note"] for row in told["case_events"]] == ["mould"]
    assert "dwelling read" in {row["what"] for row in told["uses"]}
    with ZipFile(out) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
        about = archive.read("about.txt").decode()
    assert "Ada" not in text
    assert UPRN not in text
    assert "from 2020-03-02 to 2020-04-30" in about
    assert "readings.csv (30 rows)" in about

    other = tmp_path / "first.zip"
    said = run(dsn, "privacy", "subject-access", str(first["id"]), "--out", str(other))
    assert "30 readings" in said.stdout
    told = sheets(other)
    assert {row["value"] for row in told["readings"]} == {"40.0"}
    assert [len(told[name]) for name in ("alerts", "cases", "case_events", "uses")] == [0, 0, 0, 0]
    given = audit.read(database, home)
    assert [entry.action for entry in given][:2] == ["subject access given"] * 2


def test_subject_access_says_what_is_wrong(home: str, dsn: str, tmp_path: Path) -> None:
    """No such tenancy, or no file that can be written: one sentence; a dry run only counts."""
    [second, _] = ask(dsn, "tenancies", "list", "--home", home)["tenancies"]
    number = str(second["id"])
    found = ask(dsn, "privacy", "subject-access", number, "--dry-run")
    assert found["rows"]["readings"] == 30
    result = run(dsn, "privacy", "subject-access", "99", "--dry-run")
    assert (result.exit_code, result.stderr) == (
        1,
        "there is no tenancy 99: see `boroughsense tenancies list`\n",
    )
    result = run(dsn, "privacy", "subject-access", number)
    assert (result.exit_code, result.stderr) == (
        2,
        "say with --out which file to write, or --dry-run\n",
    )
    result = run(dsn, "privacy", "subject-access", number, "--out", str(tmp_path))
    assert result.exit_code == 1
    assert result.stderr.endswith("cannot be written: Is a directory\n")


def test_registry_refuses_by_line(dsn: str, tmp_path: Path) -> None:
    """What only the registry can know of a list of devices is told by its line as well."""
    path = tmp_path / "devices.csv"
    path.write_text(
        "dev_eui,place_kind,place,within,installed_from,installed_to\n"
        "02c17a0000000103,position,North gate,Quay,2026-05-01,2026-08-01\n"
        "02c17a0000000104,position,South gate,Quay,2026-05-01,\n"
        "02c17a0000000103,position,East gate,Quay,2026-07-01,\n"
        "02c17a0000000103,position,West gate,Quay,2026-07-15,\n"
    )
    result = run(dsn, "devices", "import", str(path))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "line 4: device 02c17a0000000103 is at another place in that time",
        "line 5: device 02c17a0000000103 is at another place in that time",
    ]
    assert ask(dsn, "devices", "list") == {"devices": []}
