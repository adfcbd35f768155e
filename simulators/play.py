"""Playing a scenario: history as fast as it goes, then live on the virtual clock."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from threading import Event
from typing import Protocol

from simulators.clock import Clock
from simulators.faults import FaultPlan
from simulators.fleet import Fleet
from simulators.message import Message
from simulators.radio import moment
from simulators.scenario import Story
from simulators.traffic import Asking, traffic
from simulators.truth import Truth

SETTLE_SECONDS = 9.0
"""How long the end waits for the broker's acknowledgements"""
_TELL_SECONDS = 0.4


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


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run is."""

    phase: str
    """history, live or stopped"""
    published: int
    simulated_time: float


class Sink(Protocol):
    """Where messages go."""

    def publish(self, message: Message, stop: Event) -> bool:
        """Publish; False when `stop` was set before there was room."""
        ...

    def land(self) -> None:
        """Count what is acknowledged meanwhile."""
        ...

    def settle(self, seconds: float) -> int:
        """Wait for every acknowledgement; give how many are missing."""
        ...


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
        self._phase = "history"
        self._told = 0.0

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
        asking = Asking(scenario.status_interval, scenario.stats_interval)
        return traffic(self.fleet, plan, (self.begin, self.end), asking)

    def run(self, sink: Sink, stop: Event, tell: Callable[[Standing], None]) -> dict[str, object]:
        """Publish everything until the end, or until `stop` is set; give the truth file."""
        clock = Clock(self.begin)
        for message in self.messages():
            if message.due >= self.live and self._phase == "history":
                self._go_live(clock)
            if not self._wait(clock, message.due, sink, stop, tell):
                break
            if not sink.publish(message, stop):
                break
        missing = sink.settle(SETTLE_SECONDS)
        tell(Standing("stopped", self.truth.published, clock.now))
        return self.truth.document(self._about(missing))

    def _go_live(self, clock: Clock) -> None:
        self._phase = "live"
        if self.wanted.speed is not None:
            clock.run(self.live, self.wanted.speed)

    def _wait(
        self,
        clock: Clock,
        until: float,
        sink: Sink,
        stop: Event,
        tell: Callable[[Standing], None],
    ) -> bool:
        """Wait for a simulated time, telling where we are meanwhile."""
        while True:
            if time.monotonic() - self._told >= _TELL_SECONDS:
                self._told = time.monotonic()
                sink.land()
                tell(Standing(self._phase, self.truth.published, clock.now))
            step = min(until, clock.now + _TELL_SECONDS * (self.wanted.speed or inf))
            if not clock.wait(step, stop):
                return False
            if step >= until:
                return True

    def _about(self, missing: int) -> dict[str, object]:
        return {
            "scenario": self.story.name,
            "seed": self.wanted.seed,
            "start": moment(self.begin).isoformat(),
            "unconfirmed": missing,
        }
