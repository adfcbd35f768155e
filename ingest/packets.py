"""MQTT 5 packets, cut from what a connection brings, and what a PUBLISH among them holds.

The layout is the OASIS standard's: a packet begins with its kind and flags and the length of the
rest (2.1.1 to 2.1.4); a PUBLISH holds its topic, its packet id unless at QoS 0, its properties, and
all that is left is the message (3.3).
"""

import struct
from datetime import datetime
from typing import NamedTuple

from ingest.session import Delivery

PUBLISH = 0x30
"""The kind of a message"""
_QOS_2 = 0x04
_DUP = 0x08
_RETAIN = 0x01
_USER_PROPERTY = 0x26
_SIZES = {0x01: 1, 0x02: 4, 0x23: 2}
"""bytes of the properties of a PUBLISH that are numbers of a fixed size (3.3.2.3)"""
_TEXTS = {0x03, 0x08, 0x09}
"""its properties that are a text, or bytes with their length before them"""
_SUBSCRIPTION = 0x0B
"""its property that is a number of one to four bytes"""
_LONGEST_LENGTH = 4
"""bytes of a length"""
_SIZE = struct.Struct("!H")


class MalformedPacket(Exception):
    """The bytes are no MQTT 5: the connection is of no use any more."""


class Packet(NamedTuple):
    """One packet, whole."""

    first: int
    """Its kind and its flags"""
    body: bytes
    """What follows the length"""

    @property
    def is_publish(self) -> bool:
        """Whether it is a message at QoS 0 or 1, the only ones that we ask for."""
        return self.first & 0xF0 == PUBLISH and not self.first & _QOS_2


class Cutter:
    """Cuts packets from the bytes of one connection, however these come in pieces."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        """Of a packet that is not whole"""
        self._wanted = 0
        """How many bytes make that one whole, as far as they tell"""

    def feed(self, received: bytes) -> list[Packet]:
        """Give the packets that are whole now, in order.

        Raises:
            MalformedPacket: a packet has no length.
        """
        self._waiting += received
        if len(self._waiting) < self._wanted:
            return []
        data, at, packets = bytes(self._waiting), 0, []
        while (bounds := _bounds(data, at)) and bounds[1] <= len(data):
            packets.append(Packet(data[at], data[bounds[0] : bounds[1]]))
            at = bounds[1]
        self._waiting = bytearray(data[at:])
        self._wanted = bounds[1] - at if bounds else 0
        return packets


def _bounds(data: bytes, at: int) -> tuple[int, int] | None:
    """Give where the body of the packet at a place begins and ends; None: its length is to come."""
    at += 1
    read = _number(data[at : at + _LONGEST_LENGTH])
    if read is None:
        return None
    length, used = read
    return at + used, at + used + length


def _number(data: bytes) -> tuple[int, int] | None:
    """Read a number of seven bits a byte, and in how many bytes (1.5.5); None: there is more."""
    number = 0
    for used, byte in enumerate(data):
        number |= (byte & 127) << 7 * used
        if byte < 128:
            return number, used + 1
    if len(data) == _LONGEST_LENGTH:
        raise MalformedPacket("a number of more than four bytes")
    return None


def delivery(packet: Packet, epoch: int, received_at: datetime) -> Delivery:
    """Read a PUBLISH.

    Args:
        packet: one with `is_publish`.
        epoch: the connection that it came by.
        received_at: when.

    Raises:
        MalformedPacket: it is shorter than it says.
    """
    flags, body = packet
    try:
        at = 2 + _SIZE.unpack_from(body)[0]
        # Bytes that are not UTF-8, which a broker should not pass on, are replaced.
        topic = body[2:at].decode("utf-8", "replace")
        qos = flags >> 1 & 3
        mid = 0
        if qos:
            (mid,) = _SIZE.unpack_from(body, at)
            at += 2
        origin, at = ("live", at + 1) if body[at] == 0 else _properties(body, at)
    except (struct.error, IndexError) as error:
        raise MalformedPacket(f"a PUBLISH that is cut off: {error}") from error
    return Delivery(
        epoch,
        mid,
        qos,
        bool(flags & _DUP),
        bool(flags & _RETAIN),
        topic,
        body[at:],
        received_at,
        origin,
    )


def _properties(body: bytes, at: int) -> tuple[str, int]:
    """Give the user property `origin`, and where the message begins."""
    length, at = _variable(body, at)
    end = at + length
    origin = None
    while at < end:
        kind, at = body[at], at + 1
        if kind == _USER_PROPERTY:
            name, at = _text(body, at)
            value, at = _text(body, at)
            if name == b"origin" and origin is None:
                origin = value.decode("utf-8", "replace")
        elif kind in _TEXTS:
            _, at = _text(body, at)
        elif kind == _SUBSCRIPTION:
            _, at = _variable(body, at)
        elif kind in _SIZES:
            at += _SIZES[kind]
        else:
            raise MalformedPacket(f"a PUBLISH with the property {kind:#04x}")
    if at != end or end > len(body):
        raise MalformedPacket("a PUBLISH whose properties are not as long as it says")
    return "live" if origin is None else origin, end


def _variable(body: bytes, at: int) -> tuple[int, int]:
    """Read a number of one to four bytes, and give where it ends."""
    read = _number(body[at : at + _LONGEST_LENGTH])
    if read is None:
        raise MalformedPacket("a number that is cut off")
    return read[0], at + read[1]


def _text(body: bytes, at: int) -> tuple[bytes, int]:
    """Read a text with its length before it, and give where it ends."""
    end = at + 2 + _SIZE.unpack_from(body, at)[0]
    return body[at + 2 : end], end
