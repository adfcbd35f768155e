"""What the page of runs reads: when stored uplinks were read again, and how far each came."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from storage.connection import Connection, translated
from storage.queries import SQL

_WANTED = msgspec.json.Decoder(dict[str, str])


@dataclass(frozen=True, slots=True)
class Redecoding:
    """One run through stored uplinks."""

    id: int
    started_at: datetime
    finished_at: datetime | None
    """None: it is under way, or was cut off"""
    actor: str
    wanted: Mapping[str, str]
    """since, until, and what narrows them: model, dev_eui, as"""
    uplinks: int
    """So far"""
    expected: int | None
    """How many there were when it began; None: nobody counted"""
    added: int
    removed: int
    changed: int
    under_way: bool

    @property
    def fraction(self) -> float | None:
        """How much is done, from 0 to 1; None: nobody knows. It is 1 at the end alone."""
        if self.finished_at is not None:
            return 1.0
        if not self.expected:
            return None
        return min(0.99, self.uplinks / self.expected)

    def ends(self, now: datetime) -> datetime | None:
        """Give when it will end at the pace that it has had; None: nobody knows, or it stands."""
        done = self.fraction
        if not self.under_way or not done or now <= self.started_at:
            return None
        return self.started_at + (now - self.started_at) / done


def redecodings(connection: Connection, most: int = 50) -> list[Redecoding]:
    """List the runs, the newest first."""
    with translated():
        rows = connection.execute(SQL["pages_redecodings"], {"most": most}).fetchall()
    return [Redecoding(*(*row[:4], _WANTED.decode(row[4]), *row[5:])) for row in rows]


def redecoding_mark(connection: Connection) -> object:
    """Read what changes when a run begins, goes on or ends."""
    with translated():
        return connection.execute(SQL["pages_redecoding_mark"]).fetchone()
