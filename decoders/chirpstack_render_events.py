"""ChirpStack v4's messages of the events that are no uplink, one writer each.

A detail that is not given is written as its default.
"""

import re
from collections.abc import Callable, Mapping
from math import nan
from typing import Any

from chirpstack_api import common, gw, integration
from google.protobuf.message import Message

from decoders.chirpstack_envelope import Envelope, device_info, place, stamp
from decoders.model import NetworkEvent

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_CONTEXT = "context."


def _head(event: NetworkEvent, envelope: Envelope) -> dict[str, Any]:
    """Write what every device's event begins with."""
    return {"time": stamp(event.time), "device_info": device_info(event, envelope)}


def _frame(event: NetworkEvent) -> str:
    """Give the id of the frame that the event came with; empty when the key was built."""
    key = event.deduplication_key
    return key if _UUID(key) else ""


def _enum(event: NetworkEvent, detail: str) -> str | int | None:
    """Give an enumeration's value: a name, or the number of one that we have no name for."""
    value = event.detail.get(detail)
    text = "" if value is None else str(value)
    return int(text) if text.lstrip("-").isdecimal() else text or None


def _join(event: NetworkEvent, envelope: Envelope) -> Message:
    message: Message = integration.JoinEvent(
        **_head(event, envelope),
        deduplication_id=_frame(event),
        dev_addr=event.detail.get("dev_addr"),
        region_config_id=envelope.region,
    )
    return message


def _status(event: NetworkEvent, envelope: Envelope) -> Message:
    """Write a status; neither mains power nor an unknown battery has a level."""
    level = event.detail.get("battery_level")
    external = bool(event.detail.get("external_power_source"))
    message: Message = integration.StatusEvent(
        **_head(event, envelope),
        deduplication_id=_frame(event),
        margin=event.detail.get("margin"),
        external_power_source=external,
        battery_level_unavailable=level is None and not external,
        battery_level=level,
    )
    return message


def _ack(event: NetworkEvent, envelope: Envelope) -> Message:
    message: Message = integration.AckEvent(
        **_head(event, envelope), deduplication_id=_frame(event), **event.detail
    )
    return message


def _txack(event: NetworkEvent, envelope: Envelope) -> Message:
    message: Message = integration.TxAckEvent(**_head(event, envelope), **event.detail)
    return message


def _log(event: NetworkEvent, envelope: Envelope) -> Message:
    context = {
        name.removeprefix(_CONTEXT): str(value)
        for name, value in event.detail.items()
        if name.startswith(_CONTEXT)
    }
    message: Message = integration.LogEvent(
        **_head(event, envelope),
        level=_enum(event, "level"),
        code=_enum(event, "code"),
        description=event.detail.get("description"),
        context=context,
    )
    return message


def _location(event: NetworkEvent, envelope: Envelope) -> Message:
    accuracy = event.detail.get("accuracy", 0.0)
    location = common.Location(
        latitude=event.detail.get("latitude"),
        longitude=event.detail.get("longitude"),
        accuracy=nan if accuracy is None else accuracy,
        source=_enum(event, "source"),
    )
    message: Message = integration.LocationEvent(
        **_head(event, envelope), deduplication_id=_frame(event), location=location
    )
    return message


def _stats(event: NetworkEvent, _: Envelope) -> Message:
    counters = dict(event.detail)
    location = place(counters.pop("latitude", None), counters.pop("longitude", None))
    message: Message = gw.GatewayStats(
        gateway_id=event.subject, time=stamp(event.time), location=location, **counters
    )
    return message


def _conn(event: NetworkEvent, _: Envelope) -> Message:
    message: Message = gw.ConnState(gateway_id=event.subject, state=_enum(event, "state"))
    return message


WRITERS: Mapping[str, Callable[[NetworkEvent, Envelope], Message]] = {
    "join": _join,
    "status": _status,
    "ack": _ack,
    "txack": _txack,
    "log": _log,
    "location": _location,
    "stats": _stats,
    "conn": _conn,
}
"""The writer of each event type; ValueError for a detail that its message does not have."""
