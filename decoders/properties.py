"""The catalogue of observed properties: one name, one unit (UCUM), one plausible range.

A new property is a line here first. `definition` is a CF standard name's address where one
exists, else a URN of our own. The plausible range is the span a sensor of this kind can report:
a value outside is kept and flagged, never dropped (QARTOD gross range test).
"""

from dataclasses import dataclass

_CF = "http://vocab.nerc.ac.uk/standard_name/"
_OWN = "urn:boroughsense:property:"


@dataclass(frozen=True, slots=True)
class ObservedProperty:
    """A quantity with its unit."""

    name: str
    unit_of_measurement: str
    """A UCUM code"""
    definition: str
    plausible: tuple[float, float]
    """The lowest and the highest value that a sensor can report, in the unit"""
    derived: bool = False
    """True when computed from other properties, never sent by a device"""


def _cf(name: str, unit: str, standard_name: str, low: float, high: float) -> ObservedProperty:
    return ObservedProperty(name, unit, f"{_CF}{standard_name}/", (low, high))


def _own(name: str, unit: str, low: float, high: float) -> ObservedProperty:
    return ObservedProperty(name, unit, f"{_OWN}{name}", (low, high))


def _derived(name: str, unit: str, low: float, high: float) -> ObservedProperty:
    return ObservedProperty(name, unit, f"{_OWN}{name}", (low, high), derived=True)


_CATALOGUE = (
    _cf("temperature", "Cel", "air_temperature", -40, 85),
    _cf("relative_humidity", "%", "relative_humidity", 0, 100.5),
    _cf("pressure", "hPa", "air_pressure", 300, 1100),
    _cf("co2", "[ppm]", "mole_fraction_of_carbon_dioxide_in_air", 300, 10_000),
    _cf("pm1", "ug/m3", "mass_concentration_of_pm1_ambient_aerosol_particles_in_air", 0, 2000),
    _cf("pm2_5", "ug/m3", "mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air", 0, 2000),
    _own("pm4", "ug/m3", 0, 2000),
    _cf("pm10", "ug/m3", "mass_concentration_of_pm10_ambient_aerosol_particles_in_air", 0, 2000),
    _cf("no2", "[ppb]", "mole_fraction_of_nitrogen_dioxide_in_air", -10, 1000),
    _cf("o3", "[ppb]", "mole_fraction_of_ozone_in_air", -10, 1000),
    _cf("so2", "[ppb]", "mole_fraction_of_sulfur_dioxide_in_air", -10, 2000),
    _cf("no", "[ppb]", "mole_fraction_of_nitrogen_monoxide_in_air", -10, 2000),
    _cf("co", "[ppm]", "mole_fraction_of_carbon_monoxide_in_air", -1, 1000),
    _own("h2s", "[ppm]", -1, 100),
    _own("nh3", "[ppm]", -1, 100),
    _own("cl2", "[ppm]", -1, 20),
    _own("tvoc", "ug/m3", 0, 60_000),
    _own("tvoc_ppb", "[ppb]", 0, 60_000),
    _own("tvoc_index", "1", 0, 500),
    _own("formaldehyde", "ug/m3", 0, 5000),
    _own("formaldehyde_ppb", "[ppb]", 0, 5000),
    _own("sound_level", "dB", 0, 140),
    _own("sound_level_average", "dB", 0, 140),
    _own("sound_level_maximum", "dB", 0, 140),
    _own("sound_level_peak", "dB", 0, 140),
    _own("illuminance", "lx", 0, 200_000),
    _own("light_level", "1", 0, 255),
    _own("motion", "1", 0, 1),
    _own("motion_count", "1", 0, 65_535),
    _own("water_leak", "1", 0, 255),
    _own("tilted", "1", 0, 1),
    _own("battery_low", "1", 0, 1),
    _own("occupancy_rate", "%", 0, 100),
    _own("occupancy_code", "1", 0, 2),
    _own("parking_occupied", "1", 0, 1),
    _own("free_spaces", "1", 0, 50_000),
    _own("previous_state_duration", "min", 0, 660),
    _own("distance", "mm", 0, 20_000),
    _cf("wind_speed", "m/s", "wind_speed", 0, 75),
    _cf("wind_direction", "deg", "wind_from_direction", 0, 360),
    _own("battery_voltage", "V", 0, 40),
    _own("battery_level", "%", 0, 100),
    _derived("dew_point", "Cel", -80, 85),
    _derived("absolute_humidity", "g/m3", 0, 300),
    _derived("surface_temperature", "Cel", -40, 85),
    _derived("surface_relative_humidity", "%", 0, 100),
    _derived("vapour_pressure_excess", "Pa", -20_000, 20_000),
    _derived("moisture_load", "Pa", -40_000, 40_000),
    _derived("mould_index", "1", 0, 6),
    _derived("no2_mass", "ug/m3", -20, 2000),
    _derived("o3_mass", "ug/m3", -20, 2000),
    _derived("so2_mass", "ug/m3", -30, 5400),
    _derived("site_contribution_pm10", "ug/m3", -2000, 2000),
    _derived("fine_particle_ratio", "1", 0, 2000),
    _derived("battery_days_left", "d", 0, 7300),
    _derived("frame_loss", "%", 0, 100),
    _derived("dew_point_over_surface", "K", -120, 120),
    _derived("mould_index_rise", "1", -6, 6),
    _derived("hot_night_hours", "h", 0, 24),
    _derived("hot_night_hours_of_year", "h", 0, 8784),
    _derived("busy_co2", "[ppm]", 300, 10_000),
    _derived("indicative_band", "1", 1, 10),
    _derived("overstay", "min", -1440, 527_040),
    _derived("zone_occupancy", "%", 0, 100),
    _derived("sensor_doubts", "1", 0, 4),
    _derived("data_capture", "%", 0, 100),
    _derived("flat_line", "%", 0, 100_000),
    _derived("clock_drift", "s", 0, 3_200_000_000),
)

PROPERTIES: dict[str, ObservedProperty] = {entry.name: entry for entry in _CATALOGUE}
"""Every observed property by its name."""


def is_plausible(observed_property: str, result: float) -> bool:
    """Say whether a sensor of this kind can report the value (NaN and infinities cannot be)."""
    low, high = PROPERTIES[observed_property].plausible
    return low <= result <= high
