"""A gateway's side of the Semtech UDP protocol, version 2.

    byte 0   2, the version
    1-2      a token, which the answer repeats
    3        what it is
    4-11     the gateway's id, in what gateways send
    then     JSON, or nothing

    gateway                                          network server
      PUSH_DATA {"rxpk": [...], "stat": {...}}  ->     what was heard, how the gateway is
                                            <- PUSH_ACK
      PULL_DATA                                 ->     every few seconds: here I am
                                            <- PULL_ACK
                                            <- PULL_RESP {"txpk": {...}}    to be sent
      TX_ACK {"txpk_ack": {"error": ...}}       ->     what became of it

One socket speaks for one gateway. Nothing is sent again: what is not acknowledged is lost, as with
the original.
"""

import base64
import binascii
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

VERSION = 2
TICKS = 1 << 32
"""A gateway's counter of microseconds is 32 bits wide"""
_GPS_EPOCH = datetime(1980, 1, 6, tzinfo=UTC)
_LEAP_SECONDS = timedelta(seconds=18)
"""between GPS time and UTC since 2017"""
_LONGEST = 65_536


class Kind(IntEnum):
    """What a datagram is."""

    PUSH_DATA = 0
    PUSH_ACK = 1
    PULL_DATA = 2
    PULL_RESP = 3
    PULL_ACK = 4
    TX_ACK = 5


@dataclass(frozen=True, slots=True)
class Received:
    """A frame that a gateway heard."""

    frame: bytes
    ticks: int
    """microseconds of the gateway's counter when it ended"""
    frequency: int
    """Hz"""
    spreading_factor: int
    rssi: int
    snr: float
    time: datetime | None = None
    """By the gateway's GNSS receiver; None: it has none"""

    def document(self) -> dict[str, object]:
        """Give the `rxpk`."""
        timed: dict[str, object] = {}
        if self.time is not None:
            since = self.time - _GPS_EPOCH + _LEAP_SECONDS
            written = self.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            timed = {"time": written, "tmms": since // timedelta(milliseconds=1)}
        return timed | {
            "tmst": self.ticks % TICKS,
            "chan": 0,
            "rfch": 0,
            "freq": self.frequency / 1e6,
            "stat": 1,
            "modu": "LORA",
            "datr": f"SF{self.spreading_factor}BW125",
            "codr": "4/5",
            "rssi": self.rssi,
            "lsnr": self.snr,
            "size": len(self.frame),
            "data": base64.b64encode(self.frame).decode(),
        }


@dataclass(frozen=True, slots=True)
class ToSend:
    """A frame that the network server wants on the air."""

    frame: bytes
    ticks: int | None
    """When, by the gateway's counter; None: at once"""
    token: int


@dataclass(slots=True)
class Count:
    """What a gateway counts."""

    received: int = 0
    acknowledged: int = 0
    """datagrams"""
    pushed: int = 0
    """datagrams"""
    lost: int = 0
    """datagrams for whose acknowledgement nobody waits any more"""
    downlinks: int = 0
    sent: int = 0

    @property
    def waiting(self) -> int:
        """Datagrams that are not acknowledged yet."""
        return max(0, self.pushed - self.acknowledged - self.lost)


class ServerAway(Exception):
    """Nobody answers at the network server's address."""


def datagram(kind: Kind, token: int, gateway_id: str, document: Mapping[str, object]) -> bytes:
    """Write what a gateway sends; an empty document is not written."""
    head = bytes([VERSION]) + token.to_bytes(2, "big") + bytes([kind]) + bytes.fromhex(gateway_id)
    return head + (json.dumps(document, separators=(",", ":")).encode() if document else b"")


class Forwarder:
    """One gateway with its socket.

    Args:
        gateway_id: 16 hex digits.
        server: host and port of the network server's gateway bridge.
    """

    def __init__(self, gateway_id: str, server: tuple[str, int]) -> None:
        self.gateway_id = gateway_id
        self.count = Count()
        self.pulled = False
        """Whether the server has answered a PULL_DATA"""
        self._token = 0
        family, kind, protocol, _, address = socket.getaddrinfo(*server, type=socket.SOCK_DGRAM)[0]
        self._socket = socket.socket(family, kind, protocol)
        self._socket.connect(address)

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def fileno(self) -> int:
        """Give what `select` waits on."""
        return self._socket.fileno()

    def pull(self) -> None:
        """Say that the gateway is there, so that the server knows where downlinks go."""
        self._send(Kind.PULL_DATA, {})

    def push(self, received: Sequence[Received]) -> None:
        """Give the server what was heard."""
        self.count.received += len(received)
        self.count.pushed += 1
        self._send(Kind.PUSH_DATA, {"rxpk": [one.document() for one in received]})

    def report(self, now: datetime, latitude: float, longitude: float) -> None:
        """Give the server the gateway's statistics."""
        count = self.count
        share = 100.0 * count.acknowledged / count.pushed if count.pushed else 100.0
        count.pushed += 1
        stat: dict[str, object] = {
            "time": now.strftime("%Y-%m-%d %H:%M:%S GMT"),
            "lati": latitude,
            "long": longitude,
            "alti": 30,
            "rxnb": count.received,
            "rxok": count.received,
            "rxfw": count.received,
            "ackr": round(share, 1),
            "dwnb": count.downlinks,
            "txnb": count.sent,
        }
        self._send(Kind.PUSH_DATA, {"stat": stat})

    def answer(self, wanted: ToSend, error: str) -> None:
        """Say what became of a downlink: NONE when it is sent, else why not."""
        self.count.sent += error == "NONE"
        self._send(Kind.TX_ACK, {"txpk_ack": {"error": error}}, wanted.token)

    def receive(self) -> Iterator[ToSend]:
        """Take every datagram that is here, and give the downlinks; anything odd is dropped.

        Raises:
            ServerAway: nobody is at the address.
        """
        while True:
            try:
                data = self._socket.recv(_LONGEST, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError as error:
                raise ServerAway(f"gateway {self.gateway_id}: {error}") from error
            wanted = self._take(data)
            if wanted is not None:
                yield wanted

    def _take(self, data: bytes) -> ToSend | None:
        if len(data) < 4 or data[0] != VERSION:
            return None
        token, kind = int.from_bytes(data[1:3], "big"), data[3]
        self.count.acknowledged += kind == Kind.PUSH_ACK
        self.pulled |= kind == Kind.PULL_ACK
        if kind != Kind.PULL_RESP:
            return None
        self.count.downlinks += 1
        return _read_txpk(data[4:], token)

    def _send(self, kind: Kind, document: Mapping[str, object], token: int | None = None) -> None:
        if token is None:
            token = self._token = (self._token + 1) & 0xFFFF
        try:
            self._socket.send(datagram(kind, token, self.gateway_id, document))
        except OSError as error:
            raise ServerAway(f"gateway {self.gateway_id}: {error}") from error


def _read_txpk(text: bytes, token: int) -> ToSend | None:
    """Read a PULL_RESP; None when it is not what the protocol says."""
    try:
        wanted = json.loads(text)["txpk"]
        frame = base64.b64decode(wanted["data"] + "==")
        ticks = None if wanted.get("imme") else int(wanted["tmst"])
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        return None
    return ToSend(frame, ticks, token)
