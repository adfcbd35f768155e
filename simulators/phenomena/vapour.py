"""Water vapour in air, by the constants of Alduchov and Eskridge (1996).

The oracle's own few lines, so that it shares no mistake with what it judges.
"""

import math

GAS_CONSTANT = 461.5
"""of water vapour, J/(kg K)"""
ZERO = 273.15


def saturation(temperature: float) -> float:
    """Give the saturation vapour pressure in Pa at a temperature in Cel, over water."""
    return 610.94 * math.exp(17.625 * temperature / (243.04 + temperature))


def relative(pressure: float, temperature: float) -> float:
    """Give the relative humidity in % of air with this vapour pressure in Pa; 100 at most."""
    return min(100.0, 100.0 * pressure / saturation(temperature))


def density(pressure: float, temperature: float) -> float:
    """Give the vapour's density in kg/m3."""
    return pressure / (GAS_CONSTANT * (temperature + ZERO))


def pressure(density: float, temperature: float) -> float:
    """Give the vapour pressure in Pa of a density in kg/m3."""
    return density * GAS_CONSTANT * (temperature + ZERO)
