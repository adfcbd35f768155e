"""The evaluation in a process of its own, as the service that started it sees it.

It ends with us: its standard input is a pipe that closes when we are gone, however that comes. When
it ends by itself it is started again; the feed goes on meanwhile, since all that it needs is what
is stored. On its standard output it says twice a second how each of its loops is.
"""

import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic

import msgspec
import structlog

from ingest.evaluation import Report, Reports
from ingest.exit_code import ExitCode

log = structlog.get_logger(__name__)

BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before it is started again; the last one repeats, the first comes back once it works"""
_SILENT_SECONDS = 30.0
"""It is not well when it has said nothing for so long"""
_REPORTS = msgspec.json.Decoder(Reports)


class ToldPart:
    """A loop of the other process, by what that says of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._began = monotonic()
        self._idle_at = self._began
        self._heard_at: float | None = None
        self._problem = ""
        self._remark = ""

    def heard(self, report: Report) -> None:
        """Take note of what it says."""
        self._heard_at = monotonic()
        self._idle_at = self._heard_at - report.lag
        self._problem = report.problem
        self._remark = report.remark

    def gone(self) -> None:
        """Take note of its end."""
        self._heard_at, self._began = None, monotonic() - _SILENT_SECONDS

    def lag(self) -> float:
        """How many seconds ago it had nothing left to do."""
        return monotonic() - self._idle_at

    def problem(self) -> str:
        """What keeps it from working; empty when nothing does."""
        if monotonic() - (self._heard_at or self._began) > _SILENT_SECONDS:
            return "its process says nothing"
        return self._problem

    def remark(self) -> str:
        """What needs a person though it works; empty when nothing does."""
        return self._remark


class EvaluationProcess:
    """The process, started again whenever it ends.

    Args:
        command: what starts it.
        environment: all of its environment.
        names: its loops.
    """

    name = "evaluation"

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], names: Sequence[str]
    ) -> None:
        self.failure = ""
        """Why it is not started again, in one sentence; empty while it is"""
        self.restarts = 0
        """How often it was started again"""
        self.parts = tuple(ToldPart(name) for name in names)
        self._command = tuple(command)
        self._environment = dict(environment)
        self._ending = threading.Event()
        self._guard = threading.Lock()
        """Held while a process is started, and while it is told to end"""
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def start(self) -> None:
        """Start it."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it works, or will be started again."""
        return self._thread.is_alive()

    @property
    def process_id(self) -> int | None:
        """Its number, while it runs."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def join(self, seconds: float) -> None:
        """Ask it to end, and wait; kill it when that takes longer: a step half done is undone."""
        with self._guard:
            self._ending.set()
            process = self._process
            if process is not None:
                _close_input(process)
        if not self.alive:
            return
        self._thread.join(seconds)
        if process is not None and self.alive:
            process.kill()
            self._thread.join(seconds)

    def _run(self) -> None:
        attempts = 0
        while (process := self._launch()) is not None:
            was_well = self._listen(process)
            code = process.wait()
            with self._guard:
                _close_input(process)
            for part in self.parts:
                part.gone()
            if self._ending.is_set():
                return
            if code == ExitCode.WRONG_SCHEMA:
                self.failure = "the evaluation cannot use the database or a setting, see its log"
                return
            attempts = 0 if was_well else attempts + 1
            log.error("the evaluation ended; starting it again", code=code)
            self._ending.wait(BACK_OFF[min(attempts, len(BACK_OFF) - 1)])
            self.restarts += 1

    def _launch(self) -> subprocess.Popen[bytes] | None:
        """Start a process, unless we are ending."""
        with self._guard:
            if self._ending.is_set():
                return None
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                self._command,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            return self._process

    def _listen(self, process: subprocess.Popen[bytes]) -> bool:
        """Hear what it says until it ends; True when it was well at some time."""
        assert process.stdout is not None  # noqa: S101 - asked for above
        was_well = False
        with process.stdout:
            for line in process.stdout:
                reports = _REPORTS.decode(line)
                for part in self.parts:
                    part.heard(reports[part.name])
                was_well |= not any(report.problem for report in reports.values())
        return was_well


def _close_input(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe that tells a process that we are there."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
