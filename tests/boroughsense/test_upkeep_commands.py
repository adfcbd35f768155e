"""`doctor` and `maintain`, as an operator and a program see them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.connection import Connection
from storage.queries import SQL
from storage.rule_versions import refuse
from storage.uplinks import Writer
from tests.fixtures.commands import ask, run
from tests.storage.samples import record, store, uplink

LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1000)


@pytest.fixture(autouse=True)
def safe_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server of the tests, which forgets at a crash, pass for one that does not."""
    honest = SQL["server_about"].replace("current_setting('fsync')", "'on'")
    monkeypatch.setitem(SQL, "server_about", honest)


def test_a_life(dsn: str, writer: Writer) -> None:
    """The doctor finds what is due, maintain does it, and then all is well."""
    store(writer, record(uplink(0, result_time=LONG_AGO)))
    told = ask(dsn, "doctor", expect=1)
    assert [problem.split()[0] for problem in told["problems"]] == ["nobody", "there"]
    assert (told["tier"], told["mode"], told["timescaledb"]) == ("plain", "live", None)
    assert (told["licence"], told["jobs"], told["migrations"]["pending"]) == (None, [], [])
    assert told["settings"]["synchronous_commit"] == "on"
    assert abs(told["clock_ahead_seconds"]) < 5
    assert ask(dsn, "maintain", "--dry-run")["made"] == []
    shown = run(dsn, "maintain").stdout
    assert shown.count(" made\n") == 10
    assert "1 keys of old messages forgotten" in shown
    assert "no week needed anything" in run(dsn, "maintain").stdout
    well = run(dsn, "doctor")
    assert well.exit_code == 0, well.stdout
    assert well.stdout.startswith("tier plain on PostgreSQL ")
    assert "room for readings up to" in well.stdout
    assert well.stdout.endswith("all is well\n")
    told = ask(dsn, "doctor")
    assert told["problems"] == []
    assert (told["upkeep"]["by"], told["upkeep"]["problem"]) == ("maintain", None)


def test_live_instance_without_recipients_says_so(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`doctor` and `db status` remark on it, until somebody is named."""
    assert ask(dsn, "db", "status")["remarks"] == ask(dsn, "doctor", expect=1)["remarks"]
    assert "no person is told of an alert by letter" in run(dsn, "db", "status").stdout
    assert "no person is told of an alert by letter" in run(dsn, "doctor").stdout
    settings = tmp_path / "boroughsense.toml"
    settings.write_text(
        f'[[recipients]]\nname = "a"\nchannel = "file"\naddress = "{tmp_path}/a"\n'
        'teams = ["housing"]\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("BOROUGHSENSE_CONFIG", str(settings))
    assert ask(dsn, "db", "status")["remarks"] == []
    assert ask(dsn, "doctor", expect=1)["remarks"] == []


def test_simulation_tells_nobody_anyway(simulation_dsn: str) -> None:
    """There is nothing to remark on."""
    assert ask(simulation_dsn, "db", "status")["remarks"] == []


def test_problems_are_shown(dsn: str) -> None:
    """What needs a person stands out, and the exit code says so."""
    shown = run(dsn, "doctor")
    assert shown.exit_code == 1
    assert "PROBLEM: nobody has done the upkeep ever" in shown.stdout
    assert shown.stdout.endswith("something needs a person\n")


def test_wrong_rule_files_are_told(dsn: str, database: Connection) -> None:
    """The service that found them goes on; `doctor` and `status` say why it does not follow."""
    assert ask(dsn, "status")["rules_refused"] is None
    assert "PROBLEM" not in run(dsn, "status").stdout
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with database.transaction():
        refuse(database, "a.yaml: rules[0]: one\na.yaml: rules[1]: two", at)
        refuse(database, "a.yaml: rules[0]: one\na.yaml: rules[1]: two", at + timedelta(hours=1))
    told = ask(dsn, "status")
    assert told["rules_refused"] == {
        "since": "2026-03-02T09:00:00+00:00",
        "reason": "a.yaml: rules[0]: one\na.yaml: rules[1]: two",
    }
    shown = run(dsn, "status")
    assert shown.exit_code == 0
    assert "the last good rules stay in force:\na.yaml: rules[0]: one\n" in shown.stdout
    assert any("rules[0]: one; a.yaml" in text for text in ask(dsn, "doctor", expect=1)["problems"])
    with database.transaction():
        refuse(database, "", at)
    assert ask(dsn, "status")["rules_refused"] is None


def test_database_that_lacks_migrations(empty_dsn: str) -> None:
    """A database that was never laid out is told as such, and nothing else is asked of it."""
    told = ask(empty_dsn, "doctor", expect=1)
    assert (told["evaluation"], told["tables"], told["upkeep_at"]) == (None, [], None)
    assert "run boroughsense db migrate" in run(empty_dsn, "doctor").stdout
    done = run(empty_dsn, "maintain")
    assert done.exit_code == 1
    assert done.stderr.endswith("run boroughsense db migrate\n")


def test_limit_is_a_setting(dsn: str, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weeks beyond the limit are named before they go, and nothing goes without one."""
    store(writer, record(uplink(0, result_time=LONG_AGO)))
    assert ask(dsn, "maintain")["dropped"] == []
    monkeypatch.setenv("BOROUGHSENSE_KEEP_RAW_MONTHS", "24")
    assert run(dsn, "maintain", "--dry-run").stdout.count("would be dropped") == 2
    assert len(ask(dsn, "maintain")["dropped"]) == 2


def test_somebody_else_is_at_it(dsn: str, database: Connection) -> None:
    """Two at a time would do it twice: the second leaves."""
    database.execute(SQL["upkeep_lock"])
    done = run(dsn, "maintain")
    assert (done.exit_code, done.stderr.split(":")[0]) == (1, "somebody else is doing the upkeep")
