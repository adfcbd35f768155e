"""Publishing messages when they are due, and telling how far it has come."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf
from threading import Event
from typing import Protocol, TypeVar

from simulators.clock import Clock

SETTLE_SECONDS = 9.0
"""How long the end waits for the broker's acknowledgements"""
TELL_SECONDS = 0.4


class Due(Protocol):
    """What is to be published at a time."""

    @property
    def due(self) -> float:
        """Unix time on the virtual clock."""
        ...


DueT = TypeVar("DueT", bound=Due)
DueT_contra = TypeVar("DueT_contra", bound=Due, contravariant=True)


class Sink(Protocol[DueT_contra]):
    """Where messages go."""

    def publish(self, message: DueT_contra, stop: Event) -> bool:
        """Publish; False when `stop` was set before there was room."""
        ...

    def land(self) -> None:
        """Count what is acknowledged meanwhile."""
        ...

    def settle(self, seconds: float) -> int:
        """Wait for every acknowledgement; give how many are missing."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run is."""

    phase: str
    """history, live or stopped"""
    published: int
    simulated_time: float


class Run(Protocol[DueT]):
    """Something that can be published: a scenario, a series, a recording."""

    def safe(self, message: DueT) -> None:
        """Take note that the broker has it."""
        ...

    def run(
        self, sink: Sink[DueT], stop: Event, tell: Callable[[Standing], None]
    ) -> dict[str, object]:
        """Publish it, and give what was sent."""
        ...


class Pacer:
    """Keeps messages to a clock: as fast as it goes before a time, then at a speed.

    Args:
        clock: the virtual clock.
        live: Unix time from which on the speed counts; None: from the first message on.
        speed: simulated seconds a second; None: as fast as it goes, always.
        tell: called now and then with the phase and the simulated time.
    """

    def __init__(
        self,
        clock: Clock,
        live: float | None,
        speed: float | None,
        tell: Callable[[str, float], None],
    ) -> None:
        self._clock = clock
        self._live = live
        self._speed = speed
        self._tell = tell
        self._phase = "history"
        self._told = -inf

    def run(self, messages: Iterable[DueT], sink: Sink[DueT], stop: Event) -> int:
        """Publish until the end, or until `stop` is set; give what is not acknowledged."""
        for message in messages:
            if self._phase == "history" and message.due >= (self._live or message.due):
                self._go_live(self._live or message.due)
            if not self._wait(message.due, sink, stop) or not sink.publish(message, stop):
                break
        missing = sink.settle(SETTLE_SECONDS)
        self._tell("stopped", self._clock.now)
        return missing

    def _go_live(self, start: float) -> None:
        self._phase = "live"
        if self._speed is not None:
            self._clock.run(start, self._speed)

    def _wait(self, until: float, sink: Sink[DueT], stop: Event) -> bool:
        """Wait for a simulated time, telling where we are meanwhile."""
        while True:
            if time.monotonic() - self._told >= TELL_SECONDS:
                self._told = time.monotonic()
                sink.land()
                self._tell(self._phase, self._clock.now)
            step = min(until, self._clock.now + TELL_SECONDS * (self._speed or inf))
            if not self._clock.wait(step, stop):
                return False
            if step >= until:
                return True
