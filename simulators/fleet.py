"""The fleet of a scenario: every device with its place, its surroundings and its way to the server.

A device's chance depends on the seed and on its name, never on how many others there are; its ids
depend on its name alone, so that two seeds are two weeks in the life of the same borough.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import inf

from simulators import identity
from simulators.device import BaySensor, Device, Reporter, Silence, Speaker
from simulators.dice import Dice
from simulators.hardware import HARDWARE
from simulators.identity import Identity, Position
from simulators.phenomena import home, street
from simulators.phenomena.home import Change, Home
from simulators.phenomena.parking import Bay
from simulators.phenomena.street import DustEvent, Street
from simulators.phenomena.weather import Weather
from simulators.radio import Gateway, Link, Outage
from simulators.scenario import Becomes, Dust, GatewayDown, GroupSpec, Scenario, Silent

_SPREAD = 250.0
"""metres between the first and the last device of a group"""
_METRES = 111_320.0
_APPLICATION = {"home": "housing", "street": "air-quality", "bays": "parking"}


@dataclass(frozen=True, slots=True)
class Member:
    """A device of the fleet."""

    identity: Identity
    device: Device
    link: Link
    dice: Dice


@dataclass(frozen=True, slots=True)
class _Ground:
    """The temperature that a sensor in the ground feels."""

    weather: Weather

    def at(self, time: float) -> Mapping[str, float]:
        """Give the temperature."""
        return {"temperature": self.weather.at(time).temperature}


class Fleet:
    """Everything that speaks in a scenario.

    Args:
        scenario: what there is.
        seed: the seed of the run.
        devices: so many devices instead of the scenario's, in the same proportions.
    """

    def __init__(self, scenario: Scenario, seed: int, *, devices: int | None = None) -> None:
        self._scenario = scenario
        self._seed = seed
        self._begin = scenario.start.timestamp()
        self._dice = Dice(seed, "fleet")
        self._weather = Weather(Dice(seed, "weather"), warmer=scenario.warmer)
        self.gateways = tuple(self._gateways())
        groups = scenario.fleet if devices is None else resized(scenario.fleet, devices)
        self.members = tuple(member for group in groups for member in self._group(group))

    def _gateways(self) -> Iterator[Gateway]:
        for spec in self._scenario.gateways:
            down = tuple(
                Outage(*self._stretch(event))
                for event in self._scenario.events
                if isinstance(event, GatewayDown) and event.gateway == spec.name
            )
            place = Position(spec.latitude, spec.longitude)
            yield Gateway(gateway_id(spec.name), spec.name, place, gnss=spec.gnss, outages=down)

    def _stretch(self, event: Becomes | Dust | Silent | GatewayDown) -> tuple[float, float]:
        start = self._begin + event.start.total_seconds()
        return start, inf if event.length is None else start + event.length.total_seconds()

    def _group(self, group: GroupSpec) -> Iterator[Member]:
        names = group.device_names()
        for index, name in enumerate(names):
            dice = self._dice.child(name)
            who = _identify(group, name, index)
            silences = [
                Silence(*self._stretch(event), rejoin=event.rejoin)
                for event in self._scenario.events
                if isinstance(event, Silent) and event.device == name
            ]
            speaker = self._speaker(group, name, index, dice)
            device = Device(dice, who.model, speaker, silences=silences)
            indoors = group.home is not None
            link = Link(dice.child("radio"), who.position, self.gateways, indoors=indoors)
            yield Member(who, device, link, dice)

    def _speaker(self, group: GroupSpec, name: str, index: int, dice: Dice) -> Speaker:
        interval = group.interval.total_seconds()
        if group.bays is not None:
            bay = Bay(dice.child("bay"), group.bays, begin=self._begin)
            return BaySensor(dice, bay, _Ground(self._weather), interval)
        hardware = HARDWARE[identity.full_model(group.model)]
        if group.street is not None:
            return Reporter(dice, hardware, self._street(group, index, dice), interval)
        return Reporter(dice, hardware, self._home(group, name, dice), interval)

    def _street(self, group: GroupSpec, index: int, dice: Dice) -> Street:
        """Give a monitor's place: those of a site stand around it, the first in the north-east."""
        events = tuple(
            DustEvent(*self._stretch(event), event.strength, event.wind_from)
            for event in self._scenario.events
            if isinstance(event, Dust) and event.group == group.name
        )
        return Street(
            dice.child("street"),
            Dice(self._seed, "region"),
            self._weather,
            street.KINDS[group.street or ""],
            bearing=(30.0 + 360.0 * index / group.count) % 360.0,
            events=events,
        )

    def _home(self, group: GroupSpec, name: str, dice: Dice) -> Home:
        changes = tuple(
            Change(*self._stretch(event), home.KINDS[event.home])
            for event in self._scenario.events
            if isinstance(event, Becomes) and event.device == name
        )
        kind = home.KINDS[group.home or ""]
        return Home(dice.child("home"), self._weather, kind, begin=self._begin, changes=changes)


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
    kind = "home" if group.home else "street" if group.street else "bays"
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
        application=_APPLICATION[kind],
        interval=group.interval,
        position=position,
        tags=_tags(group, kind, model, position),
        marshaler=marshaler,
    )


def _tags(group: GroupSpec, kind: str, model: str, position: Position) -> dict[str, str]:
    """Give a device's tags; a dwelling's position is nobody's business."""
    place = {"home": "dwelling", "street": "site", "bays": "zone"}[kind]
    tags = {
        "decoder": model,
        "environment": "indoor" if kind == "home" else "outdoor",
        "uplink_interval": str(group.interval // timedelta(seconds=1)),
        place: group.name,
    }
    if kind != "home":
        tags["lat"], tags["lon"] = f"{position.latitude:.5f}", f"{position.longitude:.5f}"
    return tags


def _placed(group: GroupSpec, name: str) -> Position:
    """Put a device somewhere around the middle of its group."""
    dice = Dice(0, "place", name)
    north = dice.uniform(0, -_SPREAD, _SPREAD) / _METRES
    east = dice.uniform(1, -_SPREAD, _SPREAD) / _METRES / math.cos(math.radians(group.latitude))
    return Position(round(group.latitude + north, 6), round(group.longitude + east, 6))
