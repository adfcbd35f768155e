"""Recording a broker's feed to a file, beside whoever else listens."""

import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import IO

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulators.publisher import CONNECT_SECONDS, BrokerAway, Target
from simulators.recording import Heard, note, opened

FILTERS = (
    "application/+/device/+/event/+",
    "+/gateway/+/event/stats",
    "+/gateway/+/state/conn",
)
"""What a ChirpStack server publishes"""
_FLUSH_SECONDS = 1.0


class Recorder:
    """A subscriber that writes down what it hears.

    Args:
        target: the broker.
        filters: the topics.
    """

    def __init__(self, target: Target, filters: tuple[str, ...] = FILTERS) -> None:
        self._target = target
        self._filters = filters
        self._lines: deque[str] = deque()
        self._arrived = threading.Condition()
        self._subscribed = Event()
        self._refusal = ""
        self._connections = 0
        self.recorded = 0

    def record(self, file: Path, stop: Event, tell: Callable[[int], None]) -> int:
        """Append to the file until `stop` is set; give the number of messages.

        Raises:
            BrokerAway: the broker is not there, or does not let us listen.
            OSError: the file cannot be written.
        """
        client = self._client()
        with opened(file, "a") as sink:
            try:
                client.connect(self._target.host, self._target.port, keepalive=30)
            except OSError as error:
                raise BrokerAway(f"{self._target.host}:{self._target.port}: {error}") from error
            client.loop_start()
            try:
                self._await_subscription()
                while not stop.is_set():
                    self._write(sink, _FLUSH_SECONDS)
                    tell(self.recorded)
            finally:
                client.disconnect()
                client.loop_stop()
                self._write(sink, 0.0)
        return self.recorded

    def _client(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        client.on_connect = self._when_connected
        client.on_subscribe = self._when_subscribed
        client.on_message = self._when_message
        if self._target.username is not None:
            client.username_pw_set(self._target.username, self._target.password)
        if self._target.tls:
            client.tls_set()
        return client

    def _await_subscription(self) -> None:
        if not self._subscribed.wait(CONNECT_SECONDS) or self._refusal:
            raise BrokerAway(
                f"{self._target.host}:{self._target.port}: {self._refusal or 'does not answer'}"
            )

    def _write(self, sink: IO[str], seconds: float) -> None:
        with self._arrived:
            if not self._lines:
                self._arrived.wait(seconds)
        while self._lines:
            sink.write(f"{self._lines.popleft()}\n")
        sink.flush()

    def _append(self, line: str) -> None:
        with self._arrived:
            self._lines.append(line)
            self._arrived.notify()

    def _when_connected(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
            self._subscribed.set()
            return
        if self._connections:
            self._append(note(datetime.now(UTC), "connected again: messages may be missing before"))
        self._connections += 1
        client.subscribe([(topic, 1) for topic in self._filters])

    def _when_subscribed(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self._refusal = ", ".join(refused)
        self._subscribed.set()

    def _when_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        told = dict(getattr(message.properties, "UserProperty", ()))
        heard = Heard(
            datetime.now(UTC),
            message.topic,
            bytes(message.payload),
            message.qos,
            message.retain,
            told.get("origin", "live"),
        )
        self.recorded += 1
        self._append(heard.line())
