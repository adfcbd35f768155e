"""A few processes that run vendors' codecs for this one, and are killed when they hang.

The engine stops a codec after 100 ms by itself, except within one native call, such as a join of
10^8 elements: for that the whole process is killed, and the next uplink gets a new one. Processes
start when they are first needed, with an environment that holds no secret.
"""

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import LifoQueue
from time import monotonic
from types import TracebackType
from typing import Self
from weakref import finalize

import structlog

from decoders.errors import CodecFailed, CodecMemory, CodecTimeout
from decoders.javascript import Script
from ingest.codec_wire import ANSWER, CHECK, HEAD, SEND_SOURCE, encode

log = structlog.get_logger(__name__)

WALL_LIMIT = 0.8
"""Seconds from the request to the answer; with the start of a new process still within one"""
START_LIMIT = 30.0
"""Seconds until a new process has to be ready, also on a machine under load"""

_CODE = Path(__file__).parents[1]
_REASONS: Mapping[str, type[CodecFailed | CodecTimeout | CodecMemory]] = {
    kind.reason: kind for kind in (CodecFailed, CodecTimeout, CodecMemory)
}


class CannotStart(Exception):
    """The process that runs codecs does not start: a fault of the installation, not of a codec."""


class _Gone(Exception):
    """The process has ended by itself."""


class _Worker:
    """One process; whatever goes wrong with it, it is of no use any more."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.sent: set[str] = set()
        """The digests of the codecs whose source it was given"""
        self._socket = ours
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ingest.codec_worker"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                env={"TZ": "UTC", "PYTHONPATH": str(_CODE), "PYTHONSAFEPATH": "1"},
            )
        self._finalizer = finalize(self, _end, self._process, ours)
        self._await_ready()

    def _await_ready(self) -> None:
        try:
            self._receive(monotonic() + START_LIMIT)
        except (_Gone, OSError) as error:
            self.end()
            raise CannotStart("the process that runs codecs does not start") from error

    def ask(self, script: Script, request: str) -> tuple[str, str]:
        """Have a codec called; gives the reason of a refusal and its detail, or "" and the reply.

        Raises:
            TimeoutError: there is no answer in time.
            _Gone: the process ended instead.
        """
        source = "" if script.digest in self.sent else script.source
        answer = self._exchange(script.digest, source, request)
        if answer[0] == SEND_SOURCE:
            answer = self._exchange(script.digest, script.source, request)
        self.sent.add(script.digest)
        return answer

    def _exchange(self, *message: str) -> tuple[str, str]:
        until = monotonic() + WALL_LIMIT
        try:
            self._socket.settimeout(WALL_LIMIT)
            self._socket.sendall(encode(*message))
            return ANSWER.decode(self._receive(until))
        except TimeoutError:
            raise
        except OSError as error:
            raise _Gone from error

    def _receive(self, until: float) -> bytes:
        (length,) = HEAD.unpack(self._read(HEAD.size, until))
        return self._read(length, until)

    def _read(self, length: int, until: float) -> bytes:
        parts: list[bytes] = []
        while length > 0:
            self._socket.settimeout(max(0.001, until - monotonic()))
            part = self._socket.recv(length)
            if not part:
                raise _Gone
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def end(self) -> None:
        """Kill the process."""
        self._finalizer()

    def last_words(self) -> str:
        """Say how the process ended by itself."""
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return "closed its connection"
        return f"ended with code {code}"


def _end(process: subprocess.Popen[bytes], connection: socket.socket) -> None:
    connection.close()
    process.kill()
    process.wait()


class Workers:
    """A `decoders.javascript.Sandbox`: as many codecs at a time as it has processes.

    Args:
        processes: how many there may be; a single-threaded caller never uses more than one.
    """

    def __init__(self, processes: int = 2) -> None:
        self._free: LifoQueue[_Worker | None] = LifoQueue()
        for _ in range(processes):
            self._free.put(None)
        self._processes = processes

    def run(self, script: Script, request: str) -> str:
        """Call a codec; waits when every process is at work.

        Raises:
            CodecFailed: it threw, or its process died.
            CodecTimeout: it ran for longer than it may.
            CodecMemory: it wanted more memory than it may have.
            CannotStart: there is no process to run it in.
        """
        with self._worker() as worker:
            try:
                reason, words = worker.ask(script, request)
            except TimeoutError as error:
                raise CodecTimeout(f"killed after {WALL_LIMIT:g} s in one native call") from error
            except _Gone as error:
                raise CodecFailed(f"the codec's process {worker.last_words()}") from error
        if reason:
            raise _REASONS[reason](words)
        return words

    def check(self, script: Script) -> None:
        """See whether a codec's file is JavaScript; raises what `run` raises."""
        self.run(script, CHECK)

    @contextmanager
    def _worker(self) -> Iterator[_Worker]:
        """Lend a process, and take it back unless it is of no use any more."""
        worker = self._free.get()
        kept = None
        try:
            worker = worker or _Worker()
            yield worker
            kept = worker
        finally:
            self._free.put(kept)
            if kept is None and worker is not None:
                worker.end()
                log.info("a codec's process was ended; the next codec gets a new one")

    def close(self) -> None:
        """End all processes; they start again when they are needed."""
        idle = [self._free.get() for _ in range(self._processes)]
        for worker in idle:
            if worker is not None:
                worker.end()
            self._free.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
