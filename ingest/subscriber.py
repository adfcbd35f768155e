"""The MQTT session on paho-mqtt: what the broker delivered, held until the database has it.

One fixed client id, MQTT 5, QoS 1, clean start off and a session that outlives the process, so
that the broker keeps what we have not acknowledged. A delivery is acknowledged by hand, after the
commit, and only on the connection it came by: packet ids restart with a lost session, and an
acknowledgement left over from an earlier connection would delete a message that nobody has seen.

The callback does nothing but append: an exception in it would end the client's network thread for
good, and the library would still say that it is connected. When more waits in memory than the
bound, we disconnect: that is back-pressure which every broker understands. What is held stays
held, since a broker that loses the session meanwhile cannot deliver it again.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.session import BrokerAddress, Connected, Delivery, Session

log = structlog.get_logger(__name__)

_NOTIFY_EVERY = 100
_JOIN_SECONDS = 5.0
_TAKEN_OVER = 142
"""MQTT 5 reason: another client has connected with our client id"""
_QOS_1 = 1


def make_client(address: BrokerAddress, client_id: str = "") -> Client:
    """Make a paho client for a broker, not yet connected.

    Raises:
        OSError: the certificates of this machine cannot be read (`mqtts` only).
    """
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=MQTTProtocolVersion.MQTTv5,
        manual_ack=True,
    )
    client.username_pw_set(address.username, address.password)
    if address.tls:
        client.tls_set()
    return client


def _origin(message: MQTTMessage) -> str:
    properties = message.properties
    for name, text in getattr(properties, "UserProperty", ()) if properties else ():
        if name == "origin":
            return str(text)
    return "live"


def _subscription(topic: str) -> tuple[str, SubscribeOptions]:
    """Ask for retained messages only of states: on an event topic they are not news."""
    handling = (
        SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE
        if "/state/" in topic
        else SubscribeOptions.RETAIN_DO_NOT_SEND
    )
    return topic, SubscribeOptions(qos=_QOS_1, retainHandling=handling)


class Subscriber:
    """A persistent session on paho-mqtt.

    Args:
        address: the broker.
        session: the client id, the topics, the window, the bound.
        on_connected: called after each connection, on the network thread; must not raise.
    """

    def __init__(
        self,
        address: BrokerAddress,
        session: Session,
        *,
        on_connected: Callable[[Connected], None],
    ) -> None:
        self._address = address
        self._session = session
        self._on_connected = on_connected
        self._held: deque[Delivery] = deque()
        self._held_bytes = 0
        self._arrived = threading.Condition()
        self._guard = threading.Lock()
        """Held while the epoch changes, and while something is acknowledged under it"""
        self._epoch = 0
        self._suspended = False
        self._stopping = False
        self._away_since: datetime | None = None
        self.connected = threading.Event()
        self.subscribed = threading.Event()
        self.refusal = ""
        """Why the broker does not serve us, in one sentence; empty when it does"""
        self._client = make_client(address, session.client_id)
        self._client.reconnect_delay_set(1, 30)
        self._client.on_connect = self._connect_answered
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._received

    def start(self) -> None:
        """Connect in the background; the first connection is retried like any other."""
        self._stopping = False
        self._join()

    def _join(self) -> None:
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self._session.expiry_seconds
        properties.ReceiveMaximum = self._session.receive_maximum
        self._client.connect_async(
            self._address.host,
            self._address.port,
            keepalive=self._session.keepalive_seconds,
            clean_start=False,
            properties=properties,
        )
        self._client.loop_start()

    def _connect_answered(
        self,
        client: Client,
        _userdata: object,
        flags: ConnectFlags,
        reason_code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        broker = str(self._address)
        if reason_code.is_failure:
            self.refusal = f"{broker} refused the connection: {reason_code}"
            log.warning("broker refused us", broker=broker, reason=str(reason_code))
            return
        with self._guard:
            self._epoch += 1
        self.refusal = ""
        client.subscribe([_subscription(topic) for topic in self._session.filters])
        log.info("broker connected", broker=broker, session_present=flags.session_present)
        self._check_grants(properties)
        now = datetime.now(UTC)
        self._on_connected(Connected(now, flags.session_present, self._away_since))
        self.connected.set()

    def _check_grants(self, properties: Properties | None) -> None:
        """Warn of a broker that keeps the session for less time than was asked."""
        granted = getattr(properties, "SessionExpiryInterval", self._session.expiry_seconds)
        if granted < self._session.expiry_seconds:
            log.warning(
                "the broker keeps our session for less time than mqtt_session_expiry",
                asked_seconds=self._session.expiry_seconds,
                granted_seconds=granted,
            )

    def _disconnected(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        reason_code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        with self._guard:
            self._epoch += 1
        if not self.connected.is_set():
            return
        self.connected.clear()
        self.subscribed.clear()
        self._away_since = datetime.now(UTC)
        if reason_code.value == _TAKEN_OVER:
            log.error(
                "another process has taken our session: one running service a client id",
                client_id=self._session.client_id,
            )
        elif not (self._suspended or self._stopping):
            log.warning("broker lost", broker=str(self._address), reason=str(reason_code))

    def _subscribed(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        reason_codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        for topic, code in zip(self._session.filters, reason_codes, strict=False):
            if code.is_failure:
                self.refusal = f"{self._address} refused the topic {topic}: {code}"
                log.error("subscription refused", topic=topic, reason=str(code))
            elif code.value < _QOS_1:
                log.warning("the broker grants QoS 0 only: it repeats nothing", topic=topic)
        if not self.refusal:
            log.info("subscribed", topics=list(self._session.filters))
            self.subscribed.set()

    def _received(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        delivery = Delivery(
            self._epoch,
            message.mid,
            message.qos,
            message.dup,
            message.retain,
            _topic(message),
            bytes(message.payload),
            datetime.now(UTC),
            _origin(message),
        )
        with self._arrived:
            self._held.append(delivery)
            self._held_bytes += delivery.size
            held, size = len(self._held), self._held_bytes
            if held == 1 or held % _NOTIFY_EVERY == 0:
                self._arrived.notify()
        if not self._suspended and self._session.bound.is_passed(held, size):
            self._suspend(held, size)

    def _suspend(self, held: int, size: int) -> None:
        """Disconnect, keeping the session: the broker queues from now on."""
        self._suspended = True
        log.warning("leaving the broker until the database has caught up", held=held, bytes=size)
        self._client.disconnect(properties=self._keep_session())

    def _keep_session(self) -> Properties:
        properties = Properties(PacketTypes.DISCONNECT)
        properties.SessionExpiryInterval = self._session.expiry_seconds
        return properties

    def batch(self, limit: int, linger: float) -> list[Delivery]:
        """Wait up to a second for a message, then gather more until `limit` or `linger` seconds."""
        with self._arrived:
            if not self._held:
                self._arrived.wait_for(lambda: bool(self._held), timeout=1.0)
            deadline = monotonic() + linger
            while 0 < len(self._held) < limit and (left := deadline - monotonic()) > 0:
                self._arrived.wait(left)
            taken = [self._held.popleft() for _ in range(min(limit, len(self._held)))]
            self._held_bytes -= sum(delivery.size for delivery in taken)
            held, size = len(self._held), self._held_bytes
        if self._suspended and not self._session.bound.is_passed(held, size, share=0.5):
            self._resume()
        return taken

    def _resume(self) -> None:
        """Connect again after `_suspend`; what we hold unacknowledged comes a second time."""
        self._client.loop_stop()
        self._suspended = False
        log.info("joining the broker again", held=self.held)
        self._join()

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge what came by the present connection; the rest is delivered again anyway."""
        with self._guard:
            for delivery in deliveries:
                if delivery.qos and delivery.epoch == self._epoch:
                    self._client.ack(delivery.mid, delivery.qos)

    def stop(self) -> None:
        """Disconnect after the acknowledgements, keeping the session for the next start."""
        self._stopping = True
        self._client.disconnect(properties=self._keep_session())
        # The network thread sends what is queued before it ends, which a dead line can prevent.
        waiting = threading.Thread(target=self._client.loop_stop, daemon=True)
        waiting.start()
        waiting.join(_JOIN_SECONDS)

    @property
    def held(self) -> int:
        """How many messages wait in memory."""
        return len(self._held)

    @property
    def alive(self) -> bool:
        """Whether the network thread still runs; `is_connected()` would not tell."""
        thread = self._client._thread  # noqa: SLF001 - paho offers no other way to see it
        return self._suspended or (thread is not None and thread.is_alive())


def _topic(message: MQTTMessage) -> str:
    """Give the topic; bytes that are not UTF-8, which a broker should not pass on, are replaced."""
    try:
        return str(message.topic)
    except UnicodeDecodeError:
        return bytes(message._topic).decode("utf-8", "replace")  # noqa: SLF001 - the only raw form
