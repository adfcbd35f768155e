"""The load: prepared packets, several connections, a real broker."""

import json
import re
import socket
import time
from datetime import UTC, datetime
from multiprocessing import Pipe
from threading import Barrier, Thread
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from boroughsense.commands import load as command
from decoders import events, registry
from decoders.model import Uplink
from simulators import feed
from simulators.feed import Feed
from simulators.load import Load, LoadFailed, _outcome, prepare, run_share
from tests.fixtures.broker import Mosquitto
from tests.simulators.test_publisher import Listener

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
app = typer.Typer()
command.register(app)
app.command("other")(lambda: None)
runner = CliRunner()


def test_every_connection_has_uplinks_of_its_own() -> None:
    """The shares are the whole, of about 1.6 kB each, and no two are the same."""
    load = Load(1001, connections=3)
    shares = [prepare(load, share, NOW) for share in range(3)]
    assert [len(share) for share in shares] == [333, 334, 334]
    payloads = [made[made.index(b"{") :] for share in shares for made in share]
    assert len(set(payloads)) == 1001
    assert all(1200 < len(payload) < 1800 for payload in payloads)
    name = re.search(rb"application/.*/event/up", shares[0][0])
    assert name is not None
    uplink = events.parse(name.group().decode(), payloads[0])
    assert isinstance(uplink, Uplink)
    assert registry.decode(uplink).observations


def test_published_as_fast_as_the_broker_takes(broker: Mosquitto) -> None:
    """Two processes publish everything; each figure is there."""
    words = ["load", "--count", "3000", "--mqtt-url", broker.url, "--json"]
    result = runner.invoke(app, words)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["published"], told["refused"], told["connections"]) == (3000, 0, 2)
    assert told["uplinks_per_s"] > 1000


def test_what_arrives(broker: Mosquitto) -> None:
    """A subscriber gets each message once, with the origin."""
    listener = Listener(broker, "application/#")
    assert run(broker, Load(500, connections=1, origin="replay")) == (500, 0)
    heard = listener.wait(500)
    listener.close()
    assert len({message.payload for message in heard}) == len(heard) == 500
    assert heard[0].properties is not None
    assert heard[0].properties.UserProperty == [("origin", "replay")]  # type: ignore[attr-defined]


def run(broker: Mosquitto, load: Load, url: str | None = None) -> Any:  # noqa: ANN401 - what a process sends
    """Publish one share here."""
    ours, theirs = Pipe(duplex=False)
    run_share(url or broker.url, load, 0, NOW, Barrier(1), theirs)  # type: ignore[arg-type]
    theirs.close()
    return ours.recv()


def test_no_more_in_flight_than_the_broker_takes(broker: Mosquitto) -> None:
    """A small Receive Maximum is kept to, and everything is published all the same."""
    broker.stop()
    broker.configure("max_inflight_messages 7")
    broker.start()
    with Feed(broker.url) as feeding:
        assert feeding._window == 7
        assert feeding.burst(prepare(Load(100, 1), 0, NOW), 20) == 100
        assert len(feeding.paced(prepare(Load(50, 1), 0, NOW), 2000)) == 50


def test_a_rate_of_many_devices(broker: Mosquitto) -> None:
    """A city's rate: so many a second, until the time is over, each of another device."""
    listener = Listener(broker, "application/#")
    began = time.monotonic()
    assert run(broker, Load(5000, 1, seconds=0.5, devices=100_000, rate=400)) == (200, 0)
    assert time.monotonic() - began > 0.4
    heard = listener.wait(200)
    listener.close()
    assert len({message.topic for message in heard}) == 200


def test_a_load_ends_in_time(broker: Mosquitto) -> None:
    """Nothing is begun after its time."""
    assert run(broker, Load(500, connections=1, seconds=0.0)) == (0, 0)


def test_a_broker_with_passwords(broker: Mosquitto) -> None:
    """A user is let in by name, percent-encoded or not; a wrong password is told."""
    assert run(broker, Load(10, 1), f"mqtt://some%62ody@127.0.0.1:{broker.port}") == (10, 0)
    broker.stop()
    passwords = broker.folder / "passwords"
    passwords.write_text("")
    passwords.chmod(0o600)
    broker.configure("allow_anonymous false", f"password_file {passwords}")
    broker.start()
    told = run(broker, Load(10, 1), f"mqtt://a:b@127.0.0.1:{broker.port}")
    assert told.startswith("the broker answers 20")


def _deny(listener: socket.socket) -> None:
    """Let somebody in, and take none of two messages."""
    taken, _ = listener.accept()
    with taken:
        taken.recv(1000)
        taken.sendall(b"\x20\x03\x00\x00\x00")
        taken.recv(100_000)
        taken.sendall(b"\x40\x03\x00\x01\x87\x40\x04\x00")
        taken.sendall(b"\x02\x87\x00\x40\x03\x00\x03\x10\x40\x02\x00\x04")
        taken.recv(1000)


def test_what_the_broker_forbids_is_counted() -> None:
    """A PUBACK with a failure counts as refused; one that says that nobody listens does not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        there = Thread(target=_deny, args=(listener,))
        there.start()
        with Feed(f"mqtt://127.0.0.1:{listener.getsockname()[1]}") as feeding:
            assert feeding.burst([feed.packet(n, "t", b"x") for n in range(4)], 5) == 4
            assert feeding.refused == 2
        there.join()


def test_no_broker_is_told(broker: Mosquitto) -> None:
    """One sentence, by the process and by the command; TLS is not for a load."""
    broker.stop()
    assert "refused" in run(broker, Load(10, connections=1))
    result = runner.invoke(app, ["load", "--count", "10", "--mqtt-url", broker.url])
    assert result.exit_code == 1
    assert "refused" in result.stderr
    secure = runner.invoke(app, ["load", "--mqtt-url", "mqtts://somewhere:8883"])
    assert secure.exit_code == 2
    assert "without TLS" in secure.stderr


def test_a_person_reads_one_line(broker: Mosquitto) -> None:
    """How many, how long, how fast."""
    words = ["load", "--count", "50", "--connections", "1", "--mqtt-url", broker.url]
    result = runner.invoke(app, words)
    assert result.stdout.startswith("50 uplinks in ")
    assert "over 1 connections" in result.stdout


def test_a_process_that_dies_is_told() -> None:
    """Without an answer from a process the load has failed."""
    ours, theirs = Pipe(duplex=False)
    theirs.close()
    with pytest.raises(LoadFailed, match="has ended"):
        _outcome(ours)


@pytest.mark.parametrize(
    ("connack", "most"),
    [
        ("2003000000", 65535),
        ("20020000", 65535),
        ("200600000321000a", 10),
        ("2010000010260001610001622700010000210014", 20),
        ("200c000009120003612d6221000500", 5),
        ("200500000224012a", 65535),
    ],
)
def test_receive_maximum(connack: str, most: int) -> None:
    """It is found behind whatever other properties a broker sends."""
    assert feed.receive_maximum(bytes.fromhex(connack)) == most
