"""Dust of a site: when it works, whether the dust is its own, and what humidity adds.

A hit of an indicative monitor is a reason to look, not a breach of law. Concentrations in ug/m3.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from alerts.figures import Dust

_LONDON = ZoneInfo("Europe/London")
_DENSITY = 1.65
"""Of dry particles against water, Crilley 2018"""


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class SiteHours:
    """The hours in which a site may work, by day of the week (Monday is 0), in Europe/London."""

    days: Mapping[int, tuple[time, time]]
    """From and until; a day that is not named is no working day"""


def site_hours(text: object) -> SiteHours | None:
    """Read `Mon-Fri 08:00-18:00; Sat 08:00-13:00`; None when it is not registered or not so."""
    if not isinstance(text, str):
        return None
    days: dict[int, tuple[time, time]] = {}
    try:
        for part in text.split(";"):
            named, span = part.split()
            first, _, last = named.partition("-")
            begin, end = (time.fromisoformat(edge) for edge in span.split("-"))
            for day in range(_DAYS.index(first), _DAYS.index(last or first) + 1):
                days[day] = (begin, end)
    except ValueError:
        return None
    return SiteHours(days)


def is_working(moment: datetime, hours: SiteHours, holidays: Collection[date] = ()) -> bool:
    """Say whether the site works at the moment; never on a bank holiday."""
    local = moment.astimezone(_LONDON)
    worked = hours.days.get(local.weekday())
    if worked is None or local.date() in holidays:
        return False
    return worked[0] <= local.time() < worked[1]


def is_downwind(bearing: float, wind_from: float, speed: float, figures: Dust) -> bool:
    """Say whether the wind blows from the site to the monitor.

    Args:
        bearing: from the site to the monitor, in degrees.
        wind_from: where the wind comes from, in degrees, as a vane tells it.
        speed: of the wind, in m/s; under the figure it has no direction.
        figures: the sector and the least speed.
    """
    if speed < figures.wind_least:
        return False
    off = abs((wind_from + 180 - bearing + 180) % 360 - 180)
    return off <= figures.wind_sector


def sides(
    means: Iterable[tuple[float, float]], wind_from: float, speed: float, figures: Dust
) -> tuple[float | None, float | None]:
    """Give the highest mean downwind of a site, and the lowest upwind of it; None where none is.

    Args:
        means: of the monitors of the site, each with its bearing from the site in degrees.
        wind_from: where the wind comes from, in degrees.
        speed: of the wind, in m/s.
        figures: the sector and the least speed.
    """
    down: list[float] = []
    up: list[float] = []
    for bearing, mean in means:
        if is_downwind(bearing, wind_from, speed, figures):
            down.append(mean)
        elif is_downwind((bearing + 180) % 360, wind_from, speed, figures):
            up.append(mean)
    return max(down, default=None), min(up, default=None)


def is_the_sites(downwind: float, upwind: float, figures: Dust) -> bool:
    """Say whether the site is the cause: over the action level, and most of it added on the way."""
    added = downwind - upwind
    return downwind > figures.action_level and added > figures.site_share * downwind


def fine_ratio(pm2_5: float, pm10: float) -> float | None:
    """Give the share of fine particles; construction dust is coarse, about a third is fine."""
    return pm2_5 / pm10 if pm10 > 0 and pm2_5 >= 0 else None


def humidity_factor(relative_humidity: float, kappa: float) -> float:
    """Give by what factor water on the particles raises the reading (kappa-Koehler, Crilley 2018).

    C = 1 + (kappa / 1.65) / (1 / aw - 1), with the water activity aw = RH / 100.

    Raises:
        ValueError: the humidity is not above 0 and under 100 %.
    """
    if not 0 < relative_humidity < 100:
        raise ValueError(f"{relative_humidity:g} % has no correction: between 0 and 100 it has")
    return 1 + kappa / _DENSITY / (100 / relative_humidity - 1)


@dataclass(frozen=True, slots=True)
class Corrected:
    """A concentration freed from the particles' water, with the factor that it was divided by."""

    value: float
    factor: float
    suspect: bool
    """True in fog: nothing was divided, and the value is not to be trusted"""


def correct(concentration: float, relative_humidity: float, figures: Dust) -> Corrected:
    """Correct a concentration for humidity, in the span in which that is known."""
    if relative_humidity > figures.humidity_to:
        return Corrected(concentration, 1.0, suspect=True)
    if relative_humidity < figures.humidity_from:
        return Corrected(concentration, 1.0, suspect=False)
    factor = humidity_factor(relative_humidity, figures.kappa)
    return Corrected(concentration / factor, factor, suspect=False)


def mass(observed_property: str, ppb: float, figures: Dust) -> float | None:
    """Turn the ppb of a gas into ug/m3 at 20 degC and 1013 mbar; None: the gas has no factor."""
    factor = figures.mass_per_ppb.get(observed_property)
    return None if factor is None else ppb * factor


def is_regional(
    values: Mapping[str, float], percentiles: Mapping[str, float], figures: Dust
) -> bool:
    """Say whether the dust is everywhere: most monitors are over their own percentile at once.

    Args:
        values: the hour's means by monitor.
        percentiles: each monitor's own, of `regional_percentile`; one without is not asked.
        figures: the share that makes an episode regional, and the fewest monitors that can tell.
    """
    asked = [monitor for monitor in values if monitor in percentiles]
    over = sum(values[monitor] > percentiles[monitor] for monitor in asked)
    return len(asked) >= max(1, figures.regional_least) and (
        over >= figures.regional_share * len(asked)
    )
