"""Flags of readings among their neighbours: those of ioos_qc, and what lost uplinks do to them."""

import importlib
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from alerts.quality import FAIL, GOOD, MISSING, SUSPECT, UNKNOWN, flag
from alerts.quality_series import Flags, Reading, judge, lead_in, worst
from alerts.quality_settings import FlatLine, Limits, Settings, load
from decoders.model import Environment
from decoders.properties import PROPERTIES

qartod: Any = importlib.import_module("ioos_qc.qartod")
numpy: Any = importlib.import_module("numpy")
SETTINGS = load()
START = datetime(2026, 5, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAN = math.nan
TESTED = Settings(
    spike=Limits(3, 10),
    rate=Limits(5 / 3600, 10 / 3600),
    flat=FlatLine(0.05, 2 * HOUR, 4 * HOUR),
)


def readings(
    values: Sequence[float], times: Sequence[float] | None = None, every: timedelta = HOUR
) -> list[Reading]:
    """Give readings at numbers of intervals; each value is good by itself."""
    hours = range(len(values)) if times is None else times
    return [
        Reading(START + hour * every, value, MISSING if math.isnan(value) else GOOD)
        for hour, value in zip(hours, values, strict=True)
    ]


def flags(given_: Sequence[Reading], tested: Settings = TESTED) -> list[Flags]:
    """Test readings that come each hour."""
    return list(judge(given_, tested, lambda _: HOUR))


def test_values_of_the_note() -> None:
    """A step, a missing value and a flat line get the flags that ioos_qc 3.0.0 was seen to give."""
    found = flags(readings([20, 20.1, 35, 20.2, NAN, 20.3, 20.3, 20.3, 20.3, 20.3]))
    assert [each.spike for each in found] == [2, 3, 4, 2, 9, 2, 1, 1, 1, 2]
    assert [each.rate for each in found] == [1, 1, 4, 4, 9, 1, 1, 1, 1, 1]
    assert [each.flat for each in found] == [1, 1, 1, 1, 9, 1, 3, 3, 4, 4]
    assert [each.quality for each in found] == [1, 3, 4, 4, 9, 1, 3, 3, 4, 4]
    constant = flags(readings([7.0] * 10))
    assert [each.flat for each in constant] == [1, 1, 3, 3, 4, 4, 4, 4, 4, 4]


def test_gap_is_told_of_the_reading_after_it() -> None:
    """Later than two intervals is suspect, than three a gap; the value itself is not blamed."""
    found = flags(readings([1, 1.5, 2, 1, 1.2], [0, 1, 3, 5.5, 9]))
    assert [each.gap for each in found] == [UNKNOWN, GOOD, GOOD, SUSPECT, FAIL]
    assert [each.quality for each in found] == [GOOD] * 5


def test_neighbour_beyond_a_gap_is_none() -> None:
    """What came before a gap makes no spike and no flat line of what came after it."""
    found = flags(readings([1, 1, 9, 1, 1, 1], [0, 1, 2, 6, 7, 8]))
    assert [each.spike for each in found] == [2, 4 - 1, 2, 2, 1, 2]
    assert [each.flat for each in found] == [1, 1, 1, 1, 1, 3]
    once = flags(readings([1, 1, 1, 1, 1], [0, 1, 5, 6, 7]))
    assert [each.flat for each in once] == [1, 1, 1, 1, 3]


def test_flat_line_is_of_elapsed_time() -> None:
    """Readings that come a little early or late, or are lost, do not end or make a flat line."""
    found = flags(readings([5] * 8, [0, 0.98, 2.03, 2.97, 5.4, 5.5, 5.6, 9.1]))
    assert [each.flat for each in found] == [1, 1, 3, 1 + 2, 4, 4, 4, 1]


def test_range_adds_what_is_unusual() -> None:
    """What a value says of itself stays, and what such a place does not usually show is suspect."""
    cold = SETTINGS.of("temperature", Environment.INDOOR)
    air = [
        Reading(START + n * HOUR, value, flag("temperature", value))
        for n, value in enumerate([4.9, 5.0, 35.1, 90.0, NAN])
    ]
    assert [each.range for each in flags(air, cold)] == [3, 1, 3, 4, 9]
    outside = SETTINGS.of("temperature", Environment.OUTDOOR)
    assert [each.range for each in flags(air, outside)] == [1, 1, 1, 4, 9]


def test_what_fails_by_itself_is_no_neighbour() -> None:
    """An error code does not take the readings beside it with it; it is no part of a flat line."""
    given_ = readings([20, 20, -45, 20, 20, 20])
    given_[2] = replace(given_[2], quality=FAIL)
    found = flags(given_, replace(TESTED, rate=Limits(5 / 3600, 10 / 3600)))
    assert [each.spike for each in found] == [2, 2, 2, 2, 1, 2]
    assert [each.rate for each in found] == [1, 1, 2, 1, 1, 1]
    assert [each.flat for each in found] == [1, 1, 2, 3, 4, 4]
    assert [each.quality for each in found] == [1, 1, 4, 3, 4, 4]
    assert [each.fails_beside_others for each in found] == [False] * 4 + [True, True]


def test_flat_line_that_is_suspect_or_fails_alone() -> None:
    """Either length may be missing."""
    suspect, fails = FlatLine(0.05, 2 * HOUR, None), FlatLine(0.05, None, 4 * HOUR)
    still = readings([7.0] * 6)
    assert [each.flat for each in flags(still, Settings(flat=suspect))] == [1, 1, 3, 3, 3, 3]
    assert [each.flat for each in flags(still, Settings(flat=fails))] == [1, 1, 1, 1, 4, 4]


def test_end_of_the_scale_never_fails() -> None:
    """Fog holds a sensor at its end, and clean air a counter at nothing: both are suspect."""
    for name, end, inside in (("relative_humidity", 99.0, 98.9), ("pm2_5", 0.0, 1.0)):
        tested = SETTINGS.of(name, Environment.OUTDOOR)
        for value, worst_of in ((end, SUSPECT), (inside, FAIL)):
            assert flags(readings([value] * 40), tested)[-1].flat == worst_of


def test_neighbour_beyond_a_gap_makes_no_rate() -> None:
    """A change over a silence is no fast one."""
    found = flags(readings([20.0, 90.0], [0, 4]), TESTED)
    assert [each.rate for each in found] == [1, 1]


def test_property_without_settings() -> None:
    """Of what no test is written for, only gaps are found, and what a value says of itself."""
    [first, second] = flags(
        readings([1, 100]), SETTINGS.of("parking_occupied", Environment.OUTDOOR)
    )
    assert (second.spike, second.rate, second.flat, second.gap) == (UNKNOWN, UNKNOWN, UNKNOWN, GOOD)
    assert first.quality == second.quality == GOOD
    [none] = flags(readings([NAN]), Settings())
    assert {none.range, none.spike, none.rate, none.flat, none.quality} == {MISSING}
    assert flags([]) == []


def test_dust_and_showers_never_fail() -> None:
    """A peak of dust and a jump of humidity are suspect, whatever they are."""
    for name, peak in (("pm10", 1900.0), ("relative_humidity", 99.0)):
        given_ = readings([10, 10, peak, 10, 10])
        found = flags(given_, SETTINGS.of(name, Environment.INDOOR))
        assert found[2].spike == SUSPECT
        assert FAIL not in {each.quality for each in found}


@pytest.mark.parametrize("name", sorted(SETTINGS.properties))
def test_settings_hang_together(name: str) -> None:
    """Each is of a property, within its span, and fails later than it suspects."""
    tested = SETTINGS.of(name, Environment.INDOOR)
    low, high = PROPERTIES[name].plausible
    if tested.usual:
        assert low <= tested.usual[0] < tested.usual[1] <= high
    assert tested.flat is not None
    assert tested.spike is not None


@pytest.mark.parametrize(
    ("given_", "expected"),
    [((1, 2), 1), ((2, 2), 2), ((9, 1), 1), ((3, 4), 4), ((2, 9), 2), ((), 9), ((1, 3, 2), 3)],
)
def test_worst(given_: tuple[int, ...], expected: int) -> None:
    """FAIL, SUSPECT, GOOD, UNKNOWN, MISSING: as ioos_qc puts them."""
    assert worst(given_) == expected


VALUES = st.lists(
    st.tuples(
        st.sampled_from([20.0, 20.02, 20.04, 20.3, 24.0, 27.5, 33.0, NAN])
        | st.floats(-50, 90, width=16),
        st.integers(1, 9),
    ),
    min_size=3,
    max_size=12,
).map(lambda runs: [value for value, times in runs for _ in range(times)])
"""Runs of one value"""


@given(VALUES, st.integers(1, 6), st.integers(1, 6), st.sampled_from([0.03, 0.5]))
def test_same_as_ioos_qc(values: list[float], suspect: int, longer: int, tolerance: float) -> None:
    """Of readings without a gap each test says what the oracle says, and so does the whole."""
    flat = FlatLine(tolerance, suspect * HOUR, (suspect + longer) * HOUR)
    tested = replace(TESTED, flat=flat)
    given_ = readings(values)
    found = flags(given_, tested)
    times = numpy.array([int(each.time.timestamp()) for each in given_])
    oracle = {
        "range": qartod.gross_range_test(values, (-1e9, 1e9)),
        "spike": qartod.spike_test(values, 3, 10),
        "rate": qartod.rate_of_change_test(values, times, 5 / 3600, 10 / 3600),
        "flat": qartod.flat_line_test(
            values, times, 3600 * suspect, 3600 * (suspect + longer), tolerance
        ),
    }
    for name, expected in oracle.items():
        assert [getattr(each, name) for each in found] == expected.tolist(), name
    together = qartod.qartod_compare([numpy.array(each) for each in oracle.values()])
    assert [each.quality for each in found] == together.tolist()
    for each in found:
        event(f"spike {each.spike}")
        event(f"rate {each.rate}")
        event(f"flat {each.flat}")


@given(st.lists(st.integers(1, 20), min_size=2, max_size=30))
def test_gaps_are_those_of_ioos_qc(steps: list[int]) -> None:
    """Half hours between readings: more than six of them are a gap of the oracle too."""
    times = [sum(steps[:number]) / 2 for number in range(len(steps))]
    given_ = readings([1.0] * len(times), times)
    stamps = numpy.array([each.time.replace(tzinfo=None) for each in given_], "datetime64[ns]")
    expected = qartod.time_gap_test(stamps, 3).tolist()
    found = [each.gap for each in flags(given_)]
    assert [each == FAIL for each in found[1:]] == [each == FAIL for each in expected[1:]]
    assert found[0] == UNKNOWN


STEPS = st.lists(
    st.tuples(
        st.sampled_from([20, 55, 60, 61, 150, 200, 700]), st.sampled_from([5.0, 5.01, 9, 30, NAN])
    ),
    min_size=4,
    max_size=60,
)


@given(STEPS, st.integers(0, 60))
def test_reading_some_time_before_is_enough(steps: list[tuple[int, float]], number: int) -> None:
    """Begun so much earlier, and with the last reading before that, a stretch has its flags."""
    minutes = [sum(step for step, _ in steps[: n + 1]) / 60 for n in range(len(steps))]
    given_ = readings([value for _, value in steps], minutes)
    whole = {each.reading.time: each for each in flags(given_)}
    since = given_[number % len(given_)].time
    begun = since - lead_in(TESTED, HOUR)
    earlier = [each for each in given_ if each.time < begun]
    event(f"something is before it: {bool(earlier)}")
    part = {
        each.reading.time: each
        for each in flags([*earlier[-1:], *(each for each in given_ if each.time >= begun)])
        if each.reading.time >= since
    }
    assert repr(part) == repr({time: each for time, each in whole.items() if time >= since})
