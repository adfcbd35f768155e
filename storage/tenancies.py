"""When whose home a dwelling was: from which day to which, and no name.

A tenancy decides what is kept (`storage.retention`) and what is given to whom
(`storage.subject_access`). Who the tenant is, the housing system knows; we do not.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from storage.connection import Connection, translated
from storage.errors import DatabaseRefused
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class Tenancy:
    """A tenancy as the housing system has it."""

    uprn: str
    starts: date
    """The first day"""
    ends: date | None = None
    """The last day; None: it lasts"""


class Recorded(StrEnum):
    """What became of it."""

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class ListedTenancy:
    """A tenancy with its home."""

    id: int
    home_id: str
    """The dwelling's public id"""
    home: str
    area: str
    starts: date
    ends: date | None


@dataclass(frozen=True, slots=True)
class Period:
    """A tenancy's home and time."""

    place: int
    home_id: str
    home: str
    uprn: str
    starts: date
    ends: date | None
    since: datetime
    """The first day's beginning in London"""
    until: datetime
    """The last day's end"""


def record(connection: Connection, tenancy: Tenancy) -> Recorded:
    """Record a tenancy; one that begins on the same day is the same, and its end may change.

    Raises:
        DatabaseRefused: no dwelling has this UPRN, or the tenancy overlaps another one of it.
    """
    told = {"uprn": tenancy.uprn, "starts": tenancy.starts, "ends": tenancy.ends}
    with translated():
        found = connection.execute(SQL["tenancy_find"], told).fetchone()
        if found is None:
            raise DatabaseRefused("no dwelling of the registry has this UPRN")
        place, number, ends = found
        if number is None:
            connection.execute(SQL["tenancy_add"], {**told, "place": place})
            return Recorded.NEW
        if ends == tenancy.ends:
            return Recorded.KNOWN
        connection.execute(SQL["tenancy_change"], {**told, "id": number})
        return Recorded.CHANGED


def listed(connection: Connection, *, home: str = "") -> list[ListedTenancy]:
    """List tenancies, of one home by its public id or of all."""
    with translated():
        rows = connection.execute(SQL["tenancies_list"], {"home": home}).fetchall()
    return [ListedTenancy(*row) for row in rows]


def period(connection: Connection, number: int) -> Period | None:
    """Read a tenancy by its number; None when there is none."""
    with translated():
        row = connection.execute(SQL["tenancy_read"], {"id": number}).fetchone()
    return Period(*row) if row else None
