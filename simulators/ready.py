"""An event on its way to the broker, before and after something went wrong with it."""

from dataclasses import dataclass, replace

from decoders.chirpstack import Envelope, Marshaler
from decoders.model import NetworkEvent, Uplink
from simulators.message import Meaning


@dataclass(frozen=True, slots=True)
class Ready:
    """An event that is ready to be published."""

    event: Uplink | NetworkEvent
    envelope: Envelope
    marshaler: Marshaler
    number: int
    """The frame's number in its device's life"""
    published: float
    """Unix time"""
    meaning: Meaning

    def refused(self, uplink: Uplink, reason: str) -> "Ready":
        """Give the event with another content, which must be refused."""
        meaning = replace(self.meaning, refused=reason, observations=())
        return replace(self, event=uplink, meaning=meaning)
