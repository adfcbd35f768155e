"""The indicative band by pollutant and hour."""

from datetime import UTC, datetime, timedelta

from alerts.derived import bands

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def series(values: dict[int, float]) -> dict[datetime, float]:
    """Give hours by their number after Monday began."""
    return {MONDAY + number * HOUR: value for number, value in values.items()}


def test_bands_of_running_means() -> None:
    """Dust is read from 18 of 24 hours, ozone from 6 of 8, nitrogen dioxide from the hour."""
    measured = {
        "pm10": series(dict.fromkeys(range(24), 50.5)),
        "pm2_5": series({}),
        "no2_mass": series({0: 200.4, 5: 200.5}),
        "o3_mass": series(dict.fromkeys(range(8), 240.49)),
    }
    values = bands.run(measured, {}, MONDAY, MONDAY + 24 * HOUR)
    assert values.of("indicative_band", "pm10") == series(dict.fromkeys(range(17, 24), 4))
    assert values.of("indicative_band", "no2") == series({0: 3, 5: 4})
    assert values.of("indicative_band", "o3") == series(dict.fromkeys(range(5, 10), 9))
    assert values.of("indicative_band", "pm2_5") == {}


def test_sulphur_dioxide_by_its_highest_quarter() -> None:
    """The band of an hour is that of its worst quarter."""
    quarters = {MONDAY + n * HOUR / 4: mean for n, mean in enumerate((50.0, 266.5, 10.0))}
    nothing = {name: series({}) for name in bands.RUNNING}
    values = bands.run(nothing, quarters, MONDAY, MONDAY + HOUR)
    assert values.of("indicative_band", "so2") == series({0: 4})
