"""Water in the air: the worked numbers, and what holds for any room."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import figures
from alerts.indices import moisture
from alerts.indices.moisture import Diagnosis

FIGURES = figures.load().moisture
ROOMS = st.floats(-40, 60)
HUMIDITIES = st.floats(0.1, 100)

TABLE = [
    (20, 50, 2333.4, 1166.7, 9.261, 8.624),
    (20, 60, 2333.4, 1400.1, 12.000, 10.349),
    (18, 70, 2059.7, 1441.8, 12.447, 10.730),
    (22, 65, 2638.6, 1715.1, 15.119, 12.591),
    (15, 80, 1702.0, 1361.6, 11.577, 10.239),
    (10, 90, 1226.0, 1103.4, 8.435, 8.444),
    (5, 95, 871.6, 828.0, 4.265, 6.450),
    (25, 40, 3161.7, 1264.7, 10.465, 9.191),
]


@pytest.mark.parametrize(("temperature", "humidity", "es", "e", "dew", "absolute"), TABLE)
def test_table(  # noqa: PLR0913 - a row of the table
    *, temperature: float, humidity: float, es: float, e: float, dew: float, absolute: float
) -> None:
    """The worked numbers of the formulas."""
    assert moisture.saturation_pressure(temperature) == pytest.approx(es, abs=0.05)
    assert moisture.vapour_pressure(temperature, humidity) == pytest.approx(e, abs=0.05)
    assert moisture.dew_point(temperature, humidity) == pytest.approx(dew, abs=0.0006)
    assert moisture.absolute_humidity(temperature, humidity) == pytest.approx(absolute, abs=0.0006)


@pytest.mark.parametrize(
    ("temperature", "humidity", "dew"),
    [
        *((20, 50, 9.272), (20, 60, 12.007), (18, 70, 12.453), (22, 65, 15.124)),
        *((15, 80, 11.582), (10, 90, 8.437), (5, 95, 4.267), (25, 40, 10.476)),
    ],
)
def test_ashrae(temperature: float, humidity: float, dew: float) -> None:
    """The dew point agrees with ASHRAE's full formulas to 0.02 K."""
    assert moisture.dew_point(temperature, humidity) == pytest.approx(dew, abs=0.02)


@given(ROOMS, HUMIDITIES)
def test_dew_point_is_below(temperature: float, humidity: float) -> None:
    """The dew point is at most the temperature, and is it when the air is saturated."""
    dew = moisture.dew_point(temperature, humidity)
    assert dew is not None
    assert dew <= temperature + 1e-9
    assert moisture.dew_point(temperature, 100) == pytest.approx(temperature, abs=1e-9)


@given(ROOMS, HUMIDITIES, HUMIDITIES)
def test_dew_point_rises_with_humidity(temperature: float, one: float, other: float) -> None:
    """More humid air at the same temperature has no lower dew point."""
    low, high = sorted((one, other))
    drier, damper = moisture.dew_point(temperature, low), moisture.dew_point(temperature, high)
    assert drier is not None
    assert damper is not None
    assert drier <= damper


@given(st.floats(0, 40), st.floats(20, 100))
def test_pressure_at_the_dew_point(temperature: float, humidity: float) -> None:
    """Saturated air at the dew point holds the vapour that the room's air holds."""
    dew = moisture.dew_point(temperature, humidity)
    assert dew is not None
    assert moisture.saturation_pressure(dew) == pytest.approx(
        moisture.vapour_pressure(temperature, humidity), rel=1e-9
    )


@pytest.mark.parametrize("humidity", [0, -1, -0.001, math.nan])
def test_dry_air(humidity: float) -> None:
    """Without any vapour there is no dew point, rather than an infinite one."""
    assert moisture.dew_point(20, humidity) is None


@pytest.mark.parametrize("humidity", [-1, math.nan])
def test_no_humidity(humidity: float) -> None:
    """What is no humidity gives no vapour."""
    assert moisture.vapour_pressure(20, humidity) is None
    assert moisture.absolute_humidity(20, humidity) is None
    assert moisture.surface_humidity(20, humidity, 15) is None
    assert moisture.excess(20, humidity, 5, 90) is None
    assert moisture.excess(20, 60, 5, humidity) is None


@pytest.mark.parametrize("temperature", [-40.1, 60.1, math.nan, math.inf])
def test_outside_the_formula(temperature: float) -> None:
    """Outside -40 to 60 degC nothing is claimed."""
    assert moisture.saturation_pressure(temperature) is None
    assert moisture.dew_point(temperature, 50) is None
    assert moisture.surface_humidity(20, 50, temperature) is None
    assert moisture.highest_humidity(20, temperature, 80) is None
    assert moisture.highest_humidity(temperature, 20, 80) is None


def test_more_than_saturated() -> None:
    """A sensor's 100.4 % is taken as 100."""
    assert moisture.dew_point(20, 100.4) == moisture.dew_point(20, 100)
    assert moisture.vapour_pressure(20, 104) == moisture.saturation_pressure(20)


SURFACES = [
    (20, 60, 0, 0.75, 15.00, 82.26),
    (20, 60, 5, 0.75, 16.25, 75.93),
    (20, 60, 5, 0.90, 18.50, 65.87),
    (20, 60, 5, 0.50, 12.50, 96.77),
    (18, 70, 5, 0.75, 14.75, 86.09),
    (16, 70, 2, 0.75, 12.50, 87.79),
    (21, 50, 0, 0.75, 15.75, 69.49),
    (22, 55, -5, 0.75, 15.25, 83.91),
]


@pytest.mark.parametrize("row", SURFACES)
def test_surfaces(row: tuple[float, float, float, float, float, float]) -> None:
    """The worked numbers of the coldest spot."""
    indoor, humidity, outdoor, factor, temperature, expected = row
    surface = moisture.surface_temperature(indoor, outdoor, factor)
    assert surface == pytest.approx(temperature, abs=1e-9)
    found = moisture.surface_humidity(indoor, humidity, surface)
    assert found == pytest.approx(expected, abs=0.006)


def test_surface_is_capped() -> None:
    """A surface below the dew point has 100 %, not more."""
    assert moisture.surface_humidity(20, 60, 5) == 100


@pytest.mark.parametrize("factor", [0, -0.5, 1.01, math.nan])
def test_no_factor(factor: float) -> None:
    """A temperature factor lies above 0 and at most at 1."""
    with pytest.raises(ValueError, match="is no temperature factor"):
        moisture.surface_temperature(20, 0, factor)


@pytest.mark.parametrize(
    ("outdoor", "expected"), [(-5, 53.82), (0, 58.35), (5, 63.21), (10, 68.43)]
)
def test_keep_the_room_below(outdoor: float, expected: float) -> None:
    """The line for an officer: in this weather keep the room below so much."""
    surface = moisture.surface_temperature(20, outdoor, FIGURES.factor_default)
    found = moisture.highest_humidity(20, surface, FIGURES.surface_limit)
    assert found == pytest.approx(expected, abs=0.006)


def test_keep_below_is_at_most_saturated() -> None:
    """A surface warmer than the room allows any humidity."""
    assert moisture.highest_humidity(10, 25, 80) == 100


def test_excess() -> None:
    """The worked moisture loads."""
    assert moisture.excess(20, 60, 5, 90) == pytest.approx(615.7, abs=0.06)
    assert moisture.excess(20, 50, 0, 90) == pytest.approx(616.9, abs=0.06)


@pytest.mark.parametrize(
    ("vapour_excess", "outdoor", "expected"),
    [(270, 0, 1), (271, 0, 2), (541, -10, 3), (811, 0, 4), (1081, 0, 5), (271, 10, 3), (1, 20, 5)],
)
def test_load_classes(vapour_excess: float, outdoor: float, expected: int) -> None:
    """The classes' bounds are full at 0 degC and below, half at 10, and nothing from 20 on."""
    assert moisture.load_class(vapour_excess, outdoor, FIGURES) == expected


@pytest.mark.parametrize(
    ("vapour_excess", "outdoor", "indoor", "surface", "expected"),
    [
        (900, 0, 20, 90, Diagnosis.WATER),
        (600, 0, 20, 90, Diagnosis.MOISTURE),
        (540, 0, 16, 90, Diagnosis.HEATING),
        (300, 0, 20, 85, Diagnosis.FABRIC),
        (300, 0, 20, 70, Diagnosis.NONE),
        (300, 0, 20, None, Diagnosis.NONE),
        (541, 5, 20, 70, Diagnosis.MOISTURE),
        (900, 10, 20, 90, None),
    ],
)
def test_diagnosis(
    *,
    vapour_excess: float,
    outdoor: float,
    indoor: float,
    surface: float | None,
    expected: Diagnosis | None,
) -> None:
    """High load points to moisture, a cold room to heating, a cold surface to the fabric."""
    found = moisture.diagnose(
        vapour_excess=vapour_excess,
        outdoor=outdoor,
        indoor=indoor,
        surface_humidity=surface,
        figures=FIGURES,
    )
    assert found is expected


@pytest.mark.parametrize("diagnosis", list(Diagnosis))
def test_words_blame_nobody(diagnosis: Diagnosis) -> None:
    """No words put damp down to how people live."""
    words = diagnosis.words.lower()
    assert words
    for blame in ("lifestyle", "tenant", "resident", "behaviour", "cooking", "laundry", "you "):
        assert blame not in words


@pytest.mark.parametrize(
    ("vapour_excess", "outdoor", "expected"),
    [
        (616.9, -5, 616.9),  # at 0 degC and below the bounds stand as they are
        (616.9, 0, 616.9),
        (615.7, 5, 820.93),  # 615.7 over 15/20
        (300, 9.99, 599.4),  # 300 over 10.01/20
        (300, 10, None),
    ],
)
def test_load_is_the_excess_as_it_would_be_at_freezing(
    vapour_excess: float, outdoor: float, expected: float | None
) -> None:
    """The excess over the share to which the classes' bounds have fallen; none from 10 degC on."""
    found = moisture.load(vapour_excess, outdoor, FIGURES)
    assert found == (None if expected is None else pytest.approx(expected, abs=0.01))
