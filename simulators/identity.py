"""Who a device is: its ids, its names, and what the network server's profile says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from decoders import registry
from decoders.chirpstack import Envelope, Marshaler
from simulators.dialects import Server
from simulators.dice import Dice

_APPLICATIONS = {
    "housing": "5e0a7f10-1d2b-4c3a-8f4e-6a1b00000001",
    "air-quality": "5e0a7f10-1d2b-4c3a-8f4e-6a1b00000002",
    "parking": "5e0a7f10-1d2b-4c3a-8f4e-6a1b00000003",
}
_TENANT = "5e0a7f10-1d2b-4c3a-8f4e-6a1b000000ff"


@dataclass(frozen=True, slots=True)
class Position:
    """A place on the ground, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Identity:
    """A device as the network server knows it."""

    dev_eui: str
    name: str
    model: str
    title: str
    """The device profile's name"""
    application: str
    """A name: housing, air-quality, parking"""
    interval: timedelta
    """How often it is expected to report"""
    position: Position
    tags: Mapping[str, str] = field(default_factory=dict)
    marshaler: Marshaler = "json"
    server: Server = "chirpstack-v4"

    @property
    def environment(self) -> str:
        """Where it measures: indoor or outdoor."""
        return self.tags["environment"]

    @property
    def application_id(self) -> str:
        """The id of its application."""
        return _APPLICATIONS[self.application]

    def envelope(self, spreading_factor: int, frequency: int) -> Envelope:
        """Give what an event of the device carries besides the event."""
        return Envelope(
            tenant_id=_TENANT,
            tenant_name="Borough",
            application_name=self.application,
            device_profile_id=str(_profile_id(self.model)),
            dr=12 - spreading_factor,
            spreading_factor=spreading_factor,
            frequency=frequency,
            device_name=self.name,
            device_profile=self.title,
            tags=self.tags,
        )


def _profile_id(model: str) -> UUID:
    return UUID(bytes=Dice(0, "profile", model).digest(0), version=4)


def full_model(model: str) -> str:
    """Give `family/variant` of a model; UnknownDevice when there is none."""
    return registry.codec(model).model


def title(model: str) -> str:
    """Give the name of a model's device profile."""
    return registry.codec(model).title
