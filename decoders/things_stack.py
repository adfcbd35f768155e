"""The Things Stack v3: uplinks and joins in its JSON, to the model.

It writes snake_case, upper-case EUIs, times with Z, and leaves out every default: the first uplink
of a session has no f_cnt. No event has an id: an uplink is known by its device, session, counter
and port, and by when the network server received it, since a counter can begin again.

The topic is `v3/{application}@{tenant}/devices/{device_id}/{up|join}`, or any other when it is the
Pub/Sub integration that publishes.
"""

import msgspec
from msgspec import Struct

from decoders import event_time, fields
from decoders.chirpstack_schema import Location, Number
from decoders.errors import BadField, MissingField, UnknownEvent
from decoders.event_time import STANDARD, Choice, TimeRule
from decoders.json_text import decode
from decoders.model import NetworkEvent, Reception, Uplink

SOURCE = "things-stack-v3"
"""What this network server is called in `source`."""
_ANY = "+"


class _ApplicationIds(Struct):
    application_id: str | None = ""


class _DeviceIds(Struct):
    """Whose event it is."""

    device_id: str | None = ""
    application_ids: _ApplicationIds | None = None
    dev_eui: str | None = ""
    dev_addr: str | None = ""


class _GatewayIds(Struct):
    gateway_id: str | None = ""
    eui: str | None = ""


class _RxMetadata(Struct):
    """One gateway's copy; Packet Broker's has no EUI."""

    gateway_ids: _GatewayIds | None = None
    gps_time: str | None = None
    time: str | None = None
    received_at: str | None = None
    rssi: float | None = None
    snr: Number = 0.0
    location: Location | None = None


class _VersionIds(Struct):
    brand_id: str | None = ""
    model_id: str | None = ""


class _UplinkMessage(Struct):
    """An uplink as the network server took it."""

    session_key_id: str | None = ""
    f_port: int | None = 0
    f_cnt: int | None = 0
    frm_payload: str | None = ""
    confirmed: bool | None = False
    decoded_payload: dict[str, object] | None = None
    rx_metadata: list[_RxMetadata | None] | None = None
    received_at: str | None = None
    version_ids: _VersionIds | None = None
    attributes: dict[str, str | None] | None = None
    app_s_key: dict[str, object] | None = None
    """There when the application server was told not to decrypt"""


class _JoinAccept(Struct):
    session_key_id: str | None = ""
    received_at: str | None = None


class _Message(Struct):
    """An event: one of the sub-messages tells which."""

    end_device_ids: _DeviceIds | None = None
    received_at: str | None = None
    uplink_message: _UplinkMessage | None = None
    join_accept: _JoinAccept | None = None
    simulated: bool | None = False


_MESSAGE = msgspec.json.Decoder(_Message)


def parse(topic: str, payload: bytes, *, rule: TimeRule = STANDARD) -> Uplink | NetworkEvent:
    """Read one event; raises an EventError, and nothing else.

    Args:
        topic: Where it was published.
        payload: The message.
        rule: Which time to believe: a gateway's GPS time, else its own, if the network server's
            time does not contradict it; else the network server's.
    """
    fields.check_length(payload)
    message = decode(payload, _MESSAGE)
    if message.simulated:
        raise BadField("simulated true: made in the console, not by a device")
    ids = message.end_device_ids
    if ids is None:
        raise MissingField("end_device_ids is missing")
    application = _application(ids)
    _check_topic(topic, application, ids)
    if message.uplink_message is not None:
        return _uplink(message, message.uplink_message, ids, application, rule)
    if message.join_accept is not None:
        return _join(message, message.join_accept, ids, application)
    raise UnknownEvent("neither uplink_message nor join_accept: no event that we speak")


def _application(ids: _DeviceIds) -> str:
    named = ids.application_ids.application_id if ids.application_ids else ""
    return fields.required_text("application_ids.application_id", named)


def _check_topic(topic: str, application: str, ids: _DeviceIds) -> None:
    """Refuse a payload that speaks of another application or device than its topic (BadField)."""
    levels = topic.split("/")
    if len(levels) != 5 or (levels[0], levels[2]) != ("v3", "devices"):
        return
    if levels[1].partition("@")[0] not in {application, _ANY}:
        raise BadField(f"application_id {application[:40]!r} is not the topic's {levels[1][:40]!r}")
    if levels[3] not in {ids.device_id, _ANY}:
        raise BadField(f"device_id {ids.device_id!r:.40} is not the topic's {levels[3][:40]!r}")


def _uplink(
    message: _Message, up: _UplinkMessage, ids: _DeviceIds, application: str, rule: TimeRule
) -> Uplink:
    fields.check_object(up.decoded_payload)
    dev_eui = fields.eui("dev_eui", ids.dev_eui)
    time, source = _time(message, up, rule)
    return Uplink(
        source=SOURCE,
        deduplication_id=_identity(up, dev_eui, message),
        dev_eui=dev_eui,
        device_name=fields.text("device_id", ids.device_id),
        device_profile=_profile(up.version_ids),
        application=application,
        tags=fields.texts("attributes", up.attributes),
        dev_addr=fields.dev_addr("dev_addr", ids.dev_addr),
        f_port=fields.whole("f_port", up.f_port, 0xFF),
        f_cnt=fields.whole("f_cnt", up.f_cnt, 0xFFFF_FFFF),
        confirmed=bool(up.confirmed),
        payload=fields.base64("frm_payload", up.frm_payload),
        result_time=time,
        time_source=source,
        receptions=tuple(_reception(copy) for copy in up.rx_metadata or () if copy is not None),
        encrypted=up.app_s_key is not None,
        decoded=up.decoded_payload,
    )


def _identity(up: _UplinkMessage, dev_eui: str, message: _Message) -> str:
    session = up.session_key_id or ""
    moment = up.received_at or message.received_at or ""
    return fields.made_uuid(SOURCE, dev_eui, session, f"{up.f_cnt or 0}/{up.f_port or 0}", moment)


def _profile(version: _VersionIds | None) -> str:
    """Name the device's kind as its device repository does: `brand/model`; empty when unknown."""
    if version is None or not version.model_id:
        return ""
    return fields.text("version_ids", f"{version.brand_id or ''}/{version.model_id}")


def _reception(copy: _RxMetadata) -> Reception:
    gateway = copy.gateway_ids or _GatewayIds()
    place = copy.location or Location()
    latitude, longitude = fields.position(place.latitude, place.longitude)
    return Reception(
        gateway_id=fields.text("gateway_ids", gateway.eui or gateway.gateway_id).lower(),
        rssi=fields.signed("rx_metadata.rssi", copy.rssi) or None,
        snr=fields.float32(copy.snr),
        gateway_time=event_time.from_text("rx_metadata.time", copy.gps_time or copy.time),
        server_time=event_time.from_text("rx_metadata.received_at", copy.received_at),
        latitude=latitude,
        longitude=longitude,
    )


def _time(message: _Message, up: _UplinkMessage, rule: TimeRule) -> Choice:
    """Choose between a gateway's time, GPS before plain, and the network server's."""
    copies = [copy for copy in up.rx_metadata or () if copy is not None]
    given = [copy.gps_time for copy in copies if copy.gps_time]
    given = given or [copy.time for copy in copies if copy.time]
    gateways = [event_time.from_text("rx_metadata.time", text) for text in given]
    server = event_time.from_text("received_at", up.received_at or message.received_at)
    earliest = min((time for time in gateways if time is not None), default=None)
    return rule.choose(earliest, () if server is None else (server,), gateway=True)


def _join(
    message: _Message, accept: _JoinAccept, ids: _DeviceIds, application: str
) -> NetworkEvent:
    dev_eui = fields.eui("dev_eui", ids.dev_eui)
    session = fields.text("session_key_id", accept.session_key_id)
    received = accept.received_at or message.received_at
    return NetworkEvent(
        source=SOURCE,
        event_type="join",
        deduplication_key=fields.made_uuid(SOURCE, dev_eui, session, received or ""),
        subject=dev_eui,
        application=application,
        time=event_time.from_text("received_at", received),
        detail={"dev_addr": fields.dev_addr("dev_addr", ids.dev_addr), "session_key_id": session},
    )
