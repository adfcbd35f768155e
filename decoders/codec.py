"""What a codec is: one device's payload format, decoded and encoded from one table.

A codec is an identity (`Device`) around a layout. There are three kinds of layout, and a device
with a format of its own may bring another:

    ChannelLayout   a chain of items, each with its kind before it    decoders.channel_layout
    FixedLayout     fixed structs, chosen by port and by marks        decoders.fixed_layout
    WordLayout      groups of words, each switched on by a flag       decoders.word_layout
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from decoders.block import Said, Series, describe
from decoders.clock import UNTIMED
from decoders.errors import UnexpectedPort
from decoders.model import Environment, Observation, Reading

APPLICATION_PORTS = range(1, 224)
"""LoRaWAN's ports for applications; 0 is the network's own, those above are reserved."""

LONGEST_PAYLOAD = 242
"""Bytes of an application in the longest frame of EU868."""

NOTHING = Reading()
"""A frame that carries no measurement."""


class Layout(Protocol):
    """A payload format."""

    @property
    def f_port(self) -> int:
        """The port of a normal reading."""
        ...

    @property
    def ports(self) -> frozenset[int] | range:
        """Every port the device may speak on."""
        ...

    @property
    def series(self) -> tuple[Series, ...]:
        """Everything the format can say."""
        ...

    def decode(self, payload: bytes, f_port: int, received_at: datetime | None) -> Reading:
        """Read a payload that is not empty, on one of `ports`; never raises."""
        ...

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Give port and payload; ValueError for what the format cannot say."""
        ...


@runtime_checkable
class SpacedLayout(Layout, Protocol):
    """A format with several samples in a frame, whose distance the frame does not tell."""

    def spaced(self, spacing: timedelta) -> Layout:
        """Give the format of a device whose samples are so far apart."""
        ...


class Codec(Protocol):
    """One device's payload format, with what is known of the device."""

    @property
    def model(self) -> str:
        """`family/variant`, or the family alone when it has one layout."""
        ...

    @property
    def version(self) -> str:
        """Version of the codec: stored with every uplink, so that one can decode again."""
        ...

    @property
    def title(self) -> str:
        """Vendor and device, for people."""
        ...

    @property
    def environment(self) -> Environment:
        """Where such a device usually measures; the profile's tag `environment` overrides it."""
        ...

    @property
    def interval(self) -> timedelta:
        """How often such a device usually reports."""
        ...

    @property
    def measures(self) -> tuple[str, ...]:
        """The observed properties it can report."""
        ...

    @property
    def f_port(self) -> int:
        """The port that `encode` uses for a normal reading."""
        ...

    def decode(
        self, payload: bytes, f_port: int, *, received_at: datetime | None = None
    ) -> Reading:
        """Read a payload; a refusal is the reading's `error`, nothing is raised.

        `received_at` is when the frame was received: devices that count back from it, or whose
        own clock has to be judged by it, need it to date their samples.
        """
        ...

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Give port and payload of a frame that says it, quantised and saturated as the device.

        Raises:
            ValueError: the device cannot say it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Device:
    """A codec: an identity around a layout."""

    model: str
    title: str
    environment: Environment
    interval: timedelta
    layout: Layout
    version: str = "1"

    @property
    def measures(self) -> tuple[str, ...]:
        """The observed properties it can report."""
        return tuple(dict.fromkeys(name for name, _ in self.layout.series))

    @property
    def f_port(self) -> int:
        """The port of a normal reading."""
        return self.layout.f_port

    def spaced(self, spacing: timedelta) -> "Device":
        """Give the codec of a device whose samples are so far apart, where that matters."""
        if isinstance(self.layout, SpacedLayout):
            return replace(self, layout=self.layout.spaced(spacing))
        return self

    def decode(
        self, payload: bytes, f_port: int, *, received_at: datetime | None = None
    ) -> Reading:
        """Read a payload; a frame of the network's own, or an empty one, says nothing."""
        if not payload or f_port == 0:
            return NOTHING
        if f_port not in self.layout.ports:
            return Reading(
                error=UnexpectedPort(f"f_port {f_port} is not one {self.model} speaks on")
            )
        return self.layout.decode(payload, f_port, received_at)

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Give port and payload."""
        if not observations:
            raise ValueError(f"{self.model} cannot send a reading of nothing")
        return self.layout.encode(observations)


def is_stored(seen: Observation) -> bool:
    """Say whether an observation is of the past: a stored record, not the reading of now."""
    return seen.phenomenon_time is not None or is_untimed(seen)


def is_untimed(seen: Observation) -> bool:
    """Say whether an observation is of the past, nobody knows of when."""
    return seen.qualifier == UNTIMED


def by_moment(observations: Sequence[Observation]) -> dict[datetime | None, Said]:
    """Give the observations by their own time, and each time's by series."""
    moments: dict[datetime | None, list[Observation]] = {}
    for seen in observations:
        moments.setdefault(seen.phenomenon_time, []).append(seen)
    return {moment: one_each(group) for moment, group in moments.items()}


def one_each(observations: Sequence[Observation]) -> Said:
    """Give the observations by series.

    Raises:
        ValueError: two observations of one series, of which a frame can say only one.
    """
    said = {(seen.observed_property, seen.channel): seen for seen in observations}
    if len(said) < len(observations):
        raise ValueError(f"{len(observations)} observations are of {len(said)} series only")
    return said


def unsayable(observations: Iterable[Observation]) -> ValueError:
    """Name what no frame of the device can say."""
    said = sorted(describe(seen) for seen in observations)
    return ValueError(f"{', '.join(said)} cannot be said in one frame of this device")
