"""Ends the process when it stands still: a supervisor can start it again, nothing else can."""

import os
import threading
from collections.abc import Callable
from time import monotonic

import structlog

log = structlog.get_logger(__name__)


class Watchdog:
    """Watches for a heart-beat in a thread of its own.

    Args:
        seconds: how long no beat may come; longer than any statement or connection attempt takes.
        exit_code: what the process ends with.
        pulse: called at each beat, to tell a supervisor.
    """

    def __init__(
        self, seconds: float, exit_code: int, pulse: Callable[[], None] = lambda: None
    ) -> None:
        self._seconds = seconds
        self._pulse = pulse
        self._exit_code = exit_code
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
                log.critical(
                    "no progress; ending so that we can be started again", seconds=self._seconds
                )
                os._exit(self._exit_code)
