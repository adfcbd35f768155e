"""paho's client, save that it reads what the broker sends by the quarter of a megabyte.

The library makes three system calls, and a dozen objects, for each message: 40 to 55 us, more than
all else that is done with a message in this program. Here whatever there is to read is read at
once, and its PUBLISH packets are cut out and handed over together. Every other packet is put where
the library's own reader would have put it, and is handled by the library. So are the connection,
keep-alive, TLS and all that is sent.

What is private of the library and used here is that of 2.2; `tests/ingest/test_packets.py` and
`test_subscriber.py` run on it.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket as Malformed

from ingest.packets import PUBLISH, Cutter, MalformedPacket, Packet

_READ = 256 * 1024

OnPublished = Callable[[Sequence[Packet], datetime], None]
"""Takes the PUBLISH packets of one reading, in order, and when they came."""


class ReadingClient(Client):
    """An MQTT 5 client that hands over messages many at a time and acknowledges none by itself.

    Args:
        client_id: the session's name.
        on_published: called on the network thread; must not raise.
        may_read: the same, before each reading; False, after a moment: not now. What the broker
            sends then fills the connection, and it waits. What we send goes out meanwhile.
    """

    def __init__(
        self, client_id: str, on_published: OnPublished, may_read: Callable[[], bool]
    ) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        self._on_published = on_published
        self._may_read = may_read
        self._cutter = Cutter()

    def reconnect(self) -> MQTTErrorCode:
        """Connect; what an earlier connection left half of a packet is forgotten."""
        self._cutter = Cutter()
        return super().reconnect()

    def _packet_read(self) -> MQTTErrorCode:
        """Read what there is; the library calls this when there is something."""
        if not self._may_read():
            return MQTTErrorCode.MQTT_ERR_AGAIN
        try:
            received = self._sock_recv(_READ)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_AGAIN
        except OSError:
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        if not received:
            return MQTTErrorCode.MQTT_ERR_CONN_LOST
        with self._msgtime_mutex:
            self._last_bytes_received = monotonic()
        try:
            return self._take(self._cutter.feed(received))
        except (MalformedPacket, Malformed):
            return MQTTErrorCode.MQTT_ERR_PROTOCOL

    def _take(self, packets: Sequence[Packet]) -> MQTTErrorCode:
        """Hand messages over together, up to each packet that may change the connection."""
        now = datetime.now(UTC)
        messages: list[Packet] = []
        for packet in packets:
            if packet.is_publish:
                messages.append(packet)
                continue
            self._on_published(messages, now)
            messages = []
            code = self._pass_on(packet)
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS or self._sock is None:
                return code
        self._on_published(messages, now)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _pass_on(self, packet: Packet) -> MQTTErrorCode:
        """Let the library handle a packet; a message at QoS 2 answers nothing that we asked for."""
        if packet.first & 0xF0 == PUBLISH:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        self._in_packet["command"] = packet.first
        self._in_packet["packet"] = bytearray(packet.body)
        self._in_packet["remaining_length"] = len(packet.body)
        return self._packet_handle()
