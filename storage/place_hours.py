"""What was measured at places, by hour, whatever device was there."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from storage import intervals
from storage.connection import Connection
from storage.derivations import Period
from storage.intervals import Length
from storage.queries import SQL

Hours = dict[datetime, float]


@dataclass(frozen=True, slots=True)
class ToldRoom:
    """What the registry tells of a room."""

    area: str
    detail: Mapping[str, object]


@dataclass(slots=True)
class Outdoor:
    """The valid hours of a property at an outdoor place."""

    area: str
    hours: Hours = field(default_factory=dict)


def rooms(connection: Connection, places: Sequence[int]) -> dict[int, ToldRoom]:
    """Read what the registry tells of rooms."""
    rows = connection.execute(SQL["rooms_read"], {"places": list(places)})
    return {place: ToldRoom(area, json.loads(detail)) for place, area, detail in rows}


def hours(
    connection: Connection, periods: Sequence[Period], properties: Sequence[str]
) -> dict[int, dict[str, Hours]]:
    """Read hours of places by property; where several devices were, of the one there longest."""
    found: dict[int, dict[str, Hours]] = {
        place: {name: {} for name in properties} for place, _, _ in periods
    }
    with connection.cursor(binary=True) as cursor:
        told = {**_told(periods), "properties": list(properties)}
        for place, name, start, mean in cursor.execute(SQL["places_hours"], told):
            found[place][name][start] = mean
    return found


def quarters(connection: Connection, periods: Sequence[Period], name: str) -> dict[int, Hours]:
    """Work out the valid quarters of an hour of places, of one property."""
    found: dict[int, Hours] = {place: {} for place, _, _ in periods}
    wanted = {place: (since, until) for place, since, until in periods}
    there = {"places": list(wanted), "name": name}
    for place, series, begins, ends in connection.execute(SQL["places_series"], there).fetchall():
        since, until = wanted[place]
        since, until = max(since, begins), min(until, ends or until)
        if since < until:
            means = intervals.read(connection, Length.QUARTER, [series], since, until)
            found[place].update(
                {
                    each.start: each.mean
                    for each in means[series]
                    if each.valid and each.mean is not None
                }
            )
    return found


def outdoor(
    connection: Connection, name: str, since: datetime, until: datetime
) -> dict[int, Outdoor]:
    """Read a property of outdoor places between two times, by place."""
    found: dict[int, Outdoor] = {}
    with connection.cursor(binary=True) as cursor:
        told = {"name": name, "since": since, "until": until}
        for place, area, start, mean in cursor.execute(SQL["outdoor_hours"], told):
            found.setdefault(place, Outdoor(area)).hours[start] = mean
    return found


def worked_out(connection: Connection, name: str, periods: Sequence[Period]) -> dict[int, Hours]:
    """Read what was worked out for places of one property."""
    found: dict[int, Hours] = {place: {} for place, _, _ in periods}
    with connection.cursor(binary=True) as cursor:
        told = {**_told(periods), "name": name}
        for place, start, value in cursor.execute(SQL["derived_hours"], told):
            found[place][start] = value
    return found


def _told(periods: Sequence[Period]) -> dict[str, object]:
    return {
        "places": [place for place, _, _ in periods],
        "since": [since for _, since, _ in periods],
        "until": [until for _, _, until in periods],
    }
