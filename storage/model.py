"""What the write path takes and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from decoders.model import Environment, NetworkEvent, Uplink


class Origin(StrEnum):
    """Where a message says it comes from (MQTT 5 user property `origin`; absent: live)."""

    LIVE = "live"
    SIMULATION = "simulation"
    REPLAY = "replay"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it reached us: enough to keep it whole, whatever becomes of it."""

    topic: str
    payload: bytes
    """The whole message, not the device's payload"""
    received_at: datetime
    origin: Origin = Origin.LIVE
    dup: bool = False
    """MQTT's flag: the broker has delivered it to us before"""
    packet_id: int = 0
    """MQTT's number of the delivery, the same when the broker repeats it; 0: it has none"""


@dataclass(frozen=True, slots=True)
class StoredObservation:
    """One value, checked, with the time it is stored under."""

    observed_property: str
    """A name of `decoders.properties`, which gives the unit"""
    phenomenon_time: datetime
    result: float
    quality: int
    """QARTOD: 1 good, 2 unknown, 3 suspect, 4 fail, 9 missing"""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class UplinkRecord:
    """A data frame with what was made of it."""

    arrival: Arrival
    uplink: Uplink
    codec: str
    codec_version: str
    environment: Environment
    reporting_interval: timedelta
    """How often the device is expected to report"""
    observations: tuple[StoredObservation, ...] = ()
    warnings: tuple[str, ...] = ()
    decoded: Mapping[str, object] | None = None
    """What the network server made of the payload, when the codec reads that alone"""

    @property
    def time(self) -> datetime:
        """When the frame was sent, as well as we know."""
        return self.uplink.result_time or self.arrival.received_at


@dataclass(frozen=True, slots=True)
class EventRecord:
    """Another thing that the network server told."""

    arrival: Arrival
    event: NetworkEvent


@dataclass(frozen=True, slots=True)
class RefusalRecord:
    """A message that does not become readings, with the reason; it is kept whole in quarantine.

    What the envelope told before the refusal is given too. Without a deduplication key the message
    is known by its topic and payload.
    """

    arrival: Arrival
    reason: str
    detail: str
    source: str = ""
    event_type: str = ""
    deduplication_key: str = ""
    dev_eui: str = ""


class Outcome(StrEnum):
    """What becomes of a message."""

    STORED = "stored"
    REFUSED = "refused"
    """Kept whole in quarantine"""
    DUPLICATE = "duplicate"
    """Published twice: handled before, by another delivery"""
    REDELIVERED = "redelivered"
    """Delivered twice: this very delivery was handled before"""


Record = UplinkRecord | EventRecord | RefusalRecord


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in order of arrival, to be stored whole or not at all."""

    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the messages of a batch; their number is the sum of the four."""

    stored: int = 0
    refused: int = 0
    duplicates: int = 0
    redelivered: int = 0
    by_reason: Mapping[str, int] = field(default_factory=dict)
    """The refused ones by their reason"""
