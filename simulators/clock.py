"""Simulated time: as fast as it goes, or at a speed against the wall's clock."""

import time
from collections.abc import Callable
from threading import Event


class Clock:
    """A virtual clock that one can wait on.

    It stands where the last wait has brought it until `run` starts it at a speed.

    Args:
        start: Unix time where it begins.
        wall: the wall's clock, in seconds from anywhere.
    """

    def __init__(self, start: float, *, wall: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._speed: float | None = None
        self._anchor = (start, 0.0)
        self._reached = start

    def run(self, start: float, speed: float) -> None:
        """Let time run from `start` on, `speed` simulated seconds a second."""
        self._anchor = (start, self._wall())
        self._speed = speed

    @property
    def now(self) -> float:
        """Simulated Unix time."""
        if self._speed is None:
            return self._reached
        start, anchor = self._anchor
        return start + (self._wall() - anchor) * self._speed

    def wait(self, until: float, stop: Event) -> bool:
        """Wait until a simulated time; False when `stop` was set meanwhile.

        Without a speed the clock jumps there.
        """
        if self._speed is None:
            self._reached = max(self._reached, until)
            return not stop.is_set()
        while not stop.is_set():
            left = (until - self.now) / self._speed
            if left <= 0:
                return True
            stop.wait(min(left, 0.5))
        return False
