"""ChirpStack Application Server v3: its events in both JSON dialects, to the model.

    json_v3 (its default)   devEUI of 16 hex digits; `object` inline; the only clock is a gateway's
    json    (protobuf JSON) devEUI of 12 base64 characters, and so every id; `objectJSON` is a
                            text; `publishedAt` is the server's clock

The topics are those of v4, with a whole number for the application, and `error` for `log`. No
event has an id: one is made of the whole message, which a redelivery repeats to the byte.
"""

from collections.abc import Callable
from hashlib import sha256

import msgspec
from msgspec import Struct, field

from decoders import event_time, fields, topics
from decoders.chirpstack_detail import READERS, Detail
from decoders.chirpstack_schema import Location, Number
from decoders.errors import BadField, EventError, MissingField, UnknownEvent
from decoders.event_time import STANDARD, Choice, TimeRule
from decoders.json_text import decode
from decoders.model import NetworkEvent, Reception, Uplink

SOURCE = "chirpstack-v3"
"""What this network server is called in `source`."""
_EVENTS = (topics.DEVICE_EVENTS - {"log"}) | {"error"}


class _RxInfo(Struct):
    """One gateway's copy."""

    gateway_id: str | None = field(default="", name="gatewayID")
    time: str | None = None
    rssi: int | None = None
    snr: Number = field(default=0.0, name="loRaSNR")
    location: Location | None = None


class _Event(Struct, rename="camel"):
    """Every event of v3, flat: the fields that its type does not have keep their defaults."""

    application_id: str | int | None = field(default="", name="applicationID")
    device_name: str | None = ""
    device_profile_name: str | None = ""
    dev_eui: str | None = field(default="", name="devEUI")
    dev_addr: str | None = ""
    tags: dict[str, str | None] | None = None
    rx_info: list[_RxInfo | None] | None = None
    published_at: str | None = None
    f_cnt: int | None = None
    f_port: int | None = 0
    confirmed_uplink: bool | None = False
    data: str | None = ""
    decoded: dict[str, object] | None = field(default=None, name="object")
    object_json: str | None = field(default=None, name="objectJSON")
    margin: int | None = 0
    external_power_source: bool | None = False
    battery_level_unavailable: bool | None = False
    battery_level: Number = 0.0
    acknowledged: bool | None = False
    gateway_id: str | None = field(default="", name="gatewayID")
    type: str | int | None = ""
    error: str | None = ""
    location: Location | None = None
    integration_name: str | None = ""
    event_type: str | None = ""


_EVENT = msgspec.json.Decoder(_Event)
_OBJECT: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])


def parse(topic: str, payload: bytes, *, rule: TimeRule = STANDARD) -> Uplink | NetworkEvent:
    """Read one event; raises an EventError, and nothing else.

    Args:
        topic: Where it was published, with any prefix.
        payload: The message.
        rule: Which time to believe: a gateway's if `publishedAt` does not contradict it, else
            `publishedAt`; both times None when the event has no clock.
    """
    fields.check_length(payload)
    address = topics.read(topic, _EVENTS)
    if address.event_type not in _EVENTS:
        raise UnknownEvent("a device's event of ChirpStack v3 on the topic of a gateway")
    event = decode(payload, _EVENT)
    dev_eui = _hex("devEUI", event.dev_eui, 8)
    address.check_subject("devEUI", dev_eui)
    address.check_application("applicationID", _application(event))
    if address.event_type == "up":
        return _uplink(event, payload, dev_eui, rule)
    return _other(event, payload, dev_eui, address.event_type, rule)


def _uplink(event: _Event, message: bytes, dev_eui: str, rule: TimeRule) -> Uplink:
    decoded = event.decoded or _object(event.object_json)
    fields.check_object(decoded)
    receptions = _receptions(event)
    time, source = _time(event, receptions, rule)
    return Uplink(
        source=SOURCE,
        deduplication_id=_identity(message),
        dev_eui=dev_eui,
        device_name=fields.text("deviceName", event.device_name),
        device_profile=fields.text("deviceProfileName", event.device_profile_name),
        application=_application(event),
        tags=fields.texts("tags", event.tags),
        dev_addr=_hex("devAddr", event.dev_addr, 4) if event.dev_addr else "",
        f_port=fields.whole("fPort", event.f_port, 0xFF),
        f_cnt=fields.whole("fCnt", event.f_cnt, 0xFFFF_FFFF),
        confirmed=bool(event.confirmed_uplink),
        payload=fields.base64("data", event.data),
        result_time=time,
        time_source=source,
        receptions=receptions,
        decoded=decoded,
    )


def _other(
    event: _Event, message: bytes, dev_eui: str, event_type: str, rule: TimeRule
) -> NetworkEvent:
    """Read an event that is no uplink.

    Without a clock, a counter or a reception two statuses may be the same to the byte: such an
    event has no key, and every delivery is an event of its own.
    """
    identified = event.published_at or event.rx_info or event.f_cnt is not None
    time, _ = _time(event, _receptions(event), rule)
    return NetworkEvent(
        source=SOURCE,
        event_type="log" if event_type == "error" else event_type,
        deduplication_key=_identity(message) if identified else "",
        subject=dev_eui,
        application=_application(event),
        time=time,
        detail=_DETAILS[event_type](event),
    )


def _application(event: _Event) -> str:
    return fields.required_text("applicationID", str(event.application_id or ""))


def _identity(message: bytes) -> str:
    return fields.made_uuid(SOURCE, sha256(message).hexdigest())


def _hex(field: str, value: str | None, length: int) -> str:
    """Read an identifier of some bytes: hex digits, or base64 in the protobuf dialect."""
    if not value:
        raise MissingField(f"{field} is missing")
    if len(value) == 2 * length and not value.endswith("="):
        return fields.hexadecimal(field, value)
    data = fields.base64(field, value)
    if len(data) != length:
        raise BadField(f"{field} {value[:40]!r} is not {length} bytes in hex or base64")
    return data.hex()


def _object(text: str | None) -> dict[str, object] | None:
    """Read the decoded object of the protobuf dialect, which is JSON inside a text."""
    if not text:
        return None
    try:
        return decode(text.encode(), _OBJECT)
    except EventError as error:
        raise BadField(f"objectJSON: {error.detail}") from error


def _receptions(event: _Event) -> tuple[Reception, ...]:
    return tuple(_reception(copy) for copy in event.rx_info or () if copy is not None)


def _reception(copy: _RxInfo) -> Reception:
    place = copy.location or Location()
    latitude, longitude = fields.position(place.latitude, place.longitude)
    return Reception(
        gateway_id=_hex("rxInfo.gatewayID", copy.gateway_id, 8) if copy.gateway_id else "",
        rssi=fields.signed("rxInfo.rssi", copy.rssi) or None,
        snr=fields.float32(copy.snr),
        gateway_time=event_time.from_text("rxInfo.time", copy.time),
        latitude=latitude,
        longitude=longitude,
    )


def _time(event: _Event, receptions: tuple[Reception, ...], rule: TimeRule) -> Choice:
    """Choose between the earliest time of a gateway and the server's `publishedAt`."""
    gateways = [copy.gateway_time for copy in receptions if copy.gateway_time is not None]
    published = event_time.from_text("publishedAt", event.published_at)
    servers = () if published is None else (published,)
    return rule.choose(min(gateways, default=None), servers, gateway=True)


def _join(event: _Event) -> Detail:
    return {"dev_addr": _hex("devAddr", event.dev_addr, 4)}


def _ack(event: _Event) -> Detail:
    return {
        "acknowledged": bool(event.acknowledged),
        "f_cnt_down": fields.whole("fCnt", event.f_cnt, 0xFFFF_FFFF),
        "queue_item_id": "",
    }


def _txack(event: _Event) -> Detail:
    return {
        "f_cnt_down": fields.whole("fCnt", event.f_cnt, 0xFFFF_FFFF),
        "gateway_id": _hex("gatewayID", event.gateway_id, 8) if event.gateway_id else "",
    }


def _error(event: _Event) -> Detail:
    return {
        "level": "ERROR",
        "code": fields.text("type", str(event.type or "UNKNOWN")),
        "description": fields.text("error", event.error),
    }


_DETAILS: dict[str, Callable[[_Event], Detail]] = {
    "join": _join,
    "status": READERS["status"],
    "ack": _ack,
    "txack": _txack,
    "error": _error,
    "location": READERS["location"],
    "integration": READERS["integration"],
}
