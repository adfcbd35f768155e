"""Stored uplinks come again as the network server would publish them."""

from boroughsense.past import as_heard
from decoders import events
from decoders.mapping import Entry, Mapped, ObjectCodec
from decoders.model import Uplink
from storage.connection import Connection
from storage.past_uplinks import past_uplinks
from tests.ingest.redecoding_world import BEGIN, HOUR, RIGHT, bound_to, payload, store, uplink

METER = ObjectCodec("acme-meter", Mapped((Entry("temperature", ("probe", "temp")),)), "1")


def replayed(connection: Connection) -> list[Uplink]:
    """Give the uplinks that are published by a replay."""
    found = []
    for heard in as_heard(past_uplinks(connection, None, BEGIN + 12 * HOUR)):
        event = events.parse(heard.topic, heard.payload)
        assert isinstance(event, Uplink)
        found.append(event)
    return found


def test_what_a_mapping_alone_reads(database: Connection) -> None:
    """The network server's own result comes along, so that a replay gives the same readings."""
    said = {"probe": {"temp": 20.5, "words": ["a", None, True]}, "none": None, "empty": {}}
    sent = uplink(1, b"\x01", decoded=said)
    store(database, [sent], bound_to("acme-meter", METER))
    [again] = replayed(database)
    assert again == sent
    assert dict(again.decoded or {}) == said
    assert METER.read(again) == METER.read(sent)
    assert [seen.result for seen in METER.read(again).observations] == [20.5]


def test_what_a_codec_reads(database: Connection) -> None:
    """Where a codec here reads the payload, there is no result of the network server's."""
    sent = uplink(2, payload(2), decoded={"temp": 1})
    store(database, [sent], bound_to(RIGHT))
    [again] = replayed(database)
    assert (again, again.decoded) == (sent, None)
