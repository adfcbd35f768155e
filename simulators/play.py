"""Playing a scenario: history as fast as it goes, then live on the virtual clock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from threading import Event

from simulators.clock import Clock
from simulators.faults import FaultPlan
from simulators.fleet import Fleet
from simulators.message import Message
from simulators.network_server import Asking
from simulators.pace import Pacer, Sink, Standing
from simulators.radio import moment
from simulators.scenario import Story
from simulators.traffic import traffic
from simulators.truth import Truth


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a scenario is to be played."""

    seed: int = 1
    speed: float | None = None
    """Simulated seconds a second once the history is over; None: as fast as it goes"""
    devices: int | None = None
    """So many instead of the scenario's"""
    length: timedelta | None = None
    """So much simulated time instead of the scenario's length"""


class Play:
    """A scenario that is ready to be played.

    Args:
        story: the scenario.
        wanted: how to play it.
    """

    def __init__(self, story: Story, wanted: Wanted) -> None:
        scenario = story.scenario
        self.story = story
        self.wanted = wanted
        self.fleet = Fleet(scenario, wanted.seed, devices=wanted.devices)
        self.truth = Truth(member.identity for member in self.fleet.members)
        self.begin = scenario.start.timestamp()
        self.live = self.begin + scenario.history.total_seconds()

    @property
    def end(self) -> float:
        """Unix time at which the run ends by itself."""
        scenario, wanted = self.story.scenario, self.wanted
        if wanted.length is not None:
            return self.begin + wanted.length.total_seconds()
        if scenario.endless and wanted.speed is not None:
            return inf
        return self.begin + scenario.length.total_seconds()

    def messages(self) -> Iterable[Message]:
        """Give every message, in order of publication."""
        scenario = self.story.scenario
        plan = FaultPlan(self.wanted.seed, scenario.faults)
        asking = Asking(
            scenario.status_interval,
            scenario.stats_interval,
            scenario.downlink_interval,
            scenario.location_interval,
        )
        return traffic(self.fleet, plan, (self.begin, self.end), asking)

    def safe(self, message: Message) -> None:
        """Take note that the broker has it."""
        self.truth.add(message)

    def run(
        self, sink: Sink[Message], stop: Event, tell: Callable[[Standing], None]
    ) -> dict[str, object]:
        """Publish everything until the end, or until `stop` is set; give the truth file."""

        def told(phase: str, now: float) -> None:
            tell(Standing(phase, self.truth.published, now))

        pacer = Pacer(Clock(self.begin), self.live, self.wanted.speed, told)
        missing = pacer.run(self.messages(), sink, stop)
        return self.truth.document(
            {
                "scenario": self.story.name,
                "seed": self.wanted.seed,
                "start": moment(self.begin).isoformat(),
                "unconfirmed": missing,
            }
        )
