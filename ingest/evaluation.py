"""The loops on stored data alone, as a process.

So evaluation and notices share no interpreter with the feed, and neither slows the other. They need
no broker. What they conclude does not depend on how many such processes there are, nor on when one
is killed: a step is one transaction under a lock of the database.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import msgspec
import structlog

from ingest.exit_code import ExitCode
from ingest.link import Link
from ingest.loop import Loop, MakeStep
from ingest.status import Status
from ingest.watchdog import Watchdog
from ingest.worker import Beside, Part, Worker, look_at
from storage.errors import WrongSchema

log = structlog.get_logger(__name__)

_LOOK_EVERY_SECONDS = 0.5
_STALL_SECONDS = 300.0
_JOIN_SECONDS = 10.0
_REST = 1.0


class Report(msgspec.Struct, frozen=True):
    """What a loop says of itself to the process that started its own."""

    lag: float
    problem: str
    remark: str = ""


Reports = dict[str, Report]
"""By the names of the loops"""


def ignore(_reports: Reports) -> None:
    """Tell nobody."""


def watch(status: Status, workers: Sequence[Worker]) -> None:
    """Have a service's status tell of its loops."""
    for part in (part for worker in workers for part in worker.parts):
        status.check(part.name, part.problem)
        status.remark(part.name, part.remark)
        status.gauge(
            f"boroughsense_{part.name}_lag_seconds",
            f"How long ago the {part.name} had nothing left to do.",
            part.lag,
        )


class Evaluation:
    """The loops on stored data until `stop` is set.

    Args:
        dsn: the database.
        loops: the steps by their names.
        status: what is told of them to whoever asks.
        tell: called twice a second, while all is well, with what each loop says of itself.
        beside: what else runs for as long.
        remarks: what says, for a loop, what needs a person though it works.
    """

    def __init__(  # noqa: PLR0913 - its loops, and what they say to whom
        self,
        dsn: str,
        loops: Sequence[tuple[str, MakeStep]],
        *,
        status: Status,
        tell: Callable[[Reports], None] = ignore,
        beside: Sequence[Beside] = (),
        remarks: Mapping[str, Callable[[], str]] = MappingProxyType({}),
    ) -> None:
        self.stop = threading.Event()
        self.loops = [
            Loop(
                make,
                Link(dsn, name, self.stop),
                self.stop,
                rest=_REST,
                remark=remarks.get(name, lambda: ""),
            )
            for name, make in loops
        ]
        self._tell = tell
        self._beside = beside
        self._watchdog = Watchdog(_STALL_SECONDS, ExitCode.STALLED, self.stop)
        status.alive_when(lambda: self._watchdog.is_content)
        watch(status, self.loops)

    def run(self) -> ExitCode:
        """Work until `stop` is set, or until a loop dies that only a new process mends."""
        for beside in self._beside:
            beside.start()
        self._watchdog.start()
        for loop in self.loops:
            loop.start()
        try:
            return self._look()
        except WrongSchema as error:
            log.critical("the database cannot be used", reason=str(error))
            return ExitCode.WRONG_SCHEMA
        finally:
            self.stop.set()
            for loop in self.loops:
                loop.join(_JOIN_SECONDS)
            self._watchdog.stop()
            for beside in self._beside:
                beside.stop()

    def _look(self) -> ExitCode:
        while not self.stop.wait(_LOOK_EVERY_SECONDS):
            if (code := look_at(self.loops)) is not ExitCode.DONE:
                return code
            self._watchdog.beat()
            parts: list[Part] = [part for loop in self.loops for part in loop.parts]
            self._tell(
                {part.name: Report(part.lag(), part.problem(), part.remark()) for part in parts}
            )
        return ExitCode.DONE
