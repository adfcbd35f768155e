"""What is read to explain a rule at a place and a past moment; nothing is written."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from alerts import left_out
from storage.connection import Connection
from storage.queries import SQL
from storage.schedules import Subject


@dataclass(frozen=True, slots=True)
class Named:
    """What somebody called a place or a device, and the moment that is asked about."""

    named: str
    at: datetime
    places: Mapping[int, tuple[str, str]]
    """Identifier and name of the places that are meant"""

    def _told(self) -> dict[str, object]:
        return {"named": self.named, "at": self.at, "places": list(self.places)}

    def series(self, connection: Connection, properties: Sequence[str]) -> list[Subject]:
        """List the series of some properties there."""
        told = {**self._told(), "properties": list(properties)}
        return [Subject(*row) for row in connection.execute(SQL["explain_series"], told)]

    def devices(self, connection: Connection) -> list[Subject]:
        """List the devices there."""
        return [Subject(*row) for row in connection.execute(SQL["explain_devices"], self._told())]

    def beside(self, connection: Connection, start: datetime) -> dict[str, float]:
        """Read what else was measured or worked out there in an hour."""
        told = {**self._told(), "start": start}
        return dict(connection.execute(SQL["explain_beside"], told).fetchall())


def find(connection: Connection, named: str, at: datetime) -> Named:
    """Find what is meant; no place when it is none, or a device that is installed nowhere."""
    rows = connection.execute(SQL["explain_places"], {"named": named, "at": at})
    return Named(named, at, {number: (public_id, name) for number, public_id, name in rows})


def hour(connection: Connection, series: int, start: datetime) -> dict[str, object] | None:
    """Read an hour as it is stored; None: there is none."""
    told = {"series": series, "start": start}
    with connection.cursor() as cursor:
        row = cursor.execute(SQL["explain_hour"], told).fetchone()
        names = [column.name for column in cursor.description or ()]
    return None if row is None else dict(zip(names, row, strict=True))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Readings that count for nothing."""

    number: int
    newest: tuple[tuple[datetime, float | None, str], ...]
    """Time, value (None: no number) and why"""


def not_counted(
    connection: Connection, series: int, since: datetime, until: datetime, most: int = 5
) -> LeftOut:
    """Read which readings of a series in [since, until) count for nothing."""
    told = {"series": series, "since": since, "until": until, "most": most}
    rows = connection.execute(SQL["explain_left_out"], told).fetchall()
    newest = tuple(
        (time, result if math.isfinite(result) else None, left_out.why(quality, flags))
        for time, result, quality, *flags, _ in rows
    )
    return LeftOut(rows[0][-1] if rows else 0, newest)


@dataclass(frozen=True, slots=True)
class Heard:
    """When a device was heard last, and what else came through the same gateways since."""

    last: datetime | None
    gateways: tuple[str, ...]
    others: int
    """Other devices that those gateways heard in the hour before the moment"""


def heard(connection: Connection, device: int, at: datetime) -> Heard:
    """Read when a device was heard last up to a moment."""
    row = connection.execute(SQL["explain_heard"], {"device": device, "at": at}).fetchone()
    if row is None:
        return Heard(None, (), 0)
    gateways = sorted({copy["gateway_id"] for copy in msgspec.json.decode(row[1])})
    told = {
        "device": device,
        "at": at,
        "since": max(row[0], at - timedelta(hours=1)),
        "gateways": [msgspec.json.encode([{"gateway_id": name}]).decode() for name in gateways],
    }
    counted = connection.execute(SQL["explain_gateway"], told).fetchone()
    return Heard(row[0], tuple(gateways), counted[0] if counted else 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """An episode that stood at a moment."""

    id: str
    labels: Mapping[str, str]
    late: bool


def episode(connection: Connection, subject: int, rule: str, at: datetime) -> Standing | None:
    """Read the episode of a rule and a subject at a moment."""
    told = {"subject": subject, "rule": rule, "at": at}
    row = connection.execute(SQL["explain_episode"], told).fetchone()
    return None if row is None else Standing(row[0], msgspec.json.decode(row[1]), row[2])


def subjects(
    connection: Connection, observed_property: str, after: int, limit: int
) -> list[Subject]:
    """List all series of a property, all devices without one, those behind a number."""
    query = "preview_series" if observed_property else "preview_devices"
    told = {"property": observed_property, "after": after, "limit": limit}
    return [Subject(*row) for row in connection.execute(SQL[query], told)]
