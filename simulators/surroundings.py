"""What stands around each device of a scenario: the weather, rooms, streets and bays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf

from simulators import identity
from simulators.catalogue import BAYS, HARDWARE
from simulators.device import Reset, Silence, Speaker
from simulators.dice import Dice
from simulators.phenomena import home, street
from simulators.phenomena.air import IndoorAir, OutdoorAir
from simulators.phenomena.home import Change, Home
from simulators.phenomena.parking import Bay, BayView
from simulators.phenomena.signal import Signal
from simulators.phenomena.street import DustEvent, Street
from simulators.phenomena.weather import Weather
from simulators.radio import Outage
from simulators.scenario import GroupSpec, Scenario
from simulators.scenario_events import (
    Becomes,
    Drains,
    Dust,
    GatewayDown,
    Restarts,
    Silent,
    Stuck,
)
from simulators.speakers import BaySensor, Condition, Reporter


@dataclass(frozen=True, slots=True)
class _Ground:
    """The air just above the ground."""

    weather: Weather

    def at(self, time: float) -> Mapping[str, float]:
        """Give temperature and humidity."""
        air = self.weather.at(time)
        return {"temperature": air.temperature, "relative_humidity": air.relative_humidity}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one device is."""

    group: GroupSpec
    name: str
    index: int
    dice: Dice


class Surroundings:
    """What a scenario puts around its devices.

    Args:
        scenario: what happens.
        seed: the seed of the run.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._begin = scenario.start.timestamp()
        self._weather = Weather(Dice(seed, "weather"), warmer=scenario.warmer)
        self._region = Dice(seed, "region")

    def speaker(self, place: Place) -> Speaker:
        """Give what a device has to say."""
        group, dice = place.group, place.dice
        interval = group.interval.total_seconds()
        model = identity.full_model(group.model)
        condition = self._condition(place.name)
        if model in BAYS:
            bay = Bay(dice.child("bay"), group.bays or "", begin=self._begin)
            ground = _Ground(self._weather)
            return BaySensor(dice, BAYS[model], bay, ground, interval, condition=condition)
        hardware = HARDWARE[model]
        signal = self._signal(place, hardware.needs)
        return Reporter(dice, hardware, signal, interval, condition)

    def _condition(self, name: str) -> Condition:
        """Give what is wrong with a device, and when."""
        events = [e for e in self._scenario.events if isinstance(e, Stuck | Drains)]
        own = [(event, self._stretch(event)) for event in events if event.device == name]
        return Condition(
            stuck=tuple(stretch for event, stretch in own if isinstance(event, Stuck)),
            drains=tuple(stretch for event, stretch in own if isinstance(event, Drains)),
        )

    def silences(self, name: str) -> Iterator[Silence]:
        """Give when a device says nothing."""
        for event in self._scenario.events:
            if isinstance(event, Silent) and event.device == name:
                start, end = self._stretch(event)
                yield Silence(start, end, rejoin=event.rejoin, refused=event.refused_joins)

    def resets(self, name: str) -> Iterator[Reset]:
        """Give when a device restarts."""
        for event in self._scenario.events:
            if isinstance(event, Restarts) and event.device == name:
                yield Reset(self._begin + event.start.total_seconds())

    def is_counted(self, name: str) -> bool:
        """Say whether the network server checks a device's counter."""
        return any(
            isinstance(event, Restarts) and event.device == name and event.checked
            for event in self._scenario.events
        )

    def outages(self, gateway: str) -> Iterator[Outage]:
        """Give when a gateway hears nothing."""
        for event in self._scenario.events:
            if isinstance(event, GatewayDown) and event.gateway == gateway:
                yield Outage(*self._stretch(event))

    def _stretch(
        self, event: Becomes | Dust | Silent | Stuck | Drains | GatewayDown
    ) -> tuple[float, float]:
        start = self._begin + event.start.total_seconds()
        return start, inf if event.length is None else start + event.length.total_seconds()

    def _signal(self, place: Place, needs: frozenset[str]) -> Signal:
        """Give what is to be measured, with no more around it than is needed."""
        group, dice = place.group, place.dice
        if group.bays is not None:
            bay = Bay(dice.child("bay"), group.bays, begin=self._begin)
            return BayView(dice.child("view"), bay, _Ground(self._weather))
        if group.street is not None:
            beside = self._street(place, group.street)
            if needs <= street.MEASURES:
                return beside
            kind = street.KINDS[group.street]
            return OutdoorAir(dice.child("air"), self._weather, kind, beside)
        room = self._home(place, group.home or "")
        if needs <= home.MEASURES:
            return room
        return IndoorAir(dice.child("air"), self._region, self._weather, room)

    def _street(self, place: Place, kind: str) -> Street:
        """Give a monitor's place: those of a site stand around it, the first in the north-east."""
        events = tuple(
            DustEvent(*self._stretch(event), event.strength, event.wind_from)
            for event in self._scenario.events
            if isinstance(event, Dust) and event.group == place.group.name
        )
        return Street(
            place.dice.child("street"),
            self._region,
            self._weather,
            street.KINDS[kind],
            bearing=(30.0 + 360.0 * place.index / place.group.count) % 360.0,
            events=events,
        )

    def _home(self, place: Place, kind: str) -> Home:
        changes = tuple(
            Change(*self._stretch(event), home.KINDS[event.home])
            for event in self._scenario.events
            if isinstance(event, Becomes) and event.device == place.name
        )
        dice = place.dice.child("home")
        return Home(dice, self._weather, home.KINDS[kind], begin=self._begin, changes=changes)
