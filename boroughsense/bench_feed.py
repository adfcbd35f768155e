"""A publisher for the bench that costs little: MQTT 5 packets are made before they are sent.

Only what the bench needs of MQTT 5 (OASIS standard, section 3): CONNECT, PUBLISH at QoS 1 and the
counting of PUBACKs, on one connection. At most `WINDOW` messages are on their way.
"""

import socket
import struct
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

WINDOW = 1000
_CONNECT = b"\x10\x17\x00\x04MQTT\x05\x02\x00\x3c\x03\x21\xff\xff\x00\x07b-bench"
_PUBACK = 0x40
_BUFFER = 1 << 18


def packet(number: int, topic: str, payload: bytes) -> bytes:
    """Make a PUBLISH at QoS 1 without properties."""
    name = topic.encode()
    body = (
        struct.pack("!H", len(name)) + name + struct.pack("!HB", number % 65_535 + 1, 0) + payload
    )
    return b"\x32" + _length(len(body)) + body


def _length(size: int) -> bytes:
    """Write a remaining length: seven bits a byte."""
    written = bytearray()
    while True:
        size, low = divmod(size, 128)
        written.append(low | (128 if size else 0))
        if not size:
            return bytes(written)


class Feed:
    """A connection that publishes; OSError when the broker is not there or goes away."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 1883), 10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._out = 0

    def __enter__(self) -> Self:
        self._socket.sendall(_CONNECT)
        answer = self._socket.recv(_BUFFER)
        if answer[:1] != b"\x20" or answer[3] != 0:
            self._socket.close()
            raise ConnectionRefusedError(f"the broker answers {answer[:8].hex()}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def all(self, packets: Sequence[bytes]) -> float:
        """Publish as fast as the broker takes it; give messages a second."""
        began = time.perf_counter()
        for at in range(0, len(packets), 200):
            self._send(packets[at : at + 200])
        self._settle(0)
        return len(packets) / (time.perf_counter() - began)

    def paced(self, packets: Sequence[bytes], rate: int) -> list[float]:
        """Publish so many a second; give when each was sent (`time.monotonic`)."""
        began, sent = time.monotonic(), list[float]()
        while len(sent) < len(packets):
            due = min(len(packets), int((time.monotonic() - began) * rate) + 1)
            if due > len(sent):
                self._send(packets[len(sent) : due])
                sent += [time.monotonic()] * (due - len(sent))
            time.sleep(0.002)
        self._settle(0)
        return sent

    def _send(self, packets: Sequence[bytes]) -> None:
        self._settle(WINDOW - len(packets))
        self._socket.sendall(b"".join(packets))
        self._out += len(packets)

    def _settle(self, most: int) -> None:
        """Read acknowledgements until at most so many messages are on their way."""
        while self._out > most:
            received = self._socket.recv(_BUFFER)
            if not received:
                raise ConnectionResetError("the broker closed the connection")
            self._count(self._rest + received)

    def _count(self, received: bytes) -> None:
        at = 0
        while at + 2 <= len(received) and at + 2 + received[at + 1] <= len(received):
            self._out -= received[at] == _PUBACK
            at += 2 + received[at + 1]
        self._rest = received[at:]


def publish_paced(url: str, packets: Sequence[bytes], rate: int) -> list[float]:
    """Publish at a rate on a connection of its own: for a process of its own."""
    with Feed(url) as feed:
        return feed.paced(packets, rate)
