"""The model back to ChirpStack v4's events, as its MQTT integration writes them.

The message is built as protobuf first; `decoders.pbjson` writes it as JSON. What the model does not
hold (the tenant, the radio) comes from the Envelope or is made of the event's id, so that the same
event always gives the same bytes. What `parse` reads in the result is the event again.
"""

from collections.abc import Mapping
from datetime import datetime
from math import nan
from typing import Any, Literal
from zlib import crc32

from chirpstack_api import common, gw, integration
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

from decoders import pbjson
from decoders.chirpstack_envelope import Envelope, device_info, place, stamp
from decoders.chirpstack_model import SOURCE
from decoders.chirpstack_render_events import WRITERS
from decoders.event_time import since_gps_epoch
from decoders.model import NetworkEvent, Reception, TimeSource, Uplink

Marshaler = Literal["json", "protobuf"]
"""How ChirpStack is set to write its events."""

_BANDWIDTH = 125_000
_CHANNELS = (868_100_000, 868_300_000, 868_500_000, *range(867_100_000, 868_000_000, 200_000))
"""EU868: the three that every device knows, then the five that all networks add, in Hz."""


def render(
    event: Uplink | NetworkEvent, envelope: Envelope, *, marshaler: Marshaler
) -> tuple[str, bytes]:
    """Write an event: the topic that it belongs on, and the message.

    Raises:
        ValueError: an event of another network server, or one that ChirpStack cannot say.
    """
    if event.source != SOURCE:
        raise ValueError(f"{event.source} is not {SOURCE}")
    if isinstance(event, Uplink):
        topic = f"application/{event.application}/device/{event.dev_eui}/event/up"
        return topic, _marshal(_uplink(event, envelope), marshaler)
    if event.event_type not in WRITERS:
        raise ValueError(f"{event.event_type} is not an event of ChirpStack 4.20")
    return _topic(event, envelope), _marshal(WRITERS[event.event_type](event, envelope), marshaler)


def _topic(event: NetworkEvent, envelope: Envelope) -> str:
    if event.event_type == "stats":
        return f"{envelope.region}/gateway/{event.subject}/event/stats"
    if event.event_type == "conn":
        return f"{envelope.region}/gateway/{event.subject}/state/conn"
    return f"application/{event.application}/device/{event.subject}/event/{event.event_type}"


def _marshal(message: Message, marshaler: Marshaler) -> bytes:
    if marshaler == "json":
        return pbjson.dump(message)
    return message.SerializeToString(deterministic=True)


def _uplink(event: Uplink, envelope: Envelope) -> Message:
    message: Message = integration.UplinkEvent(
        deduplication_id=event.deduplication_id,
        time=stamp(_time(event, envelope)),
        device_info=device_info(event, envelope),
        dev_addr=event.dev_addr,
        adr=envelope.adr,
        dr=envelope.dr,
        f_cnt=event.f_cnt,
        f_port=event.f_port,
        confirmed=event.confirmed,
        data=event.payload,
        object=_struct(None if event.encrypted else envelope.object),
        rx_info=_receptions(event, envelope),
        tx_info=_radio(envelope),
        join_server_context=_join_server(event),
        region_config_id=envelope.region,
    )
    return message


def _time(event: Uplink, envelope: Envelope) -> datetime | None:
    """Give the event's own time.

    It is left out where a gateway's clock happens to say the very time that the server's clock
    told: beside it the time would be taken for the gateway's.
    """
    if envelope.event_time is not None:
        return envelope.event_time
    if event.time_source is not TimeSource.GATEWAY and any(
        copy.gateway_time == event.result_time for copy in event.receptions
    ):
        return None
    return event.result_time


def _struct(decoded: Mapping[str, Any] | None) -> Struct | None:
    if decoded is None:
        return None
    struct = Struct()
    struct.update(decoded)
    return struct


def _radio(envelope: Envelope) -> Any:  # noqa: ANN401 - the package has no types
    lora = gw.LoraModulationInfo(
        bandwidth=_BANDWIDTH, spreading_factor=envelope.spreading_factor, code_rate="CR_4_5"
    )
    return gw.UplinkTxInfo(frequency=envelope.frequency, modulation=gw.Modulation(lora=lora))


def _join_server(event: Uplink) -> Any:  # noqa: ANN401 - the package has no types
    """Say that the payload is ciphertext, and under which session's key."""
    return common.JoinServerContext(session_key_id=event.dev_addr) if event.encrypted else None


def _receptions(event: Uplink, envelope: Envelope) -> list[Any]:
    gnss = _gnss(event, envelope)
    return [
        _reception(event, copy, envelope, gps=gnss.get(index))
        for index, copy in enumerate(event.receptions)
    ]


def _gnss(event: Uplink, envelope: Envelope) -> dict[int, datetime]:
    """Say which gateways had a GPS time: the event's time is theirs when a gateway's clock told it.

    Those with the very time; none of them: the first.
    """
    if envelope.event_time is not None:
        return {0: envelope.event_time}
    if event.time_source is not TimeSource.GATEWAY or event.result_time is None:
        return {}
    time = event.result_time
    same = [index for index, copy in enumerate(event.receptions) if copy.gateway_time == time]
    return dict.fromkeys(same or [0], time)


def _reception(event: Uplink, copy: Reception, envelope: Envelope, *, gps: datetime | None) -> Any:  # noqa: ANN401 - the package has no types
    number = crc32(f"{event.deduplication_id}{copy.gateway_id}".encode())
    return gw.UplinkRxInfo(
        gateway_id=copy.gateway_id,
        uplink_id=number,
        gw_time=stamp(copy.gateway_time),
        ns_time=stamp(copy.server_time),
        time_since_gps_epoch=None if gps is None else _duration(gps),
        rssi=copy.rssi,
        snr=nan if copy.snr is None else copy.snr,
        channel=_channel(envelope.frequency),
        location=place(copy.latitude, copy.longitude),
        context=number.to_bytes(4, "big"),
        crc_status="CRC_OK",
    )


def _duration(gps: datetime) -> Duration:
    duration = Duration()
    duration.FromTimedelta(since_gps_epoch(gps))
    return duration


def _channel(frequency: int) -> int:
    return _CHANNELS.index(frequency) if frequency in _CHANNELS else 0
