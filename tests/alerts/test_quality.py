"""A value is flagged, never dropped."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import quality
from decoders.properties import PROPERTIES


@pytest.mark.parametrize(
    ("observed_property", "result", "flag"),
    [
        ("temperature", 21.5, quality.GOOD),
        ("temperature", -40, quality.GOOD),
        ("temperature", -40.1, quality.FAIL),
        ("temperature", 85.1, quality.FAIL),
        ("temperature", math.nan, quality.MISSING),
        ("temperature", math.inf, quality.FAIL),
        ("relative_humidity", 100, quality.GOOD),
        ("relative_humidity", 100.4, quality.SUSPECT),
        ("relative_humidity", 100.6, quality.FAIL),
        ("pm10", 0, quality.GOOD),
        ("pm10", -0.1, quality.SUSPECT),
        ("pm10", -5, quality.SUSPECT),
        ("pm10", -5.1, quality.FAIL),
        ("pm10", 801, quality.GOOD),
        ("pm10", 1500, quality.SUSPECT),
        ("pm10", 2000.1, quality.FAIL),
        ("no2", -10, quality.GOOD),
    ],
)
def test_range(observed_property: str, result: float, flag: int) -> None:
    """Outside the sensor's span fails, the edge is inside, and no value is missing."""
    assert quality.flag(observed_property, result) == flag


@pytest.mark.parametrize("observed_property", sorted(PROPERTIES))
def test_ends_of_the_span_are_measurements(observed_property: str) -> None:
    """No property's own span can fail."""
    for end in PROPERTIES[observed_property].plausible:
        assert quality.flag(observed_property, end) in (quality.GOOD, quality.SUSPECT)


@given(st.sampled_from(sorted(PROPERTIES)), st.floats())
def test_every_value_gets_a_flag(observed_property: str, result: float) -> None:
    """Any float at all is judged, and what counts as measured is inside the span or its noise."""
    flag = quality.flag(observed_property, result)
    assert flag in (quality.GOOD, quality.SUSPECT, quality.FAIL, quality.MISSING)
    if quality.counts(observed_property, flag):
        low, high = PROPERTIES[observed_property].plausible
        assert min(low, -5) <= result <= high


def test_unknown_property() -> None:
    """A property outside the catalogue is a mistake of ours."""
    with pytest.raises(KeyError):
        quality.flag("unobtainium", 1)


def test_what_counts() -> None:
    """Suspect dust enters means, other suspect values do not, failed ones never."""
    assert quality.counts("temperature", quality.GOOD)
    assert quality.counts("temperature", quality.UNKNOWN)
    assert not quality.counts("temperature", quality.SUSPECT)
    assert quality.counts("pm2_5", quality.SUSPECT)
    assert not quality.counts("pm2_5", quality.FAIL)
    assert not quality.counts("pm2_5", quality.MISSING)
