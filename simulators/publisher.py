"""Publishing over MQTT 5, so that we know of every message whether the broker has it.

QoS 1, a bounded number in flight, no more than the broker's Receive Maximum; a message counts as
published when its PUBACK is here. Only the caller's thread touches what is in flight: the network
thread does nothing but note which packet was acknowledged.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition, Event
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulators.pace import Due

CONNECT_SECONDS = 10.0
WINDOW = 500
"""messages in flight at most"""


class Publishable(Due, Protocol):
    """What can be published."""

    @property
    def topic(self) -> str:
        """Where."""
        ...

    @property
    def payload(self) -> bytes:
        """What."""
        ...


MessageT = TypeVar("MessageT", bound=Publishable)


class BrokerAway(Exception):
    """The broker cannot be reached, or does not let us in."""


class PublishRefused(Exception):
    """The broker does not take what we publish."""


@dataclass(frozen=True, slots=True)
class Target:
    """The broker, and as whom to speak to it."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class Publisher(Generic[MessageT]):
    """A connection that publishes.

    Args:
        target: the broker.
        origin: what the messages say they are (`simulation`, `replay`).
        on_safe: called with each message that the broker has acknowledged, on our thread.
        window: messages in flight at most.
    """

    def __init__(
        self,
        target: Target,
        origin: str,
        on_safe: Callable[[MessageT], None],
        *,
        window: int = WINDOW,
    ) -> None:
        self._target = target
        self._on_safe = on_safe
        self._window = window
        self._flying: dict[int, MessageT] = {}
        self._landed: deque[tuple[int, ReasonCode]] = deque()
        self._changed = Condition()
        self._connected = Event()
        self._refusal = ""
        self._client = self._make_client()
        self._properties = Properties(PacketTypes.PUBLISH)
        self._properties.UserProperty = ("origin", origin)
        self.repeated = 0
        """Messages in flight when a connection was lost: the broker may have them twice"""

    def _make_client(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        client.on_connect = self._when_connected
        client.on_disconnect = self._when_disconnected
        client.on_publish = self._when_published
        client.max_inflight_messages_set(self._window)
        client.reconnect_delay_set(1, 10)
        if self._target.username is not None:
            client.username_pw_set(self._target.username, self._target.password)
        if self._target.tls:
            client.tls_set()
        return client

    def __enter__(self) -> Self:
        """Connect; BrokerAway when the broker is not there or refuses."""
        try:
            self._client.connect(self._target.host, self._target.port, keepalive=30)
        except OSError as error:
            raise BrokerAway(f"{self._target.host}:{self._target.port}: {error}") from error
        self._client.loop_start()
        if not self._connected.wait(CONNECT_SECONDS) or self._refusal:
            self._client.loop_stop()
            raise BrokerAway(
                f"{self._target.host}:{self._target.port}: {self._refusal or 'does not answer'}"
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, message: MessageT, stop: Event) -> bool:
        """Publish as soon as there is room; False when `stop` was set before.

        Raises:
            PublishRefused: the broker has refused an earlier message.
        """
        while len(self._flying) >= self._window:
            if stop.is_set():
                return False
            self._wait(0.2)
        sent = self._client.publish(
            message.topic, message.payload, qos=1, properties=self._properties
        )
        self._flying[sent.mid] = message
        self._land()
        return True

    def settle(self, seconds: float) -> int:
        """Wait for every acknowledgement; give how many are missing when the time is over."""
        deadline = time.monotonic() + seconds
        self._land()
        while self._flying and (left := deadline - time.monotonic()) > 0:
            self._wait(min(left, 0.2))
        return len(self._flying)

    def land(self) -> None:
        """Count what the broker has acknowledged meanwhile."""
        self._land()

    def _wait(self, seconds: float) -> None:
        with self._changed:
            if not self._landed:
                self._changed.wait(seconds)
        self._land()

    def _land(self) -> None:
        while self._landed:
            mid, reason = self._landed.popleft()
            message = self._flying.pop(mid)
            if reason.is_failure:
                raise PublishRefused(f"{message.topic}: the broker says {reason}")
            self._on_safe(message)

    def _when_connected(
        self,
        _client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
        else:
            limit = getattr(properties, "ReceiveMaximum", self._window)
            self._window = min(self._window, limit)
        self._connected.set()

    def _when_disconnected(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.repeated += len(self._flying)

    def _when_published(
        self,
        _client: Client,
        _userdata: object,
        mid: int,
        reason: ReasonCode,
        _properties: Properties,
    ) -> None:
        with self._changed:
            self._landed.append((mid, reason))
            self._changed.notify()
