"""A publisher that costs little: MQTT 5 packets are made before they are sent.

Only what a bench and a load need of MQTT 5 (OASIS standard, section 3): CONNECT, PUBLISH at QoS 1
and the counting of PUBACKs, on one connection. No more is on its way than the broker takes.
"""

import socket
import struct
import time
from collections.abc import Iterator, Sequence
from math import inf
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

WINDOW = 1000
"""messages on their way at most"""
_PUBACK = 0x40
_BUFFER = 1 << 18
_BATCH = 200
_RECEIVE_MAXIMUM = 0x21
_REFUSED = 0x80
"""reason codes from here on are failures (2.4)"""
_SIZES = {0x11: 4, 0x13: 2, 0x21: 2, 0x22: 2, 0x24: 1, 0x25: 1, 0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1}
"""bytes of the properties of a CONNACK; every other one is text (3.2.2.3)"""


def packet(number: int, topic: str, payload: bytes, *, origin: str = "") -> bytes:
    """Make a PUBLISH at QoS 1, with the user property `origin` when there is one."""
    properties = b"\x26" + _text("origin") + _text(origin) if origin else b""
    body = (
        _text(topic)
        + struct.pack("!HB", number % 65_535 + 1, len(properties))
        + properties
        + payload
    )
    return b"\x32" + _length(len(body)) + body


def _connect(client: str, username: str | None, password: str | None) -> bytes:
    """Make a CONNECT with a clean start (3.1)."""
    flags = 0x02 | 0x80 * (username is not None) | 0x40 * (password is not None)
    body = _text("MQTT") + bytes([5, flags, 0, 60, 3, _RECEIVE_MAXIMUM, 0xFF, 0xFF])
    body += _text(client) + b"".join(_text(t) for t in (username, password) if t is not None)
    return b"\x10" + _length(len(body)) + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("!H", len(encoded)) + encoded


def _length(size: int) -> bytes:
    """Write a remaining length: seven bits a byte."""
    written = bytearray()
    while True:
        size, low = divmod(size, 128)
        written.append(low | (128 if size else 0))
        if not size:
            return bytes(written)


def receive_maximum(connack: bytes) -> int:
    """Give how many messages a broker takes at a time, by its CONNACK; 65,535 by default."""
    at, end = 5, 5 + connack[4] if len(connack) > 4 else 0
    while at < end:
        kind, at = connack[at], at + 1
        if kind == _RECEIVE_MAXIMUM:
            return int.from_bytes(connack[at : at + 2], "big")
        texts = 2 if kind == 0x26 else 1
        for _ in range(texts):
            at += _SIZES.get(kind, 2 + int.from_bytes(connack[at : at + 2], "big"))
    return 0xFFFF


class Feed:
    """A connection that publishes; OSError when the broker is not there or goes away.

    Args:
        url: `mqtt://user:password@host:port`.
        client: the client id.
    """

    def __init__(self, url: str, client: str = "b-bench") -> None:
        parts = urlsplit(url)
        self._hello = _connect(client, _unquoted(parts.username), _unquoted(parts.password))
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 1883), 10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._out = 0
        self._window = WINDOW
        self.refused = 0
        """Messages that the broker did not take"""

    def __enter__(self) -> Self:
        self._socket.sendall(self._hello)
        answer = self._socket.recv(_BUFFER)
        if answer[:1] != b"\x20" or answer[3] != 0:
            self._socket.close()
            raise ConnectionRefusedError(f"the broker answers {answer[:8].hex()}")
        self._window = min(WINDOW, receive_maximum(answer))
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
        self.burst(packets, inf)
        return len(packets) / (time.perf_counter() - began)

    def burst(self, packets: Sequence[bytes], seconds: float) -> int:
        """Publish so long as fast as the broker takes it; give how many it has acknowledged."""
        deadline = time.monotonic() + seconds
        sent = 0
        for batch in self._batches(packets):
            if time.monotonic() >= deadline:
                break
            self._send(batch)
            sent += len(batch)
        self._settle(0)
        return sent

    def paced(self, packets: Sequence[bytes], rate: int) -> list[float]:
        """Publish so many a second; give when each was sent (`time.monotonic`)."""
        began, sent = time.monotonic(), list[float]()
        while len(sent) < len(packets):
            due = min(len(packets), int((time.monotonic() - began) * rate) + 1)
            if due > len(sent):
                for batch in self._batches(packets[len(sent) : due]):
                    self._send(batch)
                sent += [time.monotonic()] * (due - len(sent))
            time.sleep(0.002)
        self._settle(0)
        return sent

    def _batches(self, packets: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
        step = min(_BATCH, self._window)
        return (packets[at : at + step] for at in range(0, len(packets), step))

    def _send(self, packets: Sequence[bytes]) -> None:
        self._settle(self._window - len(packets))
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
            if received[at] == _PUBACK:
                self._out -= 1
                self.refused += received[at + 1] > 2 and received[at + 4] >= _REFUSED
            at += 2 + received[at + 1]
        self._rest = received[at:]


def publish_paced(url: str, packets: Sequence[bytes], rate: int) -> list[float]:
    """Publish at a rate on a connection of its own: for a process of its own."""
    with Feed(url) as feed:
        return feed.paced(packets, rate)


def _unquoted(text: str | None) -> str | None:
    return None if text is None else unquote(text)
