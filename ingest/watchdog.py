"""Ends the process when it stands still: a supervisor can start it again, nothing else can."""

import os
import threading
from collections.abc import Callable
from time import monotonic

import structlog

log = structlog.get_logger(__name__)


class Watchdog:
    """Watches for a heart-beat in a thread of its own, and that we end when we are told to.

    Args:
        seconds: how long no beat may come; longer than any statement or connection attempt takes.
        exit_code: what the process ends with.
        stopping: set when we are told to end; then there are `grace` seconds for it.
        grace: those.
        pulse: called at each beat, to tell a supervisor.
    """

    def __init__(
        self,
        seconds: float,
        exit_code: int,
        stopping: threading.Event,
        *,
        grace: float = 20.0,
        pulse: Callable[[], None] = lambda: None,
    ) -> None:
        self._seconds = seconds
        self._exit_code = exit_code
        self._stopping = stopping
        self._grace = grace
        self._deadline = float("inf")
        self._pulse = pulse
        self._last = monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self.beat()
        self._thread.start()

    def beat(self) -> None:
        """Say that we are alive."""
        self._last = monotonic()
        self._pulse()

    @property
    def is_content(self) -> bool:
        """Whether a beat came in time."""
        return monotonic() - self._last <= self._seconds

    def stop(self) -> None:
        """Watch no longer."""
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(min(1.0, self._seconds / 4)):
            if not self.is_content:
                self._end("no progress; ending so that we can be started again")
            if self._stopping.is_set():
                self._deadline = min(self._deadline, monotonic() + self._grace)
            if monotonic() > self._deadline:
                self._end("stopping took too long; ending, the broker has what is not stored")

    def _end(self, why: str) -> None:
        log.critical(why)
        os._exit(self._exit_code)
