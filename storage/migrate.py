"""Bring a database to the layout of this program: once, in order, whole or not at all.

A migration is a file `storage/migrations/NNNN_name.sql`. Beside it may stand
`NNNN_name.timescale.sql`, which is applied *in its place* on the tier `timescale`; a number that
has only a timescale file is skipped on the tier `plain`. The tier of a database is chosen at its
first migration, by whether the server has the extension and lets us create it, and stays: a table
of native partitions does not turn into a hypertable by itself (dump the rows, make the database
anew, load them).

Each file is applied in one transaction together with its row in the table `migration`, so a
failure leaves nothing. A file whose first line is `-- outside a transaction` holds exactly one
statement, which must bear being repeated, since a crash can come between it and its row. One
process migrates at a time; the others wait, and find nothing left to do. They wait by asking again
and again: a session that waits *inside* a statement would block `create index concurrently`.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from time import sleep

import psycopg

from alerts import figures
from decoders.properties import PROPERTIES
from storage.connection import Connection, translated
from storage.errors import ChangedMigration, NewerSchema, WrongMode, WrongSchema
from storage.instance import Mode
from storage.queries import SQL

_NAME = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z0-9_]+)(?P<tier>\.timescale)?\.sql")
_ALONE = "-- outside a transaction"
PLAIN, TIMESCALE = "plain", "timescale"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file, as one tier applies it."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file's text."""
        return sha256(self.text.encode()).hexdigest()

    @property
    def is_alone(self) -> bool:
        """Whether the file is one statement that refuses to run in a transaction."""
        return self.text.startswith(_ALONE)


@dataclass(frozen=True, slots=True)
class Status:
    """How a database stands to this program."""

    tier: str
    """`plain`, `timescale`, or empty when it was never migrated"""
    mode: Mode | None
    applied: tuple[str, ...]
    pending: tuple[str, ...]
    timescale_is_available: bool
    """The server has the extension, whether or not the database uses it"""

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to do."""
        return not self.pending


def migrations(tier: str) -> list[Migration]:
    """List the files that a tier applies, in order.

    Raises:
        ValueError: a file is misnamed, or a number is given twice.
    """
    chosen: dict[int, Migration] = {}
    folder = resources.files("storage") / "migrations"
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        named = _NAME.fullmatch(path.name)
        if named is None:
            raise ValueError(f"{path.name} is not the name of a migration")
        if named["tier"] and tier != TIMESCALE:
            continue
        migration = Migration(int(named["number"]), named["name"], path.read_text("utf-8"))
        earlier = chosen.setdefault(migration.number, migration)
        if earlier.name != migration.name:
            raise ValueError(f"{path.name} has the number of {earlier.name}")
        if named["tier"]:
            chosen[migration.number] = migration
    return [chosen[number] for number in sorted(chosen)]


def migrate(connection: Connection, *, mode: Mode | None = Mode.LIVE) -> list[str]:
    """Apply what is missing and give the names; an empty list when there was nothing to do.

    Args:
        connection: of a role that may create tables.
        mode: what the database is for; None takes a database as it is, and a new one as live.

    Raises:
        WrongMode: the database is of the other mode.
        NewerSchema: a newer program migrated it.
        ChangedMigration: an applied file was edited.
        WrongSchema: the unit of a property has changed.
        DatabaseUnavailable: the server failed.
    """
    with translated(), _lock(connection):
        tier = _tier(connection)
        files = migrations(tier)
        pending = _pending(files, _recorded(connection))
        _check_mode(connection, mode)
        for migration in pending:
            _apply(connection, migration, tier)
        connection.execute(SQL["instance_create"], {"mode": mode or Mode.LIVE})
        _sync_properties(connection)
        _sync_conversions(connection)
    return [f"{migration.number:04}_{migration.name}" for migration in pending]


def status(connection: Connection) -> Status:
    """Tell what was applied and what is pending, changing nothing.

    Raises:
        NewerSchema: a newer program migrated it.
        ChangedMigration: an applied file was edited.
    """
    with translated():
        recorded = _recorded(connection)
        tier = recorded[0][2] if recorded else ""
        available = _truth(connection, "timescale_is_available")
        pending = _pending(migrations(tier or PLAIN), recorded)
        return Status(
            tier=tier,
            mode=_mode(connection) if recorded else None,
            applied=tuple(f"{number:04}_{name}" for number, name, _, _ in recorded),
            pending=tuple(f"{migration.number:04}_{migration.name}" for migration in pending),
            timescale_is_available=available,
        )


@contextmanager
def _lock(connection: Connection) -> Iterator[None]:
    while not _truth(connection, "migration_try_lock"):
        sleep(0.05)
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute(SQL["migration_unlock"])


def _truth(connection: Connection, query: str) -> bool:
    row = connection.execute(SQL[query]).fetchone()
    return row is not None and bool(row[0])


def _recorded(connection: Connection) -> list[tuple[int, str, str, str]]:
    if not _truth(connection, "migration_table"):
        return []
    return [
        (number, name, tier, checksum)
        for number, name, tier, checksum in connection.execute(SQL["migration_applied"])
    ]


def _pending(
    files: Sequence[Migration], recorded: Sequence[tuple[int, str, str, str]]
) -> list[Migration]:
    shipped = {migration.number: migration for migration in files}
    for number, name, _, checksum in recorded:
        file = shipped.pop(number, None)
        if file is None:
            known = max((migration.number for migration in files), default=0)
            raise NewerSchema(
                f"migration {number:04}_{name} is not one this program knows: it ends at {known:04}"
            )
        if file.checksum != checksum:
            raise ChangedMigration(
                f"migration {number:04}_{name} was edited after it had been applied"
            )
    return list(shipped.values())


def _tier(connection: Connection) -> str:
    recorded = _recorded(connection)
    if recorded:
        return recorded[0][2]
    if _truth(connection, "timescale_is_installed"):
        return TIMESCALE
    if not _truth(connection, "timescale_is_available"):
        return PLAIN
    try:
        connection.execute(SQL["timescale_create"])
    except psycopg.Error:
        return PLAIN
    return TIMESCALE


def _mode(connection: Connection) -> Mode | None:
    if not _truth(connection, "instance_table"):
        return None
    row = connection.execute(SQL["instance_mode"]).fetchone()
    return Mode(row[0]) if row else None


def _check_mode(connection: Connection, mode: Mode | None) -> None:
    present = _mode(connection)
    if present is not None and mode is not None and present is not mode:
        raise WrongMode(f"the database is a {present} one, not {mode}, and stays so")


def _apply(connection: Connection, migration: Migration, tier: str) -> None:
    record = {
        "number": migration.number,
        "name": migration.name,
        "tier": tier,
        "checksum": migration.checksum,
    }
    if migration.is_alone:
        # A prepared statement is one statement: the server itself refuses a second.
        connection.execute(migration.text, prepare=True)
        connection.execute(SQL["migration_record"], record)
        return
    with connection.transaction():
        connection.execute(SQL["migration_create_table"])
        connection.execute(migration.text)
        connection.execute(SQL["migration_record"], record)


def _sync_properties(connection: Connection) -> None:
    known = {name: unit for _, name, unit in connection.execute(SQL["properties_read"])}
    for entry in PROPERTIES.values():
        if known.get(entry.name, entry.unit_of_measurement) != entry.unit_of_measurement:
            raise WrongSchema(
                f"{entry.name} is stored in {known[entry.name]}, not in {entry.unit_of_measurement}"
            )
    missing = [entry for name, entry in PROPERTIES.items() if name not in known]
    if missing:
        connection.execute(
            SQL["properties_add"],
            {
                "names": [entry.name for entry in missing],
                "units": [entry.unit_of_measurement for entry in missing],
            },
        )


def _sync_conversions(connection: Connection) -> None:
    """Say which gas becomes which mass; a factor that changed changes the means of the past."""
    if not _truth(connection, "conversion_table"):
        return
    factors = figures.load().dust.mass_per_ppb
    told = {
        "names": list(factors),
        "into": [f"{gas}_mass" for gas in factors],
        "factors": list(factors.values()),
    }
    with connection.transaction():
        changed = connection.execute(SQL["conversions_set"], told).fetchall()
        if changed:
            properties = {"properties": [number for (number,) in changed]}
            connection.execute(SQL["conversions_series"], properties)
            connection.execute(SQL["conversions_mark"], properties)
