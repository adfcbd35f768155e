"""An event on its way to the broker, before and after something went wrong with it."""

from dataclasses import dataclass, replace

from decoders import chirpstack
from decoders.chirpstack import Envelope, Marshaler
from decoders.model import NetworkEvent, Uplink
from simulators import dialects
from simulators.dialects import Server
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
    server: Server = "chirpstack-v4"
    """Whose message an uplink becomes; every other event is ChirpStack v4's"""

    def written(self) -> tuple[str, bytes]:
        """Give topic and message."""
        if isinstance(self.event, Uplink) and self.server != "chirpstack-v4":
            return dialects.write(self.event, self.envelope, self.server)
        return chirpstack.render(self.event, self.envelope, marshaler=self.marshaler)

    def refused(self, uplink: Uplink, reason: str) -> "Ready":
        """Give the event with another content, which must be refused."""
        meaning = replace(self.meaning, refused=reason, observations=())
        return replace(self, event=uplink, meaning=meaning)
