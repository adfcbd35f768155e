"""What a database holds and has concluded, in the words of a simulator's truth file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.connection import Connection, translated
from storage.queries import SQL

Series = tuple[str, str, str]
"""dev_eui, observed property, channel"""


@dataclass(frozen=True, slots=True)
class Hour:
    """A valid hourly mean."""

    dev_eui: str
    name: str
    channel: str
    interval_start: datetime
    count: int
    mean: float

    @property
    def series(self) -> Series:
        """Of which series."""
        return self.dev_eui, self.name, self.channel


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode that stands."""

    rule_id: str
    dev_eui: str
    """Empty: it is about a place alone, such as a zone"""
    name: str
    """The observed property; empty for a rule on silence"""
    channel: str
    fired_at: datetime
    resolved_at: datetime | None
    peak: float | None
    reopened: int


def readings(connection: Connection) -> dict[Series, int]:
    """Count the readings of every series."""
    with translated():
        rows = connection.execute(SQL["conclusions_readings"]).fetchall()
    return {(dev_eui, name, channel): number for dev_eui, name, channel, number in rows}


def events(connection: Connection) -> dict[str, int]:
    """Count the events that are no uplink, by type."""
    with translated():
        rows: list[tuple[str, int]] = connection.execute(SQL["conclusions_events"]).fetchall()
    return dict(rows)


def hours(connection: Connection) -> Iterator[Hour]:
    """Give every valid hourly mean."""
    with translated(), connection.cursor(row_factory=class_row(Hour)) as cursor:
        yield from cursor.execute(SQL["conclusions_hours"])


def episodes(connection: Connection, rules: Sequence[str]) -> list[Episode]:
    """Give every episode of some rules that stands."""
    with translated(), connection.cursor(row_factory=class_row(Episode)) as cursor:
        return cursor.execute(SQL["conclusions_episodes"], {"rules": list(rules)}).fetchall()
