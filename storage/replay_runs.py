"""Replays that were begun on the command line: how far each came, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from storage.connection import Connection, translated
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class ReplayRun:
    """One replay."""

    id: int
    started_at: datetime
    finished_at: datetime | None
    """None: it is under way, or was cut off"""
    stopped: bool
    """Somebody stopped it before its end"""
    actor: str
    source: str
    """A file, or the database's own uplinks"""
    origin: str
    speed: str
    published: int
    """Messages so far"""
    fraction: float | None
    """How much is done, from 0 to 1; None: nobody knows when it ends"""
    under_way: bool

    def ends(self, now: datetime) -> datetime | None:
        """Give when it will end at the pace that it has had; None: nobody knows, or it stands."""
        if not self.under_way or not self.fraction or now <= self.started_at:
            return None
        return self.started_at + (now - self.started_at) / self.fraction


def begin(connection: Connection, *, actor: str, source: str, origin: str, speed: str) -> int:
    """Write down that a replay begins; gives its number."""
    told = {"actor": actor, "source": source, "origin": origin, "speed": speed}
    with translated():
        ((number,),) = connection.execute(SQL["replay_run_begin"], told).fetchall()
    return int(number)


def note(connection: Connection, run: int, published: int, fraction: float | None) -> None:
    """Write down how far it came."""
    told = {"run": run, "published": published, "fraction": fraction}
    with translated():
        connection.execute(SQL["replay_run_note"], told)


def end(connection: Connection, run: int, published: int, *, stopped: bool) -> None:
    """Write down that it is over."""
    told = {"run": run, "published": published, "stopped": stopped}
    with translated():
        connection.execute(SQL["replay_run_end"], told)


def runs(connection: Connection, most: int = 50) -> list[ReplayRun]:
    """List replays, the newest first."""
    with translated():
        return [ReplayRun(*row) for row in connection.execute(SQL["replay_runs"], {"most": most})]


def mark(connection: Connection) -> object:
    """Read what changes when a replay begins, goes on or ends."""
    with translated():
        return connection.execute(SQL["replay_runs_mark"]).fetchone()
