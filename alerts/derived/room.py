"""A room, hour by hour: its coldest surface, the mould index there, hot nights, stale air.

    water       by how much the vapour pressure is over that outdoors, and that as a moisture load
    surface     of the room's air and the 24-hour mean outdoors, as walls are slow; none without it
    mould       the index after the hour, kept through gaps, and its rise in some days
    nights      of a bedroom: hot hours of the night so far, and of the year's nights
    stale air   of a UTC day that is over: 3 of 7 days over a limit, said as the third highest of
                the seven days' busiest means, so that a rule can have a deadband in ppm

A figure of a day stands at its first hour. All that an hour depends on is in the state, but for
the mould index of some days before.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.derived.model import DAY, Hours, Values, midnight
from alerts.figures import Figures
from alerts.indices import comfort, moisture, mould
from alerts.indices.mould import State as MouldState
from alerts.intervals import HOUR

OUTPUTS = (
    "dew_point",
    "surface_temperature",
    "surface_relative_humidity",
    "dew_point_over_surface",
    "vapour_pressure_excess",
    "moisture_load",
    "mould_index",
    "mould_index_rise",
    "hot_night_hours",
    "hot_night_hours_of_year",
    "busy_co2",
)
_LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Room:
    """What the registry tells of a room, or the default of a home that nobody surveyed."""

    factor: float
    """fRsi of the coldest spot"""
    material: str
    is_bedroom: bool

    @classmethod
    def of(cls, detail: dict[str, object], figures: Figures) -> "Room":
        """Take it from the registry; what it does not tell is the figures'."""
        factor, material = detail.get("frsi"), detail.get("material")
        return cls(
            float(factor) if isinstance(factor, int | float) else figures.moisture.factor_default,
            str(material) if material in mould.MATERIALS else figures.mould.material,
            "bedroom" in str(detail.get("room_kind", "")).lower(),
        )


@dataclass(frozen=True, slots=True)
class Air:
    """What was measured, in hourly means."""

    temperature: Hours
    humidity: Hours
    co2: Hours
    outdoor: Hours
    """The mean of the 24 hours that end with this one"""
    mould_before: Hours = field(default_factory=dict)
    """The mould index as it was worked out for the days before"""
    outdoor_vapour: Hours = field(default_factory=dict)
    """The vapour pressure outdoors in the hour, in Pa"""


@dataclass(frozen=True, slots=True)
class State:
    """All that the next hour depends on."""

    mould: MouldState = field(default_factory=MouldState)
    night: str = ""
    """The date in Europe/London on which the night of the last hour began"""
    hot_tonight: int = 0
    year: int = 0
    hot_this_year: int = 0
    co2_today: tuple[float, ...] = ()
    """The highest hourly means of the UTC day so far"""
    busy_days: tuple[float | None, ...] = ()
    """The busiest hours' means of the last days"""


@dataclass(slots=True)
class Fold:
    """What was worked out, where it ended, and how it stood at the midnights on the way."""

    state: State
    values: Values = field(default_factory=Values)
    checkpoints: dict[datetime, State] = field(default_factory=dict)


def run(  # noqa: PLR0913, PLR0917 - a room, its air and a stretch of time
    room: Room, air: Air, state: State, since: datetime, until: datetime, figures: Figures
) -> Fold:
    """Work out the hours of [since, until)."""
    fold = Fold(state)
    model = replace(mould.Model.of(figures.mould), material=mould.MATERIALS[room.material])
    start = since
    while start < until:
        surface = _surface(room, air, start, fold.values)
        _water(air, start, fold.values, figures)
        _mould(fold, air, start, surface=surface, model=model, figures=figures)
        if room.is_bedroom:
            _night(fold, air.temperature.get(start), start, figures)
        _breathe(fold, air.co2.get(start), start, figures)
        start += HOUR
        if start == midnight(start):
            fold.checkpoints[start] = fold.state
    return fold


def _surface(room: Room, air: Air, start: datetime, values: Values) -> mould.Surface | None:
    """Work out the coldest spot; None without the room's air or the outdoor temperature."""
    inside, damp, outside = (
        hours.get(start) for hours in (air.temperature, air.humidity, air.outdoor)
    )
    if inside is None or damp is None:
        return None
    dew = moisture.dew_point(inside, damp)
    values.put("dew_point", start, dew)
    if outside is None:
        return None
    spot = moisture.surface_temperature(inside, outside, room.factor)
    wet = moisture.surface_humidity(inside, damp, spot)
    values.put("surface_temperature", start, spot)
    values.put("surface_relative_humidity", start, wet)
    if dew is not None:
        values.put("dew_point_over_surface", start, dew - spot)
    return None if wet is None else (spot, wet)


def _water(air: Air, start: datetime, values: Values, figures: Figures) -> None:
    """Work out the moisture load of the hour; none without the water in the air outdoors."""
    inside, damp, outside, vapour = (
        hours.get(start)
        for hours in (air.temperature, air.humidity, air.outdoor, air.outdoor_vapour)
    )
    if inside is None or damp is None or vapour is None:
        return
    within = moisture.vapour_pressure(inside, damp)
    if within is None:
        return
    excess = within - vapour
    values.put("vapour_pressure_excess", start, excess)
    if outside is not None:
        values.put("moisture_load", start, moisture.load(excess, outside, figures.moisture))


def _mould(  # noqa: PLR0913 - one hour of a fold
    fold: Fold,
    air: Air,
    start: datetime,
    *,
    surface: mould.Surface | None,
    model: mould.Model,
    figures: Figures,
) -> None:
    """Count the hour in; an index that is stale says nothing about today."""
    state = mould.step(model, fold.state.mould, surface)
    fold.state = replace(fold.state, mould=state)
    if state.last is None or state.is_stale(figures.mould):
        return
    fold.values.put("mould_index", start, state.index)
    earlier = start - figures.mould.red_rise_within
    before = fold.values.of("mould_index").get(earlier, air.mould_before.get(earlier))
    if before is not None:
        fold.values.put("mould_index_rise", start, state.index - before)


def _night(fold: Fold, temperature: float | None, start: datetime, figures: Figures) -> None:
    """Count the night's hours at the bedroom's limit and over; by day there are none."""
    local = start.astimezone(_LONDON)
    state = fold.state
    if state.year != local.year:
        state = replace(state, year=local.year, hot_this_year=0)
    at_night = comfort.is_night(start, figures.comfort)
    began = (start - figures.comfort.night_to * HOUR).astimezone(_LONDON).date().isoformat()
    if not at_night or state.night != began:
        state = replace(state, night=began if at_night else "", hot_tonight=0)
    limit = figures.comfort.bedroom_limit
    if at_night and temperature is not None:
        state = replace(
            state,
            hot_tonight=state.hot_tonight + (temperature >= limit),
            hot_this_year=state.hot_this_year + (temperature > limit),
        )
    fold.state = state
    if temperature is not None or not at_night:
        fold.values.put("hot_night_hours", start, state.hot_tonight)
        fold.values.put("hot_night_hours_of_year", start, state.hot_this_year)


def _breathe(fold: Fold, co2: float | None, start: datetime, figures: Figures) -> None:
    """Gather the day's busiest hours, and say at its end how the last days were."""
    told = figures.comfort
    state = fold.state
    if co2 is not None:
        highest = sorted((*state.co2_today, co2), reverse=True)[: told.busiest_hours]
        state = replace(state, co2_today=tuple(highest))
    end = start + HOUR
    if end == midnight(end):
        busiest = comfort.busiest(state.co2_today, told)
        days = (*state.busy_days, busiest)[-told.stuffy_of_days :]
        state = replace(state, co2_today=(), busy_days=days)
        known = sorted(_known(days), reverse=True)
        if busiest is not None and len(known) >= told.stuffy_days:
            fold.values.put("busy_co2", end - DAY, known[told.stuffy_days - 1])
    fold.state = state


def _known(days: tuple[float | None, ...]) -> Iterator[float]:
    return (day for day in days if day is not None)
