"""Vendors' codecs in processes: hostile ones cost their one uplink, and nothing else."""

import io
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from decoders.errors import CodecFailed, CodecMemory, CodecTimeout
from decoders.javascript import Script, request
from decoders.javascript_engine import Engine
from ingest import codec_worker, codec_workers
from ingest.codec_wire import ANSWER, HEAD, SEND_SOURCE, encode, read
from ingest.codec_workers import CannotStart, Workers

GOOD = Script(
    "function decodeUplink(input) { return {data: {sum: input.bytes[0] + input.fPort}}; }"
)
SLACK = 0.7
"""Seconds for a machine under load to end a process"""
ASKED = request(b"\x01", 2, None, {})
HOSTILE = {
    "endless": "for (;;) {}",
    "endless in finally": "for (;;) { try { f() } catch (e) {} finally { for (;;) {} } }",
    "catastrophic regular expression": "/^(a+)+$/.test('a'.repeat(50) + 'b')",
    "10^9 elements": "var a = []; for (var n = 0; n < 1e9; n++) a.push(n)",
    "10^9 elements at once": "new Array(1e9).fill(0)",
    "deep recursion": "(function f() { return f() + 1 })()",
    "huge string": "'x'.repeat(1e9)",
    "doubling string": "var s = 'x'; for (;;) s += s",
    "join of 10^8": "new Array(1e8).join('ab')",
    "huge buffer": "new Uint8Array(4e9)",
    "huge number": "BigInt(2) ** BigInt(1e9)",
    "promises without end": "(async function () { for (;;) await 1 })(); for (;;) {}",
    "recursive proxy": "var p = new Proxy({}, {get: (t, k, r) => r[k]}); p.x",
    "sort that never agrees": "new Array(1e6).fill(1).sort(() => 0.5 - Math.random())",
    "text behind eval": "eval('for (;;) {}')",
    "answer that loops when it is read": "return {data: {get a() { for (;;) {} }}}",
    "every answer made to loop": "Object.prototype.toJSON = function () { for (;;) {} }",
    "keys without end": "return {data: new Proxy({}, {ownKeys() { for (;;) {} }})}",
    "200,000 deep": "var o = {}; for (var n = 0; n < 2e5; n++) o = {o: o}; return {data: o}",
    "in itself": "var o = {}; o.o = o; return {data: o}",
    "long warnings": "return {data: {}, warnings: new Array(1e5).fill('w')}",
    "error that loops when it is told": "throw {toString() { for (;;) {} }}",
}


def codec(body: str) -> Script:
    """Write a codec."""
    return Script(f"function decodeUplink(i) {{ {body}; return {{data: {{}}}} }}")


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """Give one process for all tests that only call codecs."""
    with Workers(1) as workers:
        workers.run(GOOD, ASKED)
        yield workers


def total(workers: Workers) -> int:
    """Call a good codec."""
    answer = json.loads(workers.run(GOOD, ASKED))[4]["data"]["sum"]
    assert isinstance(answer, int)
    return answer


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_codec(workers: Workers, name: str) -> None:
    """A hostile codec is stopped within a second, refused by name, and the next uplink decodes."""
    started = time.monotonic()
    with pytest.raises((CodecTimeout, CodecMemory, CodecFailed)) as caught:
        workers.run(codec(HOSTILE[name]), ASKED)
    stopped = time.monotonic() - started
    assert caught.value.reason in {"codec_timeout", "codec_memory", "codec_error"}
    assert stopped < codec_workers.WALL_LIMIT + SLACK
    assert total(workers) == 3


def test_native_call_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A native call that the engine cannot interrupt ends with its process."""
    monkeypatch.setattr(codec_workers, "WALL_LIMIT", 0.3)
    with Workers(1) as workers:
        with pytest.raises(CodecTimeout, match=r"killed after 0\.3 s in one native call"):
            workers.run(codec(HOSTILE["join of 10^8"]), ASKED)
        monkeypatch.undo()
        assert total(workers) == 3


def test_process_that_dies(workers: Workers) -> None:
    """A process that is killed from outside costs one call at most."""
    (process,) = _processes(workers)
    os.kill(process, signal.SIGKILL)
    with pytest.raises(CodecFailed, match="the codec's process ended with code -9"):
        total(workers)
    assert total(workers) == 3


def test_interrupt_from_the_keyboard(workers: Workers) -> None:
    """Ctrl-C reaches the whole process group; the processes leave it to their owner to end them."""
    (process,) = _processes(workers)
    os.kill(process, signal.SIGINT)
    assert total(workers) == 3
    assert _processes(workers) == [process]


def test_no_secret_is_in_the_process(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a process holds the time zone and where our code is, nothing of ours."""
    monkeypatch.setenv("BOROUGHSENSE_DATABASE_URL", "postgresql://u:secret@h/d")
    with Workers(1) as fresh:
        total(fresh)
        (process,) = _processes(fresh)
        environment = Path(f"/proc/{process}/environ").read_bytes()
    assert b"secret" not in environment
    assert {entry.split(b"=")[0] for entry in environment.split(b"\0") if entry} == {
        b"TZ",
        b"PYTHONPATH",
        b"PYTHONSAFEPATH",
    }
    assert total(workers) == 3


def test_more_codecs_than_stay_loaded(workers: Workers) -> None:
    """A codec that was put away is loaded again when its turn comes."""
    scripts = [codec(f"if (i.fPort === {n + 10}) throw 1") for n in range(codec_worker.KEPT + 2)]
    for script in (*scripts, *scripts):
        assert json.loads(workers.run(script, ASKED))[4] == {"data": {}}
    assert total(workers) == 3


def test_as_many_at_a_time_as_there_are_processes() -> None:
    """Two processes run two codecs at a time; a third caller waits for its turn."""
    slow = codec("var t = Date.now(); while (Date.now() < t + 60) {}")
    with Workers(2) as workers, ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(workers.run, slow, ASKED) for _ in range(4)]
        assert all(json.loads(answer.result())[4] == {"data": {}} for answer in answers)
        assert len(_processes(workers)) == 2


def test_closing() -> None:
    """Closed workers leave no process behind, and start again when they are needed."""
    workers = Workers(2)
    workers.close()
    assert total(workers) == 3
    (process,) = _processes(workers)
    workers.close()
    assert not Path(f"/proc/{process}").exists()
    assert total(workers) == 3
    workers.close()


def test_forgotten_workers_end() -> None:
    """Workers that nobody holds any more take their processes with them."""
    workers = Workers(1)
    total(workers)
    (process,) = _processes(workers)
    del workers
    assert not Path(f"/proc/{process}").exists()


def test_a_process_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the worker is a fault of ours, not of the codec."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Workers(1) as workers, pytest.raises(CannotStart, match="does not start"):
        workers.run(GOOD, ASKED)


def test_a_process_that_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that closes its connection and lives on is told as such, and killed."""
    with Workers(1) as workers:
        total(workers)
        worker = workers._free.get()
        assert worker is not None
        workers._free.put(worker)
        monkeypatch.setattr(worker, "_read", _hang_up)
        with pytest.raises(CodecFailed, match="the codec's process closed its connection"):
            workers.run(GOOD, ASKED)
        assert total(workers) == 3


def _hang_up(*_: object) -> bytes:
    raise codec_workers._Gone


def test_a_file_that_is_no_javascript(workers: Workers) -> None:
    """A file is read without being called; what is wrong is told with its line."""
    workers.check(GOOD)
    workers.check(codec("for (;;) {}"))
    with pytest.raises(CodecFailed, match=r"SyntaxError: .* \(line 2\)"):
        workers.check(Script("var a = 1;\nvar 2b = 3;"))
    assert total(workers) == 3


def test_serving() -> None:
    """A process says that it is ready, answers each request, and ends with the requests."""
    good, bad = encode("g", GOOD.source, ASKED), encode("b", codec("throw 'x'").source, ASKED)
    requests = io.BytesIO(good + bad + encode("g", "", ASKED) + encode("n", "", ASKED) + b"\0\0")
    answers = io.BytesIO()
    codec_worker.serve(requests, answers)
    answers.seek(0)
    given = [ANSWER.decode(message) for message in iter(lambda: read(answers), None)]
    assert [reason for reason, _ in given] == ["", "", "codec_error", "", SEND_SOURCE]
    assert given[1][1] == given[3][1]


def test_the_codec_that_waited_longest_is_put_away() -> None:
    """So many codecs stay loaded, those that were called last."""
    loaded = codec_worker.Loaded()
    for n in range(codec_worker.KEPT):
        loaded.answer(str(n), GOOD.source, ASKED)
    assert loaded.answer("0", "", ASKED)[0] == ""
    loaded.answer("one more", GOOD.source, ASKED)
    assert loaded.answer("0", "", ASKED)[0] == ""
    assert loaded.answer("1", "", ASKED)[0] == SEND_SOURCE


def test_memory_of_the_process_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the process has no memory left, the call is refused and all codecs are put away."""
    loaded = codec_worker.Loaded()

    def call(*_: object) -> str:
        raise MemoryError

    monkeypatch.setattr(Engine, "call", call)
    assert loaded.answer("g", GOOD.source, ASKED)[0] == "codec_memory"
    monkeypatch.undo()
    assert loaded.answer("g", "", ASKED)[0] == SEND_SOURCE


def test_half_a_message() -> None:
    """A message that breaks off is the end of the stream."""
    assert read(io.BytesIO(b"")) is None
    assert read(io.BytesIO(HEAD.pack(4) + b"abc")) is None


def test_speed(workers: Workers) -> None:
    """A warm codec answers far more often than a city's devices speak."""
    total(workers)
    started = time.process_time()
    for _ in range(200):
        total(workers)
    assert (time.process_time() - started) / 200 < 0.002


def _processes(workers: Workers) -> list[int]:
    """Give the ids of the processes that are idle."""
    idle = [workers._free.get() for _ in range(workers._processes)]
    for worker in idle:
        workers._free.put(worker)
    return [worker._process.pid for worker in idle if worker is not None]
