"""The upkeep of a database by hand: what policies do, and what no policy can.

    weeks        places for the readings of the coming weeks
    ledger       keys of messages that no broker repeats any more
    drop         whole weeks of raw readings and frames, where the operator has set a limit
    compress     old weeks, where TimescaleDB can (its own policy does it, too)
    statistics   what the planner knows of the tables that are kept in weeks
    sizes        how large every table is, so that growth can be told

It may run beside the service, and again: what is done is found done. Only one process does it at a
time. Who waits for a whole table would keep every writer waiting, so a lock that is not had within
five seconds is given up; that week is told as busy and is done by the next upkeep.

What of homes may be kept no longer, by purpose and tenancy, is not decided here. There is nothing
to refresh: means are ordinary tables on both tiers, and the service computes them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from storage import ledger, migrate
from storage.connection import Connection, translated
from storage.errors import DatabaseUnavailable, WrongSchema
from storage.packing import to_json
from storage.partitions import Parent, Partitions
from storage.queries import SQL

WEEKS_AHEAD = 4
COMPRESS_AFTER = timedelta(days=14)
"""When nearly everything late has come; the same in the policy of the migration"""
PARENTS: tuple[Parent, ...] = ("observation", "uplink")


@dataclass(frozen=True, slots=True)
class Week:
    """A week of a table."""

    name: str
    begins: datetime
    ends: datetime
    is_compressed: bool | None
    """None: this server cannot compress"""


@dataclass(slots=True)
class Done:
    """What an upkeep did, or would do."""

    made: list[str] = field(default_factory=list)
    """Weeks to come"""
    forgotten: int = 0
    """Keys of the ledger"""
    dropped: list[str] = field(default_factory=list)
    kept_for_cases: list[str] = field(default_factory=list)
    """Weeks that are older than the limit and hold what an open case needs"""
    compressed: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    """Weeks that somebody else held: the next upkeep does them"""

    def document(self) -> dict[str, object]:
        """Give it as JSON has it."""
        return asdict(self)

    def counts(self) -> dict[str, int]:
        """Give how much of each was done."""
        return {
            name: len(did) if isinstance(did, list) else did for name, did in asdict(self).items()
        }


@dataclass(frozen=True, slots=True)
class Last:
    """The last upkeep, or the last attempt at one."""

    at: datetime
    by: str
    """`run`, or `maintain` by hand or by a timer"""
    did: Mapping[str, Any]
    problem: str
    """Why it failed; empty: it did not"""


def months_before(now: datetime, months: int) -> datetime:
    """Give the UTC midnight so many months ago, or of that month's last day where it is shorter."""
    day = now.astimezone(UTC).date()
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - date.resolution).day
    return datetime(year, month + 1, min(day.day, last), tzinfo=UTC)


def weeks(connection: Connection, parent: Parent) -> list[Week]:
    """List the weeks of a table that are there, the oldest first."""
    with translated():
        return [Week(*row) for row in connection.execute(SQL["weeks_stored"], {"parent": parent})]


def last_done(connection: Connection) -> datetime | None:
    """Tell when the upkeep was done last; None: never."""
    with translated():
        row = connection.execute(SQL["upkeep_last"]).fetchone()
    return row[0] if row else None


def last_try(connection: Connection) -> Last | None:
    """Tell of the newest upkeep, be it one that failed; None: there was none."""
    with translated():
        row = connection.execute(SQL["upkeep_newest"]).fetchone()
    return Last(*row) if row else None


def failed(connection: Connection, at: datetime, problem: str, *, by: str) -> None:
    """Remember that an upkeep failed, and why."""
    with translated():
        told = {"at": at, "did": "{}", "by": by, "problem": problem}
        connection.execute(SQL["upkeep_done"], told)


def _never(_last: datetime | None) -> bool:
    return False


def maintain(  # noqa: PLR0913 - when, what, by whom, and whether at all
    connection: Connection,
    now: datetime,
    *,
    keep_raw_months: int | None = None,
    dry_run: bool = False,
    by: str = "maintain",
    unless: Callable[[datetime | None], bool] = _never,
) -> Done | None:
    """Do all of it; None when somebody else is at it, or has just done it.

    Args:
        connection: not in a transaction.
        now: the present.
        keep_raw_months: drop weeks of readings and frames that ended so long ago; None: none.
        dry_run: change nothing, and tell which weeks would be dropped and compressed.
        by: who does it, for the record.
        unless: asked with the lock held, by when it was done last; True: it need not be done.

    Raises:
        DatabaseUnavailable: the server failed; what was done before stays done.
        WrongSchema: the database lacks a migration.
    """
    pending = migrate.status(connection).pending
    if pending:
        raise WrongSchema(f"the schema lacks {', '.join(pending)}: run boroughsense db migrate")
    with translated(), _alone(connection) as is_ours:
        if not is_ours or unless(last_done(connection)):
            return None
        done = Done()
        if not dry_run:
            _make_weeks(connection, now, done)
            done.forgotten = ledger.prune(connection, now)
        if keep_raw_months is not None:
            _drop(connection, months_before(now, keep_raw_months), done, dry_run=dry_run)
        _compress(connection, now - COMPRESS_AFTER, done, dry_run=dry_run)
        if not dry_run:
            connection.execute(SQL["parents_analyze"])
            connection.execute(SQL["sizes_note"], {"day": now.astimezone(UTC).date()})
            did = to_json(done.document()).decode()
            connection.execute(SQL["upkeep_done"], {"at": now, "did": did, "by": by, "problem": ""})
    return done


@contextmanager
def _alone(connection: Connection) -> Iterator[bool]:
    row = connection.execute(SQL["upkeep_lock"]).fetchone()
    is_ours = row is not None and bool(row[0])
    try:
        yield is_ours
    finally:
        if is_ours and not connection.broken:
            connection.execute(SQL["upkeep_unlock"])


def _make_weeks(connection: Connection, now: datetime, done: Done) -> None:
    there = {week.name for parent in PARENTS for week in weeks(connection, parent)}
    Partitions(connection).ahead(now, weeks=WEEKS_AHEAD)
    after = (week.name for parent in PARENTS for week in weeks(connection, parent))
    done.made.extend(name for name in after if name not in there)


def _drop(connection: Connection, before: datetime, done: Done, *, dry_run: bool) -> None:
    for parent in PARENTS:
        for week in weeks(connection, parent):
            if week.ends > before:
                continue
            if _is_of_a_case(connection, week):
                done.kept_for_cases.append(week.name)
            elif dry_run or _unless_busy(connection, week, done, _dropper(connection, parent)):
                done.dropped.append(week.name)


def _is_of_a_case(connection: Connection, week: Week) -> bool:
    span = {"begins": week.begins, "ends": week.ends}
    row = connection.execute(SQL["week_of_a_case"], span).fetchone()
    return row is not None and bool(row[0])


def _dropper(connection: Connection, parent: Parent) -> Callable[[Week], None]:
    def drop(week: Week) -> None:
        if parent == "observation":
            connection.execute(SQL["week_dropped"], {"ends": week.ends})
        connection.execute(SQL["week_drop"], {"parent": parent, "week": week.name})

    return drop


def _compress(connection: Connection, before: datetime, done: Done, *, dry_run: bool) -> None:
    def compress(week: Week) -> None:
        connection.execute(SQL["week_compress"], {"week": week.name})

    for parent in PARENTS:
        for week in weeks(connection, parent):
            is_due = week.is_compressed is False and week.ends <= before
            if not is_due or week.name in done.dropped:
                continue
            if dry_run or _unless_busy(connection, week, done, compress):
                done.compressed.append(week.name)


def _unless_busy(
    connection: Connection, week: Week, done: Done, act: Callable[[Week], None]
) -> bool:
    """Do one thing to one week in a transaction of its own; False when somebody holds the week."""
    try:
        with translated(), connection.transaction():
            connection.execute(SQL["upkeep_patience"])
            act(week)
    except DatabaseUnavailable:
        if connection.broken or connection.closed:
            raise
        done.busy.append(week.name)
        return False
    return True
