"""What building sites add to the dust, worked out by the hour from their positions and the wind."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from alerts.derived import particles
from alerts.derived.particles import Monitor
from alerts.figures import Figures
from alerts.indices import wind
from alerts.indices.wind import Wind
from alerts.intervals import HOUR
from ingest.deriving import Begin, Worked
from storage import derivations, pages_hours, pages_sites, place_hours
from storage.connection import Connection

_DUST, _SPEED, _DIRECTION = "pm10", "wind_speed", "wind_direction"


class Sites:
    """The theme of building sites."""

    name = "site"
    step = HOUR
    outputs: Sequence[str] = ("site_contribution_pm10",)
    beside: Sequence[str] = (_DUST,)
    of_places = True

    def __init__(self, figures: Figures) -> None:
        self._figures = figures.dust

    def mark(
        self, connection: Connection, changed: Mapping[int, datetime], clock: datetime
    ) -> None:
        """Have sites worked out of whose positions an hour of dust changed, or of the wind."""
        derivations.mark_sites(connection, changed, clock)

    def run(self, connection: Connection, begins: Mapping[int, Begin]) -> dict[int, Worked]:
        """Work sites out."""
        positions = pages_sites.positions(connection, list(begins))
        at = {
            place.id: (begins[place.site], float(bearing))
            for place in positions
            if isinstance(bearing := place.detail.get("bearing"), int | float)
        }
        measured = place_hours.hours(
            connection,
            [(place, begin.since, begin.until) for place, (begin, _) in at.items()],
            [_DUST],
        )
        blown = _wind(
            connection,
            min(begin.since for begin in begins.values()),
            max(begin.until for begin in begins.values()),
        )
        found = {}
        for site, begin in begins.items():
            monitors = [
                Monitor(at[place.id][1], measured[place.id][_DUST])
                for place in positions
                if place.site == site and place.id in at
            ]
            values = particles.contribution(
                monitors, blown, begin.since, begin.until, self._figures
            )
            found[site] = Worked(values)
        return found


def _wind(connection: Connection, since: datetime, until: datetime) -> Mapping[datetime, Wind]:
    place = pages_sites.wind_place(connection)
    if place is None:
        return {}
    speeds = place_hours.hours(connection, [(place, since, until)], [_SPEED])[place][_SPEED]
    found = pages_hours.readings(connection, [place], [_DIRECTION], since, until)
    return wind.by_hour(speeds, found.get((place, _DIRECTION), ()))
