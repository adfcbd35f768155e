"""The room's light from two photodiodes, and a CO2 sensor that says when not to be believed."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders import registry
from decoders.model import Observation

CODEC = registry.codec("decentlab-dl-iam")
HEADER = bytes.fromhex("020bbd0008")
WORD = st.integers(0, 0xFFFF) | st.integers(0, 500)


def _light(visible: int, infrared: int) -> bytes:
    return HEADER + visible.to_bytes(2, "big") + infrared.to_bytes(2, "big")


@given(WORD, WORD)
def test_every_light_that_the_diodes_can_see_comes_back(visible: int, infrared: int) -> None:
    """Whatever the two counts were, the illuminance can be sent again without a loss."""
    seen = CODEC.decode(_light(visible, infrared), 1).observations
    _, run = CODEC.encode(seen)
    assert CODEC.decode(run, 1).observations == seen


@given(st.floats(0, 100_000))
def test_any_illuminance_is_sent_closely(lux: float) -> None:
    """The diodes' counts come within 0.04 lx of any illuminance on their scale."""
    _, run = CODEC.encode([Observation("illuminance", lux)])
    (seen,) = CODEC.decode(run, 1).observations
    assert abs(seen.result - lux) < 0.04


@pytest.mark.parametrize(("lux", "words"), [(1e9, "ffff0000"), (-3.0, "00000000")])
def test_light_beyond_the_scale_stops_there(lux: float, words: str) -> None:
    """The diodes say no more than their words hold, and nothing below darkness."""
    _, run = CODEC.encode([Observation("illuminance", lux)])
    assert run[5:].hex() == words


@pytest.mark.parametrize("lux", [nan, inf])
def test_light_that_is_no_number_cannot_be_sent(lux: float) -> None:
    """What is not a number is refused."""
    with pytest.raises(ValueError, match="cannot be sent"):
        CODEC.encode([Observation("illuminance", lux)])


def test_co2_is_sent_with_a_good_status() -> None:
    """A CO2 value goes out in offset binary with the status 0, and comes back."""
    seen = (Observation("co2", -5.0),)
    _, run = CODEC.encode(seen)
    assert run.hex() == "0200000010" + "7ffb00000000"
    assert CODEC.decode(run, 1).observations == seen


def test_a_block_that_needs_more_is_refused() -> None:
    """Temperature and humidity share a block: one alone cannot be sent."""
    with pytest.raises(ValueError, match="relative_humidity is missing"):
        CODEC.encode([Observation("temperature", 20.0)])
