"""`db backup` and `db restore`: what comes back is what was there, counted."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from ingest.evaluator import Evaluator
from storage import backup
from storage.backup import BackupFailed
from storage.connection import Connection, connect
from storage.instance import Mode, mode
from storage.places import Installation, Place, install
from storage.server_files import installed_program
from tests.fixtures.commands import ask, run
from tests.fixtures.readings import DUST, HOUR, MONDAY, ROOM, SITE, hourly, reading, store

HOME = Place("dwelling", "1 Surrey Street", patch="north", uprn="100020000001")


@pytest.fixture
def filled(database: Connection, dsn: str) -> str:
    """Have a little of everything: a home, three weeks of dust, an alert."""
    bedroom = Installation(ROOM, Place("room", "Bedroom"), HOME, MONDAY)
    install(database, bedroom, secret=b"secret")
    dust = [20.0] * 480 + [300.0] * 3 + [20.0] * 20
    store(database, [*hourly(dust), *hourly([60.0] * 24, name="co2", dev_eui=ROOM)])
    evaluator = Evaluator(database, [DUST], wall=lambda: MONDAY + timedelta(days=30))
    while evaluator.step():
        pass
    return dsn


def test_back_and_forth(filled: str, empty_dsn: str, tmp_path: Path, database: Connection) -> None:
    """Every table has the rows that it had, the history stays history, and the service goes on."""
    file = tmp_path / "town.backup"
    rows = ask(filled, "db", "backup", str(file))["rows"]
    assert rows["public.observation"] == 527
    assert rows["housing.dwelling"] == 1
    assert rows["public.alert"] == 1
    assert rows["public.instance"] == 1
    assert file.stat().st_mode & 0o077 == 0
    assert json.loads(backup.note(file).read_text())["rows"] == rows
    assert ask(empty_dsn, "db", "restore", str(file)) == {"rows": rows}
    with connect(empty_dsn) as restored:
        assert mode(restored) is Mode.LIVE
        for table in ("observation", "rollup_1h", "alert_transition", "housing.dwelling"):
            query = f"select * from {table} order by 1, 2".encode()  # noqa: S608 - ours
            assert restored.execute(query).fetchall() == database.execute(query).fetchall()
        with pytest.raises(psycopg.errors.RaiseException):
            restored.execute("delete from alert_transition")
        store(restored, [reading(MONDAY + 600 * HOUR, {"pm10": 400.0}, dev_eui=SITE)])
        evaluator = Evaluator(restored, [DUST], wall=lambda: MONDAY + timedelta(days=31))
        while evaluator.step():
            pass
        assert restored.execute("select count(*) from alert").fetchone() == (2,)
    assert ask(empty_dsn, "db", "status") == ask(filled, "db", "status")


def test_what_is_said(filled: str, empty_dsn: str, tmp_path: Path) -> None:
    """A backup overwrites nothing and goes into an empty database alone; each is one sentence."""
    file = tmp_path / "town.backup"
    said = run(filled, "db", "backup", str(file))
    assert said.stdout.endswith(f"tables backed up to {file}\n")
    again = run(filled, "db", "backup", str(file))
    assert (again.exit_code, "overwrites nothing" in again.stderr) == (1, True)
    full = run(filled, "db", "restore", str(file))
    assert (full.exit_code, "the database is not empty" in full.stderr) == (1, True)
    missing = run(empty_dsn, "db", "restore", str(tmp_path / "other"))
    assert missing.stderr == f"there is no backup {tmp_path / 'other'}\n"
    nowhere = run(filled, "db", "backup", str(tmp_path / "no" / "file"))
    assert nowhere.exit_code == 1
    assert nowhere.stderr.startswith("pg_dump failed on")
    assert not backup.note(tmp_path / "no" / "file").exists()


def test_backup_that_is_damaged(filled: str, empty_dsn: str, tmp_path: Path) -> None:
    """Half a file restores nothing; rows that are not those of the note are told by table."""
    file = tmp_path / "town.backup"
    backup.back_up(filled, file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupFailed, match="pg_restore failed"):
        backup.restore(empty_dsn, file)
    with connect(empty_dsn) as restored:
        assert restored.execute("select to_regclass('observation')").fetchone() == (None,)
    file.write_bytes(whole)
    told = json.loads(backup.note(file).read_text())
    told["rows"]["public.observation"] += 1
    backup.note(file).write_text(json.dumps(told))
    with pytest.raises(BackupFailed, match=r"public\.observation has 527 rows and had 528"):
        backup.restore(empty_dsn, file)
    backup.note(file).write_text("{}")
    with pytest.raises(BackupFailed, match="note"):
        backup.restore(empty_dsn, file)


def test_server_without_the_extension(filled: str, empty_dsn: str, tmp_path: Path) -> None:
    """A backup of TimescaleDB goes into a server that has the same version, and says which."""
    file = tmp_path / "town.backup"
    backup.back_up(filled, file)
    told = json.loads(backup.note(file).read_text())
    assert (told["timescale"], told["timescale_version"]) == (False, "")
    extension = {"timescale": True, "timescale_version": "2.23.0"}
    backup.note(file).write_text(json.dumps({**told, **extension}))
    with pytest.raises(BackupFailed, match=r"of TimescaleDB 2\.23\.0, and the server has none"):
        backup.restore(empty_dsn, file)
    with connect(empty_dsn) as connection:
        assert connection.execute("select to_regclass('observation')").fetchone() == (None,)


def test_tools_that_are_too_old(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pg_dump older than the server would fail half way: that is told before it begins."""
    program = tmp_path / "bin"
    program.mkdir()
    old = program / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    assert subprocess.run([old], check=True, capture_output=True).stdout
    monkeypatch.setattr(backup, "installed_program", lambda: tmp_path)
    monkeypatch.setenv("PATH", str(program))
    with pytest.raises(BackupFailed, match=f"no pg_dump here is as new: {old} is 9"):
        backup.back_up(filled, tmp_path / "town.backup")
    old.unlink()
    with pytest.raises(BackupFailed, match="there is none"):
        backup.back_up(filled, tmp_path / "town.backup")


def test_tool_nearest_to_the_server_is_taken(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer tool may write what the server does not take: one that is less new goes before it."""
    real = installed_program()
    program = tmp_path / "bin"
    program.mkdir()
    new = program / "pg_dump"
    new.write_text("#!/bin/sh\n[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 99.1'\n")
    new.chmod(0o755)
    monkeypatch.setattr(backup, "installed_program", lambda: tmp_path)
    monkeypatch.setenv("PATH", str(real / "bin"))
    assert backup.back_up(filled, tmp_path / "town.backup").rows["public.observation"] == 527
    assert (tmp_path / "town.backup").stat().st_size > 1000
