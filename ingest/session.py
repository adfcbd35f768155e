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


def check_filters(filters: Sequence[str]) -> None:
    """Look whether filters can be subscribed to, and together.

    Raises:
        ValueError: one is malformed (MQTT 5, section 4.7), or two match the same topic, so that
            each message would come twice.
    """
    for topic in filters:
        levels = topic.split("/")
        if not topic or "#" in levels[:-1] or any(_is_mixed(level) for level in levels):
            raise ValueError(f"{topic!r} is not a topic filter")
    for number, topic in enumerate(filters):
        for other in filters[:number]:
            if _overlap(topic.split("/"), other.split("/")):
                raise ValueError(f"{other!r} and {topic!r} overlap: messages would come twice")


def _is_mixed(level: str) -> bool:
    return len(level) > 1 and ("+" in level or "#" in level)


def _overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether some topic matches both filters, given by their levels."""
    for a, b in zip(one, other, strict=False):
        if "#" in (a, b):
            return True
        if a != b and "+" not in (a, b):
            return False
    longer = one if len(one) > len(other) else other
    # `#` matches its parent level too
    return len(one) == len(other) or longer[min(len(one), len(other)) :] == ["#"]


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
    """How much may wait in memory; what comes beyond is left to the broker."""

    messages: int = 20_000
    size: int = 64 * 1024 * 1024
    """bytes of topics and payloads"""
    patience: float = 5.0
    """seconds for which half of that may wait without getting less before we read on"""

    def is_reached(self, messages: int, size: int) -> bool:
        """Say whether so much is all that may wait."""
        return messages >= self.messages or size >= self.size


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
    """Since when we took nothing; None: the first connection of this process"""


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
        """Wait up to a second for a message, then gather more until `limit` or `linger` seconds."""

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker, in order of arrival, that these are safe: each batch, once."""

    def stop(self) -> None:
        """Disconnect for good, after the acknowledgements, keeping the session."""

    @property
    def serving(self) -> bool:
        """Whether the broker delivers to us."""

    @property
    def held(self) -> int:
        """How many messages are in memory, whether they wait or are on their way."""

    @property
    def alive(self) -> bool:
        """Whether messages can still come."""
