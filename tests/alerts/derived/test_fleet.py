"""The health of a device by the day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts import figures, quality_settings
from alerts.derived import fleet
from alerts.derived.fleet import Extent
from alerts.quality_settings import FlatLine

FIGURES = figures.load().fleet
STILL = quality_settings.load().still()
AIR, DUST = STILL["temperature"], STILL["pm10"]
HOUR = timedelta(hours=1)
DAY = 24 * HOUR
END = datetime(2026, 3, 9, tzinfo=UTC)
TEN_MINUTES = HOUR / 6


def came(hours: int, number: int = 6) -> dict[datetime, int]:
    """Give so many messages in each of the last hours."""
    return {END - hour * HOUR: number for hour in range(1, hours + 1)}


def test_capture_of_a_week() -> None:
    """Received reports of those expected in 168 hours; more than expected do not count."""
    full = came(168)
    assert fleet.capture(full, END, TEN_MINUTES, FIGURES) == 100
    lost = {hour: 0 if number % 4 == 0 else 60 for number, hour in enumerate(full)}
    assert fleet.capture(lost, END, TEN_MINUTES, FIGURES) == 75
    silent = came(168) | {END - 200 * HOUR: 6}
    assert fleet.capture(silent, END + 84 * HOUR, TEN_MINUTES, FIGURES) == 50


def test_capture_of_a_new_device() -> None:
    """It is told from a day on, of the time since the device was first heard."""
    assert fleet.capture(came(23), END, TEN_MINUTES, FIGURES) is None
    assert fleet.capture(came(24, 3), END, TEN_MINUTES, FIGURES) == 50
    assert fleet.capture({}, END, TEN_MINUTES, FIGURES) is None


def test_capture_of_a_device_that_reports_twice_a_day() -> None:
    """A long interval is judged over the week, not by the hour."""
    twice = {END - 12 * number * HOUR: 1 for number in range(1, 15)}
    assert fleet.capture(twice, END, 12 * HOUR, FIGURES) == 100


def flat(hours: int, value: float = 20.0, width: float = 0.1) -> list[Extent]:
    """Give hours that move by a little."""
    return [Extent(END - back * HOUR, value, value + width) for back in range(hours, 0, -1)]


@pytest.mark.parametrize(
    ("hours", "expected"), [(24, 50), (48, 100), (72, 150)], ids=["half", "full", "more"]
)
def test_flat_line_in_elapsed_time(hours: int, expected: float) -> None:
    """A temperature within 0.11 K for 48 hours has reached all of its time."""
    moving = [Extent(END - (hours + 1) * HOUR, 19.0, 20.0)]
    share = fleet.flat_share(moving + flat(hours), END, AIR)
    assert share == pytest.approx(expected)


def test_what_moves_is_not_flat() -> None:
    """A span as wide as the tolerance ends it, and so does a hole; silence is no flat line."""
    assert fleet.flat_share(flat(5, width=0.2), END, AIR) == 0
    holed = flat(20)[:10] + flat(6)
    assert fleet.flat_share(holed, END, AIR) == pytest.approx(100 * 6 / 48)
    bridged = flat(20)[:10] + flat(7)
    assert fleet.flat_share(bridged, END, AIR) == pytest.approx(100 * 20 / 48)
    assert fleet.flat_share(flat(9), END + 4 * HOUR, AIR) is None
    assert fleet.flat_share([], END, AIR) is None
    assert fleet.flat_share(flat(9), END, FlatLine(0.11, 24 * HOUR, None)) is None


def test_dust_is_flat_when_it_is_the_same() -> None:
    """Twelve hours of one and the same value are all of a dust sensor's time."""
    assert fleet.flat_share(flat(12, width=0), END, DUST) == pytest.approx(100)
    assert fleet.flat_share(flat(12, width=1), END, DUST) == 0


def level(days: int, slope: float, start: float = 80.0) -> list[tuple[datetime, float]]:
    """Give a battery that loses so much a day."""
    return [(END + day * DAY, start - slope * day) for day in range(days)]


def test_battery_by_its_trend() -> None:
    """From the fitted level of the last day down to empty, at the fitted pace."""
    assert fleet.battery_days_left(level(15, 1), 5, FIGURES) == pytest.approx(61)
    assert fleet.battery_days_left(level(15, 5.5), 5, FIGURES) == 0
    assert fleet.battery_days_left(level(15, -1), 5, FIGURES) == 7300
    assert fleet.battery_days_left(level(15, 0.0001), 5, FIGURES) == 7300
    assert fleet.battery_days_left(level(13, 1), 5, FIGURES) is None
    two = replace(FIGURES, battery_least_days=2)
    assert fleet.battery_days_left(level(2, 0), 5, two) == 7300


def test_clock_against_its_week() -> None:
    """A day's delay against the median of the days before; without either nothing is told."""
    week = {END - day * DAY: 2.0 + day / 10 for day in range(1, 8)}
    assert fleet.clock_drift({**week, END: 92.4}, END) == pytest.approx(90)
    assert fleet.clock_drift({**week, END: -60.0}, END) == pytest.approx(62.4)
    assert fleet.clock_drift(week, END) is None
    assert fleet.clock_drift({END: 5.0, END - 8 * DAY: 1.0}, END) is None
