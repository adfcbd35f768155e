"""Durations, times and hex as people write them."""

from datetime import UTC, datetime, timedelta

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from boroughsense import options


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86_400), ("1h30m", 5400), ("0.5h", 1800)],
)
def test_durations(text: str, seconds: float) -> None:
    """A duration is a number with its unit, or several of them."""
    assert options.duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "90", "s", "5 m", "-5m", "1h-", "1y"])
def test_no_duration(text: str) -> None:
    """Anything else is refused with how to write it."""
    with pytest.raises(typer.BadParameter, match="write 90s"):
        options.duration(text)


def test_moments() -> None:
    """A time without an offset is UTC, one with an offset keeps it, and a duration is ago."""
    assert options.moment("2026-01-02T03:04") == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    assert options.moment("2026-01-02T03:04+01:00").utcoffset() == timedelta(hours=1)
    assert abs(datetime.now(UTC) - timedelta(hours=2) - options.moment("2h")) < timedelta(seconds=5)
    with pytest.raises(typer.BadParameter, match="is no time"):
        options.moment("yesterday")


@given(st.binary(max_size=64), st.sampled_from([" ", "  ", ""]))
def test_hex_in_any_dress(content: bytes, gap: str) -> None:
    """Spaces anywhere, either case and several words are the same payload."""
    digits = content.hex()
    dressed = gap.join(digits[index : index + 3] for index in range(0, len(digits), 3))
    assert options.payload([dressed.upper()]) == content
    assert options.payload(dressed.split()) == content


@pytest.mark.parametrize("text", ["0", "0x1", "zz", "01 7"])
def test_no_hex(text: str) -> None:
    """Half a byte or a letter that is no digit is refused."""
    with pytest.raises(typer.BadParameter, match="two digits a byte"):
        options.payload([text])
