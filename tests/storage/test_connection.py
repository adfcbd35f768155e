"""Connections, and what a failure means."""

import pytest

from storage.connection import Connection, connect, translated
from storage.errors import DatabaseRefused, DatabaseUnavailable, StorageError, WrongSchema

SECRET = "s3cret-word"  # noqa: S105 - it must not appear anywhere


@pytest.mark.parametrize(
    "dsn",
    [
        f"postgresql://someone:{SECRET}@127.0.0.1:1/nowhere",
        f"host=/nowhere/at/all user=someone password={SECRET}",
        f"postgresql://someone:{SECRET}@[127.0.0.1:1/nowhere",
        f"host=127.0.0.1 port=none password={SECRET}",
        f"nonsense {SECRET}",
    ],
)
def test_password_is_never_shown(dsn: str) -> None:
    """A database that cannot be reached is told in one sentence, without its password."""
    with pytest.raises(DatabaseUnavailable) as caught:
        connect(dsn)
    told = str(caught.value)
    assert told
    assert SECRET not in told
    assert "\n" not in told
    assert caught.value.__cause__ is None


def test_session_is_utc_whatever_the_address_says(dsn: str) -> None:
    """Times are read and written in UTC even when the address asks for another zone."""
    with connect(f"{dsn} options='-c TimeZone=Asia/Tokyo -c work_mem=7MB'") as connection:
        row = connection.execute("select current_setting('TimeZone'), current_setting('work_mem')")
        assert row.fetchone() == ("UTC", "7MB")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("select 1 / 0", DatabaseRefused),
        ("select 'x'::int", DatabaseRefused),
        ("insert into possible_gap (from_at) values (now())", DatabaseRefused),
        (
            (
                "insert into ledger select '', '', string_agg(md5(n::text), ''), now()"
                " from generate_series(1, 1000) n"
            ),
            DatabaseRefused,
        ),
        ("update instance set mode = 'simulation'", DatabaseRefused),
        ("delete from instance", DatabaseRefused),
        ("do $$ begin raise exception using errcode = '40001'; end $$", DatabaseUnavailable),
        ("do $$ begin raise exception using errcode = '40P01'; end $$", DatabaseUnavailable),
        ("do $$ begin raise exception using errcode = '53100'; end $$", DatabaseUnavailable),
        ("do $$ begin raise exception using errcode = '57P01'; end $$", DatabaseUnavailable),
        ("do $$ begin raise exception using errcode = '25006'; end $$", DatabaseUnavailable),
        ("do $$ begin raise exception using errcode = 'XX001'; end $$", DatabaseUnavailable),
        pytest.param(
            "set statement_timeout = 10; select pg_sleep(5)",
            DatabaseUnavailable,
            marks=pytest.mark.whole_server,
        ),
        pytest.param(
            "select pg_terminate_backend(pg_backend_pid())",
            DatabaseUnavailable,
            marks=pytest.mark.whole_server,
        ),
        ("select * from nowhere", WrongSchema),
        ("select nothing from device", WrongSchema),
    ],
)
def test_failure_is_told_by_what_to_do(
    database: Connection, statement: str, expected: type[StorageError]
) -> None:
    """Only what blames the value is a refusal; a broken server is never called poison."""
    with pytest.raises(StorageError) as caught, translated():
        database.execute(statement)
    assert type(caught.value) is expected


def test_nul_character_is_a_refusal(database: Connection) -> None:
    """A value that the driver itself refuses is a refusal too."""
    with pytest.raises(DatabaseRefused), translated():
        database.execute("select %s::text", ["\x00"])


def test_closed_connection_is_unavailable(database: Connection) -> None:
    """Using a connection that is closed says that the database is away, not that it refuses."""
    database.close()
    with pytest.raises(DatabaseUnavailable), translated():
        database.execute("select 1")
