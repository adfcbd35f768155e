"""Any network server's event, to the model: the one entry of `decoders` for what the broker brings.

ChirpStack v4        decoders.chirpstack      JSON and protobuf; told by `deviceInfo`, or binary
ChirpStack v3        decoders.chirpstack_v3   both of its JSON dialects; told by `devEUI`
The Things Stack v3  decoders.things_stack    JSON; told by `end_device_ids`
"""

from collections.abc import Callable

import msgspec

from decoders import chirpstack, chirpstack_v3, things_stack
from decoders.errors import EventError
from decoders.event_time import STANDARD, TimeRule
from decoders.json_text import decode
from decoders.model import NetworkEvent, Uplink


def parse(topic: str, payload: bytes, *, rule: TimeRule = STANDARD) -> Uplink | NetworkEvent:
    """Read one event of any network server; raises an EventError, and nothing else.

    Args:
        topic: Where it was published.
        payload: The message: JSON or protobuf, 256 KiB at most.
        rule: Which of an event's times to believe, see `decoders.event_time`.
    """
    return _source(payload)(topic, payload, rule=rule)


def _source(payload: bytes) -> Callable[..., Uplink | NetworkEvent]:
    """Tell the network server by the keys that its events cannot be without."""
    if payload.lstrip()[:1] != b"{" or b'"deviceInfo"' in payload:
        return chirpstack.parse
    if b'"devEUI"' in payload:
        return chirpstack_v3.parse
    if b'"end_device_ids"' in payload:
        return things_stack.parse
    return chirpstack.parse


_TOPIC_BY_KEY: tuple[tuple[str, str], ...] = (
    ("join_accept", "v3/+/devices/+/join"),
    ("end_device_ids", "v3/+/devices/+/up"),
    ("devEui", "application/+/device/+/command/down"),
    ("acknowledged", "application/+/device/+/event/ack"),
    ("margin", "application/+/device/+/event/status"),
    ("batteryLevel", "application/+/device/+/event/status"),
    ("downlinkId", "application/+/device/+/event/txack"),
    ("gatewayID", "application/+/device/+/event/txack"),
    ("queueItemId", "application/+/device/+/event/ack"),
    ("description", "application/+/device/+/event/log"),
    ("error", "application/+/device/+/event/error"),
    ("integrationName", "application/+/device/+/event/integration"),
    ("data", "application/+/device/+/event/up"),
    ("fPort", "application/+/device/+/event/up"),
    ("fCnt", "application/+/device/+/event/up"),
    ("devAddr", "application/+/device/+/event/join"),
    ("rxInfo", "application/+/device/+/event/up"),
    ("rxPacketsReceived", "+/gateway/+/event/stats"),
    ("metadata", "+/gateway/+/event/stats"),
    ("gatewayId", "+/gateway/+/state/conn"),
    ("location", "application/+/device/+/event/location"),
)
"""The first key that an event has tells its type; what follows has no key of its own."""
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_UP = "application/+/device/+/event/up"


def topic_of(payload: bytes) -> str | None:
    """Guess the topic of a message that came without one, in a file.

    JSON tells its type by its keys. Binary messages, and what is no JSON at all, are taken for
    uplinks: parsing says the rest. The levels that cannot be known are `+`.

    Returns:
        A topic for `parse`; None for JSON that is like no event.
    """
    try:
        keys = decode(payload, _KEYS)
    except EventError:
        return _UP
    return next((topic for key, topic in _TOPIC_BY_KEY if key in keys), None)
