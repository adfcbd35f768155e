"""The MQTT session: what the broker delivered, held until the database has it.

One fixed client id, MQTT 5, QoS 1, clean start off and a session that outlives the process, so
that the broker keeps what we have not acknowledged. A delivery is acknowledged by hand, after the
commit, and only on the connection it came by: packet ids restart with a lost session, and an
acknowledgement left over from an earlier connection would delete a message that nobody has seen.
The callback does nothing but append; an exception in it would end the client's network thread.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

log = structlog.get_logger(__name__)

EVENT_FILTERS = (
    "application/+/device/+/event/+",
    "+/gateway/+/event/stats",
    "+/gateway/+/state/conn",
)
"""The topics of a ChirpStack v4 server; they do not overlap, since each filter that matches
delivers a copy of its own."""


class BrokerRefused(Exception):
    """The broker refused the connection or the subscription."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is, and as whom to speak to it."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Session:
    """What the broker keeps for us while we are away, and how much it may send at once."""

    client_id: str
    filters: tuple[str, ...] = EVENT_FILTERS
    expiry_seconds: int = 7 * 24 * 3600
    receive_maximum: int = 2000
    keepalive_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as the broker delivered it; nothing of it is parsed."""

    epoch: int
    mid: int
    qos: int
    dup: bool
    retain: bool
    topic: str
    payload: bytes
    received_at: datetime
    origin: str
    """The MQTT 5 user property `origin`; `live` when absent"""


class Receiver(Protocol):
    """What the service needs of an MQTT client, so that a leaner one can take its place."""

    def start(self) -> None:
        """Connect, now and again after every loss, without waiting for it."""

    def batch(self, limit: int, linger: float) -> list[Delivery]:
        """Wait up to a second for a message, then gather more until `limit` or `linger`."""

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker, in order of arrival, that these are safe."""

    def suspend(self) -> None:
        """Disconnect and keep the session: the broker queues from now on."""

    def resume(self) -> None:
        """Connect again after `suspend`."""

    def stop(self) -> None:
        """Disconnect for good, keeping the session."""

    @property
    def held(self) -> int:
        """How many messages wait in memory."""

    @property
    def alive(self) -> bool:
        """Whether the network thread still runs."""


def _origin(message: MQTTMessage) -> str:
    properties = message.properties
    for name, text in getattr(properties, "UserProperty", ()) if properties else ():
        if name == "origin":
            return str(text)
    return "live"


class Subscriber:
    """A persistent session on paho-mqtt.

    Args:
        address: the broker.
        session: the client id, the topics, the window.
        on_session: called with `session_present` after each connection, on the network thread.
    """

    def __init__(
        self, address: BrokerAddress, session: Session, *, on_session: Callable[[bool], None]
    ) -> None:
        self._address = address
        self._session = session
        self._on_session = on_session
        self._held: deque[Delivery] = deque()
        self._arrived = threading.Condition()
        self._guard = threading.Lock()
        self._epoch = 0
        self._suspended = False
        self._was_connected = False
        self.connected = threading.Event()
        self.refusal: str | None = None
        self.last_arrival = monotonic()
        self._client = self._make_client()

    def _make_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._session.client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        client.username_pw_set(self._address.username, self._address.password)
        if self._address.tls:
            client.tls_set()
        client.reconnect_delay_set(1, 30)
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        client.on_message = self._received
        return client

    def start(self) -> None:
        """Connect in the background; the first connection is retried like any other."""
        self._connect()
        self._client.loop_start()

    def _connect(self) -> None:
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

    def _connected(
        self,
        client: Client,
        _userdata: object,
        flags: ConnectFlags,
        reason_code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason_code.is_failure:
            self.refusal = f"{self._address} refused the connection: {reason_code}"
            log.warning("broker refused us", broker=str(self._address), reason=str(reason_code))
            return
        with self._guard:
            self._epoch += 1
        self.refusal = None
        self._was_connected = True
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._session.filters])
        log.info(
            "broker connected", broker=str(self._address), session_present=flags.session_present
        )
        self._on_session(flags.session_present)
        self.connected.set()

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
        self.connected.clear()
        if self._was_connected and not self._suspended:
            log.warning("broker lost", broker=str(self._address), reason=str(reason_code))
        self._was_connected = False

    def _subscribed(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        reason_codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        for topic, reason_code in zip(self._session.filters, reason_codes, strict=False):
            if reason_code.is_failure:
                self.refusal = f"{self._address} refused the topic {topic}: {reason_code}"
                log.error("subscription refused", topic=topic, reason=str(reason_code))

    def _received(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        delivery = Delivery(
            self._epoch,
            message.mid,
            message.qos,
            message.dup,
            message.retain,
            message.topic,
            bytes(message.payload),
            datetime.now(UTC),
            _origin(message),
        )
        self._held.append(delivery)
        if len(self._held) == 1 or len(self._held) % 100 == 0:
            with self._arrived:
                self._arrived.notify()

    def batch(self, limit: int, linger: float) -> list[Delivery]:
        """Wait up to a second for a message, then gather more until `limit` or `linger` seconds."""
        if not self._held:
            with self._arrived:
                self._arrived.wait_for(lambda: bool(self._held), timeout=1.0)
        if not self._held:
            return []
        deadline = monotonic() + linger
        while len(self._held) < limit and (left := deadline - monotonic()) > 0:
            with self._arrived:
                self._arrived.wait(left)
        self.last_arrival = monotonic()
        return [self._held.popleft() for _ in range(min(limit, len(self._held)))]

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge what came by the present connection; the rest is delivered again anyway."""
        with self._guard:
            for delivery in deliveries:
                if delivery.qos and delivery.epoch == self._epoch:
                    self._client.ack(delivery.mid, delivery.qos)

    def suspend(self) -> None:
        """Disconnect and forget what the broker keeps for us: all but what came at QoS 0."""
        self._suspended = True
        self._leave()
        self._held = deque(delivery for delivery in self._held if delivery.qos == 0)

    def resume(self) -> None:
        """Connect again; what was held comes back first, in order."""
        self._suspended = False
        self._connect()
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect, keeping the session for the next start."""
        self._suspended = True
        self._leave()

    def _leave(self) -> None:
        properties = Properties(PacketTypes.DISCONNECT)
        properties.SessionExpiryInterval = self._session.expiry_seconds
        with contextlib.suppress(ValueError):
            self._client.disconnect(properties=properties)
        self._client.loop_stop()
        self.connected.clear()

    @property
    def held(self) -> int:
        """How many messages wait in memory."""
        return len(self._held)

    @property
    def alive(self) -> bool:
        """Whether the network thread still runs; `is_connected()` would not tell."""
        thread = self._client._thread  # noqa: SLF001 - paho offers no other way to see it
        return self._suspended or (thread is not None and thread.is_alive())


def probe(address: BrokerAddress, timeout: float = 5.0) -> None:
    """Raise `BrokerRefused` with one clear sentence when no broker answers at the address."""
    answered = threading.Event()
    refusal: list[str] = []

    def connected(
        client: Client, _userdata: object, _flags: object, code: ReasonCode, _properties: object
    ) -> None:
        if code.is_failure:
            refusal.append(f"{address} refused the connection: {code}")
        client.disconnect()
        answered.set()

    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set(address.username, address.password)
    if address.tls:
        client.tls_set()
    client.on_connect = connected
    try:
        outcome = client.connect(address.host, address.port)
    except OSError as error:
        raise BrokerRefused(f"no broker answers at {address}: {error}") from error
    client.loop_start()
    answered.wait(timeout)
    client.loop_stop()
    if outcome is not MQTTErrorCode.MQTT_ERR_SUCCESS or not answered.is_set():
        refusal.append(f"{address} does not speak MQTT 5")
    if refusal:
        raise BrokerRefused(refusal[0])
