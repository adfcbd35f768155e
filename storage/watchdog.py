"""Stops an embedded server when the last process that uses it is gone, however it went.

Every user holds a shared lock on the file `lease`, which the kernel gives back even after
`kill -9`. A process of this file waits for the exclusive lock, that is for nobody, and then stops
the server. It is started by path, so it needs nothing but Python's own library.
"""

import contextlib
import fcntl
import os
import signal
import sys
import time
from pathlib import Path


def running(cluster: Path) -> int | None:
    """Give the process id of the server of a data directory, or None when there is none.

    After a crash the id in `postmaster.pid` may belong to a process of somebody else by now. A
    server works in its data directory, which tells it from the others where there is a /proc. A
    session without a server, for repairs, notes its id as a negative number: that is none.
    """
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        if pid <= 0:
            return None
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    if not Path("/proc/self/cwd").exists():
        return pid
    try:
        return pid if Path(f"/proc/{pid}/cwd").samefile(cluster) else None
    except OSError:
        return None


def stop_server(cluster: Path, how: int = signal.SIGINT, *, seconds: float = 60.0) -> None:
    """Send the server a signal (SIGINT: a fast shutdown) and wait until it is gone."""
    pid = running(cluster)
    if pid is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)
    deadline = time.monotonic() + seconds
    while running(cluster) == pid and time.monotonic() < deadline:
        time.sleep(0.01)


def watch(lease: Path, cluster: Path) -> None:
    """Wait until nobody uses the server, then stop it before anybody can take a new lease."""
    with lease.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        stop_server(cluster)


def main() -> None:
    """Watch in the background: `watchdog.py LEASE CLUSTER` returns at once."""
    if os.fork():
        os._exit(0)
    os.setsid()
    watch(Path(sys.argv[1]), Path(sys.argv[2]))


if __name__ == "__main__":
    main()
