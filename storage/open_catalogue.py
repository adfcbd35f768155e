"""The data dictionary of what is open: what each property is called and what it means.

Units and definitions are those of `decoders.properties`. Which properties are open at which kind of
place is decided in the database, by the view `open_series`; a test holds the two together.
"""

from dataclasses import dataclass

from decoders.properties import PROPERTIES

UNIT_NAMES = {
    "Cel": ("degree Celsius", "°C"),
    "%": ("percent", "%"),
    "hPa": ("hectopascal", "hPa"),
    "ug/m3": ("microgram per cubic metre", "µg/m³"),
    "[ppb]": ("parts per billion", "ppb"),
    "[ppm]": ("parts per million", "ppm"),
    "dB": ("decibel", "dB"),
    "m/s": ("metre per second", "m/s"),
    "deg": ("degree", "°"),
    "1": ("one", ""),
}
"""UCUM codes to a unit's name and symbol."""


@dataclass(frozen=True, slots=True)
class OpenProperty:
    """One observed property as the public reads of it."""

    name: str
    """As in `decoders.properties`"""
    title: str
    description: str
    hourly: bool = True
    """Whether an arithmetic mean over an hour means anything"""

    @property
    def unit(self) -> str:
        """The UCUM code of its unit."""
        return PROPERTIES[self.name].unit_of_measurement

    @property
    def definition(self) -> str:
        """The address of its definition."""
        return PROPERTIES[self.name].definition


def _mass(name: str, title: str, size: str) -> OpenProperty:
    words = f"Mass of airborne particles with an aerodynamic diameter of up to {size} µm"
    return OpenProperty(name, title, words)


def _gas(name: str, title: str) -> OpenProperty:
    return OpenProperty(name, title, f"Mole fraction of {title.lower()} in outdoor air")


def _sound(name: str, title: str, words: str) -> OpenProperty:
    return OpenProperty(name, title, words, hourly=False)


_ALL = (
    _mass("pm1", "PM1", "1"),
    _mass("pm2_5", "PM2.5", "2.5"),
    _mass("pm4", "PM4", "4"),
    _mass("pm10", "PM10", "10"),
    _gas("no2", "Nitrogen dioxide"),
    _gas("o3", "Ozone"),
    _gas("so2", "Sulphur dioxide"),
    _gas("no", "Nitrogen monoxide"),
    _gas("co", "Carbon monoxide"),
    OpenProperty("temperature", "Air temperature", "Temperature of outdoor air"),
    OpenProperty("relative_humidity", "Relative humidity", "Relative humidity of outdoor air"),
    OpenProperty("pressure", "Air pressure", "Pressure of the air at the sensor"),
    OpenProperty("wind_speed", "Wind speed", "Speed of the wind at the sensor"),
    OpenProperty(
        "wind_direction", "Wind direction", "Where the wind comes from, from north", hourly=False
    ),
    _sound("sound_level", "Sound level", "Sound pressure level at the time of the report"),
    _sound("sound_level_average", "Average sound level", "Equivalent level since the last report"),
    _sound("sound_level_maximum", "Maximum sound level", "Highest level since the last report"),
    _sound("sound_level_peak", "Peak sound level", "Peak level since the last report"),
    OpenProperty(
        "parking_occupied", "Bay taken", "1 when a vehicle stands in the bay", hourly=False
    ),
    OpenProperty("occupancy_rate", "Occupancy", "Share of a car park's spaces that are taken"),
)

OPEN_PROPERTIES = {entry.name: entry for entry in _ALL}
"""Every open property by its name."""


def catalogue() -> list[dict[str, str]]:
    """Give the dictionary as the statements of the open API take it."""
    return [
        {
            "name": entry.name,
            "title": entry.title,
            "description": entry.description,
            "definition": entry.definition,
            "unit": entry.unit,
            "unit_name": UNIT_NAMES[entry.unit][0],
            "unit_symbol": UNIT_NAMES[entry.unit][1],
        }
        for entry in _ALL
    ]
