"""Playing again what was measured or heard: a CSV file as devices, a recording as it was."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from threading import Event

from paho.mqtt.client import topic_matches_sub

from simulators.clock import Clock
from simulators.faults import FaultPlan
from simulators.message import Message
from simulators.pace import Pacer, Sink, Standing
from simulators.recording import Heard
from simulators.series import Series
from simulators.truth import Truth


@dataclass(frozen=True, slots=True)
class Placed:
    """A message of a series with its place in the order of publication."""

    number: int
    message: Message

    @property
    def due(self) -> float:
        """When it is published."""
        return self.message.due

    @property
    def topic(self) -> str:
        """Where."""
        return self.message.topic

    @property
    def payload(self) -> bytes:
        """What."""
        return self.message.payload


class SeriesReplay:
    """A CSV file as devices.

    Args:
        series: the file with its description.
        plan: what goes wrong.
        speed: times the original; None: as fast as it goes.
        skip: so many messages were published before, by a run with the same arguments.
    """

    def __init__(
        self, series: Series, plan: FaultPlan, speed: float | None, *, skip: int = 0
    ) -> None:
        self._series = series
        self._plan = plan
        self._speed = speed
        self._skip = skip
        self._truth = Truth(series.identities)
        self._reach = Reach(skip)

    @property
    def reached(self) -> int:
        """So many of the first messages are all safe."""
        return self._reach.reached

    @property
    def ends(self) -> float | None:
        """Unix time on the series' clock at which it ends."""
        last = self._series.ends()
        return last.timestamp() if last else None

    def safe(self, message: Placed) -> None:
        """Take note that the broker has it."""
        self._truth.add(message.message)
        self._reach.add(message.number)

    def run(
        self, sink: Sink[Placed], stop: Event, tell: Callable[[Standing], None]
    ) -> dict[str, object]:
        """Publish it, and give its truth, of what was published before too."""

        def told(phase: str, now: float) -> None:
            tell(Standing(phase, self._truth.published, now))

        pacer = Pacer(Clock(0.0), None, self._speed, told)
        missing = pacer.run(self._placed(), sink, stop)
        return self._truth.document({"scenario": self._series.title, "unconfirmed": missing})

    def _placed(self) -> Iterator[Placed]:
        for number, message in enumerate(self._series.messages(self._plan)):
            if number < self._skip:
                self._truth.add(message)
            else:
                yield Placed(number, message)


class Reach:
    """How many of the first messages are all safe, whatever order they became so in.

    Args:
        reached: so many were before.
    """

    def __init__(self, reached: int) -> None:
        self.reached = reached
        self._beyond: set[int] = set()

    def add(self, number: int) -> None:
        """Take note of one that is safe."""
        self._beyond.add(number)
        while self.reached in self._beyond:
            self._beyond.remove(self.reached)
            self.reached += 1


@dataclass(frozen=True, slots=True)
class Choice:
    """What to take of a recording."""

    topics: tuple[str, ...] = ()
    """MQTT filters of which one must fit; none: every topic"""
    since: datetime | None = None
    until: datetime | None = None
    """By when the messages were heard"""

    def takes(self, heard: Heard) -> bool:
        """Say whether to take a message."""
        if self.since is not None and heard.at < self.since:
            return False
        if self.until is not None and heard.at >= self.until:
            return False
        return not self.topics or any(topic_matches_sub(t, heard.topic) for t in self.topics)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A message of a recording with its place among those taken."""

    number: int
    heard: Heard

    @property
    def due(self) -> float:
        """When it was heard, as Unix time."""
        return self.heard.due

    @property
    def topic(self) -> str:
        """Where it was published."""
        return self.heard.topic

    @property
    def payload(self) -> bytes:
        """What was published."""
        return self.heard.payload


def taken(messages: Iterable[Heard], choice: Choice, *, skip: int = 0) -> Iterator[Numbered]:
    """Give what is taken, after the first so many of it."""
    chosen = (heard for heard in messages if choice.takes(heard))
    for number, heard in enumerate(islice(chosen, skip, None), skip):
        yield Numbered(number, heard)


class RecordingReplay:
    """A recording as it was.

    Args:
        messages: its messages.
        choice: which of them to take.
        speed: times the original; None: as fast as it goes.
        skip: so many of those taken were published before.
    """

    def __init__(
        self, messages: Iterable[Heard], choice: Choice, speed: float | None, *, skip: int = 0
    ) -> None:
        self._messages = taken(messages, choice, skip=skip)
        self._speed = speed
        self._reach = Reach(skip)
        self._published = 0

    @property
    def reached(self) -> int:
        """So many of the first messages are all safe."""
        return self._reach.reached

    def safe(self, message: Numbered) -> None:
        """Take note that the broker has it."""
        self._published += 1
        self._reach.add(message.number)

    def run(
        self, sink: Sink[Numbered], stop: Event, tell: Callable[[Standing], None]
    ) -> dict[str, object]:
        """Publish it, and give how many messages the broker has taken."""

        def told(phase: str, now: float) -> None:
            tell(Standing(phase, self._published, now))

        pacer = Pacer(Clock(0.0), None, self._speed, told)
        missing = pacer.run(self._messages, sink, stop)
        return {"published": self._published, "unconfirmed": missing}
