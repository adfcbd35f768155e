"""What works beside the ingest loop for as long as the service does: threads, or a process."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog

from ingest.exit_code import ExitCode
from storage.errors import WrongSchema

log = structlog.get_logger(__name__)


class Beside(Protocol):
    """Something small that runs beside the service, in a thread of its own."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""


class Part(Protocol):
    """One loop on stored data, as its service sees it."""

    @property
    def name(self) -> str:
        """What it is called."""

    def lag(self) -> float:
        """How many seconds ago it had nothing left to do."""

    def problem(self) -> str:
        """What keeps it from working; empty when nothing does."""

    def remark(self) -> str:
        """What needs a person though it works; empty when nothing does."""


class Worker(Protocol):
    """One loop in a thread, or several in a process."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def failure(self) -> str:
        """Why it ended by itself, when a person must act; empty while it need not."""

    @property
    def alive(self) -> bool:
        """Whether it works, or will again by itself."""

    @property
    def parts(self) -> Sequence[Part]:
        """Its loops."""

    def start(self) -> None:
        """Begin."""

    def join(self, seconds: float) -> None:
        """End, or wait for the end, for so long at most."""


def look_at(workers: Iterable[Worker]) -> ExitCode:
    """Look whether all work that must.

    Raises:
        WrongSchema: one ended since the database is not laid out for this program.
    """
    for worker in workers:
        if worker.failure:
            raise WrongSchema(worker.failure)
        if not worker.alive:
            log.critical("a loop died; ending so that we can be started again", loop=worker.name)
            return ExitCode.LOOP_DEAD
    return ExitCode.DONE
