"""What speaks against the sensors of bays and the counters of car parks, worked out by the day."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from alerts.derived import street
from alerts.derived.model import DAY, Values
from alerts.figures import Figures, Parking
from alerts.indices.parking_measures import is_lot_stuck
from ingest.deriving import Begin, Worked, days
from ingest.street_values import lines
from storage import derivations
from storage import street as stored
from storage.connection import Connection
from storage.derivations import Rests

_LIVE = 2 * street.COUNT_HOLDS
"""A counter that told nothing for so long is silent, not stuck"""
_RESTS = (
    Rests("bays", ("bay",), ("parking_occupied",)),
    Rests("lots", ("zone",), ("free_spaces",)),
)


class Bays:
    """The theme of bays' sensors."""

    name = "bays"
    step = DAY
    outputs: Sequence[str] = ("sensor_doubts",)
    beside: Sequence[str] = ()
    of_places = True

    def __init__(self, figures: Figures) -> None:
        self._figures: Parking = figures.parking

    def mark(
        self, connection: Connection, changed: Mapping[int, datetime], clock: datetime
    ) -> None:
        """Have bays worked out whose sensor said something."""
        derivations.mark_places(connection, _RESTS[0], changed, clock)

    def run(self, connection: Connection, begins: Mapping[int, Begin]) -> dict[int, Worked]:
        """Work out each day's end, zone by zone since a bay is judged beside its neighbours."""
        bays = stored.bays(connection, beside=list(begins))
        found = {bay: Worked(Values()) for bay in begins}
        for day in days(begins):
            known = lines(
                connection, bays, day + DAY - _back(self._figures), day + DAY, self._figures
            )
            for zone in {bay.zone for bay in bays}:
                of_zone = [bay for bay in bays if bay.zone == zone]
                doubts = street.bay_doubts(
                    {bay.id: known[bay.id] for bay in of_zone},
                    {bay.id: bay.limit_minutes is not None for bay in of_zone},
                    day + DAY,
                    self._figures,
                )
                for bay, number in doubts.items():
                    if bay in begins and begins[bay].since <= day < begins[bay].until:
                        found[bay].values.put("sensor_doubts", day, number)
        return found


def _back(figures: Parking) -> timedelta:
    """Give how far back a doubt looks."""
    longest = (figures.stuck_free, figures.stuck_without_limit, street.TURNOVER_OVER)
    return max(longest) + DAY


class Lots:
    """The theme of counted car parks."""

    name = "lots"
    step = DAY
    outputs: Sequence[str] = ("sensor_doubts",)
    beside: Sequence[str] = ()
    of_places = True

    def __init__(self, figures: Figures) -> None:
        self._figures: Parking = figures.parking

    def mark(
        self, connection: Connection, changed: Mapping[int, datetime], clock: datetime
    ) -> None:
        """Have car parks worked out whose counter said something."""
        derivations.mark_places(connection, _RESTS[1], changed, clock)

    def run(self, connection: Connection, begins: Mapping[int, Begin]) -> dict[int, Worked]:
        """Work out whether the count stood still up to each day's end."""
        capacities = stored.capacities(connection, list(begins))
        since = min(begin.since for begin in begins.values()) - self._figures.stuck_lot
        until = max(begin.until for begin in begins.values())
        counts = stored.counts(connection, list(begins), since, until)
        found = {zone: Worked(Values()) for zone in begins}
        for zone, begin in begins.items():
            for day in days({zone: begin}):
                known = {at: free for at, free in counts.get(zone, {}).items() if at < day + DAY}
                if known and day + DAY - max(known) <= _LIVE:
                    stuck = is_lot_stuck(
                        capacities.get(zone, 0), _changed(known), day + DAY, self._figures
                    )
                    found[zone].values.put("sensor_doubts", day, int(stuck))
        return found


def _changed(counts: Mapping[datetime, float]) -> datetime:
    """Give when the last count was told first."""
    ordered = sorted(counts, reverse=True)
    last = ordered[0]
    for at in ordered:
        if counts[at] != counts[last]:
            break
        last = at
    return last
