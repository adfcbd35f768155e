"""A backup of TimescaleDB comes back: hypertables, compressed weeks, and what goes on there."""

import subprocess
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from psycopg import conninfo

from storage import backup
from storage.backup import BackupFailed
from storage.connection import connect
from storage.migrate import TIMESCALE, status
from storage.server_files import installed_program
from storage.uplinks import Writer
from tests.fixtures.timescale import is_one_session, wasm
from tests.storage.samples import NOON, count, record, rows, store, uplink
from tests.timescale.compression import compress

pytestmark = pytest.mark.timescale_tier


def fill(dsn: str) -> None:
    """Store three weeks, the first two of them compressed."""
    with connect(dsn) as connection:
        writer = Writer(connection)
        for week in range(2):
            store(writer, record(uplink(week, result_time=NOON + timedelta(weeks=week))))
        compress(connection)
        store(writer, record(uplink(2, result_time=NOON + timedelta(weeks=2))))


def dump(dsn: str, file: Path) -> None:
    """Do what a backup does, but for the snapshot: that needs a second session."""
    told = conninfo.conninfo_to_dict(dsn)
    where = [f"--host={told['host']}", f"--port={told['port']}", f"--username={told['user']}"]
    program = str(installed_program() / "bin" / "pg_dump")
    what = ["--format=custom", f"--file={file}", str(told["dbname"])]
    subprocess.run([program, *where, *what], check=True, capture_output=True)
    with connect(dsn) as connection:
        backup.note(file).write_bytes(msgspec.json.encode(backup.manifest(connection)))


def test_restore(dsn: str, tmp_path: Path) -> None:
    """All that is not compressed is counted again, compressed weeks are there, and it goes on."""
    if not is_one_session():
        pytest.skip("a server with several sessions shows more: see below")
    fill(dsn)
    file = tmp_path / "town.backup"
    dump(dsn, file)
    told = msgspec.json.decode(backup.note(file).read_bytes())
    with wasm() as port:
        other = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"
        wrong = {**told, "timescale_version": "1.0"}
        backup.note(file).write_bytes(msgspec.json.encode(wrong))
        with pytest.raises(BackupFailed, match=r"of TimescaleDB 1\.0, and the server has"):
            backup.restore(other, file)
        backup.note(file).write_bytes(msgspec.json.encode(told))
        restored = backup.restore(other, file)
        assert restored.rows == told["rows"]
        with connect(other) as connection:
            assert status(connection).tier == TIMESCALE
            assert status(connection).is_current
            asked = (
                "select hypertable_name::text, count(*)::int, sum(is_compressed::int)::int"
                " from timescaledb_information.chunks where hypertable_schema = 'public'"
                " group by 1 order by 1"
            )
            assert rows(connection, asked) == [("observation", 3, 2), ("uplink", 3, 2)]
            late = record(uplink(7, result_time=NOON + timedelta(weeks=2, hours=1)))
            store(Writer(connection), late)
            assert count(connection, "observation") == restored.rows["public.observation"] + 1


@pytest.mark.whole_server
def test_back_and_forth(dsn: str, empty_dsn: str, tmp_path: Path) -> None:
    """On a server of several sessions the commands' own way is gone, from snapshot to count."""
    fill(dsn)
    file = tmp_path / "town.backup"
    made = backup.back_up(dsn, file)
    assert made.timescale
    assert backup.restore(empty_dsn, file).rows == made.rows
