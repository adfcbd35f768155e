"""The catalogue of observed properties."""

import math

import pytest

from decoders.properties import PROPERTIES, is_plausible


@pytest.mark.parametrize(
    ("name", "result", "plausible"),
    [
        ("temperature", -40.0, True),
        ("temperature", -40.1, False),
        ("relative_humidity", 100.5, True),
        ("relative_humidity", 127.5, False),
        ("pm2_5", 65_535.0, False),
        ("co2", math.nan, False),
        ("co2", math.inf, False),
    ],
)
def test_plausible(name: str, result: float, plausible: bool) -> None:  # noqa: FBT001
    """A value that no sensor of the kind can report is not plausible, nor is what is no number."""
    assert is_plausible(name, result) is plausible


def test_catalogue() -> None:
    """Each property has one unit, an address of its definition and a range that holds a value."""
    assert len({entry.definition for entry in PROPERTIES.values()}) == len(PROPERTIES)
    for name, entry in PROPERTIES.items():
        assert entry.name == name
        assert entry.unit_of_measurement
        assert entry.plausible[0] < entry.plausible[1]
