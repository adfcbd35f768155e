"""Whether bays below an overhead sensor are taken, derived whenever their distances change.

    below the bay's threshold                  taken
    from threshold and hysteresis on           free
    between them                               as the reading before said; none before: not known

The state of a reading depends on the readings before it alone, by their own times. So one that
comes late changes those behind it, up to the next one outside the band, and the end is the same
in whatever order they came. A reading that is not good, and one that was never taken, says nothing.
What is derived stands beside what other sensors say themselves, as `parking_occupied`.

A change of the registry marks the stays that it touches; `settle` derives their states again, or
takes them back where no threshold is left, each by itself: no writer waits for a whole list.
"""

from collections.abc import Iterable
from datetime import datetime
from time import monotonic, sleep
from typing import Any

from storage.connection import Connection, translated
from storage.queries import SQL

HYSTERESIS = 100.0
"""mm that a vehicle must be further away than the threshold to be gone, where a bay says nothing
(a decision: above the noise of such sensors, below the height of any vehicle)"""

DISTANCE = "distance"

_PATIENCE_SECONDS = 20.0
_LOOK_SECONDS = 0.02

Stay = tuple[Any, ...]
"""Device, since, until, bay, threshold, hysteresis"""


def derive(connection: Connection, changed: Iterable[tuple[int, datetime]]) -> None:
    """Derive the states of bays again whose distances changed; call it in their transaction.

    Args:
        connection: to the database.
        changed: series of distances with times; what is not above a bay with a threshold is passed
            over.
    """
    distances: dict[int, tuple[datetime, datetime]] = {}
    for series, time in changed:
        since, until = distances.get(series, (time, time))
        distances[series] = min(since, time), max(until, time)
    if not distances:
        return
    bays = connection.execute(
        SQL["occupancy_bays"],
        {
            "series": list(distances),
            "since": [since for since, _ in distances.values()],
            "until": [until for _, until in distances.values()],
            "hysteresis": HYSTERESIS,
        },
    ).fetchall()
    if not bays:
        return
    names = ("devices", "distances", "since", "until", "from_at", "to_at", "below", "above")
    told = {name: [bay[place] for bay in bays] for place, name in enumerate(names)}
    _newest(connection, connection.execute(SQL["occupancy_derive"], told).fetchall())


def stays(connection: Connection, dev_eui: str, place: int | None) -> set[Stay]:
    """Give the stays of a device above bays with a threshold, and those of others above a bay."""
    told = {"dev_eui": dev_eui, "place": place}
    return {tuple(row) for row in connection.execute(SQL["occupancy_stays"], told)}


def mark(connection: Connection, before: set[Stay], after: set[Stay]) -> None:
    """Have the states of stays derived again that changed; in the transaction of the change."""
    changed = sorted({stay[:3] for stay in before ^ after})
    if changed:
        euis, since, until = ([stay[part] for stay in changed] for part in range(3))
        told = {"dev_euis": euis, "from_at": since, "to_at": until}
        connection.execute(SQL["occupancy_mark"], told)


def settle(connection: Connection) -> int:
    """Derive what is marked again, a stay in a transaction of its own; give how many.

    Writers who may know a bay as it was are waited for, and nobody is held up: who begins to write
    meanwhile knows it as it is. What they do not end in time is left for the next call.

    Args:
        connection: not in a transaction.
    """
    with translated():
        marks = connection.execute(SQL["occupancy_marks"]).fetchall()
        if not marks or not _writers_ended(connection):
            return 0
        for number, dev_eui in marks:
            with connection.transaction():
                taken = connection.execute(SQL["occupancy_take"], {"id": number}).fetchone()
                if taken is not None:
                    _settle(connection, dev_eui, taken[0], taken[1])
    return len(marks)


def _settle(connection: Connection, dev_eui: str, from_at: datetime, to_at: datetime) -> None:
    told = {"dev_eui": dev_eui, "from_at": from_at, "to_at": to_at}
    gone = connection.execute(SQL["occupancy_clear"], told).fetchall()
    _newest(connection, gone)
    rows = connection.execute(SQL["occupancy_of_stay"], told).fetchall()
    derive(connection, [(series, time) for series, *times in rows for time in times])


def _writers_ended(connection: Connection) -> bool:
    """Wait until those who write now have done so; False when that takes too long."""
    deadline = monotonic() + _PATIENCE_SECONDS
    first: set[str] | None = None
    while True:
        [(now,)] = connection.execute(SQL["occupancy_writers"]).fetchall()
        first = set(now) if first is None else first & set(now)
        if not first:
            return True
        if monotonic() > deadline:
            return False
        sleep(_LOOK_SECONDS)


def _newest(connection: Connection, changed: Iterable[tuple[int]]) -> None:
    touched = {"series": [series for (series,) in changed]}
    connection.execute(SQL["redecode_latest_clear"], touched)
    connection.execute(SQL["redecode_latest"], touched)
