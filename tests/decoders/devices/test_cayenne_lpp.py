"""Numbered channels become ours by their order, and ours become numbers."""

import pytest

from decoders import registry
from decoders.clock import UNTIMED
from decoders.model import Observation

CODEC = registry.codec("cayenne-lpp")


def _probes(count: int) -> tuple[Observation, ...]:
    channels = ("", "external", *(f"external{place}" for place in range(2, count)))
    return tuple(
        Observation("temperature", place / 10, None, channels[place]) for place in range(count)
    )


@pytest.mark.parametrize("count", [1, 2, 3, 60])
def test_probes_come_back_under_their_channels(count: int) -> None:
    """As many probes as a frame holds are numbered, and named again by that order."""
    port, run = CODEC.encode(_probes(count))
    assert CODEC.decode(run, port).observations == _probes(count)


def test_more_probes_than_a_frame_holds() -> None:
    """A frame of more than 242 bytes is never made."""
    with pytest.raises(ValueError, match="244 bytes do not fit"):
        CODEC.encode(_probes(61))


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(_probes(2)[1], id="a second probe without a first"),
        pytest.param(Observation("temperature", 20.0, None, "outlet"), id="another channel"),
        pytest.param(Observation("temperature", 20.0, None, "", UNTIMED), id="of the past"),
    ],
)
def test_what_the_format_cannot_say(seen: Observation) -> None:
    """Channels follow one another, and all is of now."""
    with pytest.raises(ValueError, match="cannot be said"):
        CODEC.encode([seen])
