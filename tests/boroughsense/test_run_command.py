"""`boroughsense run`: it starts, or says in one sentence what is wrong; and it ends when told."""

import signal
import subprocess
from pathlib import Path

import pytest

from storage import account
from storage.connection import Connection, connect
from storage.embedded import EmbeddedPostgres
from storage.instance import Mode, mode
from tests.fixtures import uplinks
from tests.fixtures.broker import Mosquitto
from tests.fixtures.chaos import settle
from tests.fixtures.service_process import (
    COMMAND,
    ROOT,
    MeasuredProcess,
    ServiceProcess,
    database_url,
    environment,
)


def refused(broker: Mosquitto, *arguments: str, **settings: str) -> str:
    """Run the command, which must fail, and give the one sentence that it says."""
    outcome = subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment(broker.url, settings, measured=True),
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert outcome.returncode == 1, outcome
    assert outcome.stdout == ""
    (sentence,) = outcome.stderr.splitlines()
    return sentence


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, None])
def test_service_ends_cleanly_when_told(
    broker: Mosquitto, dsn: str, database: Connection, tmp_path: Path, how: signal.Signals | None
) -> None:
    """At SIGTERM, at Ctrl-C and when its parent is gone it stores what it has and exits with 0."""
    arguments = ["--exit-with-parent"] if how is None else []
    url = database_url(dsn)
    service = MeasuredProcess(tmp_path, broker.url, *arguments, database_url=url)
    with service:
        broker.publish(*uplinks.messages(range(100)))
        settle(database, 100)
        if how is None:
            assert service.leave() == 0
        else:
            service.process.send_signal(how)
            assert service.process.wait(timeout=20) == 0
    assert account.account(database).stored == 100
    warned = [entry["event"] for entry in service.told() if entry["level"] != "info"]
    assert warned == ["nobody is told of alerts"], service.log()


def test_broker_that_is_not_there_is_named_by_its_setting(broker: Mosquitto, dsn: str) -> None:
    """Without a broker the command says which setting is wrong and where that stands."""
    broker.stop()
    told = refused(broker, database_url=database_url(dsn))
    assert told.startswith("mqtt_url (from environment BOROUGHSENSE_MQTT_URL): no broker answers")
    told = refused(broker, "--mqtt-url", "mqtt://127.0.0.1:1", database_url=database_url(dsn))
    assert told.startswith("mqtt_url (from option --mqtt-url): no broker answers at mqtt://127")


def test_database_that_is_not_there_is_named_by_its_setting(broker: Mosquitto) -> None:
    """Without the database the command says which setting is wrong, and no password."""
    told = refused(broker, database_url="postgresql://someone:s3cret@127.0.0.1:1/nowhere")
    assert told.startswith("database_url (from environment BOROUGHSENSE_DATABASE_URL): database")
    assert "s3cret" not in told


def test_database_that_is_not_migrated_says_what_to_do(broker: Mosquitto, empty_dsn: str) -> None:
    """A database of the operator's is not changed by `run`; it says which command does that."""
    told = refused(broker, database_url=database_url(empty_dsn))
    assert told.startswith("database_url (from environment BOROUGHSENSE_DATABASE_URL): ")
    assert told.endswith("run boroughsense db migrate")


def test_wrong_rules_are_told(broker: Mosquitto, dsn: str, tmp_path: Path) -> None:
    """A wrong rule file keeps the service from starting, with its place."""
    (tmp_path / "dust.yaml").write_text("rules: 7\n")
    assert "dust.yaml" in refused(broker, database_url=database_url(dsn), rules_dir=str(tmp_path))


def test_embedded_database_is_made_when_it_is_needed(broker: Mosquitto, tmp_path: Path) -> None:
    """Without a database of one's own, `run` makes one of the mode that is set, and keeps it."""
    with MeasuredProcess(tmp_path, broker.url, data_dir=str(tmp_path), mode="simulation") as first:
        with (
            EmbeddedPostgres(tmp_path / "postgres") as server,
            connect(server.dsn) as connection,
        ):
            assert mode(connection) is Mode.SIMULATION
        assert first.stop() == 0
    with ServiceProcess(tmp_path, broker.url, data_dir=str(tmp_path)) as second:
        assert second.stop() == 0
