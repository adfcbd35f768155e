"""Humidity that lasts."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from alerts import figures
from alerts.indices import part_f
from tests.fixtures.traces import HOUR, START, hours

FIGURES = figures.load().part_f


def exceeded(values: list[float | None]) -> dict[int, bool | None]:
    """Say which windows of room air are over their limit at the series' end; None: no mean."""
    until = START + len(values) * HOUR
    found = part_f.assess(hours(values), until, FIGURES.air_limits, FIGURES)
    return {finding.hours: None if finding.mean is None else finding.exceeds for finding in found}


def test_daily_is_the_loosest() -> None:
    """A day at 86 % is too much, a week at 76 %, a month at 66 %."""
    assert exceeded([86.0] * 24) == {24: True, 168: None, 720: None}
    assert exceeded([76.0] * 168) == {24: False, 168: True, 720: None}
    assert exceeded([66.0] * 720) == {24: False, 168: False, 720: True}
    assert exceeded([65.0] * 720) == {24: False, 168: False, 720: False}


@pytest.mark.parametrize(("length", "needed"), [(24, 18), (168, 126), (720, 540)])
def test_capture(length: int, needed: int) -> None:
    """18, 126 and 540 hours are enough; one less is not."""
    assert exceeded([90.0] * needed)[length] is True
    assert exceeded([90.0] * (needed - 1))[length] is None


def test_no_mean_exceeds_nothing() -> None:
    """Without a mean nothing is claimed."""
    (finding, *_) = part_f.assess({}, START, FIGURES.surface_limits, FIGURES)
    assert finding == part_f.Finding(24, 95, None)
    assert not finding.exceeds


def day(wet: int) -> list[float | None]:
    """Give a day with so many wet hours."""
    return [80.0] * wet + [79.9] * (22 - wet) + [None, 60.0]


def test_wet_days() -> None:
    """Days count in a row, each with six hours at 80 % or more."""
    midnight = datetime(2026, 1, 12, tzinfo=UTC)
    surface = hours(day(6) + day(5) + day(6) + day(9), midnight)
    assert part_f.wet_days(surface, date(2026, 1, 15), FIGURES) == 2
    assert part_f.wet_days(surface, date(2026, 1, 13), FIGURES) == 0
    assert part_f.wet_days(surface, date(2026, 1, 12), FIGURES) == 1
    assert part_f.wet_days({}, date(2026, 1, 12), FIGURES) == 0


def test_wet_days_are_londons() -> None:
    """In summer the day begins at 23:00 UTC of the day before."""
    surface = hours([85.0] * 6, datetime(2026, 7, 1, 23, tzinfo=UTC))
    assert part_f.wet_days(surface, date(2026, 7, 2), FIGURES) == 1
    assert part_f.wet_days(surface, date(2026, 7, 1), FIGURES) == 0


def test_no_wet_hours_asked() -> None:
    """A figure of nothing still asks for a wet hour, so the count ends."""
    lenient = replace(FIGURES, wet_hours=0)
    assert part_f.wet_days(hours([85.0], START), START.date(), lenient) == 1
