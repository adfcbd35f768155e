"""What a ChirpStack v4 event carries and the model leaves out, and the parts all events share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chirpstack_api import common, integration
from google.protobuf.timestamp_pb2 import Timestamp

from decoders.event_time import as_seconds
from decoders.model import NetworkEvent, Uplink


@dataclass(frozen=True, slots=True)
class Envelope:
    """The tenant, the names and the radio of an event to be written."""

    tenant_id: str = "52f14cd4-c6f1-4fbd-8f87-4025e1d49242"
    tenant_name: str = "Borough"
    application_name: str = ""
    device_profile_id: str = "9f8e7d6c-0000-4000-8000-000000000001"
    device_class: str = "CLASS_A"
    region: str = "eu868"
    """The region's configuration, and the first level of a gateway's topic"""
    dr: int = 5
    adr: bool = True
    frequency: int = 868_100_000
    """Hz"""
    spreading_factor: int = 7
    event_time: datetime | None = None
    """The event's time where it is not the uplink's: a gateway whose GPS time is wrong"""
    device_name: str = ""
    """Like the next two: of an event that is no uplink"""
    device_profile: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    object: Mapping[str, Any] | None = None
    """What the codec on the network server made of the payload; None without a codec"""


def device_info(event: Uplink | NetworkEvent, envelope: Envelope) -> Any:  # noqa: ANN401 - no types
    """Say whose event it is."""
    dev_eui = event.dev_eui if isinstance(event, Uplink) else event.subject
    named = event if isinstance(event, Uplink) else envelope
    return integration.DeviceInfo(
        tenant_id=envelope.tenant_id,
        tenant_name=envelope.tenant_name,
        application_id=event.application,
        application_name=envelope.application_name,
        device_profile_id=envelope.device_profile_id,
        device_profile_name=named.device_profile,
        device_name=named.device_name,
        dev_eui=dev_eui,
        device_class_enabled=envelope.device_class,
        tags=dict(named.tags),
    )


def stamp(time: datetime | None) -> Timestamp | None:
    """Write a time; None stays absent."""
    if time is None:
        return None
    seconds, nanos = as_seconds(time)
    return Timestamp(seconds=seconds, nanos=nanos)


def place(latitude: object, longitude: object) -> Any:  # noqa: ANN401 - the package has no types
    """Write a position; an unknown one is there, and empty."""
    if latitude is None or longitude is None:
        return common.Location()
    return common.Location(latitude=latitude, longitude=longitude, source="GPS")
