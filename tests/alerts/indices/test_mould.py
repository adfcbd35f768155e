"""The VTT mould index: the worked table, declines, gaps, and checkpoints."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import figures
from alerts.indices import mould
from alerts.indices.mould import MATERIALS, Model, State
from alerts.model import Severity

FIGURES = figures.load().mould
WEEK = 168
SURFACES = st.one_of(
    st.none(),
    st.tuples(st.floats(-5, 30), st.floats(40, 100)),
    st.tuples(st.sampled_from([5.0, 15.0, 20.0]), st.sampled_from([75.0, 90.0, 97.0])),
)

TABLE = [
    (20, 80, "very sensitive", (0, 0, 0, 0, 0, 0)),
    (20, 80, "sensitive", (0, 0, 0, 0, 0, 0)),
    (20, 80, "medium resistant", (0, 0, 0, 0, 0, 0)),
    (20, 80, "resistant", (0, 0, 0, 0, 0, 0)),
    (20, 85, "very sensitive", (0.107, 0.214, 0.428, 0.854, 1.534, 2.611)),
    (20, 85, "sensitive", (0.061, 0.122, 0.242, 0.480, 0.710, 1.264)),
    (20, 90, "very sensitive", (0.238, 0.476, 0.952, 2.779, 3.919, 3.995)),
    (20, 90, "sensitive", (0.137, 0.275, 0.549, 1.064, 1.426, 2.553)),
    (20, 90, "medium resistant", (0.017, 0.033, 0.066, 0.132, 0.197, 0.422)),
    (20, 95, "very sensitive", (0.505, 1.018, 3.033, 5.118, 5.123, 5.123)),
    (20, 95, "sensitive", (0.292, 0.583, 1.112, 1.889, 2.658, 4.206)),
    (20, 97, "very sensitive", (0.674, 1.693, 4.357, 5.504, 5.504, 5.504)),
    (15, 90, "sensitive", (0.113, 0.226, 0.452, 0.902, 1.234, 2.226)),
    (10, 95, "very sensitive", (0.315, 0.630, 1.518, 3.994, 4.998, 5.010)),
    (5, 95, "sensitive", (0.114, 0.227, 0.454, 0.908, 1.241, 2.276)),
]


def model(material: str = "sensitive", decline: float = 0.25, hold: int = 3) -> Model:
    """Make a model."""
    return Model(MATERIALS[material], decline, hold)


@pytest.mark.parametrize(("temperature", "humidity", "material", "expected"), TABLE)
def test_table(
    temperature: float, humidity: float, material: str, expected: tuple[float, ...]
) -> None:
    """Constant conditions for 1, 2, 4, 8, 12 and 26 weeks give the worked numbers."""
    state, found, before = State(), [], 0
    for weeks in (1, 2, 4, 8, 12, 26):
        hours = [(temperature, humidity)] * ((weeks - before) * WEEK)
        state, before = mould.run(model(material), state, hours), weeks
        found.append(state.index)
    assert found == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        *((1, 97.027), (5, 88.016), (8, 83.833), (10, 82.030), (12, 80.866)),
        *((15, 80.039), (20, 80.04), (20.1, 80), (35, 80)),
    ],
)
def test_critical_humidity(temperature: float, expected: float) -> None:
    """The worked critical humidities; above 20 degC it is the material's minimum."""
    found = mould.critical_humidity(temperature, MATERIALS["sensitive"])
    assert found == pytest.approx(expected, abs=0.0006)


def test_critical_humidity_of_resistant_materials() -> None:
    """The minimum of 85 % also holds below 20 degC, where the curve lies under it."""
    assert mould.critical_humidity(15, MATERIALS["resistant"]) == 85
    assert mould.critical_humidity(5, MATERIALS["resistant"]) == pytest.approx(88.016, abs=0.001)


@pytest.mark.parametrize(("humidity", "weeks"), [(85, 9.300), (90, 4.202), (95, 1.982)])
def test_time_to_growth(humidity: float, weeks: float) -> None:
    """The regression's time to M = 1 is met, but for the brake near the maximum and the step."""
    state, hours = State(), 0
    while state.index < 1:
        state, hours = mould.step(model("very sensitive"), state, (20, humidity)), hours + 1
    assert hours / WEEK == pytest.approx(weeks, rel=0.02)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(1, 1.9987), (6, 1.9920), (24, 1.9920), (25, 1.9913), (48, 1.9760), (168, 1.8960)],
)
def test_decline(hours: int, expected: float) -> None:
    """In dry times M falls for six hours, rests for the day, then falls at half the pace."""
    dry = [(20.0, 60.0)] * hours
    found = mould.run(model(decline=1), State(index=2), dry)
    assert found.index == pytest.approx(expected, abs=0.00006)


def test_slow_decline() -> None:
    """A lower decline factor keeps M longer."""
    found = mould.run(model(decline=0.25), State(index=2), [(20, 60)] * WEEK)
    assert found.index == pytest.approx(1.9740, abs=0.00006)


@pytest.mark.parametrize(
    ("wet", "material", "expected"),
    [
        (12, "very sensitive", (0.196, 0.393, 0.785, 2.305)),
        (12, "sensitive", (0.090, 0.180, 0.359, 0.718)),
        (6, "very sensitive", (0.070, 0.140, 0.281, 0.561)),
        (6, "sensitive", (0.017, 0.034, 0.068, 0.135)),
    ],
)
def test_daily_cycle(wet: int, material: str, expected: tuple[float, ...]) -> None:
    """Wet hours at 95 % and dry ones at 60 % each day: 1, 2, 4 and 8 weeks."""
    day = [*[(20.0, 95.0)] * wet, *[(20.0, 60.0)] * (24 - wet)]
    found = [
        mould.run(model(material, decline=1), State(), day * 7 * weeks).index
        for weeks in (1, 2, 4, 8)
    ]
    assert found == pytest.approx(expected, abs=0.001)


def test_cold_and_heat_decline() -> None:
    """At 0 degC and below, and above 50, nothing grows however wet it is."""
    for temperature in (-3, 0, 50.1):
        assert mould.step(model(decline=1), State(index=1), (temperature, 100)).index < 1


def test_just_above_freezing() -> None:
    """A hair above 0 degC the critical humidity is 100 %: nothing grows, nothing breaks."""
    assert mould.step(model(decline=1), State(index=1), (1e-100, 100)).index < 1
    assert mould.step(model(), State(), (0.001, 100)).index > 0


def test_never_below_zero() -> None:
    """Drying out ends at nothing."""
    assert mould.run(model(decline=1), State(index=0.001), [(20, 30)] * 100).index == 0


def test_humidity_over_saturation() -> None:
    """A surface cannot be wetter than wet."""
    assert mould.step(model(), State(), (20, 104)) == mould.State(
        index=mould.step(model(), State(), (20, 100)).index, last=(20, 104)
    )


def test_short_gap_is_bridged() -> None:
    """Up to three missing hours count as the last value."""
    gapped: list[mould.Surface | None] = [(20, 97), None, None, None, (20, 97)]
    found = mould.run(model(), State(), gapped)
    assert found == mould.run(model(), State(), [(20, 97)] * 5)
    assert found.missing == 0


def test_long_gap_freezes() -> None:
    """From the fourth missing hour on M stands still, and the hours are counted."""
    three = mould.run(model(), State(index=2), [(20, 60), None, None, None])
    ten = mould.run(model(), State(index=2), [(20, 60), *[None] * 10])
    assert ten.index == three.index
    assert ten.dry_hours == three.dry_hours == 4
    assert (ten.gap, ten.missing) == (10, 7)


def test_nothing_to_hold() -> None:
    """Before the first value every hour is missing."""
    assert mould.run(model(), State(), [None, None]) == State(gap=2, missing=2)


def test_stale() -> None:
    """After a gap of seven days the index is stale, until a value comes."""
    wet = State(index=1, last=(20, 60))
    assert not mould.run(model(), wet, [None] * (7 * 24 - 1)).is_stale(FIGURES)
    stale = mould.run(model(), wet, [None] * (7 * 24))
    assert stale.is_stale(FIGURES)
    assert not mould.step(model(), stale, (20, 60)).is_stale(FIGURES)


@given(st.lists(SURFACES, max_size=60), st.integers(0, 60))
def test_any_checkpoint_will_do(hours: list[mould.Surface | None], cut: int) -> None:
    """The state after any hour is enough to go on from: late data may go back to it."""
    watched = model("very sensitive")
    kept = mould.run(watched, State(), hours[:cut])
    assert mould.run(watched, kept, hours[cut:]) == mould.run(watched, State(), hours)


@given(st.sampled_from(sorted(MATERIALS)), st.lists(SURFACES, max_size=60), st.floats(0, 6))
def test_bounds(material: str, hours: list[mould.Surface | None], start: float) -> None:
    """M is never below nothing nor above its scale."""
    found = mould.run(model(material), State(index=start), hours)
    assert 0 <= found.index <= 6


def test_model_of_the_figures() -> None:
    """The shipped figures give the model for wallpaper with a relatively low decline."""
    assert Model.of(FIGURES) == model("sensitive", 0.25, 3)
    assert timedelta(days=14) == FIGURES.red_rise_within


@pytest.mark.parametrize(
    ("index", "earlier", "expected"),
    [
        (0.99, None, None),
        (1, None, Severity.AMBER),
        (2.99, 2.6, Severity.AMBER),
        (3, 3, Severity.RED),
        (0.5, 0.0, Severity.RED),
        (0.9, 0.5, None),
    ],
)
def test_severity(index: float, earlier: float | None, expected: Severity | None) -> None:
    """Amber from 1, red from 3 or when it rose steeply within a fortnight."""
    assert mould.severity(index, earlier, FIGURES) is expected
