"""The gateways' protocol, read and written by another implementation over a real socket."""

import base64
import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pamoja import raw

from simulators.packet_forwarder import Forwarder, Received, ServerAway, ToSend

GATEWAY = "7076ff0056030480"
WHEN = datetime(2026, 2, 2, 10, 30, 0, 250_000, tzinfo=UTC)
HEARD = Received(b"\x40frame", (1 << 32) + 77, 868_300_000, 9, -97, -3.2, WHEN)
Pair = tuple[Forwarder, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Give a gateway and the socket of its server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        forwarder = Forwarder(GATEWAY, server.getsockname())
        yield forwarder, server
        forwarder.close()


def taken(server: socket.socket) -> raw.GatewayPacket:
    """Read the next datagram as the other implementation does, and acknowledge it."""
    data, sender = server.recvfrom(65_536)
    packet = raw.gateway_parse(data)
    answer = raw.gateway_acknowledgment(packet)
    if answer is not None:
        server.sendto(raw.gateway_encode(answer), sender)
    return packet


def received(forwarder: Forwarder) -> list[ToSend]:
    """Give what has come, when something is there."""
    deadline = time.monotonic() + 5
    before = (forwarder.count.acknowledged, forwarder.count.downlinks, forwarder.pulled)
    found: list[ToSend] = []
    while time.monotonic() < deadline and not found:
        found += forwarder.receive()
        if before != (forwarder.count.acknowledged, forwarder.count.downlinks, forwarder.pulled):
            return found
        time.sleep(0.002)
    return found


def test_what_is_heard(pair: Pair) -> None:
    """A frame arrives with its counter, radio and both clocks, and is acknowledged."""
    forwarder, server = pair
    forwarder.push([HEARD])
    assert forwarder.count.waiting == 1
    packet = taken(server)
    assert (packet.kind, packet.gateway) == ("PushData", GATEWAY)
    (heard,) = packet.packets
    assert (heard.payload, heard.frequency_hz) == (HEARD.frame, HEARD.frequency)
    assert heard.link is not None
    assert (heard.link.spreading_factor, heard.link.bandwidth_hz) == (9, 125_000)
    assert (heard.rssi_dbm, heard.crc, heard.timestamp_us) == (-97, "Ok", 77)
    assert heard.snr_db == pytest.approx(-3.2)
    assert heard.received_at_us == int(WHEN.timestamp() * 1_000_000)
    assert heard.gps_millis == 1_454_063_418_250 + (WHEN.timestamp() - 1_770_028_200.25) * 1000
    assert received(forwarder) == []
    assert (forwarder.count.acknowledged, forwarder.count.waiting) == (1, 0)


def test_a_gateway_without_gnss_has_no_time(pair: Pair) -> None:
    """Neither clock is written when it does not know the time."""
    forwarder, server = pair
    forwarder.push([Received(b"x", 1, 868_100_000, 7, -50, 9.0)])
    (heard,) = taken(server).packets
    assert (heard.received_at_us, heard.gps_millis) == (None, None)


def test_pulling_and_reporting(pair: Pair) -> None:
    """A gateway says that it is there, and how it is."""
    forwarder, server = pair
    forwarder.pull()
    assert taken(server).kind == "PullData"
    assert received(forwarder) == []
    assert forwarder.pulled
    forwarder.push([HEARD])
    taken(server)
    received(forwarder)
    forwarder.report(WHEN, 51.3727, -0.0997)
    status = taken(server).status
    assert status is not None
    assert (status.received, status.received_ok, status.forwarded) == (1, 1, 1)
    assert status.acknowledged_percent == 100.0
    assert status.time_s == int(WHEN.timestamp())
    assert status.latitude_deg == pytest.approx(51.3727)


def test_downlinks(pair: Pair) -> None:
    """A downlink comes with its frame, its time and its token, and what became of it is told."""
    forwarder, server = pair
    forwarder.pull()
    _, sender = server.recvfrom(1000)
    told = ToSend(b"", None, 0)
    for immediate in (False, True):
        wanted = raw.GatewayTxpk(
            868_100_000,
            b"\x60down",
            link=raw.LoraLink(9, 125_000),
            timestamp_us=None if immediate else 1_000_077,
            immediate=immediate,
        )
        packet = raw.GatewayPacket("PullResp", 0xAB, transmit=wanted)
        server.sendto(raw.gateway_encode(packet), sender)
        (told,) = received(forwarder)
        assert told == ToSend(b"\x60down", None if immediate else 1_000_077, 0xAB)
    forwarder.answer(told, "NONE")
    forwarder.answer(told, "TOO_LATE")
    answers = [taken(server) for _ in range(2)]
    assert [(one.kind, one.token) for one in answers] == [("TxAck", 0xAB)] * 2
    assert answers[1].tx_status == "TOO_LATE"
    assert (forwarder.count.downlinks, forwarder.count.sent) == (2, 1)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"no json",
        b"[]",
        b'{"txpk": 7}',
        b'{"txpk": {"tmst": 1}}',
        b'{"txpk": {"data": 7, "tmst": 1}}',
        b'{"txpk": {"data": "YQ==", "tmst": "soon"}}',
        b'{"txpk": {"data": "a", "tmst": 1}}',
    ],
)
def test_odd_downlinks_are_dropped(pair: Pair, document: bytes) -> None:
    """What is no downlink, too short or of another version does not stop a gateway."""
    forwarder, server = pair
    forwarder.pull()
    _, sender = server.recvfrom(1000)
    for odd in (b"\x02", b"\x01\x00\x00\x03{}", b"\x02\x00\x00\x03" + document):
        server.sendto(odd, sender)
    assert received(forwarder) == []
    assert forwarder.count.downlinks == 1


def test_padding_of_base64_may_be_missing(pair: Pair) -> None:
    """Some servers leave it out."""
    forwarder, server = pair
    forwarder.pull()
    _, sender = server.recvfrom(1000)
    bare = base64.b64encode(b"1234").decode().rstrip("=")
    text = json.dumps({"txpk": {"data": bare, "tmst": 5}}).encode()
    server.sendto(b"\x02\x00\x09\x03" + text, sender)
    assert received(forwarder) == [ToSend(b"1234", 5, 9)]


def test_nobody_there_is_told() -> None:
    """A port at which nobody listens is ServerAway, at the next datagram either way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        address = probe.getsockname()
    forwarder = Forwarder(GATEWAY, address)
    forwarder.pull()
    time.sleep(0.05)
    with pytest.raises(ServerAway, match=GATEWAY):
        forwarder.pull()
    forwarder.pull()
    time.sleep(0.05)
    with pytest.raises(ServerAway, match="refused"):
        list(forwarder.receive())
    forwarder.close()
