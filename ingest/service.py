"""The service: one loop from the broker to the database, and others on what is stored.

The ingest loop runs in the calling thread; the evaluator and the notifier have a thread and a
connection each. While the database is away nothing is acknowledged and the batch in hand is tried
again; the receiver leaves the broker, which then queues, when too much waits in memory.
"""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from time import monotonic

import structlog

from decoders.registry import NATIVE, Registry
from ingest.gaps import Gaps
from ingest.lease import Lease
from ingest.link import Link
from ingest.loop import Loop, MakeStep
from ingest.pipeline import Policy
from ingest.session import Delivery, Receiver
from ingest.sink import Sink
from ingest.watchdog import Watchdog
from storage.errors import DatabaseUnavailable, WrongSchema

log = structlog.get_logger(__name__)

_JOIN_SECONDS = 10.0


class ExitCode(IntEnum):
    """How the service ends."""

    DONE = 0
    WRONG_SCHEMA = 1
    """The database is not laid out as this program needs it: a person must act"""
    FEED_DEAD = 3
    """The MQTT network thread died: a supervisor should start us again"""
    LOOP_DEAD = 4
    """A loop on stored data died: the same"""
    STALLED = 5
    """The ingest loop stood still: the same"""
    REPLACED = 6
    """Another process serves the session by now: started again, we stand by for it"""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken at once, and how long things may take."""

    batch: int = 500
    """messages"""
    linger: float = 0.05
    """seconds that a batch waits for more messages"""
    drain: float = 10.0
    """seconds to store what is in memory when we are told to stop"""
    stall: float = 300.0
    """seconds without progress after which the process ends itself"""


@dataclass(frozen=True, slots=True)
class Duties:
    """What is done with what comes."""

    registry: Registry = NATIVE
    """What reads the devices' payloads"""
    bindings: Mapping[str, str] = field(default_factory=dict)
    """Profile name to model, from the settings"""
    loops: Sequence[tuple[str, MakeStep]] = ()
    """The steps on stored data by their names"""
    session: str = "boroughsense"
    """The session's name, which one process serves at a time: the MQTT client id"""


class Service:
    """Everything between the broker and the people, until `stop` is set.

    Args:
        receiver: the MQTT session, which tells its connections to `gaps`.
        dsn: the database.
        gaps: where loss cannot be excluded.
        duties: what is done with what comes.
        limits: how much is taken at once, and how long things may take.
    """

    def __init__(
        self,
        receiver: Receiver,
        dsn: str,
        gaps: Gaps,
        duties: Duties,
        limits: Limits,
    ) -> None:
        self.stop = threading.Event()
        self._receiver = receiver
        self._gaps = gaps
        self._limits = limits
        self._link = Link(dsn, "ingest", self.stop)
        self._sink = Sink(
            self._link,
            lambda mode: Policy(mode, duties.registry, duties.bindings),
            first=gaps.record,
        )
        self._lease = Lease(dsn, duties.session, self.stop)
        self._watchdog = Watchdog(limits.stall, ExitCode.STALLED)
        self._loops = [
            Loop(make, Link(dsn, name, self.stop), self.stop) for name, make in duties.loops
        ]
        self._loops.append(Loop(self._lease.keep, self._lease.link, self.stop))

    def run(self) -> ExitCode:
        """Stand by until the session is ours, then work until `stop` is set.

        Ends by itself when something dies that only a new process can mend.
        """
        try:
            if not self._lease.wait():
                return ExitCode.DONE
            self._watchdog.start()
            for loop in self._loops:
                loop.start()
            self._receiver.start()
            return self._ingest()
        except WrongSchema as error:
            log.critical("the database cannot be used", reason=str(error))
            return ExitCode.WRONG_SCHEMA
        finally:
            self.stop.set()
            self._receiver.stop()
            for loop in self._loops:
                loop.join(_JOIN_SECONDS)
            self._link.close()
            self._lease.link.close()
            self._watchdog.stop()

    def _ingest(self) -> ExitCode:
        while not self.stop.is_set():
            if (code := self._check()) is not ExitCode.DONE:
                return code
            self._take_batch()
        self._drain()
        return ExitCode.DONE

    def _check(self) -> ExitCode:
        """Look whether all that must run does."""
        if not self._receiver.alive:
            log.critical("the MQTT network thread died; ending so that we can be started again")
            return ExitCode.FEED_DEAD
        if self._lease.is_taken:
            log.critical("another process serves the session by now; ending, to stand by for it")
            return ExitCode.REPLACED
        for loop in self._loops:
            if loop.failure:
                raise WrongSchema(loop.failure)
            if not loop.alive:
                log.critical("a loop died; ending so that we can be started again", loop=loop.name)
                return ExitCode.LOOP_DEAD
        return ExitCode.DONE

    def _take_batch(self) -> bool:
        """Bring one batch from the broker to the database; False when stopped before."""
        self._watchdog.beat()
        deliveries = self._receiver.batch(self._limits.batch, self._limits.linger)
        self._gaps.watch(deliveries)
        if deliveries or self._gaps.pending:
            if not self._store(deliveries):
                return False
            self._receiver.acknowledge(deliveries)
        return True

    def _drain(self) -> None:
        """Store and acknowledge what is in memory: what came at QoS 0 is nowhere else."""
        deadline = monotonic() + self._limits.drain
        while self._receiver.held and monotonic() < deadline:
            if not self._take_batch():
                return

    def _store(self, deliveries: Sequence[Delivery]) -> bool:
        """Store the batch, however long the database is away; False when stopped before."""
        rest = deque(deliveries)
        while True:
            try:
                self._sink.store(rest)
            except DatabaseUnavailable as error:
                self._link.lost(error)
                if not self._link.wait():
                    return False
                self._watchdog.beat()
                continue
            self._link.back()
            return True
