"""What holds for every series: state is a function of the samples, however they are divided.

Each property is a function of the fold that it judges, so that planted mistakes show that it can
fail: a fold that forgets, counts twice, or takes a missing value for a quiet one is found.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import Phase, event, find, given, settings
from hypothesis import strategies as st

from alerts import lifecycle
from alerts.model import (
    AlertRule,
    AlertState,
    Evaluation,
    Kind,
    Sample,
    Severity,
    Status,
    Transition,
)
from tests.fixtures.traces import DUST, HOUR, HUMIDITY, level, rule, samples

Fold = Callable[[AlertRule, AlertState, Iterable[Sample]], Evaluation]
Values = Sequence[float | None]

EVENING = datetime(2026, 4, 29, 20, tzinfo=UTC)
"""Two days before the heating season ends, four hours before midnight"""

TWO_LEVELS = rule(
    level(80, 76, Severity.AMBER, on=4, off=3),
    level(190, 171, Severity.RED, on=2, off=2),
    reopen_within=6 * HOUR,
)
RULES = (
    DUST,
    HUMIDITY,
    TWO_LEVELS,
    replace(DUST, reopen_within=6 * HOUR),
    replace(TWO_LEVELS, months=frozenset({4}), max_gap=1),
    replace(DUST, flap_pairs=2),
    replace(TWO_LEVELS, flap_pairs=1, flap_window=30 * HOUR, flap_hold=9 * HOUR),
    rule(level(171, 190, on=2, off=1), above=False, max_gap=0, reopen_within=24 * HOUR),
)

NEAR_THE_LEVELS = st.sampled_from([None, None, 70.0, 76.0, 80.0, 81.0, 150.0, 172.0, 190.0, 191.0])
RUNS = st.lists(st.tuples(NEAR_THE_LEVELS, st.integers(1, 9)), min_size=1, max_size=14)
SERIES = RUNS.map(lambda runs: [value for value, times in runs for _ in range(times)])
CUTS = st.lists(st.integers(1, 80), max_size=5)
SEARCH = settings(max_examples=5000, database=None, phases=[Phase.generate])
"""That there is a case is enough: nobody reads the smallest"""


def fold(rule: AlertRule, values: Values, fold_with: Fold = lifecycle.run) -> Evaluation:
    """Fold the whole series from nothing."""
    return fold_with(rule, AlertState(), samples(values, EVENING))


def divides(rule: AlertRule, values: Values, cuts: Sequence[int], fold_with: Fold) -> bool:
    """Say whether batches give what the whole gives; neighbours overlap by an hour."""
    whole = fold(rule, values)
    state = AlertState()
    transitions: list[Transition] = []
    checkpoints: list[AlertState] = []
    every = list(samples(values, EVENING))
    for begin, end in pairwise([0, *sorted(cuts), len(values)]):
        part = fold_with(rule, state, every[max(0, begin - 1) : end])
        state = part.state
        transitions += part.transitions
        checkpoints += part.checkpoints
    return (state, tuple(transitions), tuple(checkpoints)) == (
        *(whole.state, whole.transitions, whole.checkpoints),
    )


def refolds(rule: AlertRule, values: Values, fold_with: Fold) -> bool:
    """Say whether the fold from each midnight, by its checkpoint or none, ends the same."""
    whole = fold(rule, values)
    kept = {state.until: state for state in whole.checkpoints}
    midnight = EVENING.replace(hour=0) + timedelta(days=1)
    while midnight <= whole.state.until:
        begin = kept.get(midnight, AlertState(midnight))
        again = fold_with(rule, begin, samples(values, EVENING))
        expected = tuple(moved for moved in whole.transitions if moved.at >= midnight)
        if (again.state, again.transitions) != (whole.state, expected):
            return False
        midnight += timedelta(days=1)
    return True


def is_orderly(rule: AlertRule, values: Values, fold_with: Fold) -> bool:
    """Say whether the transitions tell a possible story of at most one open episode."""
    open_episode: datetime | None = None
    for moved in fold(rule, values, fold_with).transitions:
        if moved.kind in (Kind.FIRED, Kind.REOPENED):
            if open_episode is not None:
                return False
            open_episode = moved.fired_at
        elif moved.kind not in (Kind.PENDING, Kind.DROPPED) and open_episode != moved.fired_at:
            return False
        if moved.kind is Kind.RESOLVED:
            open_episode = None
        if moved.value is None and moved.kind not in (Kind.STALE, Kind.DROPPED):
            return False
    return True


@given(st.sampled_from(RULES), SERIES, CUTS)
def test_any_division_gives_the_same(watched: AlertRule, values: Values, cuts: list[int]) -> None:
    """Any batches, with an overlap, end in the state, transitions and checkpoints of the whole."""
    kinds = {transition.kind for transition in fold(watched, values).transitions}
    for kind in sorted(kinds):
        event(kind)
    assert divides(watched, values, cuts, lifecycle.run)


@given(st.sampled_from(RULES), SERIES)
def test_any_checkpoint_will_do(watched: AlertRule, values: Values) -> None:
    """Folding again from any midnight changes nothing: late data may go back to it."""
    assert refolds(watched, values, lifecycle.run)


@given(st.sampled_from(RULES), SERIES)
def test_story_is_orderly(watched: AlertRule, values: Values) -> None:
    """One open episode at most, and only values fire or resolve it."""
    assert is_orderly(watched, values, lifecycle.run)


@given(st.sampled_from(RULES), SERIES)
def test_same_input_twice(watched: AlertRule, values: Values) -> None:
    """The same samples again add nothing."""
    once = fold(watched, values)
    again = lifecycle.run(watched, once.state, samples(values, EVENING))
    assert (again.state, again.transitions) == (once.state, ())


@given(SERIES)
def test_episodes_counted_a_second_way(values: Values) -> None:
    """Without delays, deadband and gaps an episode is a run of breaching hours."""
    plain = rule(level(100, 100))
    known = [value for value in values if value is not None]
    rises = sum(after > 100 >= before for before, after in pairwise([0.0, *known]))
    fired = [moved for moved in fold(plain, known).transitions if moved.kind is Kind.FIRED]
    assert len(fired) == rises


@given(st.sampled_from(RULES), SERIES)
def test_quiet_states_are_all_alike(watched: AlertRule, values: Values) -> None:
    """What does not stand is the initial state but for `until`: it needs no checkpoint.

    Inactive states with ends of a day stand, and differ from the initial one by those alone.
    """
    state = fold(watched, values).state
    assert (state == AlertState(state.until)) == (not state.stands)
    if state.status is Status.INACTIVE:
        assert replace(state, ends=()) == AlertState(state.until)


@given(st.sampled_from(RULES), SERIES)
def test_guard_only_makes_alerts_last_longer(watched: AlertRule, values: Values) -> None:
    """With the guard no more episodes fire, and what fires without it fires at the same hours."""
    plain, guarded = (
        [
            lifecycle.run(each, AlertState(), samples(values[:length], EVENING)).state.status
            for length in range(len(values) + 1)
        ]
        for each in (replace(watched, flap_pairs=0), replace(watched, flap_pairs=2))
    )
    pairs = list(zip(plain, guarded, strict=True))
    event("the guard holds" if plain != guarded else "the guard changes nothing")
    assert all(kept is Status.FIRING for told, kept in pairs if told is Status.FIRING)


def forgets_gaps(rule: AlertRule, state: AlertState, several: Iterable[Sample]) -> Evaluation:
    """Begin each batch without the gap so far."""
    return lifecycle.run(rule, replace(state, gap=0), several)


def forgets_the_off_delay(
    rule: AlertRule, state: AlertState, several: Iterable[Sample]
) -> Evaluation:
    """Begin each batch with the off-delay anew."""
    levels = tuple(replace(kept, cleared_for=timedelta(0)) for kept in state.levels)
    return lifecycle.run(rule, replace(state, levels=levels), several)


def forgets_the_peak(rule: AlertRule, state: AlertState, several: Iterable[Sample]) -> Evaluation:
    """Begin each batch without the worst value so far."""
    return lifecycle.run(rule, replace(state, peak=None), several)


def counts_twice(rule: AlertRule, state: AlertState, several: Iterable[Sample]) -> Evaluation:
    """Count in again what a batch repeats."""
    return lifecycle.run(rule, replace(state, until=AlertState().until), several)


def takes_missing_for_quiet(
    rule: AlertRule, state: AlertState, several: Iterable[Sample]
) -> Evaluation:
    """Take an interval without a value for one with the lowest."""
    every = list(several)
    filled = (replace(sample, value=sample.value or 0.0) for sample in every)
    missing = {sample.start for sample in every if sample.value is None}
    folded = lifecycle.run(rule, state, filled)
    honest = (
        replace(moved, value=None) if moved.at in missing else moved for moved in folded.transitions
    )
    return replace(folded, transitions=tuple(honest))


MUTANTS = (forgets_gaps, forgets_the_off_delay, forgets_the_peak, counts_twice)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_division_can_fail(mutant: Fold) -> None:
    """The property of division finds a fold that forgets or counts twice at a batch's end."""
    case = st.tuples(st.sampled_from(RULES), SERIES, CUTS)
    watched, values, cuts = find(
        case, lambda case: not divides(case[0], case[1], case[2], mutant), settings=SEARCH
    )
    assert divides(watched, values, cuts, lifecycle.run)


def test_story_can_fail() -> None:
    """The property of order finds a fold that takes a missing value for a quiet one."""
    case = st.tuples(st.sampled_from(RULES), SERIES)
    mutant = takes_missing_for_quiet
    watched, values = find(
        case, lambda case: not is_orderly(case[0], case[1], mutant), settings=SEARCH
    )
    assert is_orderly(watched, values, lifecycle.run)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_transition_is_generated(kind: Kind) -> None:
    """The series reach every kind of transition, so that the properties speak of all of them."""
    case = st.tuples(st.sampled_from(RULES), SERIES)
    found = find(
        case,
        lambda case: kind in {moved.kind for moved in fold(*case).transitions},
        settings=SEARCH,
    )
    assert found
