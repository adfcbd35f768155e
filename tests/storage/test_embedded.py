"""The embedded server is shared by processes, outlives crashes, and leaves nothing running."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage import embedded, server_files
from storage.connection import connect
from storage.embedded import EmbeddedPostgres
from storage.errors import EmbeddedFailed
from storage.server_files import RunAs
from tests.fixtures.postgres import FAST, room

pytestmark = pytest.mark.plain_tier

USER = """
import sys
from pathlib import Path
from storage.connection import connect
from storage.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as server, connect(server.dsn) as connection:
    connection.execute("insert into visitor values (%s)", [sys.argv[2]])
    sys.stderr.write("joined\\n")
    sys.stdin.readline()
"""
"""Another process that uses the server until it is told, or killed"""


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """Give a folder with a database that was laid out once; nobody runs its server."""
    folder = Path(tempfile.mkdtemp(prefix="boroughsense-embedded-", dir=room()))
    with make(folder) as server, connect(server.dsn) as connection:
        connection.execute("create table visitor (name text)")
    yield folder
    shutil.rmtree(folder)


def make(folder: Path, **settings: str) -> EmbeddedPostgres:
    """Give a server that does not wait for a disk."""
    return EmbeddedPostgres(folder, settings={**FAST, **settings})


def eventually(holds: Callable[[], bool], *, seconds: float = 15.0) -> bool:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def visitor(data: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run another process that has joined the server."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", USER, str(data), name],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    ) as process:
        assert process.stderr is not None
        try:
            assert process.stderr.readline() == b"joined\n"
            yield process
        finally:
            process.kill()


def visitors(server: EmbeddedPostgres) -> set[str]:
    """Give who has visited."""
    with connect(server.dsn) as connection:
        return {name for (name,) in connection.execute("select name from visitor")}


def test_server_runs_while_it_is_used(data: Path) -> None:
    """The server answers between start and stop, with its settings, in UTC, on a socket of ours."""
    server = make(data, work_mem="7MB")
    assert not server.is_running
    with server:
        assert server.is_running
        assert server.start() is server
        with connect(server.dsn) as connection:
            asked = "select current_setting(unnest(%s::text[]))"
            names = ["work_mem", "timezone", "listen_addresses", "fsync"]
            assert connection.execute(asked, [names]).fetchall() == [
                *(("7MB",), ("UTC",), ("",), ("off",))
            ]
    assert not server.is_running
    server.stop()


def test_processes_share_the_server(data: Path) -> None:
    """A second process joins, the first may leave, and the server stops with the last."""
    server = make(data).start()
    with visitor(data, "second") as second:
        server.stop()
        assert server.is_running
        second.communicate(b"\n", timeout=30)
        assert second.returncode == 0
    assert not server.is_running


def test_server_stops_when_its_last_user_is_killed(data: Path) -> None:
    """Even `kill -9` of the last process leaves no server, and what it committed is there."""
    server = make(data)
    with visitor(data, "killed") as last:
        assert server.is_running
        last.send_signal(signal.SIGKILL)
        last.wait()
    assert eventually(lambda: not server.is_running)
    with server:
        assert "killed" in visitors(server)


def test_committed_data_outlives_a_crash(data: Path) -> None:
    """A server that is killed is started again by the same user, with all that was committed."""
    with make(data) as server:
        with connect(server.dsn) as connection:
            connection.execute("insert into visitor values ('crash')")
        server.kill()
        assert not server.is_running
        server.start()
        assert "crash" in visitors(server)
    assert not server.is_running


def test_leftovers_of_a_killed_server_are_waited_for(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While processes of a killed server hold its memory, the start is tried again for a while."""
    server = make(data)
    run = EmbeddedPostgres._run
    failures = iter([EmbeddedFailed("FATAL: pre-existing shared memory block is still in use")])

    def run_late(self: EmbeddedPostgres, program: str, *arguments: str | Path) -> None:
        if failure := next(failures, None):
            raise failure
        run(self, program, *arguments)

    monkeypatch.setattr(EmbeddedPostgres, "_run", run_late)
    with server:
        assert server.is_running
    monkeypatch.setattr(embedded, "_LEFTOVERS_SECONDS", -1)
    failures = iter([EmbeddedFailed("FATAL: pre-existing shared memory block is still in use")])
    with pytest.raises(EmbeddedFailed):
        server.start()


def test_failed_start_is_told_and_mended(data: Path) -> None:
    """The error ends with the server's own reason, and holds nobody up."""
    with pytest.raises(EmbeddedFailed, match=r"pg_ctl failed: .*FATAL.*shared_buffers"):
        make(data, shared_buffers="plenty").start()
    with make(data) as server:
        assert server.is_running


def test_half_made_data_are_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first start that fails leaves no data directory; the next one makes it."""
    with tempfile.TemporaryDirectory(prefix="boroughsense-", dir=room()) as name:
        home = Path(name)
        with monkeypatch.context() as spoilt:
            spoilt.setattr(embedded, "_INITDB", ("--no-such-option",))
            with pytest.raises(EmbeddedFailed, match=r"initdb failed: .*no-such-option"):
                make(home).start()
        assert not (home / "cluster").exists()
        with make(home) as server:
            assert server.is_running


def test_log_does_not_grow_for_ever(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that has become long is begun anew at the next start."""
    (data / "server.log").write_bytes(b"old words\n")
    with make(data):
        assert b"old words" in (data / "server.log").read_bytes()
    monkeypatch.setattr(embedded, "_LOG_BYTES", 5)
    with make(data):
        assert b"old words" not in (data / "server.log").read_bytes()


def test_program_that_says_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that fails without a word is told as such."""
    monkeypatch.setattr(embedded, "run", lambda *_arguments, **_options: 1)
    with pytest.raises(EmbeddedFailed, match="pg_ctl failed: it said nothing"):
        make(data).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_root_is_told_as_whom_the_server_runs(data: Path) -> None:
    """As root the server runs as an unprivileged user, and one line says so."""
    with make(data) as server:
        user = server_files._run_as()["user"]
        pid = int((data / "cluster" / "postmaster.pid").read_text().split()[0])
        assert Path(f"/proc/{pid}").stat().st_uid == user
        assert pwd.getpwuid(user).pw_name in server.notice


@pytest.mark.skipif(os.geteuid() != 0, reason="others never try")
def test_server_refuses_to_run_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL itself refuses root: what would happen if we did not look out is told."""
    monkeypatch.setattr(server_files, "_run_as", RunAs)
    with (
        tempfile.TemporaryDirectory(prefix="boroughsense-", dir=room()) as name,
        pytest.raises(EmbeddedFailed, match="cannot be run as root"),
    ):
        make(Path(name)).start()


def test_throwaway_leaves_nothing(tmp_path: Path) -> None:
    """Its data goes with the block, wherever it lies; a stop in between keeps it."""
    with EmbeddedPostgres(tmp_path / "postgres", settings=FAST, throwaway=True) as server:
        home = server._files.home
        server.stop()
        assert home.exists()
        server.start()
        with connect(server.dsn) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    assert not home.exists()
