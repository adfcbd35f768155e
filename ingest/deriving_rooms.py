"""Rooms, worked out by the hour: read what is needed for many, and fold each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from alerts.derived import room
from alerts.derived.room import Air, Room, State
from alerts.figures import Figures
from alerts.indices import moisture
from alerts.intervals import HOUR, required, running_means
from alerts.model import Interval
from ingest.deriving import Begin, Worked
from storage import derivations, place_hours
from storage.connection import Connection
from storage.derivations import Period, Rests
from storage.place_hours import Outdoor

OUTDOOR_HOURS = 24
"""Walls are slow: the outdoor temperature is the mean of so many hours (a decision)"""
_MEASURED = ("temperature", "relative_humidity", "co2")
_RESTS = Rests("room", ("room",), _MEASURED)
_STATE = msgspec.json.Decoder(State | None)


class Rooms:
    """The theme of rooms."""

    name = "room"
    step = HOUR
    outputs: Sequence[str] = room.OUTPUTS
    beside: Sequence[str] = ()
    of_places = True

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def mark(
        self, connection: Connection, changed: Mapping[int, datetime], clock: datetime
    ) -> None:
        """Have rooms worked out of whose air an hour changed, or of the air outdoors."""
        derivations.mark_places(connection, _RESTS, changed, clock)
        derivations.mark_outdoor(connection, changed, clock)

    def run(self, connection: Connection, begins: Mapping[int, Begin]) -> dict[int, Worked]:
        """Work rooms out."""
        periods = [(place, begin.since, begin.until) for place, begin in begins.items()]
        told = place_hours.rooms(connection, list(begins))
        air = place_hours.hours(connection, periods, _MEASURED)
        back = self._figures.mould.red_rise_within
        before = place_hours.worked_out(
            connection,
            "mould_index",
            [(place, since - back, min(since, until - back)) for place, since, until in periods],
        )
        outside = Outside(connection, periods)
        found = {}
        for place, since, until in periods:
            temperature, humidity, co2 = (air[place][name] for name in _MEASURED)
            fold = room.run(
                Room.of(dict(told[place].detail), self._figures),
                Air(
                    temperature,
                    humidity,
                    co2,
                    outside.means(told[place].area),
                    before[place],
                    outside.vapour(told[place].area),
                ),
                _STATE.decode(begins[place].state or "null") or State(),
                since,
                until,
                self._figures,
            )
            points = {point: _json(state) for point, state in fold.checkpoints.items()}
            found[place] = Worked(fold.values, _json(fold.state), points)
        return found


def _json(state: State) -> str:
    return msgspec.json.encode(state).decode()


class Outside:
    """The slow temperature outdoors and the water in the air there, by area.

    They are those of a place in the area, else of any other. The water is that of a place which
    measures both temperature and humidity.
    """

    def __init__(self, connection: Connection, periods: Sequence[Period]) -> None:
        since = min(since for _, since, _ in periods)
        until = max(until for _, _, until in periods)
        back = timedelta(hours=OUTDOOR_HOURS)
        warmth = place_hours.outdoor(connection, "temperature", since - back, until)
        damp = place_hours.outdoor(connection, "relative_humidity", since, until)
        self._slow = [(place.area, _slow(place, since, until)) for place in warmth.values()]
        self._vapour = [
            (place.area, _vapour(warmth[number].hours, place.hours))
            for number, place in damp.items()
            if number in warmth
        ]
        self._by_area: dict[str, dict[datetime, float]] = {}
        self._vapour_by_area: dict[str, dict[datetime, float]] = {}

    def means(self, area: str) -> dict[datetime, float]:
        """Give the temperature's means of 24 hours by the hour that they end with."""
        if area not in self._by_area:
            self._by_area[area] = _nearest(self._slow, area)
        return self._by_area[area]

    def vapour(self, area: str) -> dict[datetime, float]:
        """Give the vapour pressure by the hour, in Pa."""
        if area not in self._vapour_by_area:
            self._vapour_by_area[area] = _nearest(self._vapour, area)
        return self._vapour_by_area[area]


def _nearest(
    places: Sequence[tuple[str, Mapping[datetime, float]]], area: str
) -> dict[datetime, float]:
    """Merge the hours of places, of those in the area where they have some."""
    merged: dict[datetime, float] = {}
    ranked = sorted(places, key=lambda place: place[0] != area)
    for _, hours in reversed(ranked):
        merged.update(hours)
    return merged


def _vapour(
    temperature: Mapping[datetime, float], humidity: Mapping[datetime, float]
) -> dict[datetime, float]:
    return {
        start: pressure
        for start in temperature.keys() & humidity.keys()
        if (pressure := moisture.vapour_pressure(temperature[start], humidity[start])) is not None
    }


def _slow(place: Outdoor, since: datetime, until: datetime) -> dict[datetime, float]:
    hours = {start: Interval(start, mean, valid=True) for start, mean in place.hours.items()}
    needed = required(OUTDOOR_HOURS)
    samples = running_means(hours, OUTDOOR_HOURS, needed, since, until)
    return {sample.start: sample.value for sample in samples if sample.value is not None}
