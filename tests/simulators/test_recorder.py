"""Recording beside whoever else listens, on a real broker."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from simulators.publisher import BrokerAway, Target
from simulators.recorder import Recorder
from simulators.recording import read
from tests.fixtures.broker import Message, Mosquitto

UP = "application/a/device/b/event/up"


def target(broker: Mosquitto, **user: str) -> Target:
    """Give the broker's address."""
    return Target("127.0.0.1", broker.port, **user)  # type: ignore[arg-type]


@contextmanager
def recording(recorder: Recorder, file: Path) -> Iterator[list[int]]:
    """Record until the block ends."""
    stop, counts = Event(), list[int]()
    thread = threading.Thread(target=recorder.record, args=(file, stop, counts.append))
    thread.start()
    assert recorder._subscribed.wait(10)
    yield counts
    time.sleep(0.3)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_messages_are_written_as_they_came(broker: Mosquitto, tmp_path: Path) -> None:
    """Topic, payload, quality of service, flag and origin; topics that nobody asked for are not."""
    recorder, file = Recorder(target(broker)), tmp_path / "feed.jsonl.gz"
    with recording(recorder, file) as counts:
        broker.publish(
            Message(UP, b"{}", origin="simulation"),
            Message("eu868/gateway/g/state/conn", b"\0\1", qos=0),
            Message("elsewhere", b"x"),
        )
    told = [(m.topic, m.payload, m.qos, m.retain, m.origin) for m in read(file)]
    assert told == [
        (UP, b"{}", 1, False, "simulation"),
        ("eu868/gateway/g/state/conn", b"\0\1", 0, False, "live"),
    ]
    assert recorder.recorded == 2
    assert counts


def test_a_second_recording_follows_the_first(broker: Mosquitto, tmp_path: Path) -> None:
    """The file is appended to; other topics can be asked for."""
    file = tmp_path / "feed.jsonl"
    for payload in (b"1", b"2"):
        with recording(Recorder(target(broker), ("other/#",)), file):
            broker.publish(Message("other/place", payload))
    assert [message.payload for message in read(file)] == [b"1", b"2"]


def test_a_lost_connection_is_noted(broker: Mosquitto, tmp_path: Path) -> None:
    """After the broker's restart it listens again, and the file says that some may be missing."""
    recorder, file = Recorder(target(broker)), tmp_path / "feed.jsonl"
    with recording(recorder, file):
        broker.publish(Message(UP, b"1"))
        recorder._subscribed.clear()
        broker.restart()
        assert recorder._subscribed.wait(10)
        broker.publish(Message(UP, b"2"))
    assert [message.payload for message in read(file)] == [b"1", b"2"]
    assert "connected again" in file.read_text()


def test_a_broker_that_is_not_there_is_said(tmp_path: Path) -> None:
    """No connection is BrokerAway."""
    with pytest.raises(BrokerAway, match="refused"):
        Recorder(Target("127.0.0.1", 1)).record(tmp_path / "x", Event(), print)


def test_a_broker_that_refuses_is_said(broker: Mosquitto, tmp_path: Path) -> None:
    """A wrong password, and topics that are forbidden, are BrokerAway with the reason."""
    broker.stop()
    passwords = broker.folder / "passwords"
    passwords.write_text("")
    passwords.chmod(0o600)
    broker.configure("allow_anonymous false", f"password_file {passwords}")
    broker.start()
    stranger = target(broker, username="stranger", password="x")  # noqa: S106
    with pytest.raises(BrokerAway, match="Not authorized"):
        Recorder(stranger).record(tmp_path / "x", Event(), print)
