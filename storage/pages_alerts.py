"""What the pages of alerts read: the inbox, and the history of one episode."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from alerts.model import AlertRule
from storage.connection import Connection, translated
from storage.queries import SQL

_RULE = msgspec.json.Decoder(AlertRule)


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

    @property
    def told(self) -> dict[str, object]:
        """Give it as the queries are told."""
        return {
            "housing": self.housing,
            "environment": self.environment,
            "parking": self.parking,
            "engineering": self.engineering,
            "patches": None if self.patches is None else sorted(self.patches),
        }


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


@dataclass(frozen=True, slots=True)
class LabelledPlace:
    """A place that a label of an episode, or a matcher of a silence, speaks of."""

    public_id: str
    kind: str
    name: str
    """With its home, site or zone"""
    patch: str
    """Of the home; empty elsewhere"""


def labelled_places(
    connection: Connection, labels: Iterable[Mapping[str, str]]
) -> dict[str, LabelledPlace]:
    """Find the places that labels speak of, by the label's value.

    A `place` or `within` is a public id; a `dev_eui` stands for where the device is now.
    """
    named = {
        each[name] for each in labels for name in ("place", "within", "dev_eui") if name in each
    }
    with translated():
        rows = connection.execute(SQL["pages_labelled_places"], {"keys": sorted(named)})
        return {key: LabelledPlace(*rest) for key, *rest in rows}


def episodes(  # noqa: PLR0913 - each narrows the list
    connection: Connection,
    sight: Sight,
    *,
    statuses: Sequence[str] = ("firing",),
    severity: str = "",
    rule: str = "",
    waiting: bool = False,
    before: tuple[datetime, str] | None = None,
    limit: int = 51,
    alert_id: str = "",
) -> list[Episode]:
    """List episodes that somebody may see, the newest first, those before one of them.

    `waiting` leaves out those that somebody acknowledged at the severity that they have now.
    """
    told = {
        "statuses": list(statuses),
        "severity": severity,
        "rule": rule,
        "waiting": waiting,
        **sight.told,
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


def rule_versions(
    connection: Connection, rule_id: str, versions: Iterable[str]
) -> dict[str, AlertRule]:
    """Read a rule as it stood in some of its versions."""
    told = {"rule": rule_id, "versions": sorted(set(versions))}
    with translated():
        rows = connection.execute(SQL["pages_rule_versions"], told)
        return {version: _RULE.decode(definition) for version, definition in rows}
