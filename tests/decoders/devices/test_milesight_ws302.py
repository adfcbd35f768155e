"""The noise meter's weighting: in the qualifier of each level, one for the whole frame."""

import pytest

from decoders import registry
from decoders.model import Observation

CODEC = registry.codec("milesight-ws302")


def _levels(present: str, average: str, highest: str) -> list[Observation]:
    return [
        Observation("sound_level", 57.5, qualifier=present),
        Observation("sound_level_average", 47.4, qualifier=average),
        Observation("sound_level_maximum", 61.8, qualifier=highest),
    ]


@pytest.mark.parametrize("frequency", ["Z", "A", "C", ""])
@pytest.mark.parametrize("time", ["impulse", "fast", "slow", ""])
def test_every_weighting_comes_back(frequency: str, time: str) -> None:
    """Each of the sixteen weightings, undefined ones included, is written and read alike."""
    both = f"{frequency} {time}".strip()
    levels = _levels(both, frequency, both)
    port, run = CODEC.encode(levels)
    assert CODEC.decode(run, port).observations == tuple(levels)


def test_what_is_not_said_of_one_level_is_taken_from_another() -> None:
    """A level without a qualifier has the weighting that the frame's other levels name."""
    port, run = CODEC.encode(_levels("A fast", "", ""))
    assert CODEC.decode(run, port).observations == tuple(_levels("A fast", "A", "A fast"))


def test_one_frame_has_one_weighting() -> None:
    """Two weightings cannot be said in one frame."""
    with pytest.raises(ValueError, match="something else too"):
        CODEC.encode(_levels("A fast", "A", "A slow"))


def test_a_word_that_the_meter_does_not_know() -> None:
    """A qualifier that is no weighting, or a time weighting of the average, is refused."""
    with pytest.raises(ValueError, match="B is not how"):
        CODEC.encode(_levels("B", "", ""))
    with pytest.raises(ValueError, match="fast is not how"):
        CODEC.encode(_levels("A fast", "A fast", "A fast"))
