"""Whether bays below an overhead sensor are taken, derived whenever their distances change.

    below the bay's threshold                  taken
    from threshold and hysteresis on           free
    between them                               as the reading before said; none before: not known

The state of a reading depends on the readings before it alone, by their own times. So one that
comes late changes those behind it, up to the next one outside the band, and the end is the same
in whatever order they came. A reading that is not good, and one that was never taken, says nothing.
What is derived stands beside what other sensors say themselves, as `parking_occupied`.
"""

from collections.abc import Iterable
from datetime import datetime

from storage.connection import Connection
from storage.queries import SQL

HYSTERESIS = 100.0
"""mm that a vehicle must be further away than the threshold to be gone, where a bay says nothing
(a decision: above the noise of such sensors, below the height of any vehicle)"""

DISTANCE = "distance"


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
    derived = connection.execute(SQL["occupancy_derive"], told).fetchall()
    touched = {"series": [series for (series,) in derived]}
    connection.execute(SQL["redecode_latest_clear"], touched)
    connection.execute(SQL["redecode_latest"], touched)


def derive_installation(connection: Connection, dev_eui: str, from_at: datetime) -> None:
    """Derive the states of a device's bay again, of which the threshold or the time changed.

    It waits for writers, who may know the bay as it was; call it in the transaction of the change.
    """
    connection.execute(SQL["write_alone"])
    told = {"dev_eui": dev_eui, "from_at": from_at}
    rows = connection.execute(SQL["occupancy_of_installation"], told).fetchall()
    derive(connection, [(series, time) for series, *times in rows for time in times])
