"""A site's dust by the hour: the positions, the wind between them, and whether it is the site's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from alerts.figures import Dust
from alerts.indices import dust
from alerts.indices.dust import SiteHours, site_hours
from alerts.indices.wind import Wind
from storage.pages_hours import Hours, Measured
from storage.pages_sites import Detail, Position
from web.periods import each_hour

MEASURED = ("pm10", "pm2_5")
WIND = ("wind_speed", "wind_direction")


@dataclass(frozen=True, slots=True)
class SiteHour:
    """What an hour at a site says."""

    start: datetime
    pm10: Mapping[int, float | None]
    """By position, valid means in ug/m3"""
    ratio: float | None
    """PM2.5 to PM10 at the highest position"""
    wind_from: float | None
    wind_speed: float | None
    working: bool | None
    """None: the site's hours are not registered"""
    contribution: float | None
    """Downwind less upwind; None without wind, or without both"""
    is_the_sites: bool | None

    @property
    def highest(self) -> float | None:
        """The highest valid mean of the hour."""
        values = [value for value in self.pm10.values() if value is not None]
        return max(values, default=None)


def working_hours(detail: Detail) -> SiteHours | None:
    """Give the hours of a site; None when they are not registered or not readable."""
    return site_hours(detail.get("hours"))


@dataclass(frozen=True, slots=True)
class Readings:
    """What was measured at a site and around it."""

    positions: Sequence[Position]
    """With their bearings from the site"""
    measured: Mapping[Measured, Hours]
    """The hours of pm10 and pm2_5 by position"""
    wind: Mapping[datetime, Wind]
    """By hour"""
    works: SiteHours | None
    holidays: Collection[date] = ()


def hours(found: Readings, figures: Dust, since: datetime, until: datetime) -> list[SiteHour]:
    """Work out the hours of [since, until), the oldest first."""
    return [_hour(found, figures, start) for start in each_hour(since, until)]


def _hour(found: Readings, figures: Dust, start: datetime) -> SiteHour:
    pm10 = {
        place.id: _value(found.measured.get((place.id, "pm10"), {}), start)
        for place in found.positions
    }
    wind = found.wind.get(start)
    wind_from, speed = (wind.comes_from, wind.speed) if wind else (None, None)
    down, up = _sides(found.positions, pm10, wind_from, speed, figures)
    both = down is not None and up is not None
    return SiteHour(
        start=start,
        pm10=pm10,
        ratio=_ratio(pm10, found.measured, start),
        wind_from=wind_from,
        wind_speed=speed,
        working=_is_working(found, start),
        contribution=(down or 0) - (up or 0) if both else None,
        is_the_sites=dust.is_the_sites(down or 0, up or 0, figures) if both else None,
    )


def _is_working(found: Readings, start: datetime) -> bool | None:
    return None if found.works is None else dust.is_working(start, found.works, found.holidays)


def _sides(
    positions: Sequence[Position],
    pm10: Mapping[int, float | None],
    wind_from: float | None,
    speed: float | None,
    figures: Dust,
) -> tuple[float | None, float | None]:
    """Give the highest mean downwind of the site, and the lowest upwind."""
    if wind_from is None or speed is None:
        return None, None
    known = [
        (bearing, value)
        for place in positions
        if isinstance(bearing := place.detail.get("bearing"), int | float)
        and (value := pm10[place.id]) is not None
    ]
    return dust.sides(known, wind_from, speed, figures)


def _ratio(
    pm10: Mapping[int, float | None], measured: Mapping[Measured, Hours], start: datetime
) -> float | None:
    known = {place: value for place, value in pm10.items() if value is not None}
    if not known:
        return None
    place = max(known, key=lambda number: known[number])
    fine = _value(measured.get((place, "pm2_5"), {}), start)
    return None if fine is None else dust.fine_ratio(fine, known[place])


def _value(found: Hours, start: datetime) -> float | None:
    return found[start].value if start in found else None
