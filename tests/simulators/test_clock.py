"""The virtual clock jumps, or keeps to its speed."""

from threading import Event

import pytest

from simulators.clock import Clock


class Wall:
    """A wall clock that a test turns, and an event that turns it while one waits."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        """Give the time."""
        return self.now


class Turning(Event):
    """Waiting on it turns the wall's clock."""

    def __init__(self, wall: Wall, *, stops_after: int = 1_000_000) -> None:
        super().__init__()
        self._wall = wall
        self._left = stops_after

    def wait(self, timeout: float | None = None) -> bool:
        """Let the time pass."""
        assert timeout is not None
        self._wall.now += timeout
        self._wall.waits.append(timeout)
        self._left -= 1
        if self._left == 0:
            self.set()
        return self.is_set()


def test_without_a_speed_it_jumps() -> None:
    """Waiting takes no time, and the clock never goes back."""
    wall = Wall()
    clock = Clock(1000.0, wall=wall)
    assert clock.now == 1000.0
    assert clock.wait(5000.0, Turning(wall))
    assert clock.wait(4000.0, Turning(wall))
    assert clock.now == 5000.0
    assert wall.waits == []


def test_at_a_speed_it_waits() -> None:
    """60 simulated seconds a second: two minutes are two seconds, in waits of half a second."""
    wall = Wall()
    clock = Clock(0.0, wall=wall)
    clock.run(1000.0, 60.0)
    assert clock.now == 1000.0
    assert clock.wait(1120.0, Turning(wall))
    assert sum(wall.waits) == pytest.approx(2.0)
    assert max(wall.waits) <= 0.5
    assert clock.now == pytest.approx(1120.0)
    assert clock.wait(1110.0, Turning(wall))


def test_waiting_ends_when_it_is_told_to_stop() -> None:
    """A wait says whether it was stopped, at any speed."""
    wall = Wall()
    clock = Clock(0.0, wall=wall)
    stopped = Event()
    stopped.set()
    assert not clock.wait(10.0, stopped)
    clock.run(0.0, 1.0)
    assert not clock.wait(10.0, Turning(wall, stops_after=3))
    assert not clock.wait(0.0, stopped)
