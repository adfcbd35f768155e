"""A database is brought to our layout once, in order, whole or not at all."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from threading import Barrier, Event
from time import sleep

import pytest

from decoders.properties import PROPERTIES
from storage import migrate as module
from storage.connection import Connection, connect
from storage.errors import (
    ChangedMigration,
    DatabaseRefused,
    DatabaseUnavailable,
    NewerSchema,
    WrongMode,
    WrongSchema,
)
from storage.instance import Mode, mode
from storage.migrate import PLAIN, TIMESCALE, Migration, migrate, migrations, status
from storage.queries import SQL
from tests.storage.samples import rows

pytestmark = pytest.mark.whole_server

SHIPPED = [f"{migration.number:04}_{migration.name}" for migration in migrations(PLAIN)]
FIRST = Migration(
    1,
    "first",
    "create table one (id int); create table observed_property"
    " (id smallint, name text, unit text);"
    "create table instance (only_row boolean primary key default true, mode text)",
)
SECOND = Migration(2, "second", "create table two (id int); insert into one values (2)")
BROKEN = Migration(2, "second", "create table two (id int); select 1 / 0")
ALONE = Migration(
    3, "third", "-- outside a transaction\ncreate index concurrently if not exists i on one (id)"
)


def serve(monkeypatch: pytest.MonkeyPatch, *files: Migration) -> None:
    """Ship other migrations."""
    monkeypatch.setattr(module, "migrations", lambda _tier: list(files))


def tables(connection: Connection) -> set[str]:
    """Give the tables that there are."""
    statement = (
        "select relname from pg_class"
        " where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
    )
    return {name for (name,) in rows(connection, statement)}


def numbers(connection: Connection) -> list[int]:
    """Give the numbers of the applied migrations."""
    return [number for (number,) in rows(connection, "select number from migration")]


def test_empty_database_is_laid_out(empty_dsn: str) -> None:
    """All files are applied in order, the catalogue is there, and again nothing is left to do."""
    with connect(empty_dsn) as connection:
        assert status(connection).pending == tuple(SHIPPED)
        assert migrate(connection) == SHIPPED == sorted(SHIPPED)
        assert migrate(connection) == []
        found = status(connection)
        assert (found.tier, found.mode, found.applied) == (PLAIN, Mode.LIVE, tuple(SHIPPED))
        assert found.is_current
        units = rows(connection, "select name, unit from observed_property")
        assert units == sorted((p.name, p.unit_of_measurement) for p in PROPERTIES.values())


def test_status_changes_nothing(empty_dsn: str) -> None:
    """Asking an empty database leaves it empty."""
    with connect(empty_dsn) as connection:
        found = status(connection)
        assert (found.tier, found.mode, found.applied) == ("", None, ())
        assert not found.is_current
        assert tables(connection) == set()


def test_later_files_are_added(empty_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program with one more file applies that one."""
    with connect(empty_dsn) as connection:
        serve(monkeypatch, FIRST)
        assert migrate(connection) == ["0001_first"]
        serve(monkeypatch, FIRST, SECOND)
        assert status(connection).pending == ("0002_second",)
        assert migrate(connection) == ["0002_second"]
        assert rows(connection, "select id from one") == [(2,)]


def test_failure_leaves_nothing_of_its_file(
    empty_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came before stays, the failed file leaves no table, and the mended one is applied."""
    with connect(empty_dsn) as connection:
        serve(monkeypatch, FIRST, BROKEN)
        with pytest.raises(DatabaseRefused, match="division by zero"):
            migrate(connection)
        assert tables(connection) == {"migration", "one", "observed_property", "instance"}
        assert numbers(connection) == [1]
        serve(monkeypatch, FIRST, SECOND)
        assert migrate(connection) == ["0002_second"]


def test_file_outside_a_transaction(empty_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What refuses to run in a transaction runs alone, and again after a crash before its row."""
    with connect(empty_dsn) as connection:
        serve(monkeypatch, FIRST, SECOND, ALONE)
        assert migrate(connection)[-1] == "0003_third"
        connection.execute("delete from migration where number = 3")
        assert migrate(connection) == ["0003_third"]
        assert rows(connection, "select indexname from pg_indexes where tablename = 'one'") == [
            ("i",)
        ]


def test_file_outside_a_transaction_is_one_statement(
    empty_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second statement, which a crash could cut off from the first, is refused by the server."""
    two = Migration(3, "third", "-- outside a transaction\ncreate table a (); create table b ()")
    with connect(empty_dsn) as connection:
        serve(monkeypatch, FIRST, two)
        with pytest.raises(WrongSchema, match="multiple commands"):
            migrate(connection)
        assert "a" not in tables(connection)
        assert numbers(connection) == [1]


def test_edited_file_is_told(database: Connection) -> None:
    """A database whose migration was edited afterwards is not touched."""
    database.execute("update migration set checksum = 'other' where number = 1")
    for ask in (migrate, status):
        with pytest.raises(ChangedMigration, match="0001_core was edited"):
            ask(database)


def test_newer_database_is_told(database: Connection) -> None:
    """A program that is older than the database says so and does nothing."""
    database.execute(
        "insert into migration (number, name, tier, checksum) values (9999, 'later', 'plain', '')"
    )
    for ask in (migrate, status):
        with pytest.raises(NewerSchema, match=f"9999_later .* ends at {SHIPPED[-1][:4]}"):
            ask(database)


@pytest.mark.parametrize("other", [None, Mode.SIMULATION])
def test_mode_is_decided_once(dsn: str, other: Mode | None) -> None:
    """A live database never becomes a simulated one; who does not mind takes it as it is."""
    with connect(dsn) as connection:
        if other is None:
            migrate(connection, mode=other)
        else:
            with pytest.raises(WrongMode, match="is a live one, not simulation"):
                migrate(connection, mode=other)
        assert mode(connection) is Mode.LIVE


@pytest.mark.parametrize("wanted", [None, Mode.SIMULATION, Mode.LIVE])
def test_new_database_gets_its_mode(
    empty_dsn: str, monkeypatch: pytest.MonkeyPatch, wanted: Mode | None
) -> None:
    """A new database is what was asked for, and live when nothing was."""
    serve(monkeypatch, FIRST)
    with connect(empty_dsn) as connection:
        migrate(connection, mode=wanted)
        assert mode(connection) is (wanted or Mode.LIVE)


def test_one_migrates_and_the_others_wait(empty_dsn: str) -> None:
    """Of several processes that start together one lays the database out, and none fails."""
    ready = Barrier(3).wait

    def start(_: int) -> list[str]:
        with connect(empty_dsn) as connection:
            ready()
            return migrate(connection)

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(start, range(3), timeout=60))
    assert sorted(done) == [[], [], SHIPPED]


def test_waiting_ends_when_the_other_is_gone(
    empty_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock of a process that dies, or fails, is free."""
    serve(monkeypatch, FIRST)
    waited = Event()

    def wait(seconds: float) -> None:
        waited.set()
        sleep(seconds)

    monkeypatch.setattr(module, "sleep", wait)
    with connect(empty_dsn) as other, connect(empty_dsn) as connection:
        other.execute(SQL["migration_try_lock"])
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(migrate, connection)
            assert waited.wait(timeout=10)
            other.close()
            assert running.result(timeout=10) == ["0001_first"]


def test_server_that_goes_away(empty_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is lost in the middle is told as such, and leaves nothing."""
    gone = "select pg_terminate_backend(pg_backend_pid())"
    with connect(empty_dsn) as connection:
        serve(monkeypatch, FIRST, Migration(2, "second", f"create table two (); {gone}"))
        with pytest.raises(DatabaseUnavailable):
            migrate(connection)
    with connect(empty_dsn) as connection:
        assert "two" not in tables(connection)
        serve(monkeypatch, FIRST, SECOND)
        assert migrate(connection) == ["0002_second"]


def test_property_keeps_its_number_and_its_unit(
    database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new property is numbered behind the highest; one whose unit changed is told."""
    before = rows(database, "select id, name from observed_property")
    temperature = PROPERTIES["temperature"]
    added = {**PROPERTIES, "novelty": type(temperature)("novelty", "1", "urn:x", (0, 1))}
    monkeypatch.setattr(module, "PROPERTIES", added)
    migrate(database)
    after = rows(database, "select id, name from observed_property")
    assert set(after) - set(before) == {(len(PROPERTIES) + 1, "novelty")}
    database.execute("update observed_property set unit = '[degF]' where name = 'temperature'")
    with pytest.raises(WrongSchema, match=r"temperature is stored in \[degF\], not in Cel"):
        migrate(database)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, PLAIN),
        ({"timescale_is_installed": "select true"}, TIMESCALE),
        ({"timescale_is_available": "select true"}, PLAIN),
        ({"timescale_is_available": "select true", "timescale_create": "select 1"}, TIMESCALE),
    ],
    ids=["without", "installed", "refused", "created"],
)
def test_tier_is_chosen_at_the_first_migration(
    empty_dsn: str, monkeypatch: pytest.MonkeyPatch, answers: dict[str, str], expected: str
) -> None:
    """TimescaleDB is used where it is there and we may create it; the choice stays."""
    with connect(empty_dsn) as connection:
        serve(monkeypatch, FIRST)
        with monkeypatch.context() as server:
            for name, answer in answers.items():
                server.setitem(SQL, name, answer)
            migrate(connection)
        serve(monkeypatch, FIRST, SECOND)
        migrate(connection)
        assert status(connection).tier == expected
        assert rows(connection, "select distinct tier from migration") == [(expected,)]


def lay(folder: Path, names: Sequence[str]) -> None:
    """Write a folder of migrations."""
    (folder / "migrations").mkdir()
    for name in names:
        (folder / "migrations" / name).write_text(f"select '{name}'")


def test_files_of_a_tier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tier's own file stands in for the common one, or stands alone; the other tier skips it."""
    lay(tmp_path, ["0002_b.sql", "0001_a.sql", "0002_b.timescale.sql", "0003_c.timescale.sql"])
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path)
    assert [migration.text for migration in migrations(PLAIN)] == [
        *("select '0001_a.sql'", "select '0002_b.sql'")
    ]
    assert [(migration.number, migration.text) for migration in migrations(TIMESCALE)] == [
        (1, "select '0001_a.sql'"),
        (2, "select '0002_b.timescale.sql'"),
        (3, "select '0003_c.timescale.sql'"),
    ]


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["1_a.sql"], "is not the name of a migration"),
        (["0001_a.txt"], "is not the name of a migration"),
        (["0001_a.sql", "0001_b.sql"], "0001_b.sql has the number of a"),
    ],
)
def test_misnamed_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], complaint: str
) -> None:
    """A file that would be passed over, or applied beside another, stops the program."""
    lay(tmp_path, names)
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path)
    with pytest.raises(ValueError, match=complaint):
        migrations(PLAIN)


def test_tiers_have_the_same_tables() -> None:
    """Whatever differs between the tiers, the tables have the same columns and keys."""
    table = re.compile(r"create table (\w+) \((.*?)\n\)", re.DOTALL)
    plain, timescale = (
        {name: body for file in migrations(tier) for name, body in table.findall(file.text)}
        for tier in (PLAIN, TIMESCALE)
    )
    assert plain == timescale
    assert {"uplink", "observation", "rollup_1h"} <= plain.keys()
