"""From a frame's integer to a result with a unit, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders.scale import PLAIN, Flag, Formula, Linear, Scale, Switch


@pytest.mark.parametrize(
    ("scale", "value", "result"),
    [
        (PLAIN, 12, 12.0),
        (Linear(divide=10), 222, 22.2),
        (Linear(divide=10), -1, -0.1),
        (Linear(divide=2), 127, 63.5),
        (Linear(multiply=5), 7, 35.0),
        (Linear(divide=10, offset=-300), 250, -5.0),
        (Linear(offset=-32_768), 33_188, 420.0),
        (Formula(175, 65_535, -45), 0, -45.0),
        (Formula(175.72, 65_536, -46.85), 24_466, 18.75),
        (Switch(), 0, 0.0),
        (Switch(), 1, 1.0),
        (Flag(), 0, 0.0),
        (Flag(), 1, 1.0),
    ],
)
def test_result_and_value(scale: Scale, value: int, result: float) -> None:
    """The integer means exactly the result, and the result is written with this integer."""
    assert scale.result(value) == result
    assert scale.value(result) == value


def test_nearest_step() -> None:
    """A result between two steps is written as the nearer one."""
    assert Linear(divide=10).value(22.26) == 223
    assert Linear(divide=2).value(50.2) == 100
    assert Formula(100, 65_535, 0).value(50.0004) == 32_768


def test_a_switch_has_two_states() -> None:
    """A third state gives no result, and cannot be written."""
    assert Switch().result(2) is None
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        Switch().value(0.5)


def test_a_flag_is_any_bit() -> None:
    """Anything but 0 is 1; only 0 and 1 can be written."""
    assert Flag().result(0xF0) == 1.0
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        Flag().value(2.0)


@given(
    st.builds(
        Linear, st.integers(1, 20), st.sampled_from([1, 2, 10, 100, 1000]), st.integers(-999, 999)
    ),
    st.integers(-(2**31), 2**32),
)
def test_every_step_comes_back(scale: Linear, value: int) -> None:
    """What is in whole steps is written as it was read."""
    assert scale.value(scale.result(value)) == value
