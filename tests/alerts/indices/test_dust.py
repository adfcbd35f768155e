"""Dust of a site."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import figures
from alerts.indices import dust

FIGURES = figures.load().dust
WEEKDAY = (time(8), time(18))
SITE = dust.SiteHours({**dict.fromkeys(range(5), WEEKDAY), 5: (time(8), time(13))})


@pytest.mark.parametrize(
    ("moment", "working"),
    [
        ("2026-03-02T08:00", True),
        ("2026-03-02T07:59", False),
        ("2026-03-02T17:59", True),
        ("2026-03-02T18:00", False),
        ("2026-03-07T12:59", True),
        ("2026-03-07T13:00", False),
        ("2026-03-08T10:00", False),
        ("2026-07-06T07:00", True),
        ("2026-07-06T17:00", False),
        ("2026-04-06T10:00", False),
    ],
)
def test_site_hours(moment: str, *, working: bool) -> None:
    """Hours are those of the clock in London, by day of the week, and never a bank holiday."""
    when = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert dust.is_working(when, SITE, {date(2026, 4, 6)}) is working


@pytest.mark.parametrize(
    ("bearing", "wind_from", "speed", "downwind"),
    [
        (90, 270, 2, True),
        (90, 225, 2, True),
        (90, 224, 2, False),
        (90, 315, 2, True),
        (90, 316, 2, False),
        (90, 90, 2, False),
        (0, 180, 2, True),
        (350, 215, 2, True),
        (10, 145, 2, True),
        (90, 270, 0.5, True),
        (90, 270, 0.4, False),
    ],
)
def test_downwind(*, bearing: float, wind_from: float, speed: float, downwind: bool) -> None:
    """A vane tells where wind comes from; within 45 degrees it blows to the monitor."""
    assert dust.is_downwind(bearing, wind_from, speed, FIGURES) is downwind


@given(st.floats(0, 360), st.floats(0, 360))
def test_a_full_turn_changes_nothing(bearing: float, wind_from: float) -> None:
    """Directions are the same a full turn further, away from the sector's very edge."""
    off = abs((wind_from - bearing + 360) % 360 - 180)
    if abs(off - 45) > 0.001:
        expected = dust.is_downwind(bearing, wind_from, 1, FIGURES)
        assert dust.is_downwind(bearing + 360, wind_from, 1, FIGURES) is expected
        assert dust.is_downwind(bearing, wind_from - 360, 1, FIGURES) is expected
        assert expected is (off < 45)


@pytest.mark.parametrize(
    ("downwind", "upwind", "sites"),
    [(200, 50, True), (200, 99, True), (200, 100, False), (190, 0, False), (191, 0, True)],
)
def test_attribution(*, downwind: float, upwind: float, sites: bool) -> None:
    """The site is the cause when over the level and most was added between the monitors."""
    assert dust.is_the_sites(downwind, upwind, FIGURES) is sites


def test_fine_ratio() -> None:
    """The ratio is none where there is nothing to divide by."""
    assert dust.fine_ratio(33, 100) == 0.33
    assert dust.fine_ratio(33, 0) is None
    assert dust.fine_ratio(-1, 100) is None


FACTORS = {
    0.33: (1.200, 1.467, 1.800, 2.133, 2.800, 4.800),
    0.41: (1.249, 1.580, 1.994, 2.408, 3.236, 5.721),
    0.62: (1.376, 1.877, 2.503, 3.129, 4.382, 8.139),
}


@pytest.mark.parametrize("kappa", FACTORS)
def test_humidity_factors(kappa: float) -> None:
    """The worked factors of kappa-Koehler."""
    found = [dust.humidity_factor(rh, kappa) for rh in (50, 70, 80, 85, 90, 95)]
    assert found == pytest.approx(FACTORS[kappa], abs=0.0006)


@pytest.mark.parametrize("humidity", [0, 100, -5, 120])
def test_no_factor(humidity: float) -> None:
    """Where the formula has no value, none is made up."""
    with pytest.raises(ValueError, match="has no correction"):
        dust.humidity_factor(humidity, 0.4)


def test_correction() -> None:
    """The value is divided between 40 and 95 %, kept under it, and suspect over it."""
    factor = dust.humidity_factor(80, FIGURES.kappa)
    assert dust.correct(100, 80, FIGURES) == dust.Corrected(100 / factor, factor, suspect=False)
    assert dust.correct(100, 39.9, FIGURES) == dust.Corrected(100, 1, suspect=False)
    assert dust.correct(100, 95.1, FIGURES) == dust.Corrected(100, 1, suspect=True)
    assert not dust.correct(100, 95, FIGURES).suspect


@given(st.floats(0, 1000), st.floats(0, 100))
def test_correction_never_raises(concentration: float, humidity: float) -> None:
    """A correction never makes an exceedance out of what was none."""
    assert dust.correct(concentration, humidity, FIGURES).value <= concentration


def test_mass() -> None:
    """The factors are those of 20 degC."""
    assert dust.mass("no2", 100, FIGURES) == pytest.approx(191.25)
    assert dust.mass("o3", 100, FIGURES) == pytest.approx(199.57)
    assert dust.mass("so2", 100, FIGURES) == pytest.approx(266.09)
    assert dust.mass("co", 1, FIGURES) is None


def test_regional() -> None:
    """60 % of the monitors over their own percentile make an episode regional."""
    usual = {"a": 30.0, "b": 40.0, "c": 50.0, "d": 60.0, "e": 70.0}
    three = {"a": 31.0, "b": 41.0, "c": 51.0, "d": 60.0, "e": 10.0}
    assert dust.is_regional(three, usual, FIGURES)
    assert not dust.is_regional({**three, "c": 50.0}, usual, FIGURES)
    assert dust.is_regional({**three, "f": 0.0}, usual, FIGURES)
    assert not dust.is_regional({"a": 99.0, "b": 99.0}, usual, FIGURES)
    assert not dust.is_regional({}, usual, FIGURES)
