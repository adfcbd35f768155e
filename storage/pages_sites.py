"""What the pages of building sites read: sites, their positions, and the log of exceedances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.connection import Connection, translated
from storage.queries import SQL

Detail = Mapping[str, str | float | bool | None]


@dataclass(frozen=True, slots=True)
class Site:
    """A building site."""

    id: int
    public_id: str
    name: str
    area: str
    detail: Detail
    positions: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where something is measured at a site."""

    id: int
    public_id: str
    site: int
    name: str
    detail: Detail


@dataclass(frozen=True, slots=True)
class Exceedance:
    """An episode of dust, with what was written down about it."""

    id: str
    rule_id: str
    title: str
    severity: str
    status: str
    fired_at: datetime
    resolved_at: datetime | None
    peak: float | None
    site: int
    position_id: int
    position: str
    cause: str | None
    action: str | None
    work_stopped_at: datetime | None
    work_restarted_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody writes down about an exceedance."""

    alert: str
    author: str
    cause: str = ""
    action: str = ""
    stopped: datetime | None = None
    restarted: datetime | None = None
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the readings of a device are corrected, from when to when."""

    dev_eui: str
    position: str
    observed_property: str
    name: str
    slope: float
    offset: float
    valid_from: datetime
    valid_to: datetime | None
    source: str
    r2: float | None
    pairs: int | None


def sites(connection: Connection, *, after: str = "", limit: int = 51) -> list[Site]:
    """List sites by name, those behind the site `after`."""
    told = {"public_id": "", "after": after, "limit": limit}
    with translated():
        return [Site(*row) for row in connection.execute(SQL["sites_list"], told)]


def site(connection: Connection, public_id: str) -> Site | None:
    """Read one site; None when there is no such site."""
    told = {"public_id": public_id, "after": "", "limit": 1}
    with translated():
        row = connection.execute(SQL["sites_list"], told).fetchone()
    return None if row is None else Site(*row)


def positions(connection: Connection, numbers: Sequence[int]) -> list[Position]:
    """List the positions of sites."""
    with translated():
        rows = connection.execute(SQL["sites_positions"], {"sites": list(numbers)})
        return [Position(*row) for row in rows]


def exceedances(
    connection: Connection,
    numbers: Sequence[int],
    since: datetime,
    until: datetime,
    limit: int = 500,
) -> list[Exceedance]:
    """List the episodes of dust at sites in [since, until), the newest first."""
    told = {"sites": list(numbers), "since": since, "until": until, "limit": limit}
    with translated():
        return [Exceedance(*row) for row in connection.execute(SQL["sites_exceedances"], told)]


def write_down(connection: Connection, entry: Entry, now: datetime) -> None:
    """Add an entry to the log of exceedances; nothing there is ever changed.

    Raises:
        DatabaseRefused: the entry says nothing, or work restarts before it stopped.
    """
    told = {
        "alert": entry.alert,
        "now": now,
        "author": entry.author,
        "cause": entry.cause,
        "action": entry.action,
        "stopped": entry.stopped,
        "restarted": entry.restarted,
        "closes": entry.closes,
    }
    with translated():
        connection.execute(SQL["sites_exceedance_add"], told)


def wind_place(connection: Connection) -> int | None:
    """Find the place whose wind stands for the borough's; None when there is none."""
    with translated():
        row = connection.execute(SQL["sites_wind_place"]).fetchone()
    return None if row is None else int(row[0])


def calibrations(connection: Connection, number: int) -> list[Calibration]:
    """List how the readings of a site's devices are corrected."""
    with translated():
        rows = connection.execute(SQL["sites_calibrations"], {"site": number})
        return [Calibration(*row) for row in rows]
