"""Rendering and parsing are each other's inverse, in both encodings."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import event as seen
from hypothesis import example, given, settings
from hypothesis import strategies as st

from decoders import chirpstack
from decoders.chirpstack import Envelope, Marshaler
from decoders.model import NetworkEvent, Reception, TimeSource, Uplink
from tests.decoders import samples
from tests.decoders.event_strategies import ENVELOPES, network_events, uplinks

MARSHALERS: tuple[Marshaler, ...] = ("json", "protobuf")
PLAIN = Envelope()
SERVER = datetime(2026, 11, 3, 7, 15, tzinfo=UTC)
UPLINK = Uplink(
    source="chirpstack-v4",
    deduplication_id="5c0ffee0-4b1d-4c0d-8f00-0123456789ab",
    dev_eui=samples.DEV_EUI,
    device_name="mere-court-7-bedroom",
    device_profile="milesight-em300-th",
    application=samples.APPLICATION,
    tags={"room": "bedroom"},
    dev_addr="01f2e3d4",
    f_port=85,
    f_cnt=7,
    confirmed=False,
    payload=b"\x01\x75\x64",
    result_time=SERVER,
    time_source=TimeSource.SERVER,
    receptions=(Reception(samples.GATEWAY_ID, -97, 0.0, None, SERVER),),
)
UNACKNOWLEDGED = NetworkEvent(
    source="chirpstack-v4",
    event_type="ack",
    deduplication_key="",
    subject=samples.DEV_EUI,
    application="app",
    time=SERVER,
    detail={"acknowledged": False, "f_cnt_down": 0, "queue_item_id": "q" * 31},
)
"""Its key is as long as a UUID, and none."""


@settings(max_examples=200, deadline=None)
@given(uplinks(), ENVELOPES)
def test_uplinks(uplink: Uplink, envelope: Envelope) -> None:
    """What is parsed from a rendered uplink is the uplink, in both encodings."""
    seen(f"{uplink.time_source} with {len(uplink.receptions)} copies")
    for marshaler in MARSHALERS:
        topic, message = chirpstack.render(uplink, envelope, marshaler=marshaler)
        assert chirpstack.parse(topic, message) == uplink


@settings(max_examples=300, deadline=None)
@given(network_events(), ENVELOPES)
@example(UNACKNOWLEDGED, PLAIN)
def test_other_events(event: NetworkEvent, envelope: Envelope) -> None:
    """What is parsed from a rendered event is the event, with the same key however often."""
    seen(event.event_type)
    read = []
    for marshaler in MARSHALERS:
        topic, message = chirpstack.render(event, envelope, marshaler=marshaler)
        parsed = chirpstack.parse(topic, message)
        assert isinstance(parsed, NetworkEvent)
        given_key = event.deduplication_key or parsed.deduplication_key
        assert parsed == replace(event, deduplication_key=given_key)
        again = chirpstack.render(parsed, envelope, marshaler=marshaler)
        assert chirpstack.parse(*again) == parsed
        read.append(parsed)
    assert read[0] == read[1]


@pytest.mark.parametrize("marshaler", MARSHALERS)
def test_the_same_event_gives_the_same_bytes(marshaler: Marshaler) -> None:
    """Nothing in a message is made up anew."""
    tagged = replace(UPLINK, tags={"b": "2", "a": "1"})
    envelope = Envelope(object={"z": 1, "a": [True]})
    first = chirpstack.render(tagged, envelope, marshaler=marshaler)
    assert first == chirpstack.render(
        replace(tagged, tags={"a": "1", "b": "2"}), envelope, marshaler=marshaler
    )


def test_presence_of_keys() -> None:
    """An uplink without codec and GPS has the keys that ChirpStack writes, and no other."""
    _, message = chirpstack.render(UPLINK, PLAIN, marshaler="json")
    document = json.loads(message)
    assert list(document) == [
        "deduplicationId",
        "time",
        "deviceInfo",
        "devAddr",
        "adr",
        "dr",
        "fCnt",
        "fPort",
        "confirmed",
        "data",
        "rxInfo",
        "txInfo",
        "regionConfigId",
    ]
    assert set(document["rxInfo"][0]) == {
        "gatewayId",
        "uplinkId",
        "nsTime",
        "rssi",
        "location",
        "context",
        "crcStatus",
    }
    assert document["rxInfo"][0]["location"] == {}
    assert document["time"] == "2026-11-03T07:15:00+00:00"


def test_the_codec_on_the_network_server() -> None:
    """A decoded object is written, but not beside a payload that is still ciphertext."""
    envelope = Envelope(object={"temperature": 14, "note": [1, {"a": None}]})
    _, message = chirpstack.render(UPLINK, envelope, marshaler="json")
    assert json.loads(message)["object"] == {"temperature": 14.0, "note": [1.0, {"a": None}]}
    _, message = chirpstack.render(replace(UPLINK, encrypted=True), envelope, marshaler="json")
    assert "object" not in json.loads(message)
    assert json.loads(message)["joinServerContext"] == {"sessionKeyId": UPLINK.dev_addr}


@pytest.mark.parametrize("marshaler", MARSHALERS)
def test_a_gateway_whose_gps_is_wrong(marshaler: Marshaler) -> None:
    """An event whose own time is absurd is parsed to the server's time."""
    envelope = Envelope(event_time=datetime(1980, 1, 6, tzinfo=UTC))
    rendered = chirpstack.render(UPLINK, envelope, marshaler=marshaler)
    assert chirpstack.parse(*rendered) == UPLINK


@pytest.mark.parametrize("marshaler", MARSHALERS)
def test_a_gateway_clock_that_agrees_by_chance(marshaler: Marshaler) -> None:
    """The server's time stays the server's beside a gateway's clock that says the very same."""
    copies = (Reception(samples.GATEWAY_ID, -97, 0.0, SERVER, SERVER),)
    uplink = replace(UPLINK, receptions=copies)
    rendered = chirpstack.render(uplink, PLAIN, marshaler=marshaler)
    assert chirpstack.parse(*rendered) == uplink


@pytest.mark.parametrize(("frequency", "channel"), [(868_500_000, 2), (867_100_000, 3), (1, None)])
def test_channels(frequency: int, channel: int | None) -> None:
    """The channel is that of the frequency in EU868; channel 0 is left out."""
    _, message = chirpstack.render(UPLINK, Envelope(frequency=frequency), marshaler="json")
    assert json.loads(message)["rxInfo"][0].get("channel") == channel


EVENT = NetworkEvent("chirpstack-v4", "status", "", samples.DEV_EUI, "app", SERVER)


@pytest.mark.parametrize(
    "event",
    [
        replace(UPLINK, source="things-stack-v3"),
        replace(EVENT, event_type="integration"),
        replace(EVENT, event_type="log", detail={"level": "LOUD"}),
        replace(EVENT, event_type="ack", detail={"unheard": 1}),
    ],
)
@given(marshaler=st.sampled_from(MARSHALERS))
def test_what_chirpstack_cannot_say(event: Uplink | NetworkEvent, marshaler: Marshaler) -> None:
    """Another network server's event, or one without a message of its own, is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        chirpstack.render(event, PLAIN, marshaler=marshaler)


def test_details_that_are_not_given() -> None:
    """An event without details is written with defaults."""
    topic, message = chirpstack.render(EVENT, PLAIN, marshaler="json")
    assert topic == f"application/app/device/{samples.DEV_EUI}/event/status"
    document = json.loads(message)
    assert document["batteryLevelUnavailable"] is True
    assert document["margin"] == 0
    log = replace(EVENT, event_type="log")
    assert json.loads(chirpstack.render(log, PLAIN, marshaler="json")[1])["level"] == "INFO"
