"""Durations as rules write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import durations


@pytest.mark.parametrize(
    ("text", "hours"),
    [("0", 0), ("90m", 1.5), ("36s", 0.01), ("2h", 2), ("7d", 168), ("1d12h", 36)],
)
def test_read(text: str, hours: float) -> None:
    """A number with its unit, or several of them; nothing needs no unit."""
    assert durations.read(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "5", "h", "-2h", "2 h", "1.5h", "2w", "None", "2h0"])
def test_refused(text: str) -> None:
    """Anything else is refused with how to write it."""
    with pytest.raises(ValueError, match="is not a duration: write 90m, 2h, 7d or 1d12h"):
        durations.read(text)


@pytest.mark.parametrize("text", ["9999999999d", f"{'9' * 400}m", "999999999d1d"])
def test_longer_than_time(text: str) -> None:
    """A duration that no calendar holds is refused too."""
    with pytest.raises(ValueError, match="longer than any time"):
        durations.read(text)


@given(st.integers(0, 10**8).map(lambda seconds: timedelta(seconds=seconds)))
def test_round_trip(duration: timedelta) -> None:
    """What is written reads back."""
    assert durations.read(durations.write(duration)) == duration
