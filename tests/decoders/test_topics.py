"""What a topic says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders import topics
from decoders.errors import BadField, UnknownEvent

EUI = "24e124a1b2c3d4e5"


@pytest.mark.parametrize("event_type", sorted(topics.DEVICE_EVENTS))
@pytest.mark.parametrize("prefix", ["", "borough/", "a/b/c/"])
def test_device_topic(event_type: str, prefix: str) -> None:
    """A device's topic tells event, application and device, whatever stands before it."""
    address = topics.read(f"{prefix}application/app/device/{EUI.upper()}/event/{event_type}")
    assert address == topics.Address(event_type, "app", EUI)


@pytest.mark.parametrize(
    ("topic", "event_type"),
    [
        ("eu868/gateway/7076FF0056010203/event/stats", "stats"),
        ("gateway/7076ff0056010203/event/stats", "stats"),
        ("borough/uk/eu868/gateway/7076ff0056010203/state/conn", "conn"),
    ],
)
def test_gateway_topic(topic: str, event_type: str) -> None:
    """A gateway's topic tells event and gateway, and no application."""
    assert topics.read(topic) == topics.Address(event_type, "", "7076ff0056010203")


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "/",
        "application/app/device/x/event",
        "application/app/device/x/command/down",
        "application/app/device/x/event/unheard of",
        "application/app/device/x/event/up/more",
        "application/app/gateway/x/event/up",
        "applications/app/device/x/event/up",
        "eu868/gateway/x/event/up",
        "eu868/gateway/x/command/down",
        "eu868/gateway/x/state/" + "long" * 20,
        "v3/app@tenant/devices/x/up",
    ],
)
def test_other_topic_is_refused(topic: str) -> None:
    """Any other topic is refused as an unknown event, in one short sentence."""
    with pytest.raises(UnknownEvent) as caught:
        topics.read(topic)
    assert len(caught.value.detail) < 200


@given(st.text(alphabet=st.sampled_from("application/device/event/up/gateway/+#é\0")) | st.text())
def test_any_topic_is_read_or_refused(topic: str) -> None:
    """Whatever the topic, it is read or refused as an unknown event."""
    try:
        address = topics.read(topic)
    except UnknownEvent:
        return
    assert address.event_type in topics.DEVICE_EVENTS | {"stats", "conn"}


def test_payload_of_another_device_or_application_is_refused() -> None:
    """An event speaks only for the device and the application of its topic; `+` is any."""
    address = topics.read(f"application/app/device/{EUI}/event/up")
    address.check_subject("devEui", EUI)
    address.check_application("applicationId", "app")
    with pytest.raises(BadField, match="devEui 00 is not the topic's"):
        address.check_subject("devEui", "00")
    with pytest.raises(BadField, match="applicationId 'other' is not the topic's 'app'"):
        address.check_application("applicationId", "other")
    unknown = topics.read("application/+/device/+/event/up")
    unknown.check_subject("devEui", "00")
    unknown.check_application("applicationId", "other")
