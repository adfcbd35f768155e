"""The INDUSTRIAL's places for gases, and dust told by steps from PM2.5."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders import registry
from decoders.devices.uradmonitor_industrial import GASES
from decoders.model import Observation

CODEC = registry.codec("uradmonitor-industrial")
CLIMATE = (
    Observation("temperature", -12.95),
    Observation("pressure", 1020.75),
    Observation("relative_humidity", 91.0),
    Observation("sound_level", 88.5, qualifier="A"),
)
DUST = (Observation("pm1", 31.0), Observation("pm2_5", 71.0), Observation("pm10", 131.0))
NAMES = [gas.series[0][0] for gas in GASES.values()]


@given(
    st.lists(st.sampled_from(NAMES), unique=True, max_size=4), st.integers(-8_388_607, 8_388_607)
)
def test_up_to_four_gases_are_sent(names: list[str], size: int) -> None:
    """Any four of the seven gases fit, above and below zero; ids decide, not places."""
    values = {name: size / 1000 if name in {"co", "h2s", "nh3", "cl2"} else size for name in names}
    gases = tuple(Observation(name, float(value)) for name, value in values.items())
    port, run = CODEC.encode((*CLIMATE, *gases, *DUST))
    assert len(run) == 50
    reading = CODEC.decode(run, port)
    assert set(reading.observations) == {*CLIMATE, *gases, *DUST}
    assert reading.warnings == ()


def test_a_fifth_gas_is_refused() -> None:
    """There is no place for it."""
    gases = [Observation(name, 1.0) for name in NAMES[:5]]
    with pytest.raises(ValueError, match="5 gases do not fit 4 places"):
        CODEC.encode((*CLIMATE, *gases, *DUST))


@given(st.binary(min_size=4, max_size=4))
def test_every_dust_that_the_bytes_can_say_comes_back(steps: bytes) -> None:
    """Whatever the steps, even down through zero, they are sent again without a loss."""
    _, run = CODEC.encode((*CLIMATE, *DUST))
    seen = CODEC.decode(run[:45] + steps + run[49:], 1).observations
    _, again = CODEC.encode(seen)
    assert again[45:49] == steps


def test_a_step_wider_than_a_byte_is_the_widest() -> None:
    """Coarse dust saturates at 255 above PM2.5; finer dust cannot be more than the coarser."""
    dust = (Observation("pm1", 90.0), Observation("pm2_5", 71.4), Observation("pm10", 900.0))
    _, run = CODEC.encode((*CLIMATE, *dust))
    seen = {s.observed_property: s.result for s in CODEC.decode(run, 1).observations}
    assert (seen["pm1"], seen["pm2_5"], seen["pm10"]) == (71.0, 71.0, 326.0)


def test_dust_that_is_no_number_cannot_be_sent() -> None:
    """What is not a number is refused."""
    with pytest.raises(ValueError, match="pm1 of nan"):
        CODEC.encode((*CLIMATE, Observation("pm1", nan), *DUST[1:]))


def test_noise_has_one_weighting() -> None:
    """A level without a qualifier is sent as weighted A, and no other weighting can be sent."""
    quiet = Observation("sound_level", 40.0)
    _, run = CODEC.encode((*CLIMATE[:3], quiet, *DUST))
    assert Observation("sound_level", 40.0, qualifier="A") in CODEC.decode(run, 1).observations
    loud = Observation("sound_level", 40.0, qualifier="C")
    with pytest.raises(ValueError, match="C is not how"):
        CODEC.encode((*CLIMATE[:3], loud, *DUST))
