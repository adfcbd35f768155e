"""The service: one loop from the broker to the database, and others on what is stored.

The ingest loop runs in the calling thread; the evaluator and the notifier have a process of their
own (`ingest.evaluation`), or a thread each. While the database is away nothing is acknowledged and
the batch in hand is tried again; the receiver leaves the broker, which then queues, when too much
waits in memory.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

import structlog

from decoders.registry import NATIVE, Registry
from ingest.evaluation import watch
from ingest.exit_code import ExitCode
from ingest.gaps import Gaps
from ingest.lease import Lease
from ingest.link import Link
from ingest.loop import Loop, MakeStep
from ingest.pipeline import Policy
from ingest.reading import Incoming, Reader
from ingest.session import Receiver
from ingest.sink import Sink
from ingest.status import Status
from ingest.watchdog import Watchdog
from ingest.worker import Beside, Worker, look_at
from storage import instance
from storage.connection import Connection
from storage.errors import DatabaseUnavailable, WrongSchema
from storage.instance import Mode

log = structlog.get_logger(__name__)

_JOIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken at once, and how long things may take."""

    batch: int = 500
    """messages"""
    linger: float = 0.05
    """seconds that a batch waits for more messages"""
    drain: float = 10.0
    """seconds to store what is in memory when we are told to stop"""
    stop: float = 20.0
    """seconds for all of the stopping, after which the process ends itself"""
    stall: float = 300.0
    """seconds without progress after which the process ends itself"""


def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Duties:
    """What is done with what comes."""

    registry: Registry = NATIVE
    """What reads the devices' payloads"""
    bindings: Mapping[str, str] = field(default_factory=dict)
    """Profile name to model, from the settings"""
    loops: Sequence[tuple[str, MakeStep]] = ()
    """The steps on stored data that have a thread in this process, by their names"""
    workers: Sequence[Worker] = ()
    """What works on stored data elsewhere"""
    session: str = "boroughsense"
    """The session's name, which one process serves at a time: the MQTT client id"""
    status: Status = field(default_factory=Status)
    """What the service tells of itself"""
    beside: Sequence[Beside] = ()
    """What else runs for as long as the service does"""
    pulse: Callable[[], None] = nothing
    """Called every few seconds while all is well"""


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
        self._policy = partial(
            Policy,
            codecs=duties.registry,
            bindings=duties.bindings,
            watch=duties.status.seen,
        )
        self._sink = Sink(self._link, self._policy, first=gaps.record)
        self._reader = Reader(receiver, limits.batch, limits.linger)
        self._lease = Lease(dsn, duties.session, self.stop)
        self._status = duties.status
        self._beside = duties.beside
        self._serves = False
        self._mode = Mode.LIVE
        self._watchdog = Watchdog(
            limits.stall, ExitCode.STALLED, self.stop, grace=limits.stop, pulse=duties.pulse
        )
        self._workers: list[Worker] = [
            *(Loop(make, Link(dsn, name, self.stop), self.stop) for name, make in duties.loops),
            *duties.workers,
            Loop(self._lease.keep, self._lease.link, self.stop),
        ]
        self._tell()

    def _tell(self) -> None:
        """Say what our status is made of."""
        self._status.alive_when(lambda: self._watchdog.is_content)
        self._status.check("session", lambda: "" if self._serves else "standing by")
        self._status.check("broker", lambda: "" if self._receiver.serving else "not subscribed")
        self._status.check("database", lambda: "the database is away" if self._link.is_lost else "")
        self._status.gauge(
            "boroughsense_held_messages", "Messages in memory.", lambda: self._receiver.held
        )
        self._status.gauge(
            "boroughsense_serving",
            "1 when the broker delivers to us.",
            lambda: float(self._receiver.serving),
        )
        watch(self._status, self._workers)

    def run(self) -> ExitCode:
        """Stand by until the session is ours, then work until `stop` is set.

        Ends by itself when something dies that only a new process can mend.
        """
        try:
            for beside in self._beside:
                beside.start()
            if not self._lease.wait(self._watchdog.beat, self._begin):
                return ExitCode.DONE
            self._serves = True
            self._watchdog.start()
            for worker in self._workers:
                worker.start()
            self._receiver.start()
            self._reader.start(self._policy(self._mode))
            return self._ingest()
        except WrongSchema as error:
            log.critical("the database cannot be used", reason=str(error))
            return ExitCode.WRONG_SCHEMA
        finally:
            self.stop.set()
            self._reader.stop()
            self._receiver.stop()
            for worker in self._workers:
                worker.join(_JOIN_SECONDS)
            self._link.close()
            self._lease.link.close()
            self._watchdog.stop()
            for beside in self._beside:
                beside.stop()

    def _begin(self, connection: Connection) -> None:
        """Read what must be known before the first message."""
        self._mode = instance.mode(connection)
        self._gaps.begin(connection)

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
        return look_at(self._workers)

    def _take_batch(self) -> bool:
        """Bring one batch from the broker to the database; False when stopped before."""
        self._watchdog.beat()
        incoming = self._reader.next()
        deliveries = incoming.deliveries
        self._gaps.watch(deliveries)
        if deliveries or self._gaps.pending:
            if not self._store(incoming):
                return False
            self._receiver.acknowledge(deliveries)
            self._status.acknowledged(deliveries)
        return True

    def _drain(self) -> None:
        """Store and acknowledge what is in memory: what came at QoS 0 is nowhere else."""
        deadline = monotonic() + self._limits.drain
        while self._receiver.held and monotonic() < deadline:
            if not self._take_batch():
                return

    def _store(self, incoming: Incoming) -> bool:
        """Store the batch, however long the database is away; False when stopped before."""
        rest = deque(incoming.deliveries)
        while True:
            began = monotonic()
            try:
                tallies = self._sink.store(rest, incoming.records)
            except DatabaseUnavailable as error:
                self._link.lost(error)
                if not self._link.wait():
                    return False
                self._watchdog.beat()
                continue
            self._link.back()
            self._status.stored(tallies, len(incoming.deliveries), monotonic() - began)
            return True
