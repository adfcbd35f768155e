"""A network server on a loopback port: another implementation's, behind a socket of ours."""

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

from pamoja import raw

from simulators.end_device import JOIN_EUI, app_key

NET_ID = 0x13


@dataclass
class NetworkServer:
    """What came, decrypted; and what is to be answered."""

    uplinks: list[raw.GatewayNetworkEvent] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    """Those uplinks, as they came through the air"""
    names: dict[int, str] = field(default_factory=dict)
    """Which device has which address"""
    heard: list[raw.GatewayRxpk] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    reports: list[raw.GatewayStat] = field(default_factory=list)
    gateways: set[str] = field(default_factory=set)
    tx_acks: Counter[str] = field(default_factory=Counter)
    deaf: bool = False
    """It acknowledges, and answers nothing"""
    mute: bool = False
    """It does not even acknowledge what is pushed"""
    late: int = 0
    """microseconds by which it misses the receive window"""
    at_once: bool = False
    """It answers as to a device that always listens"""
    commands: bytes = b""
    """MAC commands in every downlink"""

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._socket.getsockname()
        plan = raw.ChannelPlan.for_region("EU868")
        self._network = raw.GatewayNetwork(plan, NET_ID)
        self._token = 0
        self._seen: set[bytes] = set()
        self._keys: dict[str, bytes] = {}
        self._sessions: dict[int, raw.LorawanSession] = {}
        self._counters: Counter[int] = Counter()

    def register(self, seed: int, *euis: str) -> None:
        """Let devices in."""
        for dev_eui in euis:
            self._keys[dev_eui] = app_key(seed, dev_eui)
            self._network.register(
                bytes.fromhex(dev_eui), bytes.fromhex(JOIN_EUI), self._keys[dev_eui], "1.0.3"
            )

    def serve(self) -> None:
        """Answer until an empty datagram comes."""
        while True:
            data, sender = self._socket.recvfrom(65_536)
            if not data:
                return
            packet = raw.gateway_parse(data)
            self.gateways.add(str(packet.gateway))
            answer = raw.gateway_acknowledgment(packet)
            if answer is not None and not (self.mute and packet.kind == "PushData"):
                self._socket.sendto(raw.gateway_encode(answer), sender)
            if packet.kind == "TxAck":
                self.tx_acks[packet.tx_status or "NONE"] += 1
            if packet.status is not None:
                self.reports.append(packet.status)
            for heard in packet.packets:
                self._take(heard, sender)

    def _take(self, heard: raw.GatewayRxpk, sender: tuple[str, int]) -> None:
        self.heard.append(heard)
        if heard.payload in self._seen:
            return  # another gateway's copy
        self._seen.add(heard.payload)
        try:
            event = self._network.uplink(heard)
        except Exception:  # noqa: BLE001 - it has no type that mypy knows
            return  # of nobody that is registered
        if event.outcome == "joined" and event.accept is not None:
            self.joined.append(str(event.dev_eui))
            self.names[event.dev_addr] = str(event.dev_eui)
            self._sessions[event.dev_addr] = _session(event, heard, self._keys)
            self._send(event.accept, sender)
        if event.outcome == "data":
            self.uplinks.append(event)
            self.frames.append(heard.payload)
            if event.confirmed and event.slot is not None:
                self._send(self._confirmation(event.dev_addr, event.slot), sender)

    def _confirmation(self, dev_addr: int, slot: raw.GatewaySlot) -> raw.GatewayTxpk:
        """Give a downlink that confirms: the other's own server says nothing of the kind."""
        self._counters[dev_addr] += 1
        counter = self._counters[dev_addr] - 1
        frame = self._sessions[dev_addr].encode_downlink(
            counter, 9, b"ok", confirmed=True, ack=True, fopts=self.commands
        )
        return raw.GatewayTxpk(
            slot.frequency_hz,
            frame,
            link=slot.link,
            timestamp_us=None if self.at_once else slot.timestamp_us + self.late,
            immediate=self.at_once,
            invert_polarity=True,
        )

    def _send(self, wanted: raw.GatewayTxpk | None, sender: tuple[str, int]) -> None:
        if wanted is None or self.deaf:
            return
        self._token += 1
        response = raw.GatewayPacket("PullResp", self._token, transmit=wanted)
        self._socket.sendto(raw.gateway_encode(response), sender)

    def send(self, datagram: bytes, receiver: tuple[str, int]) -> None:
        """Send anything."""
        self._socket.sendto(datagram, receiver)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def end(self) -> None:
        """Let `serve` return."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.address)


def _session(
    event: raw.GatewayNetworkEvent, heard: raw.GatewayRxpk, keys: dict[str, bytes]
) -> raw.LorawanSession:
    """Give the session of a join as the device computes it."""
    assert event.accept is not None
    dev_eui = str(event.dev_eui)
    device = raw.LorawanDevice(bytes.fromhex(dev_eui), bytes.fromhex(JOIN_EUI), keys[dev_eui])
    nonce = raw.lorawan_parse_join_request(heard.payload, keys[dev_eui]).dev_nonce
    return device.accept_join(event.accept.payload, nonce).session()


@contextmanager
def network_server() -> Iterator[NetworkServer]:
    """Give a network server that answers."""
    server = NetworkServer()
    thread = Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.end()
        thread.join()
        server.close()
