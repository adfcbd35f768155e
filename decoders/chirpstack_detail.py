"""The flat facts and the deduplication key of each ChirpStack v4 event that is no uplink.

The readers take a Struct of `decoders.chirpstack_schema` or the protobuf message of the same
name: both have the same attributes, a Struct's may be None.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from chirpstack_api import common, gw, integration

from decoders import fields
from decoders.chirpstack_schema import (
    Ack,
    Conn,
    Integration,
    Join,
    Location,
    LocationEvent,
    Log,
    Stats,
    Status,
    TxAck,
)
from decoders.errors import BadField

Detail = dict[str, str | float | bool | None]

_UINT32 = 0xFFFF_FFFF


class _Enum(Protocol):
    """A protobuf enumeration."""

    def Name(self, number: int) -> str:  # noqa: N802 - protobuf's name
        """Give the name of a number; ValueError when it has none."""


def _name(field: str, enum: _Enum, value: str | int | None) -> str:
    """Name an enumeration's value; a number that only a newer server knows is kept as it is."""
    if isinstance(value, str):
        return fields.text(field, value)
    try:
        return enum.Name(value or 0)
    except ValueError:
        return str(value)


def _join(event: Join) -> Detail:
    return {"dev_addr": fields.dev_addr("devAddr", event.dev_addr)}


def _status(event: Status) -> Detail:
    """Read a status; mains power and an unknown battery both come with a level of 0."""
    external = bool(event.external_power_source)
    level = fields.float32(event.battery_level)
    if level is not None and not 0 <= level <= 100:
        raise BadField(f"batteryLevel {level} is not in 0 to 100")
    unknown = external or bool(event.battery_level_unavailable)
    return {
        "margin": fields.signed("margin", event.margin),
        "battery_level": None if unknown else level,
        "external_power_source": external,
    }


def _ack(event: Ack) -> Detail:
    return {
        "acknowledged": bool(event.acknowledged),
        "f_cnt_down": fields.whole("fCntDown", event.f_cnt_down, _UINT32),
        "queue_item_id": fields.text("queueItemId", event.queue_item_id),
    }


def _txack(event: TxAck) -> Detail:
    return {
        "downlink_id": fields.whole("downlinkId", event.downlink_id, _UINT32),
        "f_cnt_down": fields.whole("fCntDown", event.f_cnt_down, _UINT32),
        "gateway_id": fields.text("gatewayId", event.gateway_id),
        "queue_item_id": fields.text("queueItemId", event.queue_item_id),
    }


def _log(event: Log) -> Detail:
    """Read a log; its context comes flat, each key behind `context.`."""
    detail: Detail = {
        "level": _name("level", integration.LogLevel, event.level),
        "code": _name("code", integration.LogCode, event.code),
        "description": fields.text("description", event.description),
    }
    for name, value in fields.texts("context", event.context).items():
        detail[f"context.{name}"] = value
    return detail


def _location(event: LocationEvent) -> Detail:
    place = event.location or Location()
    latitude, longitude = fields.position(place.latitude, place.longitude)
    return {
        "latitude": latitude,
        "longitude": longitude,
        "accuracy": fields.float32(place.accuracy),
        "source": _name("location.source", common.LocationSource, place.source),
    }


def _integration(event: Integration) -> Detail:
    return {
        "integration_name": fields.text("integrationName", event.integration_name),
        "event_type": fields.text("eventType", event.event_type),
    }


def _stats(event: Stats) -> Detail:
    place = event.location or Location()
    latitude, longitude = fields.position(place.latitude, place.longitude)
    return {
        "rx_packets_received": _packets("rxPacketsReceived", event.rx_packets_received),
        "rx_packets_received_ok": _packets("rxPacketsReceivedOk", event.rx_packets_received_ok),
        "tx_packets_received": _packets("txPacketsReceived", event.tx_packets_received),
        "tx_packets_emitted": _packets("txPacketsEmitted", event.tx_packets_emitted),
        "latitude": latitude,
        "longitude": longitude,
    }


def _packets(field: str, value: int | None) -> int:
    return fields.whole(field, value, _UINT32)


def _conn(event: Conn) -> Detail:
    return {"state": _name("state", gw.ConnState.State, event.state)}


READERS: dict[str, Callable[..., Detail]] = {
    "join": _join,
    "status": _status,
    "ack": _ack,
    "txack": _txack,
    "log": _log,
    "location": _location,
    "integration": _integration,
    "stats": _stats,
    "conn": _conn,
}
"""The reader of each event type: from its Struct or message to flat facts."""


def key(event_type: str, subject: str, time: datetime | None, *, given: str, detail: Detail) -> str:
    """Give what is the same whenever an event is delivered, and differs between two events.

    Most carry the `deduplicationId` of the frame they came with. A negative acknowledgement, a
    log, a downlink's transmission and a gateway's statistics have none: their key is built of
    their content. Where that tells nothing (a gateway's state is the same text every time) the
    key is empty: every delivery is an event of its own.

    Args:
        event_type: One of `READERS`.
        subject: The device's or the gateway's id.
        time: The event's time.
        given: The event's own `deduplicationId`, empty when it has none.
        detail: The event's flat facts.
    """
    if given:
        return fields.uuid("deduplicationId", given)
    if event_type == "ack" and detail["queue_item_id"]:
        return f"{detail['queue_item_id']}:{'ack' if detail['acknowledged'] else 'nack'}"
    if time is None:
        return ""
    moment = time.isoformat()
    if event_type == "txack":
        return f"{detail['queue_item_id'] or detail['downlink_id']}:{moment}"
    if event_type == "log":
        return f"{subject}:{detail['code']}:{moment}:{_digest(detail)}"
    return f"{subject}:{moment}"


def _digest(detail: Detail) -> str:
    """Condense a log's context."""
    context = sorted((name, str(value)) for name, value in detail.items() if "." in name)
    return sha256(repr(context).encode()).hexdigest()[:16]
