"""Tests of a reading beside more than its neighbours: ioos_qc's, and what cannot be at once."""

import importlib
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from alerts import quality_settings
from alerts.quality import FAIL, GOOD, MISSING, SUSPECT, UNKNOWN
from alerts.quality_across import attenuated, multivariate, neighbour
from alerts.quality_series import Reading
from alerts.quality_settings import Attenuation

qartod: Any = importlib.import_module("ioos_qc.qartod")
numpy: Any = importlib.import_module("numpy")
START = datetime(2026, 5, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
PARTICLES = quality_settings.load().particles

STILL_OR_NOT = st.lists(
    st.tuples(st.sampled_from([20.0, 20.05, 20.5, 23.0, math.nan]), st.integers(1, 8)),
    min_size=2,
    max_size=12,
).map(lambda runs: [value for value, times in runs for _ in range(times)])


@given(STILL_OR_NOT, st.lists(st.integers(1, 4), min_size=96, max_size=96), st.integers(2, 9))
def test_attenuated_as_ioos_qc(values: list[float], steps: list[int], hours: int) -> None:
    """The standard deviation of a window of elapsed time, with so many readings at least."""
    times = [START + sum(steps[: n + 1]) * HOUR / 2 for n in range(len(values))]
    readings = [Reading(*each, GOOD) for each in zip(times, values, strict=True)]
    window = Attenuation(hours * HOUR, 0.5)
    found = list(attenuated(readings, 0.1, window, lambda _: HOUR))
    stamps = numpy.array([each.replace(tzinfo=None) for each in times], "datetime64[ns]")
    oracle = qartod.attenuated_signal_test(
        values, stamps, 0.1, -1, test_period=3600 * hours, min_obs=math.ceil(hours / 2)
    )
    assert found == oracle.tolist()
    for flag in sorted(set(found)):
        event(f"flag {flag}")


def test_what_is_not_tested() -> None:
    """Without a number nothing is; what fails by itself is no part of a window."""
    window = Attenuation(3 * HOUR, 0.5)
    readings = [
        Reading(START, 20.0, GOOD),
        Reading(START + HOUR, 90.0, FAIL),
        Reading(START + 2 * HOUR, 20.0, GOOD),
        Reading(START + 3 * HOUR, math.nan, MISSING),
    ]
    assert list(attenuated(readings, None, window, lambda _: HOUR)) == [2, 2, 2, 9]
    assert list(attenuated(readings, 0.1, window, lambda _: HOUR)) == [
        UNKNOWN,
        UNKNOWN,
        SUSPECT,
        MISSING,
    ]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("pm10", {"pm10": 10.0, "pm2_5": 15.0}, GOOD),
        ("pm10", {"pm10": 10.0, "pm2_5": 15.1}, SUSPECT),
        ("pm2_5", {"pm10": 10.0, "pm2_5": 15.1}, SUSPECT),
        ("pm1", {"pm10": 10.0, "pm2_5": 15.1}, UNKNOWN),
        ("pm1", {"pm1": 3.0, "relative_humidity": 95.0}, GOOD),
        ("pm1", {"pm1": 3.0, "relative_humidity": 95.1}, SUSPECT),
        ("pm10", {"pm10": 10.0, "pm2_5": 5.0, "relative_humidity": 99.0}, SUSPECT),
        ("pm10", {"pm10": 10.0}, UNKNOWN),
        ("relative_humidity", {"pm10": 10.0, "relative_humidity": 99.0}, UNKNOWN),
    ],
)
def test_values_of_one_message(name: str, values: dict[str, float], expected: int) -> None:
    """More fine dust than dust, and dust in fog, are suspect; other things say nothing."""
    assert multivariate(name, values, PARTICLES) == expected


@pytest.mark.parametrize(
    ("own", "others", "most", "expected"),
    [
        (28.0, [20.0, 19.0, 21.0], 8, GOOD),
        (28.1, [20.0, 19.0, 21.0], 8, SUSPECT),
        (11.9, [20.0, 19.0, 21.0], 8, SUSPECT),
        (40.0, [20.0, 19.0], 8, UNKNOWN),
        (40.0, [20.0, 19.0, 21.0], None, UNKNOWN),
        (None, [20.0, 19.0, 21.0], 8, UNKNOWN),
    ],
)
def test_place_among_others(
    own: float | None, others: list[float], most: float | None, expected: int
) -> None:
    """Far from the median of three others or more is suspect."""
    assert neighbour(own, others, most, 3) == expected
