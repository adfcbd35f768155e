"""What the page of health reads: the books by the hour, the fleet in numbers, what is behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from psycopg.rows import class_row

from storage.account import PossibleGap
from storage.connection import Connection, translated
from storage.model import Outcome
from storage.queries import SQL

MOST_MARKS = 100_001
"""Marks of hours are counted up to here"""
MOST_HELD = 10_001
"""And held messages up to here"""
_HOUR = timedelta(hours=1)
_SETTLING = timedelta(minutes=10)
"""An hour is added up when it has been over for so long: by then its transactions have ended."""
_MOST_GAPS = 200


@dataclass(frozen=True, slots=True)
class AccountHour:
    """What became of the messages of an hour of arrival."""

    hour: datetime
    stored: int = 0
    refused: int = 0
    """Below zero when more were released than refused in that hour"""
    duplicates: int = 0
    redelivered: int = 0
    by_reason: Mapping[str, int] = field(default_factory=dict)

    @property
    def received(self) -> int:
        """All of them; those delivered again are counted apart."""
        return self.stored + self.refused + self.duplicates


@dataclass(frozen=True, slots=True)
class Fleet:
    """The devices in numbers."""

    devices: int
    heard: int
    """In the last day"""
    silent: int
    """For three of their intervals and at least an hour"""
    never_heard: int
    """Installed, and not a single uplink came"""
    held: int
    """Messages in quarantine, counted up to `MOST_HELD`"""
    open_alerts: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How far the evaluation of rules is behind."""

    marked: int
    """Hours that wait to be computed again, counted up to `MOST_MARKS`"""
    due_at: datetime | None
    """When the first subject was or is due; None when nothing is watched"""


def account_hours(connection: Connection, since: datetime, now: datetime) -> list[AccountHour]:
    """Give the books of every hour from a time's hour up to now, the newest first.

    Hours that are over are added up once and kept.
    """
    settled = _floor(now - _SETTLING)
    with translated():
        connection.execute(SQL["pages_account_settle"], {"until": settled})
        rows = connection.execute(
            SQL["pages_account_hours"], {"since": _floor(since), "settled": settled}
        ).fetchall()
    hours: dict[datetime, dict[tuple[Outcome, str], int]] = {}
    for hour, outcome, reason, messages in rows:
        hours.setdefault(hour, {})[Outcome(outcome), reason] = messages
    number = (_floor(now) - _floor(since)) // _HOUR + 1
    return [
        _hour(hour, hours.get(hour, {}))
        for hour in (_floor(now) - step * _HOUR for step in range(number))
    ]


def _floor(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def _hour(hour: datetime, counts: Mapping[tuple[Outcome, str], int]) -> AccountHour:
    sums = dict.fromkeys(Outcome, 0)
    for (outcome, _), messages in counts.items():
        sums[outcome] += messages
    return AccountHour(
        hour,
        sums[Outcome.STORED],
        sums[Outcome.REFUSED],
        sums[Outcome.DUPLICATE],
        sums[Outcome.REDELIVERED],
        {reason: n for (outcome, reason), n in counts.items() if outcome is Outcome.REFUSED},
    )


def gaps(connection: Connection, since: datetime) -> list[PossibleGap]:
    """List the stretches of time of which messages may be lost that ended since, newest first."""
    with translated():
        rows = connection.execute(SQL["pages_gaps"], {"since": since, "most": _MOST_GAPS})
        return [PossibleGap(*row) for row in rows]


def newest_entry(connection: Connection) -> int | None:
    """Give the number of the newest entry of the books: another one tells that messages came."""
    with translated():
        row = connection.execute(SQL["pages_account_mark"]).fetchone()
    return row[0] if row else None


def fleet(connection: Connection, now: datetime) -> Fleet:
    """Count the devices."""
    with translated(), connection.cursor(row_factory=class_row(Fleet)) as cursor:
        return cursor.execute(SQL["pages_fleet"], {"now": now}).fetchall()[0]


def evaluation(connection: Connection) -> Evaluation:
    """Tell how far the evaluation of rules is behind."""
    with translated(), connection.cursor(row_factory=class_row(Evaluation)) as cursor:
        return cursor.execute(SQL["pages_evaluation"], {"most": MOST_MARKS}).fetchall()[0]


def weeks_until(connection: Connection) -> date | None:
    """Tell up to which day, without it, every table has a place for readings.

    None: there is no bound, since the server makes the places itself, or there is none at all.
    """
    with translated():
        rows: Sequence[tuple[str, date]] = connection.execute(SQL["pages_weeks"]).fetchall()
    return min((until for _, until in rows), default=None)
