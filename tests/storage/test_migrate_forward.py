"""Every layout that there ever was is brought to the present one, and keeps what it holds."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from psycopg import sql

from storage import migrate as module
from storage.connection import Connection, connect
from storage.errors import NewerSchema
from storage.migrate import PLAIN, TIMESCALE, migrate, migrations, status
from storage.model import Tally
from storage.uplinks import Writer
from tests.fixtures.timescale import is_one_session, is_wanted
from tests.storage.samples import record, rows, store
from tests.timescale.compression import compress

ROWS = Path(__file__).parent / "rows_of_migrations"
NUMBERS = [migration.number for migration in migrations(TIMESCALE if is_wanted() else PLAIN)]
STARTS = [3, 20, 50, 65] if is_one_session() else NUMBERS[:-1]
"""From which layouts the way is gone; on one session of WebAssembly from a few"""
LAST_FILLED = 66
"""Up to here each table has a row in `rows_of_migrations`; later ones as they come"""
_WEEKS = 3
"""With this layout come the weeks, which later ones must alter though they are compressed"""
GROWING = {"migration", "observed_property", "conversion", "series", "dirty_interval", "dirty_day"}
"""What a migration may add to: it marks what must be computed again"""
TABLES = (
    "select schemaname, tablename from pg_tables where schemaname in ('public', 'housing')"
    " and tablename !~ '_[0-9]{8}$' order by 1, 2"
)
Rows = Mapping[str, Counter[str]]


def tables(connection: Connection) -> list[tuple[str, str]]:
    """Give the schemas and names of the tables, without weeks."""
    return [(schema, name) for schema, name in rows(connection, TABLES)]


def columns(connection: Connection, schema: str, table: str) -> set[str]:
    """Give the names of a table's columns."""
    asked = sql.SQL("select * from {} limit 0").format(sql.Identifier(schema, table))
    return {column.name for column in connection.execute(asked).description or ()}


def contents(connection: Connection, only: Mapping[str, set[str]] | None = None) -> Rows:
    """Read every row of every table, of the columns that are asked for."""
    found = {}
    for schema, table in tables(connection):
        asked = sql.SQL("select to_jsonb(t) from {} as t").format(sql.Identifier(schema, table))
        wanted = columns(connection, schema, table) if only is None else only.get(table, set())
        found[table] = Counter(
            json.dumps({name: value for name, value in row.items() if name in wanted})
            for (row,) in connection.execute(asked)
        )
    return found


def bring_to(connection: Connection, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrate to a layout as a program of that time did, and at each step write rows of then."""
    tier = TIMESCALE if is_wanted() else PLAIN
    for step in (each for each in NUMBERS if each <= number):
        served = [each for each in migrations(tier) if each.number <= step]
        with monkeypatch.context() as past:
            past.setattr(module, "migrations", lambda _tier, served=served: served)
            migrate(connection)
        filled = ROWS / f"{step:04}.sql"
        if filled.exists():
            connection.execute(filled.read_text("utf-8").encode())
        if step == _WEEKS and is_wanted():
            compress(connection)


@pytest.mark.parametrize("number", STARTS)
def test_rows_of_an_earlier_layout_are_kept(
    empty_dsn: str, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Each row is there afterwards with the same values in the columns that still are."""
    with connect(empty_dsn) as connection:
        bring_to(connection, number, monkeypatch)
        names = {table: columns(connection, schema, table) for schema, table in tables(connection)}
        tier = status(connection).tier
        expected_names = [f"{each:04}" for each in NUMBERS if each > number]
        before_all = contents(connection)
        assert [name[:4] for name in migrate(connection)] == expected_names
        still = {
            table: names[table] & columns(connection, schema, table)
            for schema, table in tables(connection)
            if table in names
        }
        assert still.keys() == names.keys()
        before = {
            table: Counter(
                {_only(row, still[table]): count for row, count in before_all[table].items()}
            )
            for table in names
        }
        after = contents(connection, still)
        assert {table for table in names if before[table] - after[table]} == set()
        grown = {table for table in names if after[table] - before[table]}
        assert grown <= GROWING
        assert status(connection).is_current
        assert status(connection).tier == tier


def _only(row: str, names: set[str]) -> str:
    """Leave of a row the columns that are asked for."""
    return json.dumps({name: value for name, value in json.loads(row).items() if name in names})


def test_every_table_was_filled(empty_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows above are of every table: none is brought forward empty and so untested."""
    with connect(empty_dsn) as connection:
        bring_to(connection, LAST_FILLED, monkeypatch)
        filled = contents(connection)
        assert {table for table, found in filled.items() if not found} == set()


def test_what_lacks_is_made_of_old_rows(empty_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours of before there were days and masses are marked to be computed; the service goes on."""
    with connect(empty_dsn) as connection:
        bring_to(connection, 40, monkeypatch)
        migrate(connection)
        days = rows(connection, "select day::text, count(*) from dirty_day group by day")
        assert days == [("2026-05-11", 4)]
        mass = "select count(*) from series join observed_property as p on p.id = property_id"
        assert rows(connection, f"{mass} where p.name = 'no2_mass'") == [(1,)]
        assert rows(connection, "select finished_at = started_at from redecode_run") == [(True,)]
        assert store(Writer(connection), record(3)) == Tally(stored=1)


def test_older_program_refuses(empty_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of then does not touch a database of now."""
    tier = TIMESCALE if is_wanted() else PLAIN
    with connect(empty_dsn) as connection:
        migrate(connection)
        past = [each for each in migrations(tier) if each.number <= LAST_FILLED]
        monkeypatch.setattr(module, "migrations", lambda _tier: past)
        with pytest.raises(NewerSchema):
            migrate(connection)
