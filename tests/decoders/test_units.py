"""Units that others send, and ours."""

import pytest

from decoders import units
from decoders.properties import PROPERTIES
from decoders.units import Line


@pytest.mark.parametrize(
    ("given", "wanted", "value", "expected"),
    [
        ("[degF]", "Cel", 212, 100),
        ("°F", "Cel", -40, -40),
        ("Cel", "[degF]", 37, 98.6),
        ("K", "Cel", 273.15, 0),
        ("kPa", "hPa", 101.3, 1013),
        ("Pa", "hPa", 101_325, 1013.25),
        ("mbar", "hPa", 990, 990),
        ("mmHg", "hPa", 760, 1013.25),
        ("[ppb]", "[ppm]", 412_000, 412),
        ("[ppm]", "[ppb]", 0.04, 40),
        ("mg/m3", "ug/m3", 0.03, 30),
        ("µg/m³", "ug/m3", 12, 12),
        ("mV", "V", 3300, 3.3),
        ("cm", "mm", 12.5, 125),
        ("in", "mm", 2, 50.8),
        ("1", "%", 0.5, 50),
        ("h", "min", 1.5, 90),
        ("klx", "lx", 1.2, 1200),
    ],
)
def test_line(given: str, wanted: str, value: float, expected: float) -> None:
    """A value in one unit times the factor plus the offset is the value in the other."""
    factor, offset = units.line(given, wanted)
    assert value * factor + offset == pytest.approx(expected)


def test_every_unit_of_ours_is_known() -> None:
    """Every property's own unit is one that others may send, and is then taken as it is."""
    for entry in PROPERTIES.values():
        assert units.line(entry.unit_of_measurement, entry.unit_of_measurement) == Line()


@pytest.mark.parametrize("name", units.NAMES)
def test_there_and_back(name: str) -> None:
    """What is brought to another unit of its kind and back is the same value."""
    kin = []
    for other in units.NAMES:
        try:
            kin.append((units.line(name, other), units.line(other, name)))
        except ValueError:
            continue
    assert kin
    for there, back in kin:
        far = 21.5 * there.factor + there.offset
        assert far * back.factor + back.offset == pytest.approx(21.5)


def test_what_cannot_be_converted() -> None:
    """Units of two kinds, and unknown ones, are refused by name."""
    with pytest.raises(
        ValueError, match="ppm is a unit of mixing ratio, ug/m3 one of concentration"
    ):
        units.line("ppm", "ug/m3")
    with pytest.raises(ValueError, match="furlong is not a unit we know"):
        units.line("furlong", "mm")
    with pytest.raises(ValueError, match="furlong is not a unit we know"):
        units.line("mm", "furlong")
