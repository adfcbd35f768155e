"""Where a run is, for a person: a bar when the end is known, the rate, and the time left."""

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.pace import Standing

_WIDTH = 24
_RECENT = 10.0
"""Seconds of the wall's clock that the rate is of"""


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where the run was at a moment."""

    wall: float
    published: int
    simulated: float


class Progress:
    """Follows a run, and says it in a line.

    Args:
        until: Unix time on the run's clock at which it will end; None when nobody knows.
    """

    def __init__(self, until: float | None) -> None:
        self._until = until
        self._first: float | None = None
        self._marks: deque[_Mark] = deque()

    def line(self, standing: "Standing", wall: float) -> str:
        """Say where it is.

        Args:
            standing: the run's own word.
            wall: seconds of a clock that only goes on.
        """
        from simulators.radio import moment

        now = standing.simulated_time
        self.share(now)
        self._marks.append(_Mark(wall, standing.published, now))
        while wall - self._marks[0].wall > _RECENT and len(self._marks) > 2:
            self._marks.popleft()
        words = [f"{standing.published} messages"]
        if (rate := self._rate()) is not None:
            words.append(f"{rate:.0f}/s")
        if left := self._left(now):
            words.append(f"{left} left")
        words.append(f"at {moment(now):%Y-%m-%d %H:%M:%S}")
        return f"{standing.phase}: {self._bar(now)}{', '.join(words)}"

    def share(self, now: float) -> float | None:
        """Give how much is over at a time of the run's clock, from 0 to 1; None: nobody knows."""
        if self._first is None:
            self._first = now
        if self._until is None or self._until <= self._first:
            return None
        return min(1.0, max(0.0, (now - self._first) / (self._until - self._first)))

    def _rate(self) -> float | None:
        """Give messages a second of the wall's clock."""
        begin, end = self._marks[0], self._marks[-1]
        if end.wall <= begin.wall:
            return None
        return (end.published - begin.published) / (end.wall - begin.wall)

    def _left(self, now: float) -> timedelta | None:
        """Give the time that is left, at the pace of the last seconds."""
        begin, end = self._marks[0], self._marks[-1]
        gone = end.simulated - begin.simulated
        if self._until is None or gone <= 0 or now >= self._until:
            return None
        seconds = (self._until - now) * (end.wall - begin.wall) / gone
        return timedelta(seconds=round(min(seconds, 86_400 * 365)))

    def _bar(self, now: float) -> str:
        """Draw how much is over, when the end is known."""
        share = self.share(now)
        if share is None:
            return ""
        full = round(_WIDTH * share)
        return f"[{'#' * full}{'.' * (_WIDTH - full)}] {100 * share:.0f} %, "
