"""From the fields of a ChirpStack v4 event to the model, whichever encoding they came in.

The readers take a Struct of `decoders.chirpstack_schema` or the protobuf message of the same name:
both have the same attributes, a Struct's may be None. What the encodings do differently (times,
absent sub-messages, bytes) is done before.
"""

from collections.abc import Mapping
from datetime import datetime

from decoders import fields
from decoders.chirpstack_detail import READERS, key
from decoders.chirpstack_schema import Conn, DeviceInfo, Event, RxInfo, Stats, Up
from decoders.event_time import Choice, TimeRule
from decoders.model import NetworkEvent, Reception, Uplink
from decoders.topics import Address

SOURCE = "chirpstack-v4"
"""What this network server is called in `source`."""
_NOWHERE = (None, None)


def reception(
    copy: RxInfo, *, gateway_time: datetime | None, server_time: datetime | None
) -> Reception:
    """Read one gateway's copy; an RSSI of 0 dBm is the same as none, and means unknown."""
    place = copy.location
    latitude, longitude = fields.position(place.latitude, place.longitude) if place else _NOWHERE
    return Reception(
        gateway_id=fields.text("rxInfo.gatewayId", copy.gateway_id).lower(),
        rssi=fields.signed("rxInfo.rssi", copy.rssi) or None,
        snr=fields.float32(copy.snr),
        gateway_time=gateway_time,
        server_time=server_time,
        latitude=latitude,
        longitude=longitude,
    )


def uplink(  # noqa: PLR0913 - each is what the encodings do differently
    event: Up,
    device: DeviceInfo,
    address: Address,
    *,
    payload: bytes,
    when: Choice,
    receptions: tuple[Reception, ...],
    encrypted: bool,
    decoded: Mapping[str, object] | None,
) -> Uplink:
    """Read an uplink whose encoding is undone."""
    dev_eui, application = owner(device, address)
    return Uplink(
        source=SOURCE,
        deduplication_id=fields.uuid("deduplicationId", event.deduplication_id),
        dev_eui=dev_eui,
        device_name=fields.text("deviceInfo.deviceName", device.device_name),
        device_profile=fields.text("deviceInfo.deviceProfileName", device.device_profile_name),
        application=application,
        tags=fields.texts("deviceInfo.tags", device.tags),
        dev_addr=fields.dev_addr("devAddr", event.dev_addr),
        f_port=fields.whole("fPort", event.f_port, 0xFF),
        f_cnt=fields.whole("fCnt", event.f_cnt, 0xFFFF_FFFF),
        confirmed=bool(event.confirmed),
        payload=payload,
        result_time=when[0],
        time_source=when[1],
        receptions=receptions,
        encrypted=encrypted,
        decoded=decoded,
    )


def choose_time(
    time: datetime | None, receptions: tuple[Reception, ...], rule: TimeRule, *, gnss: bool
) -> Choice:
    """Choose the time of an uplink.

    ChirpStack takes the event's time from a gateway's GPS time, else from a gateway's own clock,
    else from itself; which one it was shows in the receptions.

    Args:
        time: The event's time.
        receptions: Every gateway's copy.
        rule: The rule.
        gnss: Whether any gateway sent a GPS time.
    """
    gateway = gnss or any(copy.gateway_time == time for copy in receptions)
    servers = [copy.server_time for copy in receptions if copy.server_time is not None]
    return rule.choose(time, servers, gateway=gateway)


def owner(device: DeviceInfo, address: Address) -> tuple[str, str]:
    """Read the device and the application of an event; BadField when its topic has others."""
    dev_eui = fields.eui("deviceInfo.devEui", device.dev_eui)
    address.check_subject("deviceInfo.devEui", dev_eui)
    application = fields.required_text("deviceInfo.applicationId", device.application_id)
    address.check_application("deviceInfo.applicationId", application)
    return dev_eui, application


def device_event(
    event: Event, device: DeviceInfo, address: Address, *, time: datetime | None, given: str
) -> NetworkEvent:
    """Read any other event of a device; `given` is its `deduplicationId`, empty without one."""
    dev_eui, application = owner(device, address)
    detail = READERS[address.event_type](event)
    return NetworkEvent(
        source=SOURCE,
        event_type=address.event_type,
        deduplication_key=key(address.event_type, dev_eui, time, given=given, detail=detail),
        subject=dev_eui,
        application=application,
        time=time,
        detail=detail,
    )


def gateway_event(event: Stats | Conn, address: Address, *, time: datetime | None) -> NetworkEvent:
    """Read an event of a gateway."""
    gateway_id = fields.eui("gatewayId", event.gateway_id)
    address.check_subject("gatewayId", gateway_id)
    detail = READERS[address.event_type](event)
    return NetworkEvent(
        source=SOURCE,
        event_type=address.event_type,
        deduplication_key=key(address.event_type, gateway_id, time, given="", detail=detail),
        subject=gateway_id,
        application="",
        time=time,
        detail=detail,
    )
