"""The duration of the state before, in 128 codes whose steps grow; what is said where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders import registry
from decoders.model import Observation

CODEC = registry.codec("nwave-nps")


def _change(minutes: float) -> list[Observation]:
    return [Observation("parking_occupied", 1), Observation("previous_state_duration", minutes)]


def _minutes(run: bytes) -> float:
    return CODEC.decode(run, 1).observations[1].result


@pytest.mark.parametrize("code", range(128))
def test_every_duration_comes_back(code: int) -> None:
    """Each of the 128 codes is read and sent again as itself."""
    run = bytes((code << 1 | 1,))
    assert CODEC.encode(CODEC.decode(run, 1).observations) == (1, run)


def test_durations_ascend() -> None:
    """A higher code means a longer time."""
    minutes = [_minutes(bytes((code << 1,))) for code in range(128)]
    assert minutes == sorted(set(minutes))


@given(st.floats(-10, 10_000))
def test_a_step_that_is_not_complete_does_not_count(minutes: float) -> None:
    """A duration is sent as the longest that has passed: 1, 5 or 60 minutes too short at most."""
    _, run = CODEC.encode(_change(minutes))
    said = _minutes(run)
    within = min(max(minutes, 0), 660.0)
    assert said <= within
    assert within - said < (1 if within < 90 else 5 if within < 240 else 60)


def test_the_state_alone_is_a_start_up() -> None:
    """The NPS405 has no other frame that says no more; the NPS310 says it on port 1."""
    alone = (Observation("parking_occupied", 1.0),)
    port, run = CODEC.encode(alone)
    assert (port, len(run)) == (3, 5)
    assert CODEC.decode(run, port).observations == alone
    assert registry.codec("nwave-nps/nps310").encode(alone) == (1, b"\x01")


def test_a_heartbeat_is_six_bytes() -> None:
    """The unused bytes are sent too, and battery and temperature saturate."""
    beat = [
        Observation("parking_occupied", 0),
        Observation("battery_voltage", 9.0),
        Observation("temperature", -90.0),
    ]
    assert CODEC.encode(beat) == (2, bytes.fromhex("00ff80000000"))


def test_a_permit_is_never_read() -> None:
    """The tag of a permit is nobody's measurement: it appears in no answer."""
    reading = CODEC.decode(bytes.fromhex("d11f345678"), 10)
    assert "1f345678" not in repr(reading)
    assert str(0x1F345678) not in repr(reading)
