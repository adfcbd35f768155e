"""ChirpStack v4: an event of its MQTT integration, JSON or protobuf, to the model and back.

    topic, bytes -> Address            decoders.topics
                 -> Struct or message  decoders.chirpstack_json, decoders.chirpstack_protobuf
                 -> Uplink or other    decoders.chirpstack_model, decoders.chirpstack_detail
                 -> topic, bytes       decoders.chirpstack_render, decoders.pbjson

No setting says which encoding comes, each message tells for itself by its first byte:

    {    JSON; in protobuf it would be field 15 with a wire type that is not in use
    C    base64 text of protobuf, from bridges and files that carry text only; in protobuf it
         would begin a group, which no event holds
    else protobuf
"""

import binascii

from decoders import chirpstack_json, chirpstack_protobuf, fields, topics
from decoders.chirpstack_envelope import Envelope
from decoders.chirpstack_render import Marshaler, render
from decoders.errors import NotAnEvent
from decoders.event_time import STANDARD, TimeRule
from decoders.model import NetworkEvent, Uplink

__all__ = ["Envelope", "Marshaler", "parse", "render"]


def parse(topic: str, payload: bytes, *, rule: TimeRule = STANDARD) -> Uplink | NetworkEvent:
    """Read one event; raises an EventError, and nothing else, for whatever bytes.

    Args:
        topic: Where it was published, with any prefix.
        payload: The message.
        rule: Which time to believe: the event's own within 5 min of the server's clock or up to
            7 days older, else the server's; both times None when the event has no clock.
    """
    fields.check_length(payload)
    address = topics.read(topic)
    if payload.lstrip()[:1] == b"{":
        return chirpstack_json.parse(payload, address, rule)
    if not payload:
        raise NotAnEvent("the message is empty")
    return chirpstack_protobuf.parse(_binary(payload), address, rule)


def _binary(payload: bytes) -> bytes:
    """Undo the base64 of a message that came as text."""
    if payload[:1] != b"C":
        return payload
    try:
        return binascii.a2b_base64(payload.rstrip(), strict_mode=True)
    except ValueError as error:
        raise NotAnEvent(f"neither protobuf nor its base64: {error}") from error
