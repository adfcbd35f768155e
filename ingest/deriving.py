"""What is worked out of stored hours for the rooms that are due, hour by hour and in order.

A room is due half an hour after an hour's end. When an hour that was counted in changes, its own
or outdoors, the room is worked out again from the last midnight whose state is known: what comes of
it depends on what is stored alone, not on the order in which it came.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from alerts.derived import room
from alerts.derived.model import midnight
from alerts.derived.room import Air, Fold, Room, State
from alerts.figures import Figures
from alerts.intervals import HOUR, MOST_LATENESS, required, running_means
from alerts.model import Interval
from storage import derivations, room_air
from storage.connection import Connection
from storage.derivations import Done, Due, Period
from storage.room_air import Outdoor

ROOM = "room"
MOST_AT_ONCE = timedelta(days=60)
"""So much of one room is worked out in a step; the rest is due at once"""
OUTDOOR_HOURS = 24
"""Walls are slow: the outdoor temperature is the mean of so many hours (a decision)"""

_STATE = msgspec.json.Decoder(State)


def derive_rooms(
    connection: Connection, figures: Figures, clock: datetime, limit: int
) -> tuple[dict[int, datetime], bool]:
    """Work out the rooms that are due, at most so many.

    Gives the first hour that changed of each series, and whether there may be more to do.
    """
    waiting = derivations.due(connection, ROOM, clock, limit)
    if not waiting:
        return {}, False
    closed = (clock - MOST_LATENESS).replace(minute=0, second=0, microsecond=0)
    stretches = {each.owner: _stretch(each, closed) for each in waiting}
    periods = [(owner, start, until) for owner, (start, until, _) in stretches.items()]
    folds = _run(connection, periods, {o: s for o, (_, _, s) in stretches.items()}, figures)
    again = [period for period in periods if period[2] - period[1] > HOUR]
    rows = [
        (owner, name, channel, start, value)
        for owner, fold in folds.items()
        for (name, channel), hours in fold.values.found.items()
        for start, value in hours.items()
    ]
    changed = derivations.write(connection, rows, again, room.OUTPUTS)
    derivations.done(
        connection,
        ROOM,
        [_done(owner, until, folds[owner].state) for owner, _, until in periods],
        [
            (owner, point, _json(state))
            for owner, fold in folds.items()
            for point, state in fold.checkpoints.items()
        ],
    )
    return changed, len(waiting) >= limit


def _stretch(each: Due, closed: datetime) -> tuple[datetime, datetime, State]:
    """Give from where to where to work something out, and the state to begin with."""
    if each.again is None:
        start, state = each.until, _STATE.decode(each.state) if each.state else State()
    elif each.point is not None and each.point_state is not None:
        start, state = each.point, _STATE.decode(each.point_state)
    else:
        start, state = midnight(each.again), State()
    return start, min(max(start, closed), start + MOST_AT_ONCE), state


def _done(owner: int, until: datetime, state: State) -> Done:
    return Done(owner, until, until + HOUR + MOST_LATENESS, _json(state))


def _json(state: State) -> str:
    return msgspec.json.encode(state).decode()


def _run(
    connection: Connection,
    periods: Sequence[Period],
    states: Mapping[int, State],
    figures: Figures,
) -> dict[int, Fold]:
    rooms = room_air.rooms(connection, [place for place, _, _ in periods])
    air = room_air.air(connection, periods)
    back = figures.mould.red_rise_within
    before = room_air.worked_out(
        connection,
        "mould_index",
        [(place, since - back, min(since, until - back)) for place, since, until in periods],
    )
    outside = Outside(connection, periods)
    return {
        place: room.run(
            Room.of(dict(rooms[place].detail), figures),
            Air(
                air[place].temperature,
                air[place].relative_humidity,
                air[place].co2,
                outside.means(rooms[place].area),
                before[place],
            ),
            states[place],
            since,
            until,
            figures,
        )
        for place, since, until in periods
    }


class Outside:
    """The slow outdoor temperature of areas: of a place in the area, else of any other."""

    def __init__(self, connection: Connection, periods: Sequence[Period]) -> None:
        since = min(since for _, since, _ in periods)
        until = max(until for _, _, until in periods)
        back = timedelta(hours=OUTDOOR_HOURS)
        places = room_air.outdoor(connection, since - back, until)
        self._slow = [(place.area, _slow(place, since, until)) for place in places]
        self._by_area: dict[str, dict[datetime, float]] = {}

    def means(self, area: str) -> dict[datetime, float]:
        """Give the means of 24 hours by the hour that they end with."""
        if area not in self._by_area:
            merged: dict[datetime, float] = {}
            ranked = sorted(self._slow, key=lambda place: place[0] != area)
            for _, means in reversed(ranked):
                merged.update(means)
            self._by_area[area] = merged
        return self._by_area[area]


def _slow(place: Outdoor, since: datetime, until: datetime) -> dict[datetime, float]:
    hours = {start: Interval(start, mean, valid=True) for start, mean in place.hours.items()}
    needed = required(OUTDOOR_HOURS)
    samples = running_means(hours, OUTDOOR_HOURS, needed, since, until)
    return {sample.start: sample.value for sample in samples if sample.value is not None}
