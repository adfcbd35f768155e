"""What the pages of homes read; whoever asks names the patches that the reader may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.connection import Connection, translated
from storage.queries import SQL

Patches = frozenset[str] | None
"""The housing patches of an officer; None: all."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room in a list."""

    id: int
    public_id: str
    name: str
    home: str
    area: str
    patch: str


@dataclass(frozen=True, slots=True)
class RoomAtRisk:
    """A room with what is found about it."""

    room: Room
    alert_id: str
    rule_id: str
    title: str
    severity: str
    fired_at: datetime
    peak: float | None
    stale: bool


@dataclass(frozen=True, slots=True)
class RoomDetail:
    """One room with its home and what an officer told of it."""

    id: int
    public_id: str
    name: str
    home: str
    area: str
    patch: str
    home_id: int
    home_public_id: str
    detail: Mapping[str, str | float | bool | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """An episode of a room."""

    id: str
    rule_id: str
    title: str
    severity: str
    status: str
    fired_at: datetime
    resolved_at: datetime | None
    peak: float | None
    stale: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Repair:
    """Something that was done, before and after which readings are compared."""

    done_at: datetime
    what: str
    recorded_by: str


def at_risk(
    connection: Connection, patches: Patches, area: str = "", limit: int = 500
) -> list[RoomAtRisk]:
    """List open findings about rooms, the worst and oldest first."""
    told = {"patches": _listed(patches), "area": area, "limit": limit}
    with translated():
        rows = connection.execute(SQL["homes_at_risk"], told).fetchall()
    return [RoomAtRisk(Room(*row[:6]), *row[6:]) for row in rows]


def homes_at_risk(connection: Connection, patches: Patches, area: str = "") -> tuple[int, int]:
    """Count the homes with an open finding, and those of them with a red one."""
    told = {"patches": _listed(patches), "area": area}
    with translated():
        row = connection.execute(SQL["homes_risk_counted"], told).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def rooms(
    connection: Connection, patches: Patches, *, area: str = "", after: str = "", limit: int = 51
) -> list[Room]:
    """List rooms by area, home and name, those behind the room `after`."""
    told = {"patches": _listed(patches), "area": area, "after": after, "limit": limit}
    with translated():
        return [Room(*row) for row in connection.execute(SQL["homes_rooms"], told)]


def areas(connection: Connection, patches: Patches) -> list[tuple[str, int]]:
    """List the areas with homes, and how many homes each has."""
    with translated():
        rows = connection.execute(SQL["homes_areas"], {"patches": _listed(patches)}).fetchall()
    return [(area, count) for area, count in rows]


def counted(connection: Connection, since: datetime, until: datetime) -> list[tuple[str, int, int]]:
    """Count by area the homes with a sensor in [since, until), and those with an open finding.

    These are exact: whoever shows them to others than the homes' officers makes them coarse first.
    """
    told = {"since": since, "until": until}
    with translated():
        rows = connection.execute(SQL["homes_counted"], told).fetchall()
    return [(area, homes, found) for area, homes, found in rows]


def room(connection: Connection, public_id: str) -> RoomDetail | None:
    """Read one room; None when there is no such room."""
    with translated():
        row = connection.execute(SQL["homes_room"], {"public_id": public_id}).fetchone()
    return None if row is None else RoomDetail(*row)


def rooms_of(connection: Connection, home: str) -> list[RoomDetail]:
    """List the rooms of a home, given its public id, those that were given up too."""
    with translated():
        return [
            RoomDetail(*row) for row in connection.execute(SQL["homes_rooms_of"], {"home": home})
        ]


def siblings(connection: Connection, home: int) -> list[Room]:
    """List the rooms of a home."""
    with translated():
        return [Room(*row) for row in connection.execute(SQL["homes_siblings"], {"home": home})]


def findings(connection: Connection, place: int, limit: int = 50) -> list[Finding]:
    """List the episodes of a room, the newest first."""
    told = {"place": place, "limit": limit}
    with translated():
        return [Finding(*row) for row in connection.execute(SQL["homes_findings"], told)]


def outdoor_place(connection: Connection) -> int | None:
    """Find the place whose outdoor air stands for the borough's; None when there is none."""
    with translated():
        row = connection.execute(SQL["homes_outdoor"]).fetchone()
    return None if row is None else int(row[0])


def repairs(connection: Connection, places: Sequence[int]) -> list[Repair]:
    """List what was done at a room or its home, the oldest first."""
    told = {"places": list(places)}
    with translated():
        return [Repair(*row) for row in connection.execute(SQL["homes_repairs"], told)]


def add_repair(
    connection: Connection, place: int, done_at: datetime, what: str, recorded_by: str
) -> None:
    """Write down what was done at a place; it is never changed."""
    told = {"place": place, "done_at": done_at, "what": what, "recorded_by": recorded_by}
    with translated():
        connection.execute(SQL["homes_repair_add"], told)


def _listed(patches: Patches) -> list[str] | None:
    return None if patches is None else sorted(patches)
