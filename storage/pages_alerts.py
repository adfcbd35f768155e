"""What the pages of alerts read: the inbox, and the history of one episode."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.connection import Connection, translated
from storage.queries import SQL


@dataclass(frozen=True, slots=True)
class Sight:
    """Which episodes somebody may see."""

    housing: bool = False
    """About rooms of `patches`"""
    environment: bool = False
    parking: bool = False
    engineering: bool = False
    """About devices: maintenance, and what is installed nowhere"""
    patches: frozenset[str] | None = frozenset()
    """None: all"""


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode in a list."""

    id: str
    rule_id: str
    title: str
    severity: str
    worst: str
    status: str
    fired_at: datetime
    resolved_at: datetime | None
    peak: float | None
    stale: bool
    late: bool
    dev_eui: str
    device: str
    place_id: str | None
    place_kind: str | None
    place: str | None
    within_id: str | None
    within: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of state of an episode."""

    kind: str
    at: datetime
    known_at: datetime
    severity: str
    value: float | None
    recorded_at: datetime
    withdrawn_at: datetime | None
    withdrawn_why: str | None
    rule_version: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One telling of an episode."""

    kind: str
    channel: str
    status: str
    created_at: datetime
    settled_at: datetime | None
    attempts: int
    failure: str | None


def episodes(  # noqa: PLR0913 - each narrows the list
    connection: Connection,
    sight: Sight,
    *,
    statuses: Sequence[str] = ("firing",),
    severity: str = "",
    before: tuple[datetime, str] | None = None,
    limit: int = 51,
    alert_id: str = "",
) -> list[Episode]:
    """List episodes that somebody may see, the newest first, those before one of them."""
    told = {
        "statuses": list(statuses),
        "severity": severity,
        "housing": sight.housing,
        "environment": sight.environment,
        "parking": sight.parking,
        "engineering": sight.engineering,
        "patches": None if sight.patches is None else sorted(sight.patches),
        "before": before[0] if before else None,
        "before_id": before[1] if before else None,
        "limit": limit,
        "id": alert_id,
    }
    with translated():
        return [Episode(*row) for row in connection.execute(SQL["pages_alerts"], told)]


def history(connection: Connection, alert_id: str) -> list[Change]:
    """List what became of an episode, the oldest first."""
    with translated():
        rows = connection.execute(SQL["pages_alert_history"], {"id": alert_id})
        return [Change(*row) for row in rows]


def notices(connection: Connection, alert_id: str) -> list[Notice]:
    """List who was told of an episode."""
    with translated():
        rows = connection.execute(SQL["pages_alert_notices"], {"id": alert_id})
        return [Notice(*row) for row in rows]
