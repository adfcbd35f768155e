"""ChirpStack v4's events in protobuf: bytes, to the model, by attribute access."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chirpstack_api import gw, integration
from google.protobuf.message import DecodeError as ProtobufError

from decoders import chirpstack_model as model
from decoders import event_time, fields
from decoders.errors import MissingField, NotAnEvent, UnknownEvent
from decoders.event_time import TimeRule
from decoders.model import NetworkEvent, Reception, Uplink
from decoders.pbjson import LazyStruct
from decoders.properties import PROPERTIES
from decoders.topics import Address

_MESSAGES = {
    "up": integration.UplinkEvent,
    "join": integration.JoinEvent,
    "status": integration.StatusEvent,
    "ack": integration.AckEvent,
    "txack": integration.TxAckEvent,
    "log": integration.LogEvent,
    "location": integration.LocationEvent,
    "stats": gw.GatewayStats,
    "conn": gw.ConnState,
}
_NUMBERS = {"number_value", "bool_value", "null_value", None}


def parse(payload: bytes, address: Address, rule: TimeRule) -> Uplink | NetworkEvent:
    """Read one event; raises an EventError."""
    message = _message(payload, address.event_type)
    if address.event_type == "conn":
        return model.gateway_event(message, address, time=None)
    if address.event_type == "stats":
        return model.gateway_event(message, address, time=_time(message, "time"))
    if not message.HasField("device_info"):
        raise MissingField("deviceInfo is missing")
    if address.event_type == "up":
        return _uplink(message, address, rule)
    return model.device_event(
        message,
        message.device_info,
        address,
        time=_time(message, "time"),
        given=getattr(message, "deduplication_id", ""),
    )


def _message(payload: bytes, event_type: str) -> Any:  # noqa: ANN401 - the package has no types
    """Parse the bytes as the message of an event type."""
    if event_type not in _MESSAGES:
        raise UnknownEvent(f"{event_type} has no protobuf message since 4.14")
    try:
        return _MESSAGES[event_type].FromString(payload)
    except ProtobufError as error:
        raise NotAnEvent(f"not protobuf of a {event_type} event: {error}") from error


def _uplink(event: Any, address: Address, rule: TimeRule) -> Uplink:  # noqa: ANN401 - a message
    if event.HasField("object"):
        _check_object(event.object.fields)
    receptions = tuple([_reception(copy) for copy in event.rx_info])
    gnss = any(copy.HasField("time_since_gps_epoch") for copy in event.rx_info)
    return model.uplink(
        event,
        event.device_info,
        address,
        payload=event.data,
        when=model.choose_time(_time(event, "time"), receptions, rule, gnss=gnss),
        receptions=receptions,
        encrypted=event.HasField("join_server_context"),
        decoded=LazyStruct(event.object) if event.HasField("object") else None,
    )


def _reception(copy: Any) -> Reception:  # noqa: ANN401 - a message
    return model.reception(
        copy,
        gateway_time=_time(copy, "gw_time", "rxInfo.gwTime"),
        server_time=_time(copy, "ns_time", "rxInfo.nsTime"),
    )


def _time(message: Any, attribute: str, field: str = "time") -> datetime | None:  # noqa: ANN401
    if not message.HasField(attribute):
        return None
    stamp = getattr(message, attribute)
    return event_time.from_seconds(field, stamp.seconds, stamp.nanos)


def _check_object(values: Mapping[str, Any]) -> None:
    for key in values:
        if key in PROPERTIES and values[key].WhichOneof("kind") not in _NUMBERS:
            fields.refuse_no_number(key)
