"""The fleet of a scenario: every device with its place, its surroundings and its way to the server.

A device's chance depends on the seed and on its name, never on how many others there are; its ids
depend on its name alone, so that two seeds are two weeks in the life of the same borough.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from simulators import identity
from simulators.catalogue import HARDWARE
from simulators.device import Device
from simulators.dice import Dice
from simulators.identity import Identity, Position
from simulators.memory import DeviceClock, Memory
from simulators.radio import Gateway, Link
from simulators.scenario import GroupSpec, Scenario
from simulators.surroundings import Place, Surroundings

_SPREAD = 250.0
"""metres between the middle of a group and its furthest device"""
_METRES = 111_320.0
_APPLICATION = {"home": "housing", "street": "air-quality", "bays": "parking"}
_PLACE = {"home": "dwelling", "street": "site", "bays": "zone"}


@dataclass(frozen=True, slots=True)
class Member:
    """A device of the fleet."""

    identity: Identity
    device: Device
    link: Link
    dice: Dice
    counted: bool = False
    """The network server checks its frame counter"""


class Fleet:
    """Everything that speaks in a scenario.

    Args:
        scenario: what there is.
        seed: the seed of the run.
        devices: so many devices instead of the scenario's, in the same proportions.
    """

    def __init__(self, scenario: Scenario, seed: int, *, devices: int | None = None) -> None:
        self._begin = scenario.start.timestamp()
        self._dice = Dice(seed, "fleet")
        self._around = Surroundings(scenario, seed)
        self.gateways = tuple(
            Gateway(
                gateway_id(spec.name),
                spec.name,
                Position(spec.latitude, spec.longitude),
                gnss=spec.gnss,
                outages=tuple(self._around.outages(spec.name)),
            )
            for spec in scenario.gateways
        )
        groups = scenario.fleet if devices is None else resized(scenario.fleet, devices)
        self.members = tuple(member for group in groups for member in self._group(group))

    def _group(self, group: GroupSpec) -> Iterator[Member]:
        for index, name in enumerate(group.device_names()):
            dice = self._dice.child(name)
            who = _identify(group, name, index)
            device = self._device(Place(group, name, index, dice), who)
            indoors = group.kind == "home"
            link = Link(dice.child("radio"), who.position, self.gateways, indoors=indoors)
            yield Member(who, device, link, dice, counted=self._around.is_counted(name))

    def _device(self, place: Place, who: Identity) -> Device:
        return Device(
            place.dice,
            who.model,
            self._around.speaker(place),
            silences=tuple(self._around.silences(who.name)),
            resets=tuple(self._around.resets(who.name)),
            memory=self._memory(place.group, who.model),
            spacing=_spacing(place.group, who.model),
        )

    def _memory(self, group: GroupSpec, model: str) -> Memory | None:
        hardware = HARDWARE.get(model)
        if not group.memory or hardware is None or hardware.log is None:
            return None
        counts_from = self._begin if group.clock_unset else None
        return Memory(hardware.log, DeviceClock(group.clock_error, counts_from))


def gateway_id(name: str) -> str:
    """Give the id of a gateway: the same for a name, whatever the seed."""
    return "7076ff" + Dice(0, "gateway", name).digest(0).hex()[:10]


def dev_eui(name: str) -> str:
    """Give the id of a device: the same for a name, whatever the seed."""
    return "02b0" + Dice(0, "device", name).digest(0).hex()[:12]


def resized(groups: tuple[GroupSpec, ...], devices: int) -> tuple[GroupSpec, ...]:
    """Give the groups with so many devices in all, in the same proportions, one in each at least.

    The largest remainders get what is left over; with fewer devices than groups the first stay.
    """
    if devices < len(groups):
        return tuple(group.model_copy(update={"count": 1}) for group in groups[:devices])
    total = sum(group.count for group in groups)
    shares = [group.count * devices / total for group in groups]
    counts = [max(1, math.floor(share)) for share in shares]
    order = sorted(range(len(groups)), key=lambda i: counts[i] - shares[i])
    while (left := devices - sum(counts)) > 0:
        for i in order[:left]:
            counts[i] += 1
    while sum(counts) > devices:
        counts[counts.index(max(counts))] -= 1
    return tuple(
        group.model_copy(update={"count": count})
        for group, count in zip(groups, counts, strict=True)
    )


def _identify(group: GroupSpec, name: str, index: int) -> Identity:
    position = _placed(group, name)
    marshaler = group.marshaler
    if marshaler == "mixed":
        marshaler = "protobuf" if index % 2 else "json"
    model = identity.full_model(group.model)
    return Identity(
        dev_eui=dev_eui(name),
        name=name,
        model=model,
        title=identity.title(model),
        application=_APPLICATION[group.kind],
        interval=group.interval,
        position=position,
        tags=_tags(group, model, position),
        marshaler=marshaler,
        server=group.server,
    )


def _spacing(group: GroupSpec, model: str) -> timedelta | None:
    """Give how far apart the samples of one frame are; None for one sample a frame."""
    hardware = HARDWARE.get(model)
    if hardware is None or hardware.samples == 1:
        return None
    return timedelta(seconds=group.interval.total_seconds() // hardware.samples)


def _tags(group: GroupSpec, model: str, position: Position) -> dict[str, str]:
    """Give a device's tags; a dwelling's position is nobody's business."""
    tags = {
        "decoder": model,
        "environment": "indoor" if group.kind == "home" else "outdoor",
        "uplink_interval": str(group.interval // timedelta(seconds=1)),
        _PLACE[group.kind]: group.name,
    }
    spacing = _spacing(group, model)
    if spacing is not None:
        tags["sample_spacing"] = str(spacing // timedelta(seconds=1))
    if group.kind != "home":
        tags["lat"], tags["lon"] = f"{position.latitude:.5f}", f"{position.longitude:.5f}"
    return tags


def _placed(group: GroupSpec, name: str) -> Position:
    """Put a device somewhere around the middle of its group."""
    dice = Dice(0, "place", name)
    north = dice.uniform(0, -_SPREAD, _SPREAD) / _METRES
    east = dice.uniform(1, -_SPREAD, _SPREAD) / _METRES / math.cos(math.radians(group.latitude))
    return Position(round(group.latitude + north, 6), round(group.longitude + east, 6))
