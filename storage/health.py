"""How a database is: what `doctor` tells, and what of it needs a person.

A policy that is registered may yet never run: on one release of PostgreSQL every background job of
TimescaleDB failed while all SQL by hand worked. So the jobs' own history is read, not their list.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from psycopg.rows import class_row

from storage import migrate, pages_health, upkeep
from storage.connection import Connection, translated
from storage.instance import Mode
from storage.migrate import TIMESCALE, Status
from storage.pages_health import Evaluation
from storage.queries import SQL
from storage.rule_versions import Refusal, refused
from storage.upkeep import Last

OLDEST_POSTGRES, NEWEST_POSTGRES = 15, 18
OLDEST_TIMESCALE = (2, 20)
_LATE = timedelta(hours=1)
"""So long evaluation may be behind"""
_IDLE = timedelta(days=8)
"""So long nobody may have done the upkeep"""
_PATIENCE = 3
"""So many schedules of a job may pass without a success"""
_WEEK = timedelta(days=7)
_SAME_TIME = timedelta(seconds=5)
"""So far apart the clocks may be: a tenth of what would put a reading into another minute"""
_ISOLATION = "read committed"


@dataclass(frozen=True, slots=True)
class Server:
    """What answers."""

    version_number: int
    version: str
    timescale: str | None
    """The extension's version in this database"""
    timescale_on_disk: str | None
    """The version that the server would install"""
    licence: str | None
    """Of TimescaleDB: `timescale`, or `apache`, which cannot compress"""
    clock: datetime
    in_recovery: bool
    """A standby, which only answers"""
    synchronous_commit: str
    fsync: str
    timezone: str
    encoding: str
    isolation: str
    bytes: int
    """Of the whole database"""


@dataclass(frozen=True, slots=True)
class Job:
    """Something that the server should do by itself."""

    id: int
    name: str
    schedule: timedelta | None
    runs: int
    failures: int
    status: str
    """Of its last run; empty when it never ran"""
    last_success: datetime | None
    last_start: datetime | None
    next_start: datetime | None
    error: str
    """What the server said at the last failure"""

    def problem(self, now: datetime) -> str:
        """Say what is wrong with it and what to do; empty when nothing is."""
        if not self.runs:
            due = self.next_start is None or self.next_start < now - (self.schedule or _LATE)
            return (
                f"job {self.id} ({self.name}) has never run: the server has no free background "
                "worker (timescaledb.max_background_workers), or its scheduler does not work; "
                "until it does, run boroughsense maintain each night"
                if due
                else ""
            )
        patience = _PATIENCE * (self.schedule or timedelta(days=1))
        if self.last_success is None or now - self.last_success > patience:
            since = f" since {self.last_success.isoformat()}" if self.last_success else ""
            why = f" ({self.error})" if self.error else ""
            return (
                f"job {self.id} ({self.name}) has not succeeded{since}{why}: see "
                "timescaledb_information.job_errors; until it does, run boroughsense maintain "
                "each night"
            )
        return ""


@dataclass(frozen=True, slots=True)
class Table:
    """What a table takes on the disk."""

    name: str
    bytes: int
    rows: int
    """As the server estimates them"""
    bytes_a_day: float | None
    """By how much it grew in the last month; None: not known yet"""


@dataclass(frozen=True, slots=True)
class Health:
    """How a database is."""

    now: datetime
    """By the clock of this machine"""
    server: Server
    schema: Status
    jobs: tuple[Job, ...] = ()
    tables: tuple[Table, ...] = ()
    weeks_until: date | None = None
    """Up to which day there is room for readings; None: the server makes room itself"""
    uncompressed: int = 0
    """Weeks that should be compressed by now"""
    evaluation: Evaluation | None = None
    """None: the schema is not up to date"""
    upkeep_at: datetime | None = None
    refusal: Refusal | None = None
    """Why the running service does not take its rule files"""
    upkeep: Last | None = None
    """The newest one, be it one that failed"""

    @property
    def clock_ahead(self) -> timedelta:
        """How far the server's clock is ahead of this machine's."""
        return self.server.clock - self.now

    def problems(self) -> Iterator[str]:
        """Say what needs a person, a sentence each that tells what to do."""
        yield from self._versions()
        yield from self._settings()
        if self.schema.pending:
            yield f"the schema lacks {', '.join(self.schema.pending)}: run boroughsense db migrate"
            return
        yield from filter(None, (job.problem(self.now) for job in self.jobs))
        yield from self._upkeep()
        if self.refusal is not None:
            since, why = self.refusal.refused_at, "; ".join(self.refusal.reason.splitlines())
            yield (
                f"the rule files are wrong since {since.isoformat()}, so the last good rules stay "
                f"in force: {why}"
            )
        if self.evaluation is not None and self._is_behind(self.evaluation):
            marked = self.evaluation.marked
            yield f"evaluation is behind, {marked} hours wait: is boroughsense run running?"

    def remarks(self) -> Iterator[str]:
        """Say what is worth knowing and needs nobody now."""
        if self.server.licence == "apache":
            yield (
                "this TimescaleDB is the Apache edition: it has hypertables and cannot compress, "
                "so a week takes about ten times the room; the community edition can"
            )
        if self.schema.tier == migrate.PLAIN and self.schema.timescale_is_available:
            yield (
                "the server has TimescaleDB and this database does not use it; the tier is chosen "
                "at the first migration: a new database would compress"
            )
        if self.server.version_number >= (NEWEST_POSTGRES + 1) * 10_000:
            yield f"PostgreSQL {self.server.version} is newer than {NEWEST_POSTGRES}: not tried"

    def _versions(self) -> Iterator[str]:
        if self.server.version_number < OLDEST_POSTGRES * 10_000:
            yield (
                f"PostgreSQL {self.server.version} is too old: {OLDEST_POSTGRES} to "
                f"{NEWEST_POSTGRES} are supported, upgrade it"
            )
        if self.schema.tier != TIMESCALE:
            return
        if self.server.timescale is None:
            yield (
                "the database was made with TimescaleDB and the extension is gone: "
                "restore a backup into a server that has it"
            )
            return
        numbers = tuple(int(n) for n in self.server.timescale.split("-")[0].split(".")[:2])
        if numbers < OLDEST_TIMESCALE:
            oldest = ".".join(map(str, OLDEST_TIMESCALE))
            yield (
                f"TimescaleDB {self.server.timescale} is too old, {oldest} is the oldest: "
                "install it and run ALTER EXTENSION timescaledb UPDATE"
            )

    def _settings(self) -> Iterator[str]:
        server = self.server
        if server.in_recovery:
            yield "the server is a standby and takes no writes: name the primary in database_url"
        if server.fsync == "off":
            yield "fsync is off, a crash loses or spoils the data: set fsync = on and restart it"
        if server.synchronous_commit == "off":
            yield (
                "synchronous_commit is off, a crash loses messages that the broker was told are "
                "safe: set it on for this database"
            )
        if server.timezone != "UTC":
            yield f"the session's TimeZone is {server.timezone}, not UTC: look who sets it"
        if server.encoding != "UTF8":
            yield f"the database's encoding is {server.encoding}: make it anew with UTF8"
        if server.isolation != _ISOLATION:
            yield (
                f"default_transaction_isolation is {server.isolation}: writers would fail beside "
                f"each other, set it to {_ISOLATION}"
            )
        if abs(self.clock_ahead) > _SAME_TIME:
            seconds = self.clock_ahead.total_seconds()
            yield (
                f"the server's clock is {seconds:+.0f} s from this machine's: lateness and silence "
                "are judged wrongly, let NTP set both"
            )

    def _upkeep(self) -> Iterator[str]:
        if self.upkeep is not None and self.upkeep.problem:
            at, by = self.upkeep.at.isoformat(), self.upkeep.by
            yield f"the upkeep by {by} failed at {at}: {self.upkeep.problem}"
        if self.upkeep_at is None or self.now - self.upkeep_at > _IDLE:
            since = f"since {self.upkeep_at.isoformat()}" if self.upkeep_at else "ever"
            yield (
                f"nobody has done the upkeep {since}: leave it to boroughsense run (the setting "
                "upkeep_by_run), or run boroughsense maintain, each night by a timer "
                "(systemd/boroughsense-maintain.timer)"
            )
        if self.weeks_until is not None and self.weeks_until < (self.now + _WEEK).date():
            yield (
                f"there is room for readings up to {self.weeks_until} only, the next writer must "
                "make it: run boroughsense maintain"
            )
        if self.uncompressed:
            yield f"{self.uncompressed} old weeks are not compressed: run boroughsense maintain"

    def _is_behind(self, evaluation: Evaluation) -> bool:
        if evaluation.marked >= pages_health.MOST_MARKS:
            return True
        by_the_wall = self.schema.mode is Mode.LIVE and evaluation.due_at is not None
        return by_the_wall and self.now - (evaluation.due_at or self.now) > _LATE


def examine(connection: Connection, now: datetime) -> Health:
    """Look at a database, changing nothing.

    Args:
        connection: of any role that may read.
        now: the present, by this machine's clock.

    Raises:
        NewerSchema: a newer program migrated it.
        ChangedMigration: an applied migration was edited.
        DatabaseUnavailable: the server failed.
    """
    with translated():
        schema = migrate.status(connection)
        [row] = connection.execute(SQL["server_about"]).fetchall()
        server = Server(*row)
        if schema.pending:
            return Health(now, server, schema)
        with connection.cursor(row_factory=class_row(Job)) as jobs:
            found = jobs.execute(SQL["jobs_read"]).fetchall()
        tables = connection.execute(SQL["tables_read"], {"day": now.date()}).fetchall()
        return Health(
            now,
            server,
            schema,
            tuple(found),
            tuple(Table(*table) for table in tables),
            pages_health.weeks_until(connection),
            _uncompressed(connection, now),
            pages_health.evaluation(connection),
            upkeep.last_done(connection),
            refused(connection),
            upkeep.last_try(connection),
        )


def _uncompressed(connection: Connection, now: datetime) -> int:
    """Count the weeks that are a whole upkeep late to be compressed."""
    before = now - upkeep.COMPRESS_AFTER - _IDLE
    return sum(
        week.is_compressed is False and week.ends <= before
        for parent in upkeep.PARENTS
        for week in upkeep.weeks(connection, parent)
    )
