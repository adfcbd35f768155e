"""The watchdog stops the server that nobody uses any more, and no process of somebody else."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import watchdog

pytestmark = pytest.mark.plain_tier


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    """Give a data directory."""
    made = tmp_path / "cluster"
    made.mkdir()
    return made


@pytest.fixture
def server(cluster: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Give a process that works in the data directory and says so, as a server does."""
    with subprocess.Popen(["/bin/sleep", "60"], cwd=cluster) as process:
        (cluster / "postmaster.pid").write_text(f"{process.pid}\n{cluster}\n")
        yield process
        process.kill()


def test_server_is_told_by_its_data(cluster: Path, server: subprocess.Popen[bytes]) -> None:
    """A server that works in its data directory runs; after its death it does not."""
    assert watchdog.running(cluster) == server.pid
    server.kill()
    server.wait()
    assert watchdog.running(cluster) is None


@pytest.mark.parametrize("content", [None, "", "not a number\n", "999999999\n", "-1\n"])
def test_no_server(cluster: Path, content: str | None) -> None:
    """No file, a file of nonsense, or one left over from a dead server: none runs."""
    if content is not None:
        (cluster / "postmaster.pid").write_text(content)
    assert watchdog.running(cluster) is None


def test_process_of_somebody_else_is_not_the_server(
    cluster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that another process got after a crash is not taken for the server."""
    (cluster / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert watchdog.running(cluster) is None
    gone = cluster / "gone"
    monkeypatch.setattr(Path, "samefile", lambda _path, _other: gone.stat())
    assert watchdog.running(cluster) is None


def test_without_proc_the_number_is_believed(
    cluster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing tells a process's directory, its number must do."""
    (cluster / "postmaster.pid").write_text(f"{os.getpid()}\n")
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    assert watchdog.running(cluster) == os.getpid()


def test_server_is_stopped(cluster: Path, server: subprocess.Popen[bytes]) -> None:
    """Stopping waits until the server is gone, and then finds nothing to do."""
    watchdog.stop_server(cluster)
    assert server.wait() == -signal.SIGINT
    watchdog.stop_server(cluster)


def test_stubborn_server_is_not_waited_for_endlessly(
    cluster: Path, server: subprocess.Popen[bytes]
) -> None:
    """After the given time the caller goes on."""
    started = time.monotonic()
    watchdog.stop_server(cluster, signal.SIGCONT, seconds=0.05)
    assert time.monotonic() - started < 5
    assert server.poll() is None


def test_server_stops_when_the_last_user_is_gone(
    tmp_path: Path, cluster: Path, server: subprocess.Popen[bytes]
) -> None:
    """As long as a lease is held the server runs; then it is stopped at once."""
    lease = tmp_path / "lease"
    lease.touch()
    with lease.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        watching = threading.Thread(target=watchdog.watch, args=(lease, cluster), daemon=True)
        watching.start()
        watching.join(timeout=0.1)
        assert watching.is_alive()
        assert server.poll() is None
    watching.join(timeout=10)
    assert server.wait(timeout=10) == -signal.SIGINT


def test_watching_goes_on_in_the_background(
    tmp_path: Path, cluster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that is started ends at once; its child watches, in a session of its own."""
    did: list[object] = []
    monkeypatch.setattr(sys, "argv", ["watchdog", str(tmp_path / "lease"), str(cluster)])
    monkeypatch.setattr(os, "setsid", lambda: did.append("session"))
    monkeypatch.setattr(watchdog, "watch", lambda *paths: did.append(paths))
    monkeypatch.setattr(os, "fork", lambda: 0)
    watchdog.main()
    assert did == ["session", (tmp_path / "lease", cluster)]

    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(os, "fork", lambda: 123)
    monkeypatch.setattr(os, "_exit", leave)
    with pytest.raises(SystemExit) as left:
        watchdog.main()
    assert left.value.code == 0
