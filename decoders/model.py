"""The words of the project: an uplink, an observation, and what became of a payload.

Names are LoRaWAN's (`dev_eui`, `f_port`, `f_cnt`) and SensorThings' (observed property,
phenomenon time, result time). All times are aware datetimes in UTC, to the microsecond.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from decoders.errors import DecodeError


class TimeSource(StrEnum):
    """Which clock a time was taken from; the order is the order of preference."""

    DEVICE = "device"
    """The device's own clock, inside the payload."""
    GATEWAY = "gateway"
    """The event's time: a gateway's GNSS clock, or its plain clock checked by the server."""
    SERVER = "server"
    """The network server's clock."""
    ARRIVAL = "arrival"
    """When the message reached us: wrong by the length of any outage."""


class Environment(StrEnum):
    """Where a device measures; decides which rules speak about it."""

    INDOOR = "indoor"
    OUTDOOR = "outdoor"


@dataclass(frozen=True, slots=True)
class Reception:
    """One gateway's copy of an uplink."""

    gateway_id: str
    rssi: int | None = None
    """dBm"""
    snr: float | None = None
    """dB; 0.0 when the network server left the field out"""
    gateway_time: datetime | None = None
    server_time: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    """degrees; both None when the gateway has no position (absent, empty, or 0/0)"""


@dataclass(frozen=True, slots=True)
class Uplink:
    """One data frame of a device, as a network server told it."""

    source: str
    """The kind of network server: `chirpstack-v4`, `chirpstack-v3`, `things-stack-v3`."""
    deduplication_id: str
    """Unique per received frame, lower case; the same for every event of that frame."""
    dev_eui: str
    """16 lower-case hex digits"""
    device_name: str
    device_profile: str
    """The profile's name"""
    application: str
    """The application's id"""
    tags: Mapping[str, str]
    dev_addr: str
    """The session: 8 lower-case hex digits; a join gives a new one"""
    f_port: int
    f_cnt: int
    """The full 32-bit frame counter"""
    confirmed: bool
    payload: bytes
    result_time: datetime | None
    """When the frame was received, by the best clock of the event; None when it has none."""
    time_source: TimeSource | None
    """Which clock `result_time` was taken from; None together with it."""
    receptions: tuple[Reception, ...] = ()
    encrypted: bool = False
    """True when `payload` is still ciphertext (end-to-end encryption)."""
    decoded: Mapping[str, object] | None = field(default=None, compare=False, repr=False)
    """What a codec on the network server made of the payload, in the codec's own names; the same
    frame is the same uplink without it."""


@dataclass(frozen=True, slots=True)
class NetworkEvent:
    """Anything else a network server tells: joins, status, acknowledgements, logs, gateways."""

    source: str
    event_type: str
    """join, status, ack, txack, log, location, integration, stats, conn"""
    deduplication_key: str
    """Unique among the events of this type; empty when the message has nothing of its own (a
    gateway's state is the same text every time): each delivery is then an event"""
    subject: str
    """The device's dev_eui or the gateway's id: 16 lower-case hex digits"""
    application: str
    time: datetime | None
    detail: Mapping[str, str | float | bool | None] = field(default_factory=dict)


def channel_name(place: int) -> str:
    """Give the channel of a device's first, second, third ... probe of one property."""
    return ("", "external")[place] if place < 2 else f"external{place}"


@dataclass(frozen=True, slots=True)
class Observation:
    """One value of one observed property, in the property's own unit."""

    observed_property: str
    """A name of `decoders.properties`"""
    result: float
    phenomenon_time: datetime | None = None
    """The device's own time of the sample; None: the uplink's"""
    channel: str = ""
    """`external`, `external2` ... for a further probe of the same property"""
    qualifier: str = ""
    """What the unit does not say, such as a noise meter's weighting (`A fast`)"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a codec read in one payload."""

    observations: tuple[Observation, ...] = ()
    warnings: tuple[str, ...] = ()
    error: DecodeError | None = None
    """Set when the frame broke off: the observations are those before the break, for a person
    to look at; they are not stored."""


@dataclass(frozen=True, slots=True)
class DecodedUplink:
    """An uplink with what its codec made of it."""

    uplink: Uplink
    observations: tuple[Observation, ...]
    warnings: tuple[str, ...]
    error: DecodeError | None
    codec: str
    """The codec's model, such as `milesight-em300-th/em300-th`; empty when none is bound"""
    codec_version: str
