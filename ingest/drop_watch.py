"""How many messages the broker has dropped at full queues, as it tells under `$SYS`.

A full queue drops in silence: only this number shows it. Mosquitto tells it, other brokers do not,
and one or the other breaks a connection that asks. So it is asked for on a connection of its own.
"""

from collections.abc import Callable
from contextlib import suppress

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.mqtt import make_client
from ingest.session import BrokerAddress

log = structlog.get_logger(__name__)

DROPPED = "$SYS/broker/publish/messages/dropped"


class DropWatch:
    """Listens to the broker's count of dropped messages, if it tells one.

    Args:
        address: the broker.
        on_total: called with each new count, on a thread of its own; must not raise.
    """

    def __init__(self, address: BrokerAddress, on_total: Callable[[int], None]) -> None:
        self._address = address
        self._on_total = on_total
        self._told = False
        self._client = make_client(address)
        self._client.reconnect_delay_set(1, 60)
        self._client.on_connect = self._connected
        self._client.on_message = self._received
        self._client.on_disconnect = self._disconnected

    def start(self) -> None:
        """Begin to listen, in the background."""
        self._client.connect_async(self._address.host, self._address.port)
        self._client.loop_start()

    def stop(self) -> None:
        """Listen no longer."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason_code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not reason_code.is_failure:
            client.subscribe(DROPPED, qos=0)

    def _received(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        with suppress(ValueError):
            total = int(message.payload)
            self._told = True
            self._on_total(total)

    def _disconnected(
        self,
        client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        reason_code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not self._told and reason_code.is_failure:
            log.info("the broker does not tell how many messages it drops")
            client.disconnect()
