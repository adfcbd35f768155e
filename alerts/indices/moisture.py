"""Water in the air of a room, and on its coldest surface.

Vapour pressure over water by Magnus' formula with the constants of Alduchov and Eskridge (1996),
the set that Lawrence (2005, BAMS 86:225) recommends. They hold from -40 to +60 degC; outside there
is no answer. Temperatures in degC, relative humidity in %, pressures in Pa. A sensor's humidity
above 100 % is taken as 100.

The surface is that of BS EN ISO 13788: the temperature factor fRsi says how far the coldest spot
is on the way from the outdoor air (0) to the room (1).
"""

import math
from enum import StrEnum

from alerts.figures import Moisture

METHOD = "magnus-ae1996"
"""Stands beside every derived value"""

_A, _B, _E0 = 17.625, 243.04, 610.94
_GAS_CONSTANT = 461.5
"""Of water vapour, J/(kg K)"""


def saturation_pressure(temperature: float) -> float | None:
    """Give the pressure of saturated vapour: es = 610.94 exp(17.625 T / (243.04 + T))."""
    if not -40 <= temperature <= 60:
        return None
    return _E0 * math.exp(_A * temperature / (_B + temperature))


def vapour_pressure(temperature: float, relative_humidity: float) -> float | None:
    """Give the pressure of the vapour in the air."""
    saturated = saturation_pressure(temperature)
    if saturated is None or not relative_humidity >= 0:
        return None
    return min(relative_humidity, 100.0) / 100 * saturated


def dew_point(temperature: float, relative_humidity: float) -> float | None:
    """Give the temperature at which the air is saturated; dry air has none."""
    if not -40 <= temperature <= 60 or not relative_humidity > 0:
        return None
    grade = math.log(min(relative_humidity, 100.0) / 100) + _A * temperature / (_B + temperature)
    return _B * grade / (_A - grade)


def absolute_humidity(temperature: float, relative_humidity: float) -> float | None:
    """Give the water in the air, in g/m3."""
    pressure = vapour_pressure(temperature, relative_humidity)
    if pressure is None:
        return None
    return 1000 * pressure / (_GAS_CONSTANT * (temperature + 273.15))


def surface_temperature(indoor: float, outdoor: float, factor: float) -> float:
    """Give the temperature of the coldest spot; `outdoor` is the 24-hour mean, as walls are slow.

    Raises:
        ValueError: the factor is not above 0 and at most 1.
    """
    if not 0 < factor <= 1:
        raise ValueError(f"{factor:g} is no temperature factor: it lies between 0 and 1")
    return outdoor + factor * (indoor - outdoor)


def surface_humidity(indoor: float, relative_humidity: float, surface: float) -> float | None:
    """Give the relative humidity at the surface, at most 100 %: RH es(Ti) / es(Tsi)."""
    pressure = vapour_pressure(indoor, relative_humidity)
    saturated = saturation_pressure(surface)
    if pressure is None or saturated is None:
        return None
    return min(100.0, 100 * pressure / saturated)


def highest_humidity(indoor: float, surface: float, limit: float) -> float | None:
    """Give the room's relative humidity that makes the limit at the surface: keep it below this."""
    room, spot = saturation_pressure(indoor), saturation_pressure(surface)
    if room is None or spot is None:
        return None
    return min(100.0, limit * spot / room)


def excess(
    indoor: float, indoor_humidity: float, outdoor: float, outdoor_humidity: float
) -> float | None:
    """Give by how much the vapour pressure in the room exceeds that outdoors; heating is not in it.

    This is the moisture load of BS EN ISO 13788.
    """
    inside = vapour_pressure(indoor, indoor_humidity)
    outside = vapour_pressure(outdoor, outdoor_humidity)
    return None if inside is None or outside is None else inside - outside


def load_class(vapour_excess: float, outdoor: float, figures: Moisture) -> int:
    """Give the moisture load's class, 1 to 5, of BS EN ISO 13788; the bounds fall as it warms."""
    scale = _scale(outdoor, figures)
    return 1 + sum(vapour_excess > scale * bound for bound in figures.excess_classes)


def load(vapour_excess: float, outdoor: float, figures: Moisture) -> float | None:
    """Give the moisture load as it would be at 0 degC outdoors, so that it has bounds that stand.

    The excess over what the bounds of BS EN ISO 13788 fall by as it warms; `outdoor` is a mean.
    None when it is too warm outdoors to tell.
    """
    if outdoor >= figures.diagnosed_below:
        return None
    return vapour_excess / _scale(outdoor, figures)


def _scale(outdoor: float, figures: Moisture) -> float:
    warm = figures.excess_vanishes_at
    return min(1.0, max(0.0, (warm - outdoor) / warm))


class Diagnosis(StrEnum):
    """Where to look first. None of them says anything about how people live."""

    WATER = "water"
    MOISTURE = "moisture"
    HEATING = "heating"
    FABRIC = "fabric"
    NONE = "none"

    @property
    def words(self) -> str:
        """Say it to an officer."""
        return _WORDS[self]


_WORDS = {
    Diagnosis.WATER: (
        "far more moisture in the air than outdoors: look for a leak, for drying after building "
        "work, and whether the home is too small for the household"
    ),
    Diagnosis.MOISTURE: (
        "more moisture in the air than outdoors: check that fans and vents work and suffice"
    ),
    Diagnosis.HEATING: (
        "little moisture, but a cold room: check that the heating works and can be afforded"
    ),
    Diagnosis.FABRIC: (
        "little moisture and a warm room, but cold surfaces: look at insulation and cold bridges"
    ),
    Diagnosis.NONE: "nothing stands out in moisture, heating or surfaces",
}


def diagnose(
    *,
    vapour_excess: float,
    outdoor: float,
    indoor: float,
    surface_humidity: float | None,
    figures: Moisture,
) -> Diagnosis | None:
    """Say what the means over some cold days point to; None when it is too warm outdoors to tell.

    High excess: moisture or ventilation. Normal excess and a cold room: heating. Normal excess, a
    warm room, and only the surface humid: insulation or a thermal bridge.
    """
    if outdoor >= figures.diagnosed_below:
        return None
    scale = _scale(outdoor, figures)
    if vapour_excess > scale * figures.excess_of_water:
        return Diagnosis.WATER
    if vapour_excess > scale * figures.excess_of_moisture:
        return Diagnosis.MOISTURE
    if indoor < figures.cold_room:
        return Diagnosis.HEATING
    if surface_humidity is not None and surface_humidity >= figures.surface_limit:
        return Diagnosis.FABRIC
    return Diagnosis.NONE
