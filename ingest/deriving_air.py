"""The indicative bands of outdoor places and how fine their dust is, worked out by the hour."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from alerts.derived import bands, particles
from alerts.intervals import HOUR
from ingest.deriving import Begin, Worked
from storage import derivations, place_hours
from storage.connection import Connection
from storage.derivations import Rests

KINDS = ("station", "position")
_RESTS = Rests("air", KINDS, (*bands.RUNNING, bands.BY_QUARTER[0]))


class OutdoorAir:
    """The theme of outdoor air."""

    name = "air"
    step = HOUR
    outputs: Sequence[str] = ("indicative_band", "fine_particle_ratio")
    beside: Sequence[str] = ()
    of_places = True

    def mark(
        self, connection: Connection, changed: Mapping[int, datetime], clock: datetime
    ) -> None:
        """Have outdoor places worked out of whose pollutants an hour changed."""
        derivations.mark_places(connection, _RESTS, changed, clock)

    def run(self, connection: Connection, begins: Mapping[int, Begin]) -> dict[int, Worked]:
        """Work outdoor places out."""
        periods = [(place, begin.since, begin.until) for place, begin in begins.items()]
        longer = [(place, since - bands.LOOKBACK, until) for place, since, until in periods]
        measured = place_hours.hours(connection, longer, list(bands.RUNNING))
        quarters = place_hours.quarters(connection, periods, bands.BY_QUARTER[0])
        found = {}
        for place, since, until in periods:
            values = bands.run(measured[place], quarters[place], since, until)
            air = measured[place]
            particles.ratio(air["pm2_5"], air["pm10"], since, until, values)
            found[place] = Worked(values)
        return found
