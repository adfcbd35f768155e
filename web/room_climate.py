"""The climate of a room as its pages show it, with the mould index that its alerts are judged by.

The service works the index out hour by hour and stores it. Where it has not yet done so (a room
that was just installed, a service that does not run) it is run here over the last half year.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from alerts.figures import Figures
from storage import pages_homes, pages_hours, place_hours
from storage.connection import Connection
from web import rooms
from web.periods import Period
from web.rooms import Air, Climate, Room

MEMORY = Period.MONTH.length * 6
"""The mould index is run over so long a time, where it is not stored"""
_NEEDED = Period.MONTH.length + timedelta(hours=rooms.OUTDOOR_HOURS)
"""For the mean of a month over the surface, which follows the outdoor air of a day"""


def of_room(  # noqa: PLR0913, PLR0917 - a room, a stretch of time and the figures
    database: Connection, place: int, told: Room, since: datetime, until: datetime, figures: Figures
) -> tuple[Air, Climate]:
    """Read a room's air and work out what follows from it, at least in [since, until)."""
    stored = place_hours.worked_out(database, "mould_index", [(place, since, until)])[place]
    begin = min(since, until - _NEEDED) if stored else until - MEMORY
    air = _air(database, place, begin, until)
    found = rooms.climate(air, told, begin, until, figures)
    return air, replace(found, mould=dict(stored)) if stored else found


def _air(database: Connection, place: int, since: datetime, until: datetime) -> Air:
    outdoor = pages_homes.outdoor_place(database)
    places = [place] if outdoor is None else [place, outdoor]
    measured = ("temperature", "relative_humidity")
    hours = pages_hours.of_places(database, places, measured, since, until)
    return Air(
        *(hours.get((place, name), {}) for name in measured),
        *(hours.get((outdoor or 0, name), {}) for name in measured),
    )
