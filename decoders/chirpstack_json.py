"""ChirpStack v4's events in JSON, as pbjson writes them: bytes, to the model."""

from collections.abc import Mapping

import msgspec

from decoders import chirpstack_model as model
from decoders import event_time, fields
from decoders.chirpstack_schema import (
    Ack,
    Conn,
    Event,
    Integration,
    Join,
    LocationEvent,
    Log,
    RxInfo,
    Stats,
    Status,
    TxAck,
    Up,
)
from decoders.errors import MissingField
from decoders.event_time import TimeRule
from decoders.json_text import decode
from decoders.model import NetworkEvent, Reception, Uplink
from decoders.topics import Address

_UP = msgspec.json.Decoder(Up)
_DEVICE: Mapping[str, msgspec.json.Decoder[Event]] = {
    "join": msgspec.json.Decoder(Join),
    "status": msgspec.json.Decoder(Status),
    "ack": msgspec.json.Decoder(Ack),
    "txack": msgspec.json.Decoder(TxAck),
    "log": msgspec.json.Decoder(Log),
    "location": msgspec.json.Decoder(LocationEvent),
    "integration": msgspec.json.Decoder(Integration),
}
_STATS = msgspec.json.Decoder(Stats)
_CONN = msgspec.json.Decoder(Conn)


def parse(payload: bytes, address: Address, rule: TimeRule) -> Uplink | NetworkEvent:
    """Read one event; raises an EventError."""
    if address.event_type == "up":
        return _uplink(decode(payload, _UP), address, rule)
    if address.event_type == "stats":
        stats = decode(payload, _STATS)
        return model.gateway_event(stats, address, time=event_time.from_text("time", stats.time))
    if address.event_type == "conn":
        return model.gateway_event(decode(payload, _CONN), address, time=None)
    event = decode(payload, _DEVICE[address.event_type])
    if event.device_info is None:
        raise MissingField("deviceInfo is missing")
    return model.device_event(
        event,
        event.device_info,
        address,
        time=event_time.from_text("time", event.time),
        given=event.deduplication_id or "",
    )


def _uplink(event: Up, address: Address, rule: TimeRule) -> Uplink:
    if event.device_info is None:
        raise MissingField("deviceInfo is missing")
    fields.check_object(event.decoded)
    copies = [copy for copy in event.rx_info or () if copy is not None]
    receptions = tuple([_reception(copy) for copy in copies])
    gnss = any(copy.time_since_gps_epoch for copy in copies)
    return model.uplink(
        event,
        event.device_info,
        address,
        payload=fields.base64("data", event.data),
        when=model.choose_time(
            event_time.from_text("time", event.time), receptions, rule, gnss=gnss
        ),
        receptions=receptions,
        encrypted=event.join_server_context is not None,
        decoded=event.decoded,
    )


def _reception(copy: RxInfo) -> Reception:
    return model.reception(
        copy,
        gateway_time=event_time.from_text("rxInfo.gwTime", copy.gw_time or copy.time),
        server_time=event_time.from_text("rxInfo.nsTime", copy.ns_time),
    )
