"""What is worked out of stored hours: what is due, its state, and the hours that it gives.

The hours stand in `rollup_1h` under series of the place or device that they are about, so that a
rule reads them like measured ones. A figure of a UTC day stands at the day's first hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.connection import Connection
from storage.queries import SQL

Period = tuple[int, datetime, datetime]
"""An owner, since and until"""
Row = tuple[int, str, str, datetime, float]
"""Owner, observed property, channel, start, value"""


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be worked out."""

    owner: int
    until: datetime
    """It is worked out up to here"""
    again: datetime | None
    """The earliest hour before `until` that changed since"""
    state: str | None
    point: datetime | None
    """The last midnight before `again` of which the state is known"""
    point_state: str | None


@dataclass(frozen=True, slots=True)
class Done:
    """Up to when something is worked out, when next, and its state as JSON."""

    owner: int
    until: datetime
    due_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Rests:
    """What a theme works out, and of what."""

    theme: str
    kinds: Sequence[str]
    """Of places"""
    properties: Sequence[str]
    """That it is worked out of"""


def mark_places(
    connection: Connection, rests: Rests, changed: Mapping[int, datetime], clock: datetime
) -> None:
    """Have places worked out on whose series a theme rests, of which hours changed."""
    told = {"theme": rests.theme, "kinds": list(rests.kinds), "properties": list(rests.properties)}
    connection.execute(SQL["places_mark"], {**_marks(changed, clock), **told})


def mark_outdoor(connection: Connection, changed: Mapping[int, datetime], clock: datetime) -> None:
    """Have rooms worked out again whose walls felt an outdoor temperature that changed."""
    connection.execute(SQL["rooms_mark_outdoor"], _marks(changed, clock))


def mark_sites(connection: Connection, changed: Mapping[int, datetime], clock: datetime) -> None:
    """Have sites worked out of whose positions an hour of dust changed, or of the wind."""
    connection.execute(SQL["sites_mark"], _marks(changed, clock))


def mark_registry(
    connection: Connection, themes: Sequence[tuple[str, str]], clock: datetime
) -> None:
    """Have places worked out of which the registry tells something else; a theme for a kind."""
    told = {"themes": [theme for theme, _ in themes], "kinds": [kind for _, kind in themes]}
    connection.execute(SQL["places_mark_registry"], {**told, "clock": clock})


def _marks(changed: Mapping[int, datetime], clock: datetime) -> dict[str, object]:
    return {"subjects": list(changed), "hours": list(changed.values()), "clock": clock}


def due(connection: Connection, theme: str, clock: datetime, limit: int) -> list[Due]:
    """List what of a theme is to be worked out, at most so many."""
    told = {"theme": theme, "clock": clock, "limit": limit}
    return [Due(*row) for row in connection.execute(SQL["derivations_due"], told)]


def done(
    connection: Connection,
    theme: str,
    finished: Sequence[Done],
    checkpoints: Sequence[tuple[int, datetime, str]],
) -> None:
    """Remember up to where something is worked out, and its states at midnights."""
    if not finished:
        return
    connection.execute(
        SQL["derivations_done"],
        {
            "theme": theme,
            "owners": [each.owner for each in finished],
            "until": [each.until for each in finished],
            "due_at": [each.due_at for each in finished],
            "states": [each.state for each in finished],
        },
    )
    if not checkpoints:
        return
    connection.execute(
        SQL["derivations_checkpoint"],
        {
            "theme": theme,
            "owners": [owner for owner, _, _ in checkpoints],
            "until": [until for _, until, _ in checkpoints],
            "states": [state for _, _, state in checkpoints],
        },
    )
    kept = {owner: until for owner, until, _ in sorted(checkpoints)}
    thin = {"theme": theme, "owners": list(kept), "until": list(kept.values())}
    connection.execute(SQL["derivations_thin"], thin)


def write(
    connection: Connection,
    rows: Sequence[Row],
    again: Sequence[Period],
    outputs: Sequence[str],
    *,
    of_places: bool = True,
) -> dict[int, datetime]:
    """Set hours; give the first that changed of each series.

    Args:
        connection: to the database.
        rows: what was worked out.
        again: of what was worked out before: hours in it that are not in `rows` are taken back.
        outputs: all the properties that the theme gives.
        of_places: whether the owners are places; else they are devices.
    """
    owners = sorted({owner for owner, *_ in rows} | {owner for owner, _, _ in again})
    if not owners:
        return {}
    named = {(owner, name, channel) for owner, name, channel, _, _ in rows}
    series = _series(connection, owners, outputs, of_places=of_places)
    if missing := sorted(named.difference(series)):
        _add_series(connection, missing, of_places=of_places)
        series = _series(connection, owners, outputs, of_places=of_places)
    given = {
        "series": [series[owner, name, channel] for owner, name, channel, _, _ in rows],
        "starts": [start for _, _, _, start, _ in rows],
    }
    values = [value for *_, value in rows]
    changed = _earliest(connection.execute(SQL["derived_write"], {**given, "values": values}))
    stretches = {owner: (since, until) for owner, since, until in again}
    owned = [(number, *stretches[key[0]]) for key, number in series.items() if key[0] in stretches]
    if owned:
        told = {
            **given,
            "owned": [number for number, _, _ in owned],
            "since": [since for _, since, _ in owned],
            "until": [until for _, _, until in owned],
        }
        gone = _earliest(connection.execute(SQL["derived_clear"], told))
        for number, hour in gone.items():
            changed[number] = min(hour, changed.get(number, hour))
    return changed


def _series(
    connection: Connection, owners: Sequence[int], outputs: Sequence[str], *, of_places: bool
) -> dict[tuple[int, str, str], int]:
    """List series of owners, by owner, property and channel."""
    told = {
        "places": owners if of_places else [],
        "devices": [] if of_places else owners,
        "names": list(outputs),
    }
    rows = connection.execute(SQL["derived_series_read"], told)
    return {(owner, name, channel): number for number, owner, name, channel in rows}


def _add_series(
    connection: Connection, named: Sequence[tuple[int, str, str]], *, of_places: bool
) -> None:
    """Make series, each of an owner, a property and a channel."""
    ids: list[int | None] = [owner for owner, _, _ in named]
    nobody: list[int | None] = [None] * len(named)
    connection.execute(
        SQL["derived_series_add"],
        {
            "devices": nobody if of_places else ids,
            "places": ids if of_places else nobody,
            "names": [name for _, name, _ in named],
            "channels": [channel for _, _, channel in named],
        },
    )


def _earliest(rows: Iterable[tuple[int, datetime]]) -> dict[int, datetime]:
    return dict(rows)
