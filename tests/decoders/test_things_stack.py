"""The Things Stack's uplinks and joins, to the model."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from decoders import things_stack
from decoders.errors import BadField, EventError, MissingField, NotAnEvent, UnknownEvent
from decoders.model import NetworkEvent, Reception, TimeSource, Uplink
from tests.decoders import samples

Spoil = Callable[[dict[str, Any]], object]


def parse(name: str) -> Uplink | NetworkEvent:
    """Parse a sample."""
    return things_stack.parse(samples.topic(name), samples.text(name))


def uplink(document: dict[str, Any], topic: str | None = None) -> Uplink:
    """Parse a document that is an uplink."""
    parsed = things_stack.parse(topic or samples.topic("tts-up"), samples.dump(document))
    assert isinstance(parsed, Uplink)
    return parsed


def test_uplink() -> None:
    """Everything that the model holds is read from an uplink."""
    up = parse("tts-up")
    assert isinstance(up, Uplink)
    assert (up.source, up.dev_eui, up.dev_addr) == (
        "things-stack-v3",
        samples.DEV_EUI,
        "260b1a2b",
    )
    assert (up.device_name, up.device_profile) == ("mere-court-7-bedroom", "milesight-iot/em300-th")
    assert (up.application, up.tags) == ("eastmere-homes", {"room": "bedroom"})
    assert (up.f_port, up.f_cnt, up.confirmed) == (85, 4711, True)
    assert up.result_time == datetime(2026, 11, 3, 7, 15, 2, 250_700, tzinfo=UTC)
    assert up.time_source is TimeSource.GATEWAY
    assert up.receptions[1] == Reception(
        "packetbroker",
        -117,
        -7.2,
        server_time=datetime(2026, 11, 3, 7, 15, 2, 340_000, tzinfo=UTC),
    )


def test_first_uplink_of_a_session() -> None:
    """Defaults that are left out are filled in; without a gateway's clock the server's counts."""
    up = parse("tts-up-first")
    assert isinstance(up, Uplink)
    assert (up.f_port, up.f_cnt, up.payload, up.confirmed) == (0, 0, b"", False)
    assert (up.device_profile, up.tags) == ("", {})
    assert up.result_time == datetime(2026, 11, 3, 7, 5, 2, 602_000, tzinfo=UTC)
    assert up.time_source is TimeSource.SERVER


def test_identity() -> None:
    """The id is made of session, counter, port and the server's time: it repeats, and differs."""
    document = samples.load("tts-up")
    first = uplink(document).deduplication_id
    assert uplink(document).deduplication_id == first
    for key, value in (("f_cnt", 0), ("f_port", 1), ("session_key_id", "x"), ("received_at", None)):
        other = samples.load("tts-up")
        other["uplink_message"][key] = value
        assert uplink(other).deduplication_id != first


def test_join() -> None:
    """A join tells the new session."""
    assert parse("tts-join") == NetworkEvent(
        source="things-stack-v3",
        event_type="join",
        deduplication_key=parse("tts-join").deduplication_key,  # type: ignore[union-attr]
        subject=samples.DEV_EUI,
        application="eastmere-homes",
        time=datetime(2026, 11, 3, 6, 59, 59, 900_000, tzinfo=UTC),
        detail={"dev_addr": "260b1a2b", "session_key_id": "c2Vzc2lvbi1vbmU="},
    )


def test_gateway_clock_without_gps() -> None:
    """A gateway's plain clock serves where none has GPS; a null copy is no copy."""
    document = samples.load("tts-up")
    document["uplink_message"]["rx_metadata"][0].pop("gps_time")
    document["uplink_message"]["rx_metadata"].append(None)
    up = uplink(document)
    assert up.result_time == datetime(2026, 11, 3, 7, 15, 2, 250_750, tzinfo=UTC)
    assert len(up.receptions) == 2


def test_copy_with_gaps() -> None:
    """A copy that tells nothing is kept as such."""
    document = samples.load("tts-up")
    document["uplink_message"] = {"rx_metadata": [{}], "version_ids": {"brand_id": "x"}}
    document["received_at"] = None
    up = uplink(document)
    assert up.receptions == (Reception("", snr=0.0),)
    assert (up.result_time, up.device_profile) == (None, "")


def test_payload_that_the_server_could_not_open() -> None:
    """A key beside the payload says that it is still ciphertext."""
    document = samples.load("tts-up")
    document["uplink_message"]["app_s_key"] = {"kek_label": "x"}
    assert uplink(document).encrypted


@pytest.mark.parametrize(
    "topic",
    ["borough/up", "v3/+/devices/+/up", "v3/eastmere-homes/devices/mere-court-7-bedroom/up"],
)
def test_topics(topic: str) -> None:
    """The Pub/Sub integration publishes anywhere; the open source has no tenant."""
    assert uplink(samples.load("tts-up"), topic).f_cnt == 4711


@pytest.mark.parametrize(
    ("spoil", "kind", "words"),
    [
        (lambda up: up.pop("end_device_ids"), MissingField, "end_device_ids is missing"),
        (lambda up: up["end_device_ids"].pop("dev_eui"), MissingField, "dev_eui is missing"),
        (
            lambda up: up["end_device_ids"].pop("application_ids"),
            MissingField,
            "application_id is missing",
        ),
        (lambda up: up["end_device_ids"].update(device_id="x"), BadField, "device_id 'x' is not"),
        (
            lambda up: up["end_device_ids"]["application_ids"].update(application_id="x"),
            BadField,
            "application_id 'x' is not the topic's",
        ),
        (lambda up: up.update(simulated=True), BadField, "simulated true"),
        (lambda up: up.pop("uplink_message"), UnknownEvent, "neither uplink_message nor"),
        (
            lambda up: up["uplink_message"]["decoded_payload"].update(temperature="x"),
            BadField,
            "object.temperature",
        ),
        (lambda up: up["uplink_message"].update(frm_payload="!"), BadField, "frm_payload"),
        (
            lambda up: up["uplink_message"]["rx_metadata"][0].update(rssi=1e300),
            BadField,
            "rx_metadata.rssi",
        ),
    ],
)
def test_refusals(spoil: Spoil, kind: type[EventError], words: str) -> None:
    """What an event cannot be without, or cannot hold, is refused by the field's name."""
    document = samples.load("tts-up")
    spoil(document)
    with pytest.raises(kind) as caught:
        things_stack.parse(samples.topic("tts-up"), samples.dump(document))
    assert words in caught.value.detail


@pytest.mark.parametrize("message", [b"", b"\xff", b"{", bytes(300_000)])
def test_no_event(message: bytes) -> None:
    """What is no JSON is no event."""
    with pytest.raises(NotAnEvent):
        things_stack.parse("v3/a@b/devices/c/up", message)
