"""The MQTT session on paho-mqtt: what the broker delivered, held until the database has it.

One fixed client id, MQTT 5, QoS 1, clean start off and a session that outlives the process, so
that the broker keeps what we have not acknowledged. A delivery is acknowledged by hand, after the
commit, and only on the connection it came by: packet ids restart with a lost session, and an
acknowledgement left over from an earlier connection would delete a message that nobody has seen.

The callback does nothing but append: an exception in it would end the client's network thread for
good, and the library would still say that it is connected.

Back-pressure must work with every broker, and not every one keeps to the window that it is told.
While half of what may wait in memory does, nothing is read, so that the broker's own sending waits.
That cannot go on for long, since its signs of life wait too: when the database does not come back,
we read on. When as much waits as may, what comes is dropped unacknowledged, so the broker has it
still; and when all that waits is stored and acknowledged, we disconnect and connect again, upon
which the broker delivers the rest. Disconnecting at once would make stale what waits: with a broker
that sends more in one go than the bound, nothing would ever be acknowledged.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest import mqtt
from ingest.held import Held
from ingest.packets import Packet, delivery
from ingest.reading_client import ReadingClient
from ingest.session import BrokerAddress, Connected, Delivery, Session

log = structlog.get_logger(__name__)

_ANSWER_SECONDS = 5.0
_JOIN_SECONDS = 5.0
_MOMENT_SECONDS = 0.02


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
        self._held = Held(session.bound)
        self._dealt_with = 0
        """How many that were taken are acknowledged, or need not be"""
        self._guard = threading.Lock()
        """Held while the epoch changes, and while something is acknowledged under it"""
        self._epoch = 0
        self._leaving = False
        self._full_since: float | None = None
        self._away_since: datetime | None = None
        self.connected = threading.Event()
        self.subscribed = threading.Event()
        self._answered = threading.Event()
        self._answered_to = 0
        """Which of our requests the broker has answered last"""
        self.refusal = ""
        """Why the broker does not serve us, in one sentence; empty when it does"""
        self._client = self._make_client()

    def _make_client(self) -> Client:
        client = ReadingClient(self._session.client_id, self._received, self._may_read)
        mqtt.set_address(client, self._address)
        client.reconnect_delay_set(1, 30)
        client.on_connect = self._connect_answered
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        return client

    def start(self) -> None:
        """Connect in the background; the first connection is retried like any other."""
        if any(topic.startswith("$share/") for topic in self._session.filters):
            log.warning(
                "a shared subscription loses messages with a member, and lets them wait for one "
                "that is away; give each worker its own applications in mqtt_topics instead"
            )
        self._held.open()
        self._leaving = False
        self._answered_to = 0
        self._client.connect_async(
            self._address.host,
            self._address.port,
            keepalive=self._session.keepalive_seconds,
            clean_start=False,
            properties=mqtt.connect_properties(self._session),
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
        client.subscribe([mqtt.subscription(topic) for topic in self._session.filters])
        log.info("broker connected", broker=broker, session_present=flags.session_present)
        self._check_grants(properties)
        now = datetime.now(UTC)
        self._on_connected(Connected(now, flags.session_present, self._away_since))
        self.connected.set()

    def _check_grants(self, properties: Properties | None) -> None:
        """Warn of a broker that keeps the session for less time than was asked."""
        asked = self._session.expiry_seconds
        granted = mqtt.granted_expiry(properties, asked)
        if granted < asked:
            log.warning(
                "the broker keeps our session for less time than mqtt_session_expiry",
                asked_seconds=asked,
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
        self._answered.set()
        if not self._held.is_closed:
            self._away_since = datetime.now(UTC)
        if reason_code.value == mqtt.TAKEN_OVER:
            log.error(
                "another process has taken our session: one running service a client id",
                client_id=self._session.client_id,
            )
        elif not self._leaving:
            log.warning("broker lost", broker=str(self._address), reason=str(reason_code))

    def _subscribed(
        self,
        _client: Client,
        _userdata: object,
        mid: int,
        reason_codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        self._answered_to = mid
        self._answered.set()
        if self._held.is_closed and self.subscribed.is_set():
            return
        for topic, code in zip(self._session.filters, reason_codes, strict=False):
            if code.is_failure:
                self.refusal = f"{self._address} refused the topic {topic}: {code}"
                log.error("subscription refused", topic=topic, reason=str(code))
            elif code.value < mqtt.QOS_1:
                log.warning("the broker grants QoS 0 only: it repeats nothing", topic=topic)
        if not self.refusal:
            log.info("subscribed", topics=list(self._session.filters))
            self.subscribed.set()

    def _received(self, packets: Sequence[Packet], at: datetime) -> None:
        epoch = self._epoch
        if self._held.put(delivery(packet, epoch, at) for packet in packets):
            self._away_since = datetime.now(UTC)
            log.warning(
                "too much waits for the database: the broker keeps the rest", held=self.held
            )

    def _may_read(self) -> bool:
        """Let the broker wait while half of what may wait does, unless that does not get less."""
        if self._held.wait_for_room(_MOMENT_SECONDS):
            self._full_since = None
        elif self._full_since is None:
            self._full_since = monotonic()
        patience = self._session.bound.patience
        return self._full_since is None or monotonic() - self._full_since > patience

    def batch(self, limit: int, linger: float) -> list[Delivery]:
        """Wait up to a second for a message, then gather more until `limit` or `linger` seconds."""
        if self._held.is_closed and not self.held:
            log.info("all that waited is stored: asking the broker for the rest")
            self._leave()
            self._client.loop_stop()
            self._client = self._make_client()
            self.start()
        return self._held.take(limit, linger)

    def _leave(self) -> None:
        """Disconnect when the broker has our acknowledgements, keeping the session.

        Closing a connection on which something still comes can destroy what we sent last. So we
        subscribe to what we are subscribed to: the answer comes after all before was read.
        """
        self._held.close()
        if self.connected.is_set():
            _, mid = self._client.subscribe([mqtt.subscription(self._session.filters[0])])
            self._wait_for_answer(mid)
        self._leaving = True
        self._client.disconnect(properties=mqtt.disconnect_properties(self._session))

    def _wait_for_answer(self, mid: int | None) -> None:
        """Wait for the answer to this request: that to an earlier one may still be on its way."""
        deadline = monotonic() + _ANSWER_SECONDS
        while self._answered_to != mid and self.connected.is_set():
            if not self._answered.wait(deadline - monotonic()):
                return
            self._answered.clear()

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge what came by the present connection; the rest is delivered again anyway."""
        with self._guard:
            valid = [told.mid for told in deliveries if told.qos and told.epoch == self._epoch]
            if valid:
                mqtt.acknowledge(self._client, valid)
        self._dealt_with += len(deliveries)

    def stop(self) -> None:
        """Disconnect after the acknowledgements, keeping the session for the next start."""
        self._leave()
        # The network thread ends when all is sent, which a dead line can prevent.
        waiting = threading.Thread(target=self._client.loop_stop, daemon=True)
        waiting.start()
        waiting.join(_JOIN_SECONDS)

    @property
    def serving(self) -> bool:
        """Whether the broker delivers to us."""
        return self.subscribed.is_set()

    @property
    def held(self) -> int:
        """How many messages are in memory: those that wait, and those taken that are not stored."""
        return len(self._held) + self._held.taken - self._dealt_with

    @property
    def alive(self) -> bool:
        """Whether the network thread still runs; `is_connected()` would not tell."""
        thread = self._client._thread  # noqa: SLF001 - paho offers no other way to see it
        return thread is not None and thread.is_alive()
