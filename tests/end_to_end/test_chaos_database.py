"""The database stops, crashes, cuts us off and runs full: a broken database is not poison."""

import random
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest

from storage.connection import Connection, connect
from storage.embedded import EmbeddedPostgres
from storage.instance import Mode
from storage.migrate import migrate
from tests.fixtures import uplinks
from tests.fixtures.broker import Mosquitto
from tests.fixtures.chaos import assert_exact, service, settle, settle_on, stored, wait_until
from tests.fixtures.postgres import FAST


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    """Give a server of the test's own, to be stopped and killed."""
    folder = Path(tempfile.mkdtemp(prefix="boroughsense-chaos-"))
    with EmbeddedPostgres(folder, settings=FAST) as server:
        with connect(server.dsn) as connection:
            migrate(connection, mode=Mode.LIVE)
        yield server
    shutil.rmtree(folder)


@pytest.mark.parametrize("crash", [False, True], ids=["stop", "kill"])
def test_database_goes_and_comes_back(
    own_server: EmbeddedPostgres,
    broker: Mosquitto,
    tmp_path: Path,
    crash: bool,  # noqa: FBT001 - a table's column
) -> None:
    """The database is away for some seconds in the middle of the feed: all is stored, once."""
    dsn = own_server.dsn
    with service(tmp_path, broker, dsn) as ingest:
        broker.publish(*uplinks.messages(range(1000)))
        with connect(dsn) as connection:
            wait_until(lambda: stored(connection) > 100)
        if crash:
            own_server.kill()
        own_server.stop()
        broker.publish(*uplinks.messages(range(1000, 2000)))
        sleep(3)
        own_server.start()
        books = settle_on(dsn, 2000)
        assert ingest.stop() == 0
        told = Counter(
            (entry["event"], entry["loop"]) for entry in ingest.told() if "loop" in entry
        )
    assert (books.stored, books.refused, books.duplicates) == (2000, 0, 0)
    assert books.possible_gaps == ()
    assert told["database lost", "ingest"] == told["database back", "ingest"] == 1
    with connect(dsn) as connection:
        assert_exact(connection, range(2000))


def test_memory_is_bounded_while_the_database_is_away(
    own_server: EmbeddedPostgres, broker: Mosquitto, tmp_path: Path
) -> None:
    """Past the bound of held messages the broker keeps the rest; afterwards all is stored, once.

    The broker sends four batches before it wants an answer, of which up to three are read.
    """
    dsn = own_server.dsn
    with service(tmp_path, broker, dsn, held_messages="1000", batch_size="1000") as ingest:
        own_server.stop()
        broker.publish(*uplinks.messages(range(6000)))
        ingest.wait_for("the broker keeps the rest")
        own_server.start()
        books = settle_on(dsn, 6000)
        assert ingest.stop() == 0
    assert (books.stored, books.refused, books.duplicates) == (6000, 0, 0)
    assert books.possible_gaps == ()
    with connect(dsn) as connection:
        assert_exact(connection, range(6000))


def test_session_cut_at_random(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path
) -> None:
    """The server ends our session again and again, also in a commit: all is stored, once."""
    chance = random.Random(12)  # noqa: S311 - a seeded schedule, not a secret
    with service(tmp_path, broker, dsn, batch_size="20") as ingest:
        feed = threading.Thread(target=broker.publish, args=uplinks.messages(range(3000)))
        feed.start()
        cuts = 0
        while stored(database) < 3000:
            sleep(chance.uniform(0.0, 0.15))
            cuts += cut(database)
        feed.join()
        books = settle(database, 3000)
        assert ingest.stop() == 0
    assert cuts > 5
    assert (books.stored, books.refused, books.duplicates) == (3000, 0, 0)
    assert_exact(database, range(3000))


def cut(database: Connection) -> int:
    """End the session of the service's writer, and count what was ended."""
    return database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'boroughsense-ingest' and datname = current_database()"
    ).rowcount


FAULT = """
create sequence fault;
create function break_some() returns trigger language plpgsql as $$
begin
    if nextval('fault') % 3 <> 0 then
        raise exception 'simulated' using errcode = '{code}';
    end if;
    return null;
end
$$;
create constraint trigger break_some after insert on account_entry
    deferrable initially {when} for each row execute function break_some()
"""


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(("53100", "immediate"), id="disk full"),
        pytest.param(("53100", "deferred"), id="disk full at the commit"),
        pytest.param(("40001", "deferred"), id="serialization"),
        pytest.param(("40P01", "immediate"), id="deadlock"),
    ],
)
def test_server_fails_now_and_then(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path, fault: tuple[str, str]
) -> None:
    """Two of three transactions fail with an error of the server's own: all is stored, once.

    A transaction fails in the middle or at its commit. Nothing goes to quarantine.
    """
    code, when = fault
    database.execute(FAULT.format(code=code, when=when))
    with service(tmp_path, broker, dsn, batch_size="100") as ingest:
        broker.publish(*uplinks.messages(range(400)))
        books = settle(database, 400)
        assert ingest.stop() == 0
    assert (books.stored, books.refused, books.duplicates) == (400, 0, 0)
    assert_exact(database, range(400))
