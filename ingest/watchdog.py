"""Ends the process when it stands still: a supervisor can start it again, nothing else can."""

import os
import threading
from time import monotonic

import structlog

log = structlog.get_logger(__name__)


class Watchdog:
    """Watches for a heart-beat in a thread of its own.

    Args:
        seconds: how long no beat may come; longer than any statement or connection attempt takes.
        exit_code: what the process ends with.
    """

    def __init__(self, seconds: float, exit_code: int) -> None:
        self._seconds = seconds
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

    def stop(self) -> None:
        """Watch no longer."""
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(min(1.0, self._seconds / 4)):
            silent = monotonic() - self._last
            if silent > self._seconds:
                log.critical("no progress; ending so that we can be started again", seconds=silent)
                os._exit(self._exit_code)
