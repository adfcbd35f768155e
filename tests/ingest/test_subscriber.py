"""The MQTT session, on a real Mosquitto: nothing unacknowledged is lost, nothing stale is said."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic, sleep

import pytest
from paho.mqtt.client import DisconnectFlags
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from structlog.testing import capture_logs

from ingest.probe import BrokerRefused, probe
from ingest.session import Bound, BrokerAddress, Connected, Delivery, Session
from ingest.subscriber import Subscriber
from tests.fixtures.broker import Message, Mosquitto

SESSION = Session("boroughsense-test")
TOPIC = "application/a/device/1/event/up"


@dataclass
class Listener:
    """A subscriber and the connections it told of."""

    subscriber: Subscriber
    connections: list[Connected] = field(default_factory=list)

    def take(self, number: int, *, acknowledge: bool = True) -> list[Delivery]:
        """Wait for so many messages, and acknowledge them if asked to."""
        taken: list[Delivery] = []
        deadline = monotonic() + 10
        while len(taken) < number and monotonic() < deadline:
            batch = self.subscriber.batch(number - len(taken), 0.05)
            if acknowledge:
                self.subscriber.acknowledge(batch)
            taken += batch
        assert len(taken) == number
        return taken

    def is_quiet(self) -> bool:
        """Say that nothing more comes."""
        return self.subscriber.batch(1, 0.0) == []


def listener(broker: Mosquitto, session: Session = SESSION) -> Listener:
    """Make a listener that is not started."""
    connections: list[Connected] = []
    made = Subscriber(broker.address, session, on_connected=connections.append)
    return Listener(made, connections)


@contextmanager
def listening(broker: Mosquitto, session: Session = SESSION) -> Iterator[Listener]:
    """Listen to the broker until the block ends."""
    made = listener(broker, session)
    made.subscriber.start()
    assert made.subscriber.subscribed.wait(10)
    try:
        yield made
    finally:
        made.subscriber.stop()


def crash(crashed: Listener) -> None:
    """End a listener as `kill -9` does: the connection breaks in the middle."""
    made = crashed.subscriber
    wait_until(lambda: not made._client.want_write())
    sleep(0.1)
    made._client.reconnect_delay_set(60, 60)
    connection = made._client.socket()
    assert isinstance(connection, socket.socket)
    connection.shutdown(socket.SHUT_RDWR)
    wait_until(lambda: not made.connected.is_set())
    made.stop()


def wait_until(happened: Callable[[], bool], *, seconds: float = 10) -> None:
    """Wait until something has happened."""
    deadline = monotonic() + seconds
    while not happened():
        assert monotonic() < deadline, "it did not happen"
        sleep(0.01)


def numbered(numbers: range) -> list[Message]:
    """Give messages that tell their number."""
    return [Message(TOPIC, str(number).encode()) for number in numbers]


def payloads(deliveries: list[Delivery]) -> list[int]:
    """Give the numbers that messages tell."""
    return [int(delivery.payload) for delivery in deliveries]


def test_message_comes_as_it_was_published(broker: Mosquitto) -> None:
    """Topic, payload, origin and flags come through, nothing is parsed."""
    with listening(broker) as session:
        broker.publish(
            Message(TOPIC, b"\x00\xff", origin="simulation"),
            Message(TOPIC, b"", qos=0),
            Message("elsewhere/up", b"not ours"),
        )
        first, second = session.take(2)
        assert session.is_quiet()
    assert (first.topic, first.payload, first.origin) == (TOPIC, b"\x00\xff", "simulation")
    assert (first.qos, first.dup, first.retain) == (1, False, False)
    assert (second.payload, second.origin, second.qos) == (b"", "live", 0)
    assert first.size == len(TOPIC) + 2


def test_unacknowledged_comes_again_in_order(broker: Mosquitto) -> None:
    """After a crash the broker delivers what was not acknowledged, in order, marked as repeated."""
    with listening(broker) as session:
        broker.publish(*numbered(range(10)))
        session.take(4)
        held = session.take(6, acknowledge=False)
        crash(session)
    broker.publish(*numbered(range(10, 12)))
    with listening(broker) as session:
        again = session.take(8)
        assert session.is_quiet()
    assert payloads(again) == list(range(4, 12))
    assert [delivery.dup for delivery in again] == [True] * 6 + [False] * 2
    assert [delivery.mid for delivery in again[:6]] == [delivery.mid for delivery in held]


def test_broker_keeps_the_session_while_we_are_away(broker: Mosquitto) -> None:
    """What is published while the service does not run waits for it, through a restart too."""
    with listening(broker) as session:
        assert [told.session_present for told in session.connections] == [False]
        assert session.connections[0].away_since is None
    broker.publish(*numbered(range(5)))
    broker.restart()
    with listening(broker) as session:
        assert payloads(session.take(5)) == list(range(5))
        assert [told.session_present for told in session.connections] == [True]


def test_stop_sends_the_acknowledgements_first(broker: Mosquitto) -> None:
    """What was acknowledged right before a stop does not come again."""
    with listening(broker) as session:
        broker.publish(*numbered(range(500)))
        session.take(500)
    with listening(broker) as session:
        assert session.is_quiet()


def test_stale_acknowledgement_deletes_nothing(broker: Mosquitto) -> None:
    """An acknowledgement left from a lost session is dropped: its packet id is another message's.

    The broker loses the session while three messages are unacknowledged; three new ones get the
    same packet ids; the old commits finish and are acknowledged; the process crashes.
    """
    with listening(broker) as session:
        broker.publish(*numbered(range(3)))
        old = session.take(3, acknowledge=False)
        broker.forget()
        wait_until(lambda: len(session.connections) == 2)
        assert session.subscriber.subscribed.wait(5)
        broker.publish(*numbered(range(3, 6)))
        new = session.take(3, acknowledge=False)
        assert [delivery.mid for delivery in new] == [delivery.mid for delivery in old]
        session.subscriber.acknowledge(old)
        crash(session)
    assert [told.session_present for told in session.connections] == [False, False]
    with listening(broker) as session:
        assert payloads(session.take(3)) == [3, 4, 5]


def test_acknowledgement_that_is_not_stale_deletes(broker: Mosquitto) -> None:
    """The danger is real: the same acknowledgements, as if of this connection, delete the new."""
    with listening(broker) as session:
        broker.publish(*numbered(range(3)))
        old = session.take(3, acknowledge=False)
        broker.forget()
        wait_until(lambda: len(session.connections) == 2)
        assert session.subscriber.subscribed.wait(5)
        broker.publish(*numbered(range(3, 6)))
        new = session.take(3, acknowledge=False)
        session.subscriber.acknowledge([replace(one, epoch=new[0].epoch) for one in old])
        session.subscriber.stop()
    with listening(broker) as session:
        assert session.is_quiet()


def test_broker_restart_is_reconnected(broker: Mosquitto) -> None:
    """A broker that restarts is joined again; what came to no database yet comes again."""
    with listening(broker) as session:
        broker.publish(*numbered(range(3)))
        held = session.take(3, acknowledge=False)
        broker.restart()
        again = session.take(3, acknowledge=False)
        session.subscriber.acknowledge(held)
        session.subscriber.acknowledge(again)
        first, second = session.connections
    assert payloads(again) == [0, 1, 2]
    assert second.session_present
    assert second.away_since is not None
    assert first.at < second.away_since <= second.at
    with listening(broker) as session:
        assert session.is_quiet()


@pytest.mark.parametrize(
    "bound", [Bound(messages=50, patience=0.1), Bound(size=50 * 1000, patience=0.1)]
)
def test_too_much_in_memory_stays_with_the_broker(broker: Mosquitto, bound: Bound) -> None:
    """When nobody takes the messages the broker keeps them; then all of them come.

    This Mosquitto may be one that sends all at once, whatever window it was told.
    """
    published = 1000
    with listening(broker, replace(SESSION, bound=bound)) as session:
        broker.publish(*(Message(TOPIC, str(n).zfill(1000).encode()) for n in range(published)))
        wait_until(lambda: session.subscriber._held.is_closed)
        assert 45 < session.subscriber.held <= 50
        assert session.subscriber.alive
        seen: list[int] = []
        deadline = monotonic() + 30
        while len(set(seen)) < published and monotonic() < deadline:
            batch = session.subscriber.batch(40, 0.02)
            session.subscriber.acknowledge(batch)
            seen += payloads(batch)
        assert sorted(seen) == list(range(published))
        assert all(told.session_present for told in session.connections[1:])
        assert len(session.connections) > 1
    with listening(broker) as session:
        assert session.is_quiet()


def test_backlog_comes_over_one_connection(broker: Mosquitto) -> None:
    """While what waits gets less the broker is kept waiting, and nothing is dropped."""
    with listening(broker):
        pass
    broker.publish(*(Message(TOPIC, str(n).zfill(2000).encode()) for n in range(5000)))
    session = listener(broker, replace(SESSION, bound=Bound(messages=1000)))
    session.subscriber.start()
    seen: list[int] = []
    while len(seen) < 5000 and (batch := session.subscriber.batch(100, 0.05)):
        assert session.subscriber.held < 1000
        session.subscriber.acknowledge(batch)
        seen += payloads(batch)
    session.subscriber.stop()
    assert seen == list(range(5000))
    assert len(session.connections) == 1


def test_session_lost_while_memory_is_full(broker: Mosquitto) -> None:
    """What waits in memory is not thrown away, since the broker may forget it."""
    with listening(broker, replace(SESSION, bound=Bound(messages=10, patience=0.1))) as session:
        broker.publish(*numbered(range(30)))
        wait_until(lambda: session.subscriber._held.is_closed)
        broker.forget()
        wait_until(lambda: len(session.connections) == 2)
        assert payloads(session.take(10)) == list(range(10))
        assert session.is_quiet()
        wait_until(lambda: len(session.connections) == 3)
    assert [told.session_present for told in session.connections] == [False, False, True]
    assert session.connections[1].away_since is not None
    assert session.connections[1].away_since < session.connections[0].at + timedelta(seconds=5)


def test_retained_event_does_not_come(broker: Mosquitto) -> None:
    """A retained event is old news and does not come; a gateway's retained state does."""
    broker.publish(
        Message(TOPIC, b"old", retain=True),
        Message("eu868/gateway/1/state/conn", b"state", retain=True),
    )
    with listening(broker) as session:
        (only,) = session.take(1)
        assert session.is_quiet()
    assert (only.payload, only.retain) == (b"state", True)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_death_of_the_network_thread_is_seen(broker: Mosquitto) -> None:
    """An exception on the library's thread, which the library hides, shows in `alive`."""
    dead = Subscriber(broker.address, SESSION, on_connected=fail)
    dead.start()
    wait_until(lambda: not dead.alive)
    for thread in threading.enumerate():  # the library forgets it a moment before it ends
        if thread.name.startswith("paho-mqtt-client-"):
            thread.join(10)
    dead.stop()


def fail(_connected: Connected) -> None:
    """Fail, as a bug of ours would."""
    raise RuntimeError("a bug of ours")


def test_session_that_is_taken_is_told(broker: Mosquitto) -> None:
    """A second process with our client id is named as what it is, if the broker says so."""
    with capture_logs() as logs, listening(broker) as session:
        taken = ReasonCode(PacketTypes.DISCONNECT, "Session taken over")
        client = session.subscriber._client
        session.subscriber._disconnected(client, None, DisconnectFlags(True), taken, None)  # noqa: FBT003 - a tuple of paho's
    told = "another process has taken our session: one running service a client id"
    assert told in [entry["event"] for entry in logs]


def test_refused_connection_is_told(broker: Mosquitto) -> None:
    """A broker that does not let us in is named, and asked again."""
    broker.stop()
    broker.configure("allow_anonymous false")
    broker.start()
    refused = listener(broker)
    refused.subscriber.start()
    wait_until(lambda: bool(refused.subscriber.refusal))
    assert "refused the connection" in refused.subscriber.refusal
    assert refused.subscriber.alive
    assert not refused.connections
    refused.subscriber.stop()


def test_broker_of_qos_0_is_told(broker: Mosquitto) -> None:
    """A broker that grants QoS 0 only is warned of: it repeats nothing."""
    broker.stop()
    broker.configure("max_qos 0")
    broker.start()
    with capture_logs() as logs, listening(broker):
        pass
    assert "the broker grants QoS 0 only: it repeats nothing" in [entry["event"] for entry in logs]


def test_refused_subscription_is_told(broker: Mosquitto) -> None:
    """A topic that the broker refuses is named, and we do not call ourselves subscribed."""
    refused = listener(broker).subscriber
    codes = [ReasonCode(PacketTypes.SUBACK, "Not authorized")]
    refused._subscribed(refused._client, None, 1, codes, None)
    assert SESSION.filters[0] in refused.refusal
    assert not refused.subscribed.is_set()


def test_shared_subscription_is_warned_of(broker: Mosquitto) -> None:
    """Sharing a subscription works, and we say what it costs."""
    shared = replace(SESSION, filters=("$share/workers/application/+/device/+/event/+",))
    with capture_logs() as logs, listening(broker, shared) as session:
        broker.publish(*numbered(range(3)))
        assert payloads(session.take(3)) == [0, 1, 2]
    assert any("shared subscription loses messages" in entry["event"] for entry in logs)


def test_short_session_is_told(broker: Mosquitto) -> None:
    """A broker that keeps the session for less time than asked for is warned of."""
    granted = Properties(PacketTypes.CONNACK)
    granted.SessionExpiryInterval = 60
    with capture_logs() as logs:
        listener(broker).subscriber._check_grants(granted)
    assert [entry["granted_seconds"] for entry in logs] == [60]


def test_probe_finds_a_broker(broker: Mosquitto) -> None:
    """A broker that takes us passes the probe."""
    probe(broker.address)


def test_probe_tells_that_nobody_answers(broker: Mosquitto) -> None:
    """An address where nothing listens, and one that cannot be, are told in one sentence."""
    broker.stop()
    with pytest.raises(BrokerRefused, match="no broker answers at mqtt://127"):
        probe(broker.address)
    with pytest.raises(BrokerRefused, match="no broker answers"):
        probe(BrokerAddress("nowhere.invalid", 1883))


def test_probe_tells_a_refusal(broker: Mosquitto) -> None:
    """A broker that does not let us in says so in the probe."""
    broker.stop()
    broker.configure("allow_anonymous false")
    broker.start()
    with pytest.raises(BrokerRefused, match="refused the connection"):
        probe(broker.address)


def test_probe_tells_what_is_no_broker() -> None:
    """Something that listens and does not speak MQTT is told apart."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = BrokerAddress("127.0.0.1", silent.getsockname()[1])
        with pytest.raises(BrokerRefused, match="does not speak MQTT 5"):
            probe(address, timeout=0.2)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tls_is_asked_for(broker: Mosquitto) -> None:
    """An address with TLS never falls back to plain text."""
    plain = broker.address
    with pytest.raises(BrokerRefused):
        probe(BrokerAddress(plain.host, plain.port, tls=True), timeout=1.0)
