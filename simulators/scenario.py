"""Scenario files: what there is, what happens, and what goes wrong on purpose.

A file is YAML, in `simulators/scenarios` or wherever the user keeps it; every mistake in it is
reported at once, with its place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AwareDatetime,
    Field,
    ValidationError,
    model_validator,
)

from decoders.errors import UnknownDevice
from simulators import catalogue, identity
from simulators.dialects import Server
from simulators.phenomena import parking, street
from simulators.scenario_events import Event, HomeName, Name, Span, Strict, one_of

Rate = Annotated[float, Field(ge=0.0, le=1.0)]
StreetName = Annotated[str, one_of(street.KINDS)]
ParkingName = Annotated[str, one_of(parking.KINDS)]


class ScenarioWrong(Exception):
    """A scenario has mistakes; the message has a line for each."""


class GatewaySpec(Strict):
    """A gateway."""

    name: Name
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    gnss: bool = True
    """Whether it knows the time; else the network server's clock dates its frames"""


class GroupSpec(Strict):
    """Devices of one model at one place; exactly one of home, street and bays."""

    name: Name
    model: str
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    interval: Annotated[Span, Field(ge=timedelta(seconds=30), le=timedelta(days=7))]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    home: HomeName | None = None
    street: StreetName | None = None
    bays: ParkingName | None = None
    server: Server = "chirpstack-v4"
    """Whose network server the devices' uplinks come from"""
    marshaler: Literal["json", "protobuf", "mixed"] = "mixed"
    """How ChirpStack v4 writes them"""
    memory: bool = False
    """The devices send later what nobody heard, if they are of a family that can"""
    clock_error: float = 0.0
    """seconds by which the devices' own clocks are ahead"""
    clock_unset: bool = False
    """Nobody ever set the devices' own clocks"""

    @property
    def kind(self) -> Literal["home", "street", "bays"]:
        """What the group is of."""
        return "home" if self.home else "street" if self.street else "bays"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(kind is not None for kind in (self.home, self.street, self.bays)) != 1:
            raise ValueError("a group is of one kind: home, street or bays")
        try:
            model = identity.full_model(self.model)
        except UnknownDevice as error:
            raise ValueError(error.detail) from error
        if not catalogue.suits(model, self.kind):
            raise ValueError(f"{model} does not measure what is there ({self.kind})")
        return self

    def device_names(self) -> tuple[str, ...]:
        """Give the names of its devices: numbered, and the same however many there are."""
        return tuple(f"{self.name}-{number:02}" for number in range(1, self.count + 1))

    def has(self, device: str) -> bool:
        """Say whether a device of this name is one of its devices."""
        name, _, number = device.rpartition("-")
        if name != self.name or not number.isdecimal():
            return False
        return 1 <= int(number) <= self.count and device == f"{name}-{int(number):02}"


class FaultRates(Strict):
    """How often each thing goes wrong, as a share of all frames; see `simulators.faults`."""

    lost: Rate = 0.0
    duplicate: Rate = 0.0
    again: Rate = 0.0
    late: Rate = 0.0
    cut: Rate = 0.0
    garbled: Rate = 0.0
    unknown_profile: Rate = 0.0
    wrong_profile: Rate = 0.0
    wrong_port: Rate = 0.0
    encrypted: Rate = 0.0
    wrong_clock: Rate = 0.0
    malformed: Rate = 0.0
    noise: Rate = 0.0
    nameless: Rate = 0.0
    misplaced: Rate = 0.0
    unknown_event: Rate = 0.0
    codec_failed: Rate = 0.0
    retransmitted: Rate = 0.0
    wrong_mic: Rate = 0.0


class Scenario(Strict):
    """A whole scenario."""

    title: str
    start: AwareDatetime
    history: Span
    """Played as fast as it goes; then the clock keeps to the speed"""
    length: Span
    """Where the scenario ends, from its start"""
    endless: bool = False
    """At a finite speed it goes on after its length, until it is stopped"""
    warmer: float = 0.0
    """K over the usual temperature of the season"""
    gateways: Annotated[tuple[GatewaySpec, ...], Field(min_length=1)]
    fleet: Annotated[tuple[GroupSpec, ...], Field(min_length=1)]
    events: tuple[Event, ...] = ()
    faults: FaultRates = FaultRates()
    status_interval: Span | None = None
    """How often a device is asked for its battery and its margin; absent: never"""
    stats_interval: Span | None = None
    """How often a gateway tells its statistics; absent: never"""
    downlink_interval: Span | None = None
    """How often a device is sent a confirmed downlink; absent: never"""
    location_interval: Span | None = None
    """How often it is told where a device is that is in no dwelling; absent: never"""

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = list(self._problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        if self.history > self.length:
            yield f"the history of {self.history} is longer than the scenario's {self.length}"
        groups = {group.name for group in self.fleet}
        gateways = {gateway.name for gateway in self.gateways}
        yield from self._twins()
        if not all(gateway.gnss for gateway in self.gateways):
            for group in self.fleet:
                if group.server == "chirpstack-v3":
                    yield f"{group.name}: chirpstack-v3 has no clock but a gateway's (gnss: true)"
        asked = {event.device for event in self.events if hasattr(event, "device")}
        devices = {n for n in asked if any(group.has(n) for group in self.fleet)}
        for event in self.events:
            known = {"device": devices, "group": groups, "gateway": gateways}
            for role, names in known.items():
                named = getattr(event, role, None)
                if named is not None and named not in names:
                    yield f"there is no {role} {named} for the event {event.what}"

    def _twins(self) -> Iterator[str]:
        """Name the devices that are there twice: those that two groups of one name both have."""
        for name in sorted({group.name for group in self.fleet}):
            twins = sorted((g for g in self.fleet if g.name == name), key=lambda g: -g.count)
            for device in twins[1].device_names() if len(twins) > 1 else ():
                yield f"two devices are called {device}"


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario with the name it is asked for by."""

    name: str
    scenario: Scenario


def names() -> tuple[str, ...]:
    """Give the names of the scenarios that ship."""
    folder = resources.files("simulators") / "scenarios"
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml")))


def load(name: str) -> Story:
    """Read a scenario: the name of one that ships, or the path of a file.

    Raises:
        ScenarioWrong: there is none, or it has mistakes; a line for each.
    """
    if name in names():
        text = (resources.files("simulators") / "scenarios" / f"{name}.yaml").read_text("utf-8")
        return Story(name, parse(text, name))
    file = Path(name)
    if file.suffix not in {".yaml", ".yml"}:
        raise ScenarioWrong(f"there is no scenario {name!r}: {', '.join(names())}, or a .yaml file")
    try:
        return Story(file.stem, parse(file.read_text("utf-8"), name))
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioWrong(f"{name}: cannot be read: {error}") from error


def parse(text: str, name: str) -> Scenario:
    """Read the YAML of a scenario; ScenarioWrong with a line for each mistake."""
    try:
        document: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ScenarioWrong(f"{name}: is not YAML: {error}") from error
    try:
        return Scenario.model_validate(document)
    except ValidationError as error:
        lines = (_sentence(name, problem["loc"], problem["msg"]) for problem in error.errors())
        raise ScenarioWrong("\n".join(lines)) from error


def _sentence(name: str, where: tuple[int | str, ...], message: str) -> str:
    place = ".".join(str(part) for part in where)
    return f"{name}: {place or 'the file'}: {message.removeprefix('Value error, ')}"


def after(scenario: Scenario, span: timedelta) -> datetime:
    """Give the time of something that happens so long after the start."""
    return scenario.start + span
