"""What a persistent MQTT session is to the rest of the program, whatever library holds it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

EVENT_FILTERS = (
    "application/+/device/+/event/+",
    "+/gateway/+/event/stats",
    "+/gateway/+/state/conn",
)
"""The topics of a ChirpStack v4 server; they do not overlap, since each filter that matches
delivers a copy of its own."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is, and as whom to speak to it."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Bound:
    """How much may wait in memory before we leave the broker, which then queues."""

    messages: int = 20_000
    size: int = 64 * 1024 * 1024
    """bytes of topics and payloads"""

    def is_passed(self, messages: int, size: int, *, share: float = 1.0) -> bool:
        """Say whether so much is more than a share of the bound."""
        return messages > self.messages * share or size > self.size * share


@dataclass(frozen=True, slots=True)
class Session:
    """What the broker keeps for us while we are away, and how much it may send at once."""

    client_id: str
    filters: tuple[str, ...] = EVENT_FILTERS
    expiry_seconds: int = 7 * 24 * 3600
    receive_maximum: int = 2000
    keepalive_seconds: int = 60
    bound: Bound = Bound()


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection to the broker that came about."""

    at: datetime
    session_present: bool
    """False: the broker knew nothing of us, so what it held for us, if anything, is gone"""
    away_since: datetime | None
    """When the connection before it ended; None: the first one of this process"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as the broker delivered it; nothing of it is parsed."""

    epoch: int
    """Which connection it came by"""
    mid: int
    qos: int
    dup: bool
    retain: bool
    topic: str
    payload: bytes
    received_at: datetime
    origin: str
    """The MQTT 5 user property `origin`; `live` when absent"""

    @property
    def size(self) -> int:
        """What it weighs in memory, in bytes, without Python's own share."""
        return len(self.payload) + len(self.topic)


class Receiver(Protocol):
    """What the service needs of an MQTT client, so that a leaner one can take its place."""

    def start(self) -> None:
        """Connect, now and again after every loss, without waiting for it."""

    def batch(self, limit: int, linger: float) -> list[Delivery]:
        """Wait up to a second for a message, then gather more until `limit` or `linger` seconds.

        To ask is to say that all before is dealt with: when too much waits in memory the broker is
        left, and it is joined again as soon as half of that is gone.
        """

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker, in order of arrival, that these are safe."""

    def stop(self) -> None:
        """Disconnect for good, after the acknowledgements, keeping the session."""

    @property
    def held(self) -> int:
        """How many messages wait in memory."""

    @property
    def alive(self) -> bool:
        """Whether messages can still come."""
