"""Indicative bands: breakpoints, halves up, and no band without a mean."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.indices import air_quality_index as index
from alerts.indices.air_quality_index import Word

POLLUTANTS = sorted(index.UPPER_BOUNDS)


@pytest.mark.parametrize(
    ("pollutant", "mean", "expected"),
    [
        *(("pm2_5", 35.49, 3), ("pm2_5", 35.5, 4), ("pm2_5", 53.5, 7), ("pm2_5", 70.5, 10)),
        *(("pm10", 50.4, 3), ("pm10", 50.5, 4), ("pm10", 100.49, 9), ("pm10", 100.5, 10)),
        *(("no2", 200.4, 3), ("no2", 200.5, 4), ("no2", 600.5, 10)),
        *(("o3", 100.5, 4), ("o3", 240.49, 9)),
        *(("so2", 266.5, 4), ("so2", 1064.5, 10)),
        *(("pm10", 0, 1), ("no2", -3.2, 1), ("o3", None, None)),
    ],
)
def test_bands(pollutant: str, mean: float | None, expected: int | None) -> None:
    """The worked bands, halves rounded up."""
    assert index.band(pollutant, mean) == expected


TABLE = {
    "o3": "0-33 34-66 67-100 101-120 121-140 141-160 161-187 188-213 214-240",
    "no2": "0-67 68-134 135-200 201-267 268-334 335-400 401-467 468-534 535-600",
    "so2": "0-88 89-177 178-266 267-354 355-443 444-532 533-710 711-887 888-1064",
    "pm2_5": "0-11 12-23 24-35 36-41 42-47 48-53 54-58 59-64 65-70",
    "pm10": "0-16 17-33 34-50 51-58 59-66 67-75 76-83 84-91 92-100",
}


@pytest.mark.parametrize("pollutant", POLLUTANTS)
def test_table(pollutant: str) -> None:
    """Defra's table of April 2013, both ends of each band."""
    spans = [tuple(map(int, span.split("-"))) for span in TABLE[pollutant].split()]
    for number, (low, high) in enumerate(spans, start=1):
        assert index.band(pollutant, low) == number
        assert index.band(pollutant, high) == number
    assert index.band(pollutant, spans[-1][1] + 1) == 10


@given(st.sampled_from(POLLUTANTS), st.integers(0, 1100))
def test_halves_go_up(pollutant: str, whole: int) -> None:
    """A half belongs to the next whole number; just under it, to the one before."""
    assert index.band(pollutant, whole + 0.5) == index.band(pollutant, whole + 1)
    under = float(Decimal(whole) + Decimal("0.4999999999"))
    assert index.band(pollutant, under) == index.band(pollutant, whole)


def test_just_under_a_half() -> None:
    """The largest number under a half is not rounded up by the sum's own rounding."""
    assert index.band("no2", 0.49999999999999994) == 1


@given(st.sampled_from(POLLUTANTS), st.floats(-10, 2000), st.floats(-10, 2000))
def test_bands_rise(pollutant: str, one: float, other: float) -> None:
    """More is never a lower band."""
    low, high = sorted((one, other))
    assert (index.band(pollutant, low) or 0) <= (index.band(pollutant, high) or 0)


def test_unknown_pollutant() -> None:
    """The scale speaks of five pollutants only."""
    with pytest.raises(KeyError):
        index.band("co2", 1000)


def test_overall() -> None:
    """A place has its worst pollutant's band, or none."""
    assert index.overall([3, None, 7, 1]) == 7
    assert index.overall([None, None]) is None
    assert index.overall([]) is None


def test_words() -> None:
    """1 to 3 low, 4 to 6 moderate, 7 to 9 high, 10 very high; a colour for each."""
    words = [index.word(number) for number in range(1, 11)]
    assert words == [Word.LOW] * 3 + [Word.MODERATE] * 3 + [Word.HIGH] * 3 + [Word.VERY_HIGH]
    assert len(set(index.COLOURS)) == 10


def test_it_is_not_the_index() -> None:
    """The name never claims to be the official index."""
    assert index.NAME.startswith("indicative band")
    assert set(index.AVERAGED_OVER) == set(index.UPPER_BOUNDS)
