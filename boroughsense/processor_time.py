"""How much processor time processes took: read from /proc, so on Linux alone.

On a machine that does other work at the same time a rate says little; this says what a message
costs, and where.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from storage.bench_tables import Session

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def seconds(pid: int) -> float:
    """Give the processor seconds of a process and of its children that have ended; 0: unknown."""
    fields = _stat(pid)
    return sum(int(ticks) for ticks in fields[11:15]) / _TICKS if fields else 0.0


def _stat(pid: int) -> list[str]:
    """Give the fields from the third on: the second, its name, may hold blanks."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def children(pid: int) -> list[int]:
    """Give the processes that a process has started and that run."""
    try:
        threads = list((_PROC / str(pid) / "task").iterdir())
        return [int(word) for one in threads for word in (one / "children").read_text().split()]
    except OSError:
        return []


def spent(processes: Mapping[str, int], sessions: Iterable[Session]) -> dict[str, float]:
    """Give the processor seconds so far of processes and of the database's sessions, by name."""
    told = defaultdict[str, float](float)
    told |= {name: seconds(pid) for name, pid in processes.items()}
    for session in sessions:
        told[f"database: {session.name}"] += seconds(session.pid)
    return dict(told)


def each(before: Mapping[str, float], after: Mapping[str, float], number: int) -> dict[str, float]:
    """Give microseconds of each of so many messages, by name; what took none is left out."""
    told = {name: 1e6 * (after[name] - before.get(name, 0.0)) / number for name in sorted(after)}
    return {name: round(cost, 1) for name, cost in told.items() if cost >= 0.1}
