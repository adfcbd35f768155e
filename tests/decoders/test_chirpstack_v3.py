"""ChirpStack v3's events, both dialects, to the model."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from decoders import chirpstack_v3
from decoders.errors import BadField, EventError, MissingField, NotAnEvent, UnknownEvent
from decoders.model import NetworkEvent, Reception, TimeSource, Uplink
from tests.decoders import samples

Spoil = Callable[[dict[str, Any]], object]


def parse(name: str) -> Uplink | NetworkEvent:
    """Parse a sample."""
    return chirpstack_v3.parse(samples.topic(name), samples.text(name))


def test_uplink_of_json_v3() -> None:
    """The default dialect has hex ids and a gateway's clock at best."""
    uplink = parse("v3-up")
    assert isinstance(uplink, Uplink)
    assert (uplink.source, uplink.dev_eui) == ("chirpstack-v3", samples.DEV_EUI)
    assert (uplink.application, uplink.tags) == ("34", {"room": "bedroom"})
    assert (uplink.dev_addr, uplink.confirmed) == ("", False)
    assert (uplink.f_port, uplink.f_cnt) == (85, 9)
    assert uplink.payload == bytes.fromhex("0175640367c6ff04687a")
    assert uplink.result_time == datetime(2022, 2, 1, 12, 0, 0, 500_000, tzinfo=UTC)
    assert uplink.time_source is TimeSource.GATEWAY
    assert uplink.receptions[1] == Reception("7076ff0056010204", -120, -11.0)


def test_uplink_of_the_protobuf_dialect() -> None:
    """The other dialect has ids in base64, the object as a text, and the server's clock."""
    uplink = parse("v3-up-protobuf-json")
    assert isinstance(uplink, Uplink)
    assert (uplink.dev_eui, uplink.dev_addr) == (samples.DEV_EUI, "01f2e3d4")
    assert uplink.confirmed
    assert uplink.receptions[0].gateway_id == samples.GATEWAY_ID
    assert uplink.result_time == datetime(2022, 2, 1, 12, 10, 0, 123_456, tzinfo=UTC)
    assert uplink.time_source is TimeSource.SERVER


@pytest.mark.parametrize(
    ("name", "event_type", "detail"),
    [
        ("v3-join", "join", {"dev_addr": "01f2e3d4"}),
        (
            "v3-status",
            "status",
            {"margin": 14, "battery_level": 75.2, "external_power_source": False},
        ),
        ("v3-ack", "ack", {"acknowledged": True, "f_cnt_down": 4, "queue_item_id": ""}),
        ("v3-txack", "txack", {"f_cnt_down": 4, "gateway_id": samples.GATEWAY_ID}),
        (
            "v3-error",
            "log",
            {
                "level": "ERROR",
                "code": "DATA_UP_FCNT",
                "description": "frame-counter did not increment",
            },
        ),
        (
            "v3-location",
            "location",
            {"latitude": 51.53, "longitude": -0.04, "accuracy": 0.0, "source": "UNKNOWN"},
        ),
        (
            "v3-integration",
            "integration",
            {"integration_name": "resolver", "event_type": "position"},
        ),
    ],
)
def test_other_events(name: str, event_type: str, detail: dict[str, object]) -> None:
    """Each other event gives its flat facts under v4's names."""
    event = parse(name)
    assert isinstance(event, NetworkEvent)
    assert (event.event_type, event.detail) == (event_type, detail)
    assert event.subject == samples.DEV_EUI


def test_keys() -> None:
    """The same message has the same key; what could be sent twice the same has none."""
    assert parse("v3-up") == parse("v3-up")
    keys = {name: parse(name) for name in ("v3-join", "v3-ack", "v3-status", "v3-location")}
    has_key = {
        name: isinstance(event, NetworkEvent) and event.deduplication_key != ""
        for name, event in keys.items()
    }
    assert has_key == {"v3-join": True, "v3-ack": True, "v3-status": False, "v3-location": False}


def test_txack_without_a_gateway() -> None:
    """A downlink whose gateway is not told has none."""
    document = samples.load("v3-txack")
    del document["gatewayID"]
    event = chirpstack_v3.parse(samples.topic("v3-txack"), samples.dump(document))
    assert isinstance(event, NetworkEvent)
    assert event.detail["gateway_id"] == ""


def test_numbers_where_texts_are_usual() -> None:
    """The application's id may be a number, the error's type too."""
    document = samples.load("v3-error") | {"applicationID": 34, "type": 6}
    event = chirpstack_v3.parse(samples.topic("v3-error"), samples.dump(document))
    assert isinstance(event, NetworkEvent)
    assert (event.application, event.detail["code"]) == ("34", "6")


def test_copies_with_gaps() -> None:
    """A copy without gateway, clock and position is kept as what it tells."""
    document = samples.load("v3-up") | {"rxInfo": [None, {"rssi": -7}]}
    uplink = chirpstack_v3.parse(samples.topic("v3-up"), samples.dump(document))
    assert isinstance(uplink, Uplink)
    assert uplink.receptions == (Reception("", -7, 0.0),)
    assert uplink.result_time is None


def test_object_beside_nothing() -> None:
    """Neither form of the decoded object has to be there."""
    document = samples.load("v3-up")
    del document["object"]
    assert isinstance(chirpstack_v3.parse(samples.topic("v3-up"), samples.dump(document)), Uplink)


@pytest.mark.parametrize(
    ("name", "spoil", "kind", "words"),
    [
        ("v3-up", lambda up: up.pop("devEUI"), MissingField, "devEUI is missing"),
        ("v3-up", lambda up: up.pop("applicationID"), MissingField, "applicationID is missing"),
        ("v3-up", lambda up: up.update(devEUI="ff" * 8), BadField, "the topic's"),
        ("v3-up", lambda up: up.update(devEUI="zz" * 8), BadField, "not hex digits"),
        ("v3-up", lambda up: up.update(devEUI="AAAA"), BadField, "not 8 bytes in hex or base64"),
        ("v3-up", lambda up: up.update(applicationID="35"), BadField, "the topic's"),
        ("v3-up", lambda up: up["object"].update(temperature="x"), BadField, "object.temperature"),
        ("v3-up", lambda up: up.update(object=None, objectJSON="{"), BadField, "objectJSON: "),
        ("v3-join", lambda up: up.pop("devAddr"), MissingField, "devAddr is missing"),
    ],
)
def test_refusals(name: str, spoil: Spoil, kind: type[EventError], words: str) -> None:
    """What an event cannot be without, or cannot hold, is refused by the field's name."""
    document = samples.load(name)
    spoil(document)
    with pytest.raises(kind) as caught:
        chirpstack_v3.parse(samples.topic(name), samples.dump(document))
    assert words in caught.value.detail


def test_other_topics() -> None:
    """Gateways and v4's logs are not of this server; noise is no event."""
    with pytest.raises(UnknownEvent, match="on the topic of a gateway"):
        chirpstack_v3.parse(samples.topic("gateway-stats"), samples.text("v3-up"))
    with pytest.raises(UnknownEvent, match="event/log is no event"):
        chirpstack_v3.parse(samples.topic("v3-up")[:-2] + "log", samples.text("v3-up"))
    with pytest.raises(NotAnEvent):
        chirpstack_v3.parse(samples.topic("v3-up"), b"\xff")
    with pytest.raises(NotAnEvent):
        chirpstack_v3.parse(samples.topic("v3-up"), bytes(300_000))
