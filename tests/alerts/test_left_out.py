"""Why a reading does not count, in words."""

import pytest

from alerts import explaining, left_out


@pytest.mark.parametrize(
    ("quality", "flags", "said"),
    [
        (1, (None, None, None), ""),
        (3, (3, 1, 3), ""),
        (4, (None, None, None), "it is outside what such a sensor reports, or its time cannot be"),
        (9, (9, 9, 9), "it is no number"),
        (1, (4, 1, 1), "it is far from the values before and after it"),
        (1, (1, 4, 4), "it changed faster than what is measured can; the value has stood still"),
    ],
)
def test_why(quality: int, flags: tuple[int | None, ...], said: str) -> None:
    """Each test that fails is named; one that is suspect does not keep a reading out."""
    found = left_out.why(quality, flags)
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_how_many() -> None:
    """An explanation says how many readings count for nothing, when some do."""
    assert explaining.left_out(0) == ""
    assert explaining.left_out(1).startswith(" 1 reading of its window counts for nothing")
    assert explaining.left_out(7).startswith(" 7 readings of its window count for nothing")
