"""The JSON shapes of ChirpStack v4's events, as far as we read them.

Every field has its default, since 4.0 leaves defaults out; any may be null; unknown keys pass.
The attributes have the names of the protobuf messages, so one reader serves both encodings.
"""

from msgspec import Struct, field

Number = float | str | None
"""A number as pbjson writes it: NaN and infinities are texts."""


class DeviceInfo(Struct, rename="camel", gc=False):
    """Whose event it is."""

    application_id: str | None = ""
    device_profile_name: str | None = ""
    device_name: str | None = ""
    dev_eui: str | None = ""
    tags: dict[str, str | None] | None = None


class Location(Struct, rename="camel", gc=False):
    """A position in degrees; empty when not known."""

    latitude: Number = 0.0
    longitude: Number = 0.0
    altitude: Number = 0.0
    accuracy: Number = 0.0
    source: str | int | None = "UNKNOWN"


class RxInfo(Struct, rename="camel", gc=False):
    """One gateway's copy; ChirpStack leaves every zero out here."""

    gateway_id: str | None = ""
    gw_time: str | None = None
    ns_time: str | None = None
    time_since_gps_epoch: str | None = None
    rssi: int | None = 0
    snr: Number = 0.0
    location: Location | None = None
    time: str | None = None
    """What `gwTime` was called before 4.6"""


class Present(Struct):
    """A sub-message of which only the presence matters."""


class Event(Struct, rename="camel"):
    """What every event of a device begins with."""

    device_info: DeviceInfo | None = None
    time: str | None = None
    deduplication_id: str | None = ""


class Up(Event, rename="camel"):
    """An uplink."""

    dev_addr: str | None = ""
    f_cnt: int | None = 0
    f_port: int | None = 0
    confirmed: bool | None = False
    data: str | None = ""
    decoded: dict[str, object] | None = field(default=None, name="object")
    """The codec's own result, on the network server"""
    rx_info: list[RxInfo | None] | None = None
    join_server_context: Present | None = None


class Join(Event, rename="camel"):
    """A device joined: a new session."""

    dev_addr: str | None = ""


class Status(Event, rename="camel"):
    """What the device said of its battery and its reception."""

    margin: int | None = 0
    external_power_source: bool | None = False
    battery_level_unavailable: bool | None = False
    battery_level: Number = 0.0


class Ack(Event, rename="camel"):
    """A confirmed downlink was acknowledged, or not in time."""

    queue_item_id: str | None = ""
    acknowledged: bool | None = False
    f_cnt_down: int | None = 0


class TxAck(Event, rename="camel"):
    """A gateway took a downlink for sending."""

    downlink_id: int | None = 0
    queue_item_id: str | None = ""
    f_cnt_down: int | None = 0
    gateway_id: str | None = ""


class Log(Event, rename="camel"):
    """The network server's note about a device."""

    level: str | int | None = "INFO"
    code: str | int | None = "UNKNOWN"
    description: str | None = ""
    context: dict[str, str | None] | None = None


class LocationEvent(Event, rename="camel"):
    """A resolver computed the device's position."""

    location: Location | None = None


class Integration(Event, rename="camel"):
    """Another integration's message, sent up to 4.13."""

    integration_name: str | None = ""
    event_type: str | None = ""


class Stats(Struct, rename="camel"):
    """A gateway's counters of the last interval."""

    gateway_id: str | None = ""
    time: str | None = None
    location: Location | None = None
    rx_packets_received: int | None = 0
    rx_packets_received_ok: int | None = 0
    tx_packets_received: int | None = 0
    tx_packets_emitted: int | None = 0


class Conn(Struct, rename="camel"):
    """Whether a gateway is connected; OFFLINE is the default and so left out."""

    gateway_id: str | None = ""
    state: str | int | None = "OFFLINE"
