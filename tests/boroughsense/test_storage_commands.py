"""`db`, `account` and `quarantine`, as an operator and a program see them."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import typer
from psycopg import conninfo
from typer.testing import CliRunner, Result

from boroughsense.commands import quarantine, storage
from boroughsense.logs import configure
from ingest.pipeline import Policy, read
from storage import account
from storage.connection import Connection
from storage.instance import Mode
from storage.migrate import PLAIN, migrations
from storage.model import Arrival, Batch, Origin
from storage.uplinks import Writer
from tests.fixtures import uplinks
from tests.fixtures.postgres import room

NOW = datetime.now(UTC)
NAMES = [f"{migration.number:04}_{migration.name}" for migration in migrations(PLAIN)]
app = typer.Typer()
storage.register(app)
quarantine.register(app)
runner = CliRunner()


def address(dsn: str) -> str:
    """Write a database's address as a setting takes it."""
    parts = conninfo.conninfo_to_dict(dsn)
    host = quote(str(parts["host"]), safe="")
    return f"postgresql://{parts['user']}@/{parts['dbname']}?host={host}"


def run(dsn: str, *words: str) -> Result:
    """Run a command on a database."""
    return runner.invoke(app, [*words, "--database-url", address(dsn)])


def ask(dsn: str, *words: str) -> Any:  # noqa: ANN401 - a JSON document
    """Give what a command answers to a program."""
    result = run(dsn, *words, "--json")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return json.loads(result.stdout)


def test_migrate_and_status(empty_dsn: str) -> None:
    """An empty database is laid out once; before and after the status says so."""
    assert ask(empty_dsn, "db", "status")["pending"] == NAMES
    assert run(empty_dsn, "db", "migrate").stdout == f"applied: {', '.join(NAMES)}\n"
    assert run(empty_dsn, "db", "migrate").stdout == "applied: nothing, the schema is up to date\n"
    again = ask(empty_dsn, "db", "migrate")
    assert (again["migrated"], again["applied"], again["mode"]) == ([], NAMES, "live")
    lines = run(empty_dsn, "db", "status").stdout.splitlines()
    assert lines == [
        "tier: plain",
        "mode: live",
        f"applied: {', '.join(NAMES)}",
        "pending: none",
        "timescale_is_available: False",
        (
            "this live instance has no [[recipients]], so no person is told of an alert by letter: "
            "name some in the settings (docs/letters.md)"
        ),
    ]


def test_mode_is_never_changed(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrating a live database as a simulation is refused in one sentence."""
    monkeypatch.setenv("BOROUGHSENSE_MODE", "simulation")
    result = run(dsn, "db", "migrate")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "the database is a live one, not simulation, and stays so\n"


def test_database_that_is_away() -> None:
    """A database that does not answer is one sentence, without its password."""
    url = "postgresql://someone:s3cret@127.0.0.1:1/nowhere"
    result = runner.invoke(app, ["account", "--database-url", url, "--json"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "database nowhere at 127.0.0.1:1 does not answer" in result.stderr
    assert "s3cret" not in result.stderr


def test_database_that_was_never_migrated(empty_dsn: str) -> None:
    """Asking an empty database for its books says what is missing."""
    result = run(empty_dsn, "account")
    assert result.exit_code == 1
    assert 'relation "account_entry" does not exist' in result.stderr


@pytest.mark.usefixtures("logs_on_stderr")
def test_embedded_database_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a setting the embedded database runs for as long as the command."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BOROUGHSENSE_DATABASE_URL", raising=False)
    with tempfile.TemporaryDirectory(prefix="boroughsense-", dir=room()) as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("BOROUGHSENSE_DATA_DIR", folder)
        result = runner.invoke(app, ["db", "status", "--json"])
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["pending"] == NAMES
        assert not (Path(folder) / "postgres" / "cluster" / "postmaster.pid").exists()


def spoilt(number: int, *, came: datetime = NOW) -> Arrival:
    """Give an uplink of a device whose profile names no codec."""
    event = uplinks.event(number)
    event["deviceInfo"]["deviceProfileName"] = "Mystery box"
    payload = json.dumps(event).encode()
    return Arrival(uplinks.topic(number), payload, came, Origin.LIVE)


def come(connection: Connection, *arrivals: Arrival) -> None:
    """Let messages come."""
    policy = Policy(Mode.LIVE)
    Writer(connection).store(Batch(tuple(read(arrival, policy) for arrival in arrivals)))


def sound(number: int) -> Arrival:
    """Give an uplink that is understood."""
    message = uplinks.message(number)
    return Arrival(message.topic, message.payload, NOW, Origin.LIVE)


def test_account(dsn: str, database: Connection) -> None:
    """The books are told to a program and to a person, with reasons and gaps."""
    assert "no gap is possible" in run(dsn, "account").stdout
    come(database, sound(1), sound(1), replace(sound(1), dup=True), spoilt(2))
    account.record_gap(database, NOW - timedelta(hours=1), NOW, "the session was lost")
    gap = {
        "from": (NOW - timedelta(hours=1)).isoformat(),
        "to": NOW.isoformat(),
        "why": "the session was lost",
    }
    assert ask(dsn, "account") == {
        "received": 3,
        "stored": 1,
        "refused": 1,
        "duplicates": 1,
        "redelivered": 1,
        "by_reason": {"unknown_device": 1},
        "possible_gaps": [gap],
    }
    assert run(dsn, "account").stdout.splitlines() == [
        (
            "received 3 = stored 1 + refused 1 + duplicates 1;"
            " the broker repeated 1 that were safe already"
        ),
        "  refused, unknown_device: 1",
        f"possible gap from {gap['from']} to {gap['to']}: {gap['why']}",
    ]


def test_account_since(dsn: str, database: Connection) -> None:
    """Only what was stored since a time counts; a time that is none is wrong use."""
    come(database, sound(1))
    assert ask(dsn, "account", "--since", "1h")["received"] == 1
    later = (NOW + timedelta(days=1)).isoformat()
    assert ask(dsn, "account", "--since", later)["received"] == 0
    assert run(dsn, "account", "--since", "soon").exit_code == 2


def test_prune(dsn: str, database: Connection) -> None:
    """What was handled long ago is forgotten, and how much of it is said."""
    come(database, sound(1))
    database.execute("update ledger set received_at = '2001-01-01'")
    assert ask(dsn, "db", "prune") == {"forgotten": 2}
    assert run(dsn, "db", "prune").stdout == "forgotten: 0 keys\n"


@pytest.fixture
def logs_on_stderr() -> None:
    """Log as the command line does."""
    configure("console")


@pytest.fixture
def bindings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bind the mystery box to a codec, as an operator does who mends it."""
    file = tmp_path / "boroughsense.toml"
    file.write_text('[decoders]\n"Mystery box" = "milesight-em300-th"\n')
    monkeypatch.setenv("BOROUGHSENSE_CONFIG", str(file))


def numbers(dsn: str, *words: str) -> Sequence[int]:
    """Give the numbers of the listed messages."""
    return [row["id"] for row in ask(dsn, "quarantine", "list", *words)["messages"]]


def test_quarantine_is_listed(
    dsn: str, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is held is listed newest first, by reason, device and time."""
    come(database, spoilt(1), spoilt(2, came=NOW - timedelta(hours=3)))
    come(database, Arrival("nonsense", b"\x00", NOW))
    assert numbers(dsn) == [3, 2, 1]
    assert numbers(dsn, "--limit", "1") == [3]
    assert numbers(dsn, "--reason", "unknown_device") == [2, 1]
    assert numbers(dsn, "--device", uplinks.dev_eui(1).upper()) == [1]
    assert numbers(dsn, "--until", "1h") == [2]
    assert numbers(dsn, "--since", "1h") == [3, 1]
    [row] = ask(dsn, "quarantine", "list", "--until", "1h")["messages"]
    assert (
        row.items()
        >= {
            "id": 2,
            "reason": "unknown_device",
            "dev_eui": uplinks.dev_eui(2),
            "topic": uplinks.topic(2),
            "attempts": 1,
            "status": "held",
            "received_at": (NOW - timedelta(hours=3)).isoformat(),
        }.items()
    )
    monkeypatch.setenv("COLUMNS", "300")
    lines = run(dsn, "quarantine", "list").stdout.splitlines()
    assert lines[0].split() == [
        *("id", "received_at", "reason", "dev_eui", "attempts", "status", "detail")
    ]
    assert [line.split()[0] for line in lines[1:]] == ["3", "2", "1"]


def test_message_is_shown_whole(dsn: str, database: Connection) -> None:
    """A message is shown as it came: in base64 to a program, as text or hex to a person."""
    come(database, spoilt(1), Arrival("nonsense", b"\x00\xff", NOW))
    shown = ask(dsn, "quarantine", "show", "2")
    assert (shown["payload"], shown["origin"], shown["resolved_at"]) == ("AP8=", "live", None)
    assert run(dsn, "quarantine", "show", "2").stdout.endswith("payload: 0x00ff\n")
    person = run(dsn, "quarantine", "show", "1").stdout
    assert "reason: unknown_device\n" in person
    assert f"payload: {spoilt(1).payload.decode()}\n" in person
    missing = run(dsn, "quarantine", "show", "99")
    assert (missing.exit_code, missing.stderr) == (1, "the quarantine has no message 99\n")


@pytest.mark.usefixtures("bindings")
def test_retry_after_the_mending(dsn: str, database: Connection) -> None:
    """Once a codec is bound the held frames become readings, and the books are corrected."""
    come(database, *(spoilt(number) for number in range(3)), Arrival("nonsense", b"\x00", NOW))
    assert run(dsn, "quarantine", "retry", "1").stdout == (
        "stored 1, still refused 0, duplicates 0\n"
    )
    assert ask(dsn, "quarantine", "retry", "--reason", "unknown_device") == {
        "stored": 2,
        "refused": 0,
        "duplicates": 0,
        "by_reason": {},
    }
    left = run(dsn, "quarantine", "retry", "--all").stdout.splitlines()
    assert left[0] == "stored 0, still refused 1, duplicates 0"
    assert left[1].startswith("  refused, ")
    assert len(numbers(dsn, "--released")) == 4
    books = account.account(database)
    assert (books.received, books.stored, books.refused) == (4, 3, 1)
    [(values,)] = database.execute("select count(*) from observation").fetchall()
    assert values == 3 * uplinks.VALUES


def test_retry_of_nothing_in_particular(dsn: str) -> None:
    """A retry of everything is asked for by that word, never by leaving words out."""
    result = run(dsn, "quarantine", "retry")
    assert result.exit_code == 2
    assert "--all" in result.stderr
