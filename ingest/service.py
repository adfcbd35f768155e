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
from ingest.link import Link
from ingest.loop import Loop, MakeStep
from ingest.pipeline import Policy, handle, handle_faulty
from ingest.session import Delivery, Receiver
from ingest.watchdog import Watchdog
from storage import instance
from storage.errors import DatabaseUnavailable, StorageError, WrongSchema
from storage.uplinks import Writer

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
        self._duties = duties
        self._limits = limits
        self._link = Link(dsn, "ingest", self.stop)
        self._sink: tuple[Writer, Policy] | None = None
        self._watchdog = Watchdog(limits.stall, ExitCode.STALLED)
        self._loops = [
            Loop(make, Link(dsn, name, self.stop), self.stop) for name, make in duties.loops
        ]

    def run(self) -> ExitCode:
        """Work until `stop` is set, or something dies that only a new process can mend."""
        self._watchdog.start()
        for loop in self._loops:
            loop.start()
        self._receiver.start()
        try:
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
                self._store_once(rest)
            except DatabaseUnavailable as error:
                self._sink = None
                self._link.lost(error)
                if not self._link.wait():
                    return False
                self._watchdog.beat()
                continue
            self._link.back()
            return True

    def _store_once(self, deliveries: deque[Delivery]) -> None:
        writer, policy = self._open()
        self._gaps.record(self._link.get())
        try:
            handle(deliveries, policy, writer)
        except StorageError:
            raise
        except Exception:
            log.exception("a fault of our own; storing one message at a time")
            self._store_singly(deliveries)

    def _open(self) -> tuple[Writer, Policy]:
        """Give what writes to the database, on a new connection if need be."""
        if self._sink is None:
            connection = self._link.get()
            mode = instance.mode(connection)
            policy = Policy(mode, self._duties.registry, self._duties.bindings)
            self._sink = Writer(connection), policy
        return self._sink

    def _store_singly(self, deliveries: deque[Delivery]) -> None:
        """Store each message for itself; the one that cannot be stored goes to quarantine.

        What is stored is taken off, so that an attempt after a failure counts nothing twice.
        """
        self._reopen()
        while deliveries:
            delivery = deliveries[0]
            writer, policy = self._open()
            try:
                handle([delivery], policy, writer)
            except StorageError:
                raise
            except Exception as error:
                log.exception("the message at fault", topic=delivery.topic)
                self._reopen()
                handle_faulty(delivery, error, self._open()[0])
            deliveries.popleft()

    def _reopen(self) -> None:
        self._sink = None
        self._link.close()
