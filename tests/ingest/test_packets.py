"""Packets are cut from a connection's bytes, and a PUBLISH is read, as the client library would."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies
from paho.mqtt._packet import decode_publish
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.packets import Cutter, MalformedPacket, Packet, delivery
from simulators.feed import packet

AT = datetime(2026, 5, 11, 12, tzinfo=UTC)
PROPERTIES: dict[str, Callable[[strategies.DrawFn], object]] = {
    "PayloadFormatIndicator": lambda draw: draw(strategies.integers(0, 1)),
    "MessageExpiryInterval": lambda draw: draw(strategies.integers(0, 2**32 - 1)),
    "ContentType": lambda draw: draw(strategies.text("abc", max_size=200)),
    "ResponseTopic": lambda draw: draw(strategies.text("abc", max_size=9)),
    "CorrelationData": lambda draw: draw(strategies.binary(max_size=9)),
    "SubscriptionIdentifier": lambda draw: draw(strategies.integers(1, 268_435_455)),
    "TopicAlias": lambda draw: draw(strategies.integers(1, 65_535)),
    "UserProperty": lambda draw: (
        draw(strategies.sampled_from(("origin", "region", ""))),
        draw(strategies.text("abé", max_size=9)),
    ),
}


def length(size: int) -> bytes:
    """Write a length of seven bits a byte."""
    low, rest = size % 128, size // 128
    return bytes([low | 128]) + length(rest) if rest else bytes([low])


@strategies.composite
def publishes(draw: strategies.DrawFn) -> Packet:
    """Draw a PUBLISH at QoS 0 or 1, with properties or without, as the library writes them."""
    qos = draw(strategies.integers(0, 1))
    first = 0x30 | draw(strategies.sampled_from((0, 1, 8, 9))) | qos << 1
    topic = draw(strategies.text("a/é", min_size=1, max_size=200)).encode()
    properties = Properties(PacketTypes.PUBLISH)
    for name in draw(strategies.lists(strategies.sampled_from(sorted(PROPERTIES)), max_size=3)):
        setattr(properties, name, PROPERTIES[name](draw))
    packet_id = draw(strategies.integers(1, 65_535)).to_bytes(2, "big") if qos else b""
    body = len(topic).to_bytes(2, "big") + topic + packet_id + properties.pack()
    return Packet(first, body + draw(strategies.binary(max_size=300)))


@given(publishes())
def test_publish_is_read_as_the_library_reads_it(drawn: Packet) -> None:
    """Topic, packet id, flags, payload and the user property `origin` are the library's."""
    read = decode_publish(drawn.first, drawn.body, MQTTProtocolVersion.MQTTv5)
    told = delivery(drawn, 7, AT)
    assert drawn.is_publish
    assert (told.topic, told.mid, told.qos, told.dup, told.retain, told.payload) == (
        *(read.topic.decode(), read.mid, read.qos, read.dup, read.retain),
        read.payload,
    )
    named = dict(reversed(getattr(read.properties, "UserProperty", ())))
    assert told.origin == named.get("origin", "live")
    assert (told.epoch, told.received_at) == (7, AT)


@given(strategies.lists(publishes(), max_size=5), strategies.data())
def test_packets_come_whole_however_the_bytes_come(
    sent: list[Packet], data: strategies.DataObject
) -> None:
    """Cut anywhere, between and within packets, the bytes give the same packets in order."""
    stream = b"".join(bytes([one.first]) + length(len(one.body)) + one.body for one in sent)
    cutter, found, at = Cutter(), list[Packet](), 0
    while at < len(stream):
        size = data.draw(strategies.sampled_from((1, 2, 3, 100, 130, 1000)))
        found += cutter.feed(stream[at : at + size])
        at += size
    assert found == sent


def test_packet_that_is_not_whole_is_waited_for() -> None:
    """Of a packet of a megabyte nothing is given until its last byte is there."""
    cutter, made = Cutter(), packet(0, "t", bytes(1_000_000))
    pieces = [made[at : at + 100_000] for at in range(0, len(made), 100_000)]
    assert [len(cutter.feed(piece)) for piece in pieces] == [0] * 10 + [1]


@given(publishes(), strategies.data())
def test_packet_that_is_cut_off_is_malformed(whole: Packet, data: strategies.DataObject) -> None:
    """A PUBLISH whose end is missing is told, or is a whole one with a shorter payload."""
    size = data.draw(strategies.integers(0, len(whole.body)))
    try:
        told = delivery(Packet(whole.first, whole.body[:size]), 1, AT)
    except MalformedPacket:
        return
    assert whole.body[:size].endswith(told.payload)


@pytest.mark.parametrize(
    "body",
    [b"\x00\x01t\x02\x7f\x00", b"\x00\x01t\x01\x01\x00", b"\x00\x01t\xff\xff\xff\xff\x01"],
    ids=["no such property", "longer than it says", "a length without an end"],
)
def test_properties_that_are_none_are_malformed(body: bytes) -> None:
    """What no MQTT 5 broker may send ends the connection; nothing is guessed."""
    with pytest.raises(MalformedPacket):
        delivery(Packet(0x30, body), 1, AT)


def test_length_without_an_end_is_malformed() -> None:
    """A length is four bytes at most (2.1.4)."""
    with pytest.raises(MalformedPacket, match="four bytes"):
        Cutter().feed(b"\x30\xff\xff\xff\xff\x01")


def test_topic_that_is_no_text_is_kept() -> None:
    """A topic with bytes that are not UTF-8, which brokers ought to refuse, is read still."""
    told = delivery(Packet(0x30, b"\x00\x02a\xff\x00payload"), 1, AT)
    assert (told.topic, told.payload) == ("a\ufffd", b"payload")
