"""Dew points agree with an independent psychrometry."""

import psychrolib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.indices import moisture

psychrolib.SetUnitSystem(psychrolib.SI)


@given(temperature=st.floats(5, 25), humidity=st.floats(45, 100))
def test_dew_point(temperature: float, humidity: float) -> None:
    """In rooms the two differ by no more than 0.02 K (ASHRAE 2017 against Magnus).

    Dry air differs more: 0.024 K at 18 degC and 30 %.
    """
    ours = moisture.dew_point(temperature, humidity)
    theirs = psychrolib.GetTDewPointFromRelHum(temperature, humidity / 100)
    if theirs > 0:
        assert ours == pytest.approx(theirs, abs=0.02)
