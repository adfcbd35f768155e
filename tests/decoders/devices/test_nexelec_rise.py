"""Logs: values counted back from the reception, and what no log can say."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from decoders import registry
from decoders.clock import UNTIMED
from decoders.model import Observation

CODEC = registry.codec("nexelec-rise")
NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
UNIT = timedelta(minutes=10)


def _log(*ages: float) -> list[Observation]:
    return [
        Observation("temperature", 20.0 + place / 10, NOW - age * UNIT)
        for place, age in enumerate(ages)
    ]


@given(st.data(), st.integers(1, 255))
def test_a_log_comes_back(data: st.DataObject, period: int) -> None:
    """Values on any grid of at most 63 places come back newest first, whatever their order."""
    places = data.draw(st.sets(st.integers(1, 62)).map(sorted))
    seen = _log(0, *(place * period for place in places))
    event(f"gaps: {len(places) < max(places, default=0)}")
    port, run = CODEC.encode(data.draw(st.permutations(seen)))
    reading = CODEC.decode(run, port, received_at=NOW)
    assert reading.observations == tuple(seen)
    assert reading.error is None


@given(st.lists(st.sampled_from([0.0, 48.5, 102.0]), min_size=1, max_size=63))
def test_a_log_without_times_comes_back(values: list[float]) -> None:
    """Values nobody knows the time of keep their order, and equal ones are not merged."""
    seen = tuple(Observation("relative_humidity", value, None, "", UNTIMED) for value in values)
    port, run = CODEC.encode(seen)
    assert CODEC.decode(run, port).observations == seen


@given(st.integers(1, 10), st.data())
def test_a_cut_log_gives_the_values_that_are_there(count: int, data: st.DataObject) -> None:
    """Cut anywhere behind its header, a log gives its first values and says that some lack."""
    seen = _log(*range(count))
    _, run = CODEC.encode(seen)
    length = data.draw(st.integers(5, len(run) - 1))
    reading = CODEC.decode(run[:length], 1, received_at=NOW)
    assert reading.observations == tuple(seen)[: len(reading.observations)]
    assert len(reading.observations) == (8 * length - 36) // 10
    assert reading.error is not None
    assert reading.error.reason == "truncated"


def test_a_repeated_value_falls_on_itself() -> None:
    """A value that the next frame repeats has the same time, though frames come late."""
    _, first = CODEC.encode(_log(0, 1))
    _, second = CODEC.encode(_log(0, 1, 2))
    late = NOW + UNIT + timedelta(seconds=20, microseconds=7)
    early = NOW - timedelta(seconds=11)
    before = CODEC.decode(first, 1, received_at=early).observations
    after = CODEC.decode(second, 1, received_at=late).observations
    assert [seen.phenomenon_time for seen in before] == [seen.phenomenon_time for seen in after[1:]]


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(_log(0, 0.5), id="five minutes apart"),
        pytest.param(_log(0, 63, 64), id="more than 63 places"),
        pytest.param(_log(0, 257 * 3), id="too far apart for the period"),
        pytest.param([*_log(0), *_log(0)], id="one time twice"),
        pytest.param([*_log(0), Observation("temperature", 21.0)], id="of now and of the past"),
        pytest.param(
            [*_log(0), Observation("temperature", 21.0, None, "", UNTIMED)], id="with and without"
        ),
        pytest.param([*_log(0), Observation("co2", 500.0, NOW - UNIT)], id="of two properties"),
        pytest.param([Observation("tvoc", 500.0, NOW)], id="of what is not logged"),
    ],
)
def test_what_no_log_can_say(seen: list[Observation]) -> None:
    """A log is of one property, on a grid of 10 minutes, of 63 places."""
    with pytest.raises(ValueError, match=r"cannot be said|series only"):
        CODEC.encode(seen)


def test_what_a_product_is_not_fitted_with_is_disabled() -> None:
    """A field without a value carries the code `disabled`, and no level of air quality is made."""
    _, run = CODEC.encode([Observation("temperature", 20.0), Observation("co2", 600.0)])
    assert run.hex() == "aa017d3fd0963ffdff5f7efdfff8"
