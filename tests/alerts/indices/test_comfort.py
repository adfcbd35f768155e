"""Heat at night, the adaptive limit, and stale air."""

from datetime import UTC, datetime

import pytest

from alerts import figures
from alerts.indices import comfort
from tests.fixtures.traces import hours

FIGURES = figures.load().comfort


@pytest.mark.parametrize(
    ("start", "night"),
    [
        ("2026-01-12T21:00", False),
        ("2026-01-12T22:00", True),
        ("2026-01-13T06:00", True),
        ("2026-01-13T07:00", False),
        ("2026-07-12T20:00", False),
        ("2026-07-12T21:00", True),
        ("2026-07-13T05:00", True),
        ("2026-07-13T06:00", False),
    ],
)
def test_night(start: str, *, night: bool) -> None:
    """The night is from 22:00 to 07:00 by London's clock."""
    assert comfort.is_night(datetime.fromisoformat(start).replace(tzinfo=UTC), FIGURES) is night


def test_hot_nights() -> None:
    """Hours over 26 degC count, at night and when valid."""
    evening = datetime(2026, 7, 12, 20, tzinfo=UTC)
    assert comfort.hot_nights(hours([27, 27, 26, 26.1, None, 28], evening), FIGURES) == 3


def test_running_mean() -> None:
    """Yesterday weighs a fifth, all the days before the rest."""
    assert comfort.running_outdoor_mean([], FIGURES) is None
    assert comfort.running_outdoor_mean([20], FIGURES) == 20
    assert comfort.running_outdoor_mean([20, 25], FIGURES) == pytest.approx(21)


def test_adaptive_limit() -> None:
    """The limit follows the outdoor mean."""
    assert comfort.adaptive_limit(15, FIGURES) == pytest.approx(26.75)


def test_hot_share() -> None:
    """Only occupied hours from May to September count, and only 1 K or more over the limit."""
    july, april = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 4, 30, 22, tzinfo=UTC)
    last_of_april = (april, 40.0, 26.0)
    occupied = [(july, 27.0, 26.0), (july, 26.9, 26.0), (july, 20.0, 26.0), (july, 30.0, 26.0)]
    assert comfort.hot_share([*occupied, last_of_april], FIGURES) == 0.5
    assert comfort.hot_share([last_of_april], FIGURES) is None


def test_busiest_hours() -> None:
    """A day is judged by the mean of its four busiest hours, if there are four."""
    assert comfort.busiest([400, 2000, None, 1600, 1400, 1000, 500], FIGURES) == 1500
    assert comfort.busiest([2000, None, 1600, 1400], FIGURES) is None


def test_stuffy() -> None:
    """Three of the last seven days over 1500 ppm are too many."""
    assert comfort.is_stuffy([1501, None, 1501, 900, 900, 900, 1501], FIGURES)
    assert not comfort.is_stuffy([1501, 1501, 1501, 900, 900, 900, 900, 1500, 900], FIGURES)
    assert not comfort.is_stuffy([], FIGURES)
