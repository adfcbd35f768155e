"""A report between its marks, or nothing at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders import registry
from decoders.model import Observation

REPORT = bytes.fromhex("8000020115012c100001681122334455660001" + "0081")
MARKED = {0: "begin", 2: "type", 3: "kind", 4: "length", 20: "end"}
TYPES = {"do200": 0x02, "do201": 0x31, "do202": 0x32}


@given(st.sampled_from(sorted(MARKED)), st.integers(0, 255))
def test_a_frame_without_its_marks_has_no_state(at: int, spoilt: int) -> None:
    """Any of the five marks set to a code that may not stand there refuses the whole frame."""
    allowed = {0: {0x80}, 2: set(TYPES.values()), 3: {1, 2}, 4: {21}, 20: {0x81}}[at]
    frame = REPORT[:at] + bytes((spoilt,)) + REPORT[at + 1 :]
    reading = registry.codec("dingtek-do20x").decode(frame, 3)
    assert bool(reading.observations) == (spoilt in allowed)
    assert (reading.error is None) == (spoilt in allowed)


@pytest.mark.parametrize("variant", TYPES)
def test_a_variant_writes_its_own_marks(variant: str) -> None:
    """Header, length and end of the frame that is sent are the variant's."""
    codec = registry.codec(f"dingtek-do20x/{variant}")
    seen = [
        Observation("parking_occupied", 1.0),
        Observation("battery_low", 0.0),
        Observation("battery_voltage", 3.45),
    ]
    if variant != "do200":
        seen += [Observation("temperature", -7.0), Observation("relative_humidity", 66.0)]
    port, run = codec.encode(seen)
    assert (port, run[0], run[2], run[4], run[-1]) == (3, 0x80, TYPES[variant], len(run), 0x81)
    assert codec.decode(run, port).observations == tuple(seen)


def test_a_state_without_the_battery_cannot_be_said() -> None:
    """The device sends everything in each report."""
    with pytest.raises(ValueError, match="cannot be said"):
        registry.codec("dingtek-do20x").encode([Observation("parking_occupied", 1)])
