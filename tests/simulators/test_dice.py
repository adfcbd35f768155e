"""Chance is seeded, named, and independent of the order of asking."""

from math import isclose
from statistics import fmean, pstdev

from hypothesis import given
from hypothesis import strategies as st

from simulators.dice import Dice, Drift

NUMBERS = st.integers(-(2**60), 2**60)


@given(st.integers(0, 2**63), NUMBERS, NUMBERS)
def test_values_do_not_depend_on_what_was_asked_before(seed: int, one: int, other: int) -> None:
    """A value belongs to its seed, its name and its number, whatever else was drawn."""
    dice = Dice(seed, "room")
    first = dice.normal(one)
    dice.normal(other)
    assert dice.normal(one) == first == Dice(seed, "room").normal(one)


def test_seed_and_name_matter() -> None:
    """Another seed, another name and another child give other values."""
    drawn = {
        Dice(1, "a").uniform(0),
        Dice(2, "a").uniform(0),
        Dice(1, "b").uniform(0),
        Dice(1, "a").child("b").uniform(0),
        Dice(1, "a", "b").child("c").uniform(0),
        Dice(1, "a").child("b", "c").uniform(0),
    }
    assert len(drawn) == 6


def test_values_are_spread_as_they_claim() -> None:
    """Uniform, normal, chance and whole numbers have the means and spreads of their names."""
    dice = Dice(3, "spread")
    uniform = [dice.uniform(i, 10, 20) for i in range(4000)]
    assert min(uniform) >= 10
    assert max(uniform) < 20
    assert isclose(fmean(uniform), 15, abs_tol=0.2)
    normal = [dice.normal(i, 5, 2) for i in range(4000)]
    assert isclose(fmean(normal), 5, abs_tol=0.15)
    assert isclose(pstdev(normal), 2, abs_tol=0.1)
    assert isclose(sum(dice.chance(i, 0.3) for i in range(4000)) / 4000, 0.3, abs_tol=0.03)
    assert {dice.below(i, 5) for i in range(200)} == set(range(5))
    assert not dice.chance(0, 0.0)


def test_drift_wanders_without_jumps() -> None:
    """A drift has mean 0 and deviation 1 over many periods, and moves little in little time."""
    drift = Drift(Dice(4, "drift"), 100.0)
    values = [drift.at(float(time)) for time in range(0, 200_000, 7)]
    assert isclose(fmean(values), 0, abs_tol=0.1)
    assert isclose(pstdev(values), 1, abs_tol=0.1)
    steps = [abs(drift.at(t + 1.0) - drift.at(float(t))) for t in range(5000)]
    assert max(steps) < 0.12
