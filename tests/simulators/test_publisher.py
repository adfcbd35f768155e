"""Publishing to a real broker: what counts as published is what it has acknowledged."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event

import pytest
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulators.publisher import BrokerAway, Publisher, PublishRefused, Target
from tests.fixtures.broker import Mosquitto


@dataclass(frozen=True, slots=True)
class Note:
    """Something to publish."""

    topic: str
    payload: bytes
    due: float = 0.0


class Listener:
    """A subscriber that keeps what it hears."""

    def __init__(self, broker: Mosquitto, topics: str = "notes/#") -> None:
        self._topics = topics
        self.heard: list[MQTTMessage] = []
        self._ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = lambda _c, _u, message: self.heard.append(message)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        assert self._ready.wait(5)

    def _subscribe(
        self, client: Client, _: object, _f: ConnectFlags, _r: ReasonCode, _p: Properties | None
    ) -> None:
        client.subscribe(self._topics, 1)

    def wait(self, count: int) -> list[MQTTMessage]:
        """Wait until it has heard so many."""
        deadline = time.monotonic() + 10
        while len(self.heard) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.heard

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    """Give a subscriber on the broker."""
    listening = Listener(broker)
    yield listening
    listening.close()


def target(broker: Mosquitto) -> Target:
    """Give the broker's address."""
    return Target("127.0.0.1", broker.port)


def notes(count: int) -> list[Note]:
    """Give different messages."""
    return [Note("notes/a", str(number).encode()) for number in range(count)]


def test_everything_is_published_once_and_in_order(broker: Mosquitto, listener: Listener) -> None:
    """Each message arrives once, at QoS 1, with its origin, and is counted when it is safe."""
    safe: list[Note] = []
    sent = notes(1200)
    with Publisher[Note](target(broker), "simulation", safe.append, window=50) as publisher:
        assert all(publisher.publish(note, Event()) for note in sent)
        assert len(safe) >= len(sent) - 50
        assert publisher.settle(10) == 0
    assert safe == sent
    heard = listener.wait(len(sent))
    assert [message.payload for message in heard] == [note.payload for note in sent]
    assert {message.qos for message in heard} == {1}
    origins = {tuple(message.properties.UserProperty[0]) for message in heard}  # type: ignore[union-attr]
    assert origins == {("origin", "simulation")}
    assert publisher.repeated == 0


def test_a_broker_that_restarts_loses_nothing(broker: Mosquitto, listener: Listener) -> None:
    """What was in flight is sent again; what may be there twice is counted."""
    safe: list[Note] = []
    with Publisher[Note](target(broker), "simulation", safe.append, window=20) as publisher:
        for note in notes(100):
            publisher.publish(note, Event())
        assert publisher.settle(10) == 0
        broker.stop()
        for note in notes(15):
            publisher.publish(note, Event())
        assert publisher.settle(0.1) > 0
        broker.start()
        assert publisher.settle(20) == 0
    assert len(safe) == 115
    assert listener.heard


def test_a_full_window_waits_until_it_is_told_to_stop(broker: Mosquitto) -> None:
    """With the broker away, publishing stops at the window; what is not acknowledged is missing."""
    safe: list[Note] = []
    stop = Event()
    with Publisher[Note](target(broker), "simulation", safe.append, window=10) as publisher:
        broker.stop()
        for note in notes(10):
            assert publisher.publish(note, stop)
        threading.Timer(0.3, stop.set).start()
        assert not publisher.publish(notes(1)[0], stop)
        publisher.land()
        assert publisher.settle(0.1) == 10
        broker.start()
    assert safe == []


def test_the_broker_sets_the_window(broker: Mosquitto) -> None:
    """No more is in flight than the broker's Receive Maximum allows."""
    broker.stop()
    broker.configure("max_inflight_messages 7")
    broker.start()
    with Publisher[Note](target(broker), "simulation", list[Note]().append) as publisher:
        assert publisher._window == 7


def test_a_broker_that_is_not_there_is_said_in_one_sentence() -> None:
    """No connection is BrokerAway, with the address."""
    publisher = Publisher[Note](Target("127.0.0.1", 1), "simulation", list[Note]().append)
    with pytest.raises(BrokerAway, match=r"127\.0\.0\.1:1: .*refused"), publisher:
        pass


def test_a_broker_that_refuses_is_said_in_one_sentence(broker: Mosquitto) -> None:
    """A wrong password is BrokerAway, with the broker's reason."""
    broker.stop()
    passwords = broker.folder / "passwords"
    passwords.write_text("")
    passwords.chmod(0o600)
    broker.configure("allow_anonymous false", f"password_file {passwords}")
    broker.start()
    stranger = Target("127.0.0.1", broker.port, username="stranger", password="x")  # noqa: S106
    publisher = Publisher[Note](stranger, "simulation", list[Note]().append)
    with pytest.raises(BrokerAway, match="Not authorized"), publisher:
        pass


def test_a_refused_message_is_not_counted(broker: Mosquitto) -> None:
    """A topic that the broker's rules forbid ends the run with its reason."""
    broker.stop()
    acl = broker.folder / "acl"
    acl.write_text("topic readwrite allowed/#\n")
    broker.configure(f"acl_file {acl}")
    broker.start()
    safe: list[Note] = []
    with Publisher[Note](target(broker), "simulation", safe.append) as publisher:
        publisher.publish(Note("forbidden", b""), Event())
        with pytest.raises(PublishRefused, match=r"forbidden: .*Not authorized"):
            publisher.settle(5)
    assert safe == []
