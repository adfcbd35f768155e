"""How fine dust is, and what a site adds to it, against numbers worked out by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import figures
from alerts.derived.model import Values
from alerts.derived.particles import Monitor, contribution, ratio
from alerts.indices.wind import Wind

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
DUST = figures.load().dust


def test_ratio_needs_both_and_some_dust() -> None:
    """66 of 200 is 0.33; an hour without PM2.5, without dust or outside the time has none."""
    fine = {TEN: 66.0, TEN + HOUR: 5.0, TEN + 3 * HOUR: 10.0}
    coarse = {TEN: 200.0, TEN + HOUR: 0.0, TEN + 2 * HOUR: 100.0, TEN + 3 * HOUR: 20.0}
    values = Values()
    ratio(fine, coarse, TEN, TEN + 3 * HOUR, values)
    assert values.of("fine_particle_ratio") == {TEN: pytest.approx(0.33)}


@pytest.mark.parametrize(
    ("wind_from", "speed", "adds"),
    [
        (180, 2.0, 260.0),  # from the south: north has 300, south 40
        (0, 2.0, -260.0),
        (225, 2.0, 260.0),  # 45 degrees off still counts
        (226, 2.0, None),
        (180, 0.4, None),  # no wind to speak of
        (180, 0.5, 260.0),
        (None, 2.0, None),  # it turned all the time
    ],
)
def test_contribution_is_downwind_less_upwind(
    wind_from: float | None, speed: float, adds: float | None
) -> None:
    """Within 45 degrees to either side and from 0.5 m/s on."""
    monitors = [Monitor(0, {TEN: 300.0}), Monitor(180, {TEN: 40.0})]
    blown = {TEN: Wind(speed, wind_from)}
    found = contribution(monitors, blown, TEN, TEN + 2 * HOUR, DUST)
    assert found.of("site_contribution_pm10") == ({} if adds is None else {TEN: adds})


def test_contribution_needs_both_sides() -> None:
    """Of several monitors the worst downwind and the best upwind count; one side tells nothing."""
    monitors = [
        Monitor(350, {TEN: 250.0}),
        Monitor(20, {TEN: 310.0, TEN + HOUR: 310.0}),
        Monitor(170, {TEN: 60.0}),
        Monitor(200, {TEN: 35.0}),
        Monitor(90, {TEN: 999.0}),
    ]
    blown = {TEN: Wind(3, 180), TEN + HOUR: Wind(3, 180)}
    found = contribution(monitors, blown, TEN, TEN + 2 * HOUR, DUST)
    assert found.of("site_contribution_pm10") == {TEN: 275.0}
