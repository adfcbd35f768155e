"""Integers of so many bits, with each of the three ways to be below zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders.wire import S8, S16, U1, U8, U16, Number, Sign

numbers = st.builds(Number, st.integers(2, 40), st.sampled_from(Sign))


@pytest.mark.parametrize(
    ("number", "code", "value"),
    [
        (U16, 0xFFFE, 65_534),
        (S16, 0xFFFE, -2),
        (S16, 0x8000, -32_768),
        (S16, 0x7FFF, 32_767),
        (S8, 0x80, -128),
        (Number(16, Sign.MAGNITUDE), 0x8002, -2),
        (Number(16, Sign.MAGNITUDE), 0xFFFF, -32_767),
        (Number(16, Sign.MAGNITUDE), 0x0002, 2),
        (Number(12, Sign.TWOS_COMPLEMENT), 0x800, -2048),
        (U1, 1, 1),
    ],
)
def test_code_and_value(number: Number, code: int, value: int) -> None:
    """The bits mean the value, and the value is written with these bits."""
    assert number.value(code) == value
    assert number.code(value) == code


def test_minus_zero_is_zero() -> None:
    """By sign and magnitude there are two zeros; the plain one is written."""
    number = Number(16, Sign.MAGNITUDE)
    assert number.value(0x8000) == 0
    assert number.code(0) == 0


@pytest.mark.parametrize(
    ("number", "lowest", "highest"),
    [
        (U8, 0, 255),
        (S8, -128, 127),
        (Number(8, Sign.MAGNITUDE), -127, 127),
    ],
)
def test_range(number: Number, lowest: int, highest: int) -> None:
    """A number says which values it reaches, and writes the nearest for those beyond."""
    assert (number.lowest, number.highest) == (lowest, highest)
    assert number.value(number.code(lowest - 1000)) == lowest
    assert number.value(number.code(highest + 1000)) == highest


@given(numbers, st.data())
def test_every_value_comes_back(number: Number, data: st.DataObject) -> None:
    """What is written within the range is read as it was."""
    value = data.draw(st.integers(number.lowest, number.highest))
    code = number.code(value)
    assert 0 <= code < 1 << number.bits
    assert number.value(code) == value
