"""The demo's broker: rumqttd from a wheel, on loopback, MQTT 5; it forgets all on restart."""

import socket
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from iotcore import Broker

_CONFIG = """\
id = 0

[router]
id = 0
max_connections = 64
max_outgoing_packet_count = 2000
max_segment_size = 104857600
max_segment_count = 10

[v5.demo]
name = "demo"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v5.demo.connections]
connection_timeout_ms = 5000
max_payload_size = 2097152
max_inflight_count = 2000
dynamic_filters = true
"""


def free_port() -> int:
    """Give a loopback port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class EmbeddedBroker:
    """An MQTT 5 broker in a child process, gone when we are gone."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="boroughsense-broker-")
        config = Path(self._folder.name) / "rumqttd.toml"
        config.write_text(_CONFIG.format(port=self.port))
        self._broker = Broker(config_path=str(config))

    @property
    def url(self) -> str:
        """The address for `mqtt_url`."""
        return f"mqtt://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._broker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._broker.stop()
        self._folder.cleanup()
