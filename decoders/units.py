"""Units that others send, and ours: one straight line between each pair of a kind.

Codes are UCUM's; the names that vendors write instead are taken too (`°C`, `ppm`, `V`). A unit that
needs more than a line, such as ppm of a gas in ug/m3, is not here: that takes a temperature.
"""

from typing import NamedTuple


class Line(NamedTuple):
    """From a value to another: times the factor, plus the offset."""

    factor: float = 1.0
    offset: float = 0.0


class _Unit(NamedTuple):
    """A unit by its kind's first: `value * factor + offset` is in that one."""

    kind: str
    factor: float = 1.0
    offset: float = 0.0


_UNITS = {
    "Cel": _Unit("temperature"),
    "K": _Unit("temperature", 1, -273.15),
    "[degF]": _Unit("temperature", 5 / 9, -160 / 9),
    "%": _Unit("part"),
    "1": _Unit("part", 100),
    "[ppm]": _Unit("mixing ratio"),
    "[ppb]": _Unit("mixing ratio", 0.001),
    "hPa": _Unit("pressure"),
    "Pa": _Unit("pressure", 0.01),
    "kPa": _Unit("pressure", 10),
    "bar": _Unit("pressure", 1000),
    "mm[Hg]": _Unit("pressure", 1.33322387415),
    "ug/m3": _Unit("concentration"),
    "mg/m3": _Unit("concentration", 1000),
    "V": _Unit("voltage"),
    "mV": _Unit("voltage", 0.001),
    "mm": _Unit("length"),
    "cm": _Unit("length", 10),
    "m": _Unit("length", 1000),
    "[in_i]": _Unit("length", 25.4),
    "min": _Unit("time"),
    "s": _Unit("time", 1 / 60),
    "h": _Unit("time", 60),
    "d": _Unit("time", 1440),
    "m/s": _Unit("speed"),
    "km/h": _Unit("speed", 1 / 3.6),
    "deg": _Unit("angle"),
    "lx": _Unit("light"),
    "klx": _Unit("light", 1000),
    "dB": _Unit("level"),
    "g/m3": _Unit("concentration", 1e6),
}
_ALSO = {
    "°C": "Cel",
    "C": "Cel",
    "°F": "[degF]",
    "F": "[degF]",
    "%RH": "%",
    "ppm": "[ppm]",
    "ppb": "[ppb]",
    "mbar": "hPa",
    "mmHg": "mm[Hg]",
    "µg/m³": "ug/m3",
    "µg/m3": "ug/m3",
    "mg/m³": "mg/m3",
    "in": "[in_i]",
    "dBA": "dB",
}

NAMES = (*_UNITS, *_ALSO)
"""Every unit that can be named"""


def line(given: str, wanted: str) -> Line:
    """Give the line from a unit to another.

    Raises:
        ValueError: one of them is not known, or they are of two kinds.
    """
    from_, to = _unit(given), _unit(wanted)
    if from_.kind != to.kind:
        raise ValueError(f"{given} is a unit of {from_.kind}, {wanted} one of {to.kind}")
    return Line(from_.factor / to.factor, (from_.offset - to.offset) / to.factor)


def _unit(name: str) -> _Unit:
    unit = _UNITS.get(_ALSO.get(name, name))
    if unit is None:
        raise ValueError(f"{name} is not a unit we know")
    return unit
