"""The air of a room, hour by hour, and what it says about its coldest surface.

All of it is worked out from the hourly means of the room and of one outdoor place, by the indices
of `alerts`; a missing hour is missing in all that rests on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate

from alerts import figures as practice
from alerts.figures import Figures
from alerts.indices import moisture, mould, part_f
from alerts.indices.moisture import Diagnosis
from alerts.indices.part_f import Finding
from alerts.intervals import required, running_means
from alerts.model import Interval
from storage.pages_hours import Hours
from web.charts import Point
from web.periods import HOUR, each_hour

OUTDOOR_HOURS = 24
"""Walls are slow: the outdoor temperature is the mean of so many hours (a decision)"""
WEEK = timedelta(days=7)
Intervals = Mapping[datetime, Interval]


@dataclass(frozen=True, slots=True)
class Air:
    """The hourly means that were measured."""

    temperature: Hours
    humidity: Hours
    outdoor_temperature: Hours
    outdoor_humidity: Hours


@dataclass(frozen=True, slots=True)
class Room:
    """What an officer told of a room."""

    factor: float
    """fRsi of the coldest spot"""
    material: str

    @classmethod
    def of(cls, detail: Mapping[str, object], figures: Figures) -> "Room":
        """Take it from the registry, or the default for an unsurveyed home."""
        factor, material = detail.get("frsi"), detail.get("material")
        return cls(
            float(factor) if isinstance(factor, int | float) else figures.moisture.factor_default,
            material if isinstance(material, str) else figures.mould.material,
        )


@dataclass(frozen=True, slots=True)
class Climate:
    """What follows from the air, in [since, until)."""

    temperature: Intervals
    humidity: Intervals
    dew_point: Intervals
    surface: Intervals
    """Relative humidity at the coldest spot"""
    surface_temperature: Intervals
    outdoor: Intervals
    """The outdoor temperature of the hour"""
    mould: Mapping[datetime, float]
    """The mould index after each hour"""
    since: datetime
    until: datetime


def climate(air: Air, room: Room, since: datetime, until: datetime, figures: Figures) -> Climate:
    """Work out the surface, the dew point and the mould index of a room."""
    temperature, humidity = _intervals(air.temperature), _intervals(air.humidity)
    outdoor = _intervals(air.outdoor_temperature)
    slow = _slow(outdoor, since, until)
    spot = {
        start: moisture.surface_temperature(inside, slow[start], room.factor)
        for start in each_hour(since, until)
        if (inside := _mean(temperature, start)) is not None and start in slow
    }
    surface = {
        start: wet
        for start, cold in spot.items()
        if (damp := _mean(humidity, start)) is not None
        and (inside := _mean(temperature, start)) is not None
        and (wet := moisture.surface_humidity(inside, damp, cold)) is not None
    }
    dew = {
        start: point
        for start in each_hour(since, until)
        if (inside := _mean(temperature, start)) is not None
        and (damp := _mean(humidity, start)) is not None
        and (point := moisture.dew_point(inside, damp)) is not None
    }
    return Climate(
        temperature=temperature,
        humidity=humidity,
        dew_point=_measured(dew),
        surface=_measured(surface),
        surface_temperature=_measured(spot),
        outdoor=outdoor,
        mould=_mould(spot, surface, room, since=since, until=until, figures=figures),
        since=since,
        until=until,
    )


def _slow(outdoor: Intervals, since: datetime, until: datetime) -> dict[datetime, float]:
    needed = required(OUTDOOR_HOURS)
    samples = running_means(outdoor, OUTDOOR_HOURS, needed, since, until)
    return {sample.start: sample.value for sample in samples if sample.value is not None}


def _mould(  # noqa: PLR0913 - a room, a stretch of time and the figures
    spot: Mapping[datetime, float],
    surface: Mapping[datetime, float],
    room: Room,
    *,
    since: datetime,
    until: datetime,
    figures: Figures,
) -> dict[datetime, float]:
    """Run the model from nothing at the first hour that has a surface."""
    first = min(surface, default=until)
    model = mould.Model.of(figures.mould)
    model = mould.Model(mould.MATERIALS[room.material], model.decline, model.hold)
    hours = list(each_hour(max(since, first), until))
    surfaces = [(spot[start], surface[start]) if start in surface else None for start in hours]
    states = accumulate(surfaces, lambda s, x: mould.step(model, s, x), initial=mould.State())
    return {start: state.index for start, state in zip(hours, list(states)[1:], strict=True)}


def lasting(found: Climate, figures: Figures) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Give the moving means of the room's air and of its surface against Part F's limits."""
    rule = figures.part_f
    return (
        part_f.assess(found.humidity, found.until, rule.air_limits, rule),
        part_f.assess(found.surface, found.until, rule.surface_limits, rule),
    )


def diagnosis(air: Air, found: Climate, figures: Figures) -> Diagnosis | None:
    """Say where to look first, by the means of the last week; None when nothing can be told."""
    since = found.until - WEEK
    inside = _over(found.temperature, since, found.until)
    damp = _over(found.humidity, since, found.until)
    outside = _over(found.outdoor, since, found.until)
    outside_damp = _over(_intervals(air.outdoor_humidity), since, found.until)
    if None in (inside, damp, outside, outside_damp):
        return None
    excess = moisture.excess(inside or 0, damp or 0, outside or 0, outside_damp or 0)
    if excess is None:
        return None
    return moisture.diagnose(
        vapour_excess=excess,
        outdoor=outside or 0,
        indoor=inside or 0,
        surface_humidity=_over(found.surface, since, found.until),
        figures=figures.moisture,
    )


def keep_below(found: Climate, room: Room, figures: Figures) -> float | None:
    """Give the room humidity that keeps the surface under its limit in the weather of now, in %."""
    last = found.until - HOUR
    inside, cold = _mean(found.temperature, last), _mean(found.surface_temperature, last)
    if inside is None or cold is None or room.factor <= 0:
        return None
    return moisture.highest_humidity(inside, cold, figures.moisture.surface_limit)


def points(hours: Intervals, since: datetime, until: datetime) -> list[Point]:
    """Give the valid means as a line, with a gap for every other hour."""
    return [Point(start, _mean(hours, start)) for start in each_hour(since, until)]


@cache
def shipped() -> Figures:
    """Give the figures that come with the product; their file is read once."""
    return practice.load()


def _intervals(hours: Hours) -> dict[datetime, Interval]:
    return {start: Interval(start, hour.mean, hour.valid) for start, hour in hours.items()}


def _measured(values: Mapping[datetime, float]) -> dict[datetime, Interval]:
    return {start: Interval(start, value, valid=True) for start, value in values.items()}


def _mean(hours: Intervals, start: datetime) -> float | None:
    hour = hours.get(start)
    return hour.mean if hour is not None and hour.valid else None


def _over(hours: Intervals, since: datetime, until: datetime) -> float | None:
    """Give the mean over a stretch of time; None under three quarters of its hours."""
    length = (until - since) // HOUR
    (sample,) = running_means(hours, length, required(length), until - HOUR, until)
    return sample.value


def mean_of_week(hours: Intervals, since: datetime) -> float | None:
    """Give the mean over the seven days that begin with an hour; None when too much is missing."""
    start = since.replace(minute=0, second=0, microsecond=0)
    return _over(hours, start, start + WEEK)
