"""The distance sensors: no occupancy, no codes among the distances, two meanings of one id."""

import pytest

from decoders import registry
from decoders.codec import Codec
from decoders.model import Observation

BOTH = [registry.codec(f"milesight-em310-udl/{name}") for name in ("em310", "em400")]


@pytest.mark.parametrize("codec", BOTH, ids=lambda codec: codec.model)
def test_occupancy_is_not_guessed(codec: Codec) -> None:
    """The device says a distance; whether a bay is taken depends on the bay."""
    assert "distance" in codec.measures
    assert "parking_occupied" not in codec.measures


@pytest.mark.parametrize("codec", BOTH, ids=lambda codec: codec.model)
def test_a_distance_beyond_the_scale_does_not_become_a_code(codec: Codec) -> None:
    """The device stops at the longest distance below the sensor's codes."""
    port, run = codec.encode([Observation("distance", 99_999), Observation("tilted", 1)])
    seen = codec.decode(run, port).observations
    assert seen == (Observation("distance", 65_532), Observation("tilted", 1))


def test_the_same_id_is_a_distance_or_a_temperature() -> None:
    """The two variants' frames are foreign to each other."""
    em310, em400 = BOTH
    _, of_em310 = em310.encode([Observation("distance", 2116)])
    _, of_em400 = em400.encode([Observation("temperature", -1.5)])
    assert of_em310[0] == of_em400[0] == 3
    assert not em400.decode(of_em310, 85).observations
    assert not em310.decode(of_em400, 85).observations


def test_an_attitude_is_one_of_two() -> None:
    """A third attitude is not read, and cannot be sent."""
    codec = BOTH[0]
    assert codec.decode(b"\x04\x00\x02", 85).observations == ()
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        codec.encode([Observation("tilted", 2)])
