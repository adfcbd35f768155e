"""What a device remembers of readings that nobody heard, by a clock of its own."""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from decoders.model import Observation
from simulators.hardware import Log

_CAPACITY = 3000
"""records that a device keeps; then the oldest go"""


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """A device's clock: right, wrong by some seconds, or never set."""

    error: float = 0.0
    """seconds that it is ahead"""
    counts_from: float | None = None
    """Set when nobody ever set it: Unix time at which it began to count from 1970"""

    def read(self, time: float) -> datetime:
        """Give what the clock says at a Unix time, in whole seconds."""
        told = time + self.error if self.counts_from is None else time - self.counts_from
        return datetime.fromtimestamp(math.floor(told), UTC)


Record = tuple[Observation, ...]
"""One reading of the past: each value has the same time"""


class Memory:
    """The log of one device.

    Args:
        log: what it keeps, and how it is sent.
        clock: by which the records are dated.
    """

    def __init__(self, log: Log, clock: DeviceClock) -> None:
        self.log = log
        self._clock = clock
        self._records: deque[Record] = deque(maxlen=_CAPACITY)

    def keep(self, time: float, observations: Iterable[Observation]) -> None:
        """Remember a reading of a Unix time, if it has all that a record says."""
        own = self._clock.read(time)
        seen = {
            f"{o.observed_property}@{o.channel}" if o.channel else o.observed_property: o
            for o in observations
        }
        if all(name in seen for name in self.log.properties):
            record = (replace(seen[name], phenomenon_time=own) for name in self.log.properties)
            self._records.append(tuple(record))

    def give_back(self, records: Iterable[Record]) -> None:
        """Remember records again that nobody heard."""
        self._records.extendleft(reversed(tuple(records)))

    def take(self) -> tuple[Record, ...]:
        """Give the oldest records, as many as a frame holds, and forget them."""
        count = min(self.log.most, len(self._records))
        return tuple(self._records.popleft() for _ in range(count))
