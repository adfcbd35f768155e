"""ChirpStack v4's events, JSON and protobuf, to the model."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from chirpstack_api import gw, integration

from decoders import chirpstack
from decoders.errors import BadField, EventError, MissingField, NotAnEvent, UnknownEvent
from decoders.model import NetworkEvent, Reception, TimeSource, Uplink
from tests.decoders import samples

FRAME = "5c0ffee0-4b1d-4c0d-8f00-0123456789"
Spoil = Callable[[dict[str, Any]], object]


def parse(name: str) -> Uplink | NetworkEvent:
    """Parse a sample."""
    return chirpstack.parse(samples.topic(name), samples.text(name))


def test_uplink() -> None:
    """Everything that the model holds is read from an uplink."""
    moment = datetime(2026, 11, 3, 7, 15, 2, 250_750, tzinfo=UTC)
    assert parse("up") == Uplink(
        source="chirpstack-v4",
        deduplication_id=f"{FRAME}ab",
        dev_eui=samples.DEV_EUI,
        device_name="mere-court-7-bedroom",
        device_profile="milesight-em300-th",
        application=samples.APPLICATION,
        tags={"dwelling": "mere-court-7", "room": "bedroom"},
        dev_addr="01f2e3d4",
        f_port=85,
        f_cnt=70_001,
        confirmed=False,
        payload=bytes.fromhex("01756403 67c6ff 04687a"),
        result_time=moment,
        time_source=TimeSource.GATEWAY,
        receptions=(
            Reception(
                gateway_id=samples.GATEWAY_ID,
                rssi=-103,
                snr=5.8,
                gateway_time=moment,
                server_time=datetime(2026, 11, 3, 7, 15, 2, 311_842, tzinfo=UTC),
                latitude=51.5312,
                longitude=-0.0417,
            ),
            Reception(
                gateway_id="7076ff0056010204",
                rssi=-117,
                snr=0.0,
                server_time=datetime(2026, 11, 3, 7, 15, 2, 298_000, tzinfo=UTC),
            ),
        ),
    )


@pytest.mark.parametrize("name", [name for name in samples.names() if samples.has_binary(name)])
def test_protobuf_gives_the_same(name: str) -> None:
    """The same event in protobuf gives the same."""
    assert chirpstack.parse(samples.topic(name), samples.binary(name)) == parse(name)


@pytest.mark.parametrize("name", ["up", "join", "status", "txack", "log"])
def test_base64_of_protobuf_gives_the_same(name: str) -> None:
    """The same event from a bridge that carries text only gives the same."""
    message = base64.b64encode(samples.binary(name)) + b"\n"
    assert chirpstack.parse(samples.topic(name), message) == parse(name)


def test_shape_of_4_0() -> None:
    """Defaults that 4.0 leaves out are filled in, and its gateway time has another name."""
    uplink = parse("up-4-0")
    assert isinstance(uplink, Uplink)
    assert (uplink.f_cnt, uplink.confirmed, uplink.tags) == (0, False, {})
    assert uplink.receptions[0].gateway_time == uplink.result_time
    assert uplink.time_source is TimeSource.GATEWAY


def test_ciphertext() -> None:
    """With end-to-end encryption the payload is marked as still encrypted."""
    uplink = parse("up-encrypted")
    assert isinstance(uplink, Uplink)
    assert uplink.encrypted


def test_nulls_are_absent() -> None:
    """A field that somebody wrote as null counts as left out."""
    document = samples.load("up")
    required = {"deduplicationId", "deviceInfo"}
    for key in document.keys() - required:
        document[key] = None
    uplink = chirpstack.parse(samples.UP, samples.dump(document))
    assert isinstance(uplink, Uplink)
    assert (uplink.payload, uplink.f_cnt, uplink.receptions) == (b"", 0, ())
    assert (uplink.result_time, uplink.time_source) == (None, None)
    document["rxInfo"] = [None, {"location": None, "snr": None, "rssi": None}]
    uplink = chirpstack.parse(samples.UP, samples.dump(document))
    assert isinstance(uplink, Uplink)
    assert uplink.receptions == (Reception("", snr=0.0),)


@pytest.mark.parametrize(
    ("name", "event_type", "key", "detail"),
    [
        ("join", "join", f"{FRAME}b0", {"dev_addr": "01f2e3d4"}),
        (
            "status",
            "status",
            f"{FRAME}b1",
            {"margin": -7, "battery_level": 62.204723, "external_power_source": False},
        ),
        (
            "status-mains",
            "status",
            f"{FRAME}b2",
            {"margin": 21, "battery_level": None, "external_power_source": True},
        ),
        (
            "status-unknown",
            "status",
            f"{FRAME}b3",
            {"margin": 0, "battery_level": None, "external_power_source": False},
        ),
        (
            "ack",
            "ack",
            f"{FRAME}b4",
            {
                "acknowledged": True,
                "f_cnt_down": 12,
                "queue_item_id": "0a0b0c0d-1e1f-4a2b-9c3d-4e5f60718293",
            },
        ),
        (
            "ack-negative",
            "ack",
            "0a0b0c0d-1e1f-4a2b-9c3d-4e5f60718294:nack",
            {
                "acknowledged": False,
                "f_cnt_down": 0,
                "queue_item_id": "0a0b0c0d-1e1f-4a2b-9c3d-4e5f60718294",
            },
        ),
        (
            "txack",
            "txack",
            "0a0b0c0d-1e1f-4a2b-9c3d-4e5f60718293:2026-11-03T07:20:08.000250+00:00",
            {
                "downlink_id": 4_000_000_001,
                "f_cnt_down": 12,
                "gateway_id": samples.GATEWAY_ID,
                "queue_item_id": "0a0b0c0d-1e1f-4a2b-9c3d-4e5f60718293",
            },
        ),
        (
            "location",
            "location",
            f"{FRAME}b9",
            {
                "latitude": 51.53,
                "longitude": -0.04,
                "accuracy": 35.5,
                "source": "GEO_RESOLVER_WIFI",
            },
        ),
        (
            "integration",
            "integration",
            f"{FRAME}ba",
            {"integration_name": "resolver", "event_type": "position"},
        ),
        (
            "gateway-stats",
            "stats",
            f"{samples.GATEWAY_ID}:2026-11-03T07:15:30+00:00",
            {
                "rx_packets_received": 58,
                "rx_packets_received_ok": 51,
                "tx_packets_received": 3,
                "tx_packets_emitted": 2,
                "latitude": 51.5312,
                "longitude": -0.0417,
            },
        ),
        ("gateway-online", "conn", "", {"state": "ONLINE"}),
        ("gateway-offline", "conn", "", {"state": "OFFLINE"}),
    ],
)
def test_other_events(name: str, event_type: str, key: str, detail: dict[str, object]) -> None:
    """Each other event gives its flat facts, and a key that a redelivery repeats."""
    event = parse(name)
    assert isinstance(event, NetworkEvent)
    assert (event.source, event.event_type) == ("chirpstack-v4", event_type)
    assert event.deduplication_key == key
    assert event.detail == detail
    gateway = name.startswith("gateway-")
    assert event.subject == (samples.GATEWAY_ID if gateway else samples.DEV_EUI)
    assert event.application == ("" if gateway else samples.APPLICATION)


def test_log() -> None:
    """A log has no id: its key is built of what it says, context included."""
    event = parse("log")
    assert isinstance(event, NetworkEvent)
    assert event.detail == {
        "level": "WARNING",
        "code": "UPLINK_F_CNT_RESET",
        "description": "Frame-counter reset or rollover detected",
        "context.deduplication_id": f"{FRAME}b8",
        "context.f_cnt_up": "3",
    }
    document = samples.load("log")
    document["context"]["f_cnt_up"] = "4"
    other = chirpstack.parse(samples.topic("log"), samples.dump(document))
    assert isinstance(other, NetworkEvent)
    same, _, context = event.deduplication_key.rpartition(":")
    assert other.deduplication_key.rpartition(":")[0] == same
    assert other.deduplication_key.rpartition(":")[2] != context


def test_events_without_anything_of_their_own() -> None:
    """An event without id and time has no key: every delivery counts as an event."""
    for name in ("log", "txack", "gateway-stats"):
        document = samples.load(name)
        del document["time"]
        event = chirpstack.parse(samples.topic(name), samples.dump(document))
        assert isinstance(event, NetworkEvent)
        assert (event.deduplication_key, event.time) == ("", None)
    document = samples.load("ack-negative")
    document["queueItemId"] = ""
    event = chirpstack.parse(samples.topic("ack"), samples.dump(document))
    assert isinstance(event, NetworkEvent)
    assert event.deduplication_key == f"{samples.DEV_EUI}:2026-11-03T07:40:10.123000+00:00"


def test_names_that_only_a_newer_server_knows() -> None:
    """An unknown enumeration's number, or name, is kept as it is."""
    device = integration.DeviceInfo(dev_eui=samples.DEV_EUI, application_id=samples.APPLICATION)
    message = integration.LogEvent(device_info=device, code=77)
    event = chirpstack.parse(samples.topic("log"), message.SerializeToString())
    assert isinstance(event, NetworkEvent)
    assert (event.detail["code"], event.detail["level"]) == ("77", "INFO")
    document = samples.load("log") | {"code": "QUITE_NEW", "level": 2}
    event = chirpstack.parse(samples.topic("log"), samples.dump(document))
    assert isinstance(event, NetworkEvent)
    assert (event.detail["code"], event.detail["level"]) == ("QUITE_NEW", "ERROR")


@pytest.mark.parametrize(
    ("name", "spoil", "kind", "words"),
    [
        ("up", lambda up: up.pop("deviceInfo"), MissingField, "deviceInfo is missing"),
        ("join", lambda up: up.pop("deviceInfo"), MissingField, "deviceInfo is missing"),
        ("up", lambda up: up["deviceInfo"].pop("devEui"), MissingField, "devEui is missing"),
        ("up", lambda up: up["deviceInfo"].pop("applicationId"), MissingField, "applicationId"),
        ("up", lambda up: up.pop("deduplicationId"), MissingField, "deduplicationId is missing"),
        ("up", lambda up: up.update(deduplicationId="not-a-uuid"), BadField, "not a UUID"),
        ("up", lambda up: up["deviceInfo"].update(devEui="ff" * 8), BadField, "the topic's"),
        ("up", lambda up: up["deviceInfo"].update(applicationId="x"), BadField, "the topic's"),
        ("up", lambda up: up.update(data="AXVc!"), BadField, "data is not base64"),
        ("up", lambda up: up.update(devAddr="1"), BadField, "devAddr '1' is not 8 hex"),
        ("up", lambda up: up.update(fPort=256), BadField, "fPort 256"),
        ("up", lambda up: up.update(fCnt=2**32), BadField, "fCnt 4294967296"),
        ("up", lambda up: up.update(fCnt=-1), BadField, "fCnt -1"),
        ("up", lambda up: up.update(fCnt="1"), BadField, "expected `int"),
        ("up", lambda up: up.update(time="today"), BadField, "time 'today'"),
        ("up", lambda up: up["rxInfo"][0].update(nsTime="x"), BadField, "rxInfo.nsTime"),
        ("up", lambda up: up["rxInfo"][0].update(gwTime="x"), BadField, "rxInfo.gwTime"),
        ("up", lambda up: up["rxInfo"][0].update(rssi=10**30), BadField, "rxInfo.rssi"),
        ("up", lambda up: up["object"].update(temperature="18,7"), BadField, "object.temperature"),
        ("up", lambda up: up["deviceInfo"]["tags"].update(a="\0"), BadField, "tags hold a NUL"),
        ("status", lambda up: up.update(batteryLevel=101), BadField, "batteryLevel 101"),
        ("status", lambda up: up.update(margin=10**20), BadField, "margin"),
        ("gateway-stats", lambda up: up.pop("gatewayId"), MissingField, "gatewayId is missing"),
        ("gateway-stats", lambda up: up.update(gatewayId="00" * 8), BadField, "the topic's"),
        ("gateway-stats", lambda up: up.update(rxPacketsReceived=-1), BadField, "rxPackets"),
    ],
)
def test_refusals(name: str, spoil: Spoil, kind: type[EventError], words: str) -> None:
    """What an event cannot be without, or cannot hold, is refused by the field's name."""
    document = samples.load(name)
    spoil(document)
    with pytest.raises(kind) as caught:
        chirpstack.parse(samples.topic(name), samples.dump(document))
    assert words in caught.value.detail


def test_refusals_of_protobuf() -> None:
    """A binary event is held to the same rules."""
    device = integration.DeviceInfo(dev_eui=samples.DEV_EUI, application_id=samples.APPLICATION)
    bare = integration.UplinkEvent(deduplication_id=f"{FRAME}ab")
    with pytest.raises(MissingField, match="deviceInfo is missing"):
        chirpstack.parse(samples.UP, bare.SerializeToString())
    for number in (1.0, True, None):
        good = integration.UplinkEvent(deduplication_id=f"{FRAME}ab", device_info=device)
        good.object.update({"temperature": number, "window": "open"})
        assert isinstance(chirpstack.parse(samples.UP, good.SerializeToString()), Uplink)
    bad = integration.UplinkEvent(deduplication_id=f"{FRAME}ab", device_info=device)
    bad.object.update({"temperature": "18,7"})
    with pytest.raises(BadField, match=r"^object\.temperature is not a number"):
        chirpstack.parse(samples.UP, bad.SerializeToString())


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (b"", "the message is empty"),
        (b"\xff\xff\xff", "not protobuf of a up event"),
        (b"C!!!", "neither protobuf nor its base64"),
        (b"C\xff\xff\xff", "neither protobuf nor its base64"),
        (bytes(300_000), "300000 bytes are more than"),
    ],
)
def test_no_event(message: bytes, words: str) -> None:
    """What is neither JSON nor protobuf is no event."""
    with pytest.raises(NotAnEvent) as caught:
        chirpstack.parse(samples.UP, message)
    assert words in caught.value.detail


def test_event_without_a_message() -> None:
    """The integration event has no protobuf class any more: only its JSON is read."""
    with pytest.raises(UnknownEvent, match="integration has no protobuf message"):
        chirpstack.parse(samples.topic("integration"), b"\n\x01a")


def test_binary_state_of_a_gateway() -> None:
    """Gateways' events are binary unless set otherwise."""
    message = gw.ConnState(gateway_id=samples.GATEWAY_ID, state="ONLINE").SerializeToString()
    event = chirpstack.parse(f"uk/eu868/gateway/{samples.GATEWAY_ID}/state/conn", message)
    assert isinstance(event, NetworkEvent)
    assert event.detail == {"state": "ONLINE"}


def test_time_rule_of_an_uplink() -> None:
    """A GPS time of 1980 gives way to the earliest clock of the server, in both encodings."""
    document = samples.load("up") | {"time": "1980-01-06T00:00:10+00:00"}
    uplink = chirpstack.parse(samples.UP, samples.dump(document))
    assert isinstance(uplink, Uplink)
    assert uplink.result_time == datetime(2026, 11, 3, 7, 15, 2, 298_000, tzinfo=UTC)
    assert uplink.time_source is TimeSource.SERVER
    document = samples.load("up")
    for copy in document["rxInfo"]:
        copy.pop("timeSinceGpsEpoch", None)
        copy.pop("gwTime", None)
    uplink = chirpstack.parse(samples.UP, samples.dump(document))
    assert isinstance(uplink, Uplink)
    assert uplink.time_source is TimeSource.SERVER
