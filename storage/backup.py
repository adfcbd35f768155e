"""A backup is a file of pg_dump, and beside it a note of how many rows each table has in it.

Both are of one moment, taken while the service works. A restore goes into an empty database,
whole or not at all, and counts the rows again. The tools are those of the embedded server, or
others of this machine, whichever are nearest to the server's version and not older.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg
from psycopg import conninfo, sql

from storage.connection import Connection, connect, translated
from storage.errors import StorageError
from storage.queries import SQL
from storage.server_files import installed_program

_OURS_ALONE = 0o077
"""A backup holds homes: nobody else of this machine may read it"""
_VERSION = re.compile(r"(\d+)")
_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


class BackupFailed(StorageError):
    """The backup cannot be made or restored; the message says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    server: int
    """The major version of the server that it is from"""
    timescale: bool
    rows: dict[str, int]
    """By table, in the order of their names"""
    timescale_version: str = ""
    """Of the extension; empty: it is not of TimescaleDB, or of a backup that did not say"""


def back_up(dsn: str, file: Path) -> Manifest:
    """Write a backup of a database to a file that is not there yet, and its note beside it.

    Raises:
        BackupFailed: no tool fits, the file is there or cannot be written, or the tool failed.
        DatabaseUnavailable: the database is not there.
    """
    if file.exists() or note(file).exists():
        raise BackupFailed(f"{file} or its note is there already: a backup overwrites nothing")
    with connect(dsn, application_name="boroughsense-backup") as connection:
        tool = _tool("pg_dump", connection)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with translated(), connection.transaction():
            [(snapshot,)] = connection.execute(SQL["backup_snapshot"]).fetchall()
            held = manifest(connection)
            try:
                _run(
                    [tool, "--format=custom", f"--snapshot={snapshot}", f"--file={file}"], dsn, file
                )
            except BackupFailed:
                file.unlink(missing_ok=True)
                raise
    note(file).write_bytes(msgspec.json.format(msgspec.json.encode(held)))
    return held


def restore(dsn: str, file: Path) -> Manifest:
    """Restore a backup into an empty database; nothing is restored when anything fails.

    Raises:
        BackupFailed: there is no such backup, the database is not empty, no tool fits, the server
            has another TimescaleDB, or what was restored is not what was backed up.
        DatabaseUnavailable: the database is not there.
    """
    expected = _noted(file)
    with connect(dsn, application_name="boroughsense-restore") as connection:
        with translated():
            found = connection.execute(SQL["backup_tables"]).fetchall()
        if found:
            raise BackupFailed(f"the database is not empty: it has {len(found)} tables")
        tool = _tool("pg_restore", connection)
        options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
        name = str(conninfo.conninfo_to_dict(dsn).get("dbname") or "")
        command = [tool, *options, f"--dbname={name}", str(file)]
        with _restoring(connection, dsn, expected) if expected.timescale else nullcontext():
            _run(command, dsn, file)
    with connect(dsn, application_name="boroughsense-restore") as connection, translated():
        connection.execute(SQL["backup_analyze"])
        restored = manifest(connection)
    if restored.rows != expected.rows:
        raise BackupFailed(_difference(expected.rows, restored.rows))
    return restored


@contextmanager
def _restoring(connection: Connection, dsn: str, expected: Manifest) -> Iterator[None]:
    """Have TimescaleDB let its own tables be written, as long as a restore goes on."""
    wanted = expected.timescale_version
    with translated():
        known = [version for (version,) in connection.execute(SQL["backup_timescale_versions"])]
        if not known or (wanted and wanted not in known):
            there = f"has {', '.join(known)}" if known else "has none"
            raise BackupFailed(f"the backup is of TimescaleDB {wanted}, and the server {there}")
        version = sql.SQL("version {}").format(sql.Literal(wanted)) if wanted else sql.SQL("")
        connection.execute(sql.SQL("create extension if not exists timescaledb {}").format(version))
        [(there,)] = connection.execute(SQL["backup_timescale_version"]).fetchall()
        if wanted and there != wanted:
            raise BackupFailed(
                f"the backup is of TimescaleDB {wanted}, and this database has {there}"
            )
        connection.execute(SQL["backup_restore_begins"])
    try:
        yield
    finally:
        with connect(dsn, application_name="boroughsense-restore") as after, translated():
            after.execute(SQL["backup_restore_ends"])


def note(file: Path) -> Path:
    """Name the note beside a backup."""
    return file.with_name(f"{file.name}.json")


def _noted(file: Path) -> Manifest:
    if not file.is_file():
        raise BackupFailed(f"there is no backup {file}")
    try:
        return msgspec.json.decode(note(file).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupFailed(f"the note {note(file)} cannot be read: {error}") from error


def manifest(connection: Connection) -> Manifest:
    """Say what a backup of a database would hold."""
    tables = connection.execute(SQL["backup_tables"]).fetchall()
    version = connection.execute(SQL["backup_timescale_version"]).fetchone()
    rows = {f"{schema}.{table}": _count(connection, schema, table) for schema, table in tables}
    extension = version[0] if version else ""
    return Manifest(connection.info.server_version // 10_000, bool(version), rows, extension)


def _count(connection: Connection, schema: str, table: str) -> int:
    statement = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, table))
    [(number,)] = connection.execute(statement).fetchall()
    return int(number)


def _difference(expected: Mapping[str, int], restored: Mapping[str, int]) -> str:
    wrong = [
        f"{table} has {restored.get(table, 0)} rows and had {rows}"
        for table, rows in expected.items()
        if restored.get(table) != rows
    ]
    return f"what was restored differs from what was backed up: {'; '.join(wrong)}"


def _tool(name: str, connection: Connection) -> str:
    """Find the oldest tool that is as new as the server.

    One that is newer reads it; what it writes, an older server may not take (17 brought a setting
    that every restore sets).
    """
    wanted = connection.info.server_version // 10_000
    places = [str(installed_program() / "bin" / name), shutil.which(name) or ""]
    found = {}
    for place in places:
        if place and Path(place).exists():
            told = subprocess.run([place, "--version"], check=True, capture_output=True, text=True)  # noqa: S603
            version = _VERSION.search(told.stdout)
            found[place] = int(version[1]) if version else 0
    fitting = [place for place, number in found.items() if number >= wanted]
    if fitting:
        return min(fitting, key=lambda place: found[place])
    there = ", ".join(f"{place} is {number}" for place, number in found.items())
    raise BackupFailed(
        f"the server is PostgreSQL {wanted}, and no {name} here is as new:"
        f" {there or 'there is none'}"
    )


def _run(command: list[str], dsn: str, file: Path) -> None:
    """Run a tool; where the database is, it reads from its environment, not for all to see."""
    wanted = conninfo.conninfo_to_dict(dsn)
    environment = {
        variable: str(wanted[name]) for name, variable in _VARIABLES.items() if name in wanted
    }
    done = subprocess.run(  # noqa: S603 - a tool of PostgreSQL
        command,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
        umask=_OURS_ALONE,
    )
    if done.returncode != 0:
        why = (done.stderr.strip() or f"exit {done.returncode}").splitlines()[-1]
        raise BackupFailed(f"{Path(command[0]).name} failed on {file}: {why}")
