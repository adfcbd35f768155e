"""Where the deadlines of a case stand, by its events and the time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from alerts.bank_holidays import england
from alerts.case_clocks import Clock, Event, EventKind, State, of_case, standing
from alerts.clocks import Step
from alerts.hazards import Category
from alerts.telling_policy import load

AWARE = datetime(2026, 12, 18, 10, tzinfo=UTC)
"""A Friday: ten working days end on Wednesday 6 January 2027"""
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LIMIT = datetime(2027, 1, 6, 23, 59, 59, tzinfo=UTC)
CONCLUDED = datetime(2026, 12, 22, 15, tzinfo=UTC)
"""Summary by 29 December, made safe and begun by 31 December, at the latest by 16 March"""


def clocks(
    now: datetime, *told: tuple[EventKind, datetime], category: Category = Category.SIGNIFICANT
) -> dict[Step, Clock]:
    """Give the clocks of a case by what they ask for."""
    events = [Event(number, kind, at) for number, (kind, at) in enumerate(told, 1)]
    near = load().case_near(category)
    found = of_case(category, AWARE, events, england(), now, near)
    return {clock.deadline.step: clock for clock in found}


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (AWARE, State.OPEN),
        (LIMIT - 2 * DAY - timedelta(seconds=1), State.OPEN),
        (LIMIT - 2 * DAY, State.NEAR),
        (LIMIT, State.NEAR),
        (LIMIT + timedelta(seconds=1), State.MISSED),
    ],
)
def test_investigation_runs_out(now: datetime, state: State) -> None:
    """A deadline is near two days before it is due, and missed a second after."""
    clock = clocks(now)[Step.INVESTIGATE]
    assert (clock.deadline.due, clock.state, clock.done_at) == (LIMIT, state, None)


def test_conclusion_starts_the_later_clocks() -> None:
    """An investigation that is concluded in time is met, and starts three more clocks."""
    found = clocks(CONCLUDED + HOUR, (EventKind.INVESTIGATION_CONCLUDED, CONCLUDED))
    assert found[Step.INVESTIGATE].state is State.MET
    assert [(step, clock.deadline.due.date().isoformat()) for step, clock in found.items()] == [
        (Step.WRITE_SUMMARY, "2026-12-29"),
        (Step.MAKE_SAFE, "2026-12-31"),
        (Step.BEGIN_WORKS, "2026-12-31"),
        (Step.INVESTIGATE, "2027-01-06"),
    ]


def test_done_late_is_missed() -> None:
    """What is done after it was due is missed for ever, with the time at which it was done."""
    late = LIMIT + HOUR
    clock = clocks(late + DAY, (EventKind.INVESTIGATION_CONCLUDED, late))[Step.INVESTIGATE]
    assert (clock.state, clock.done_at) == (State.MISSED, late)


def test_no_hazard_leaves_the_summary() -> None:
    """An investigation that finds no hazard leaves nothing to do but to tell the tenant."""
    found = clocks(CONCLUDED, (EventKind.NO_HAZARD_FOUND, CONCLUDED))
    assert set(found) == {Step.INVESTIGATE, Step.WRITE_SUMMARY}


def test_work_that_is_all_done_needs_no_summary() -> None:
    """No summary is owed when all work is completed before it falls due; later it is."""
    concluded = (EventKind.INVESTIGATION_CONCLUDED, CONCLUDED)
    soon = (EventKind.WORK_COMPLETED, CONCLUDED + DAY)
    late = (EventKind.WORK_COMPLETED, CONCLUDED + 9 * DAY)
    found = clocks(CONCLUDED + 2 * DAY, concluded, soon)
    assert Step.WRITE_SUMMARY not in found
    assert {clock.state for clock in found.values()} == {State.MET}
    assert clocks(CONCLUDED + 20 * DAY, concluded, late)[Step.WRITE_SUMMARY].state is State.MISSED


def test_twelve_weeks_where_five_days_are_not_practicable() -> None:
    """With a reason the further work may begin within twelve weeks, and only then."""
    concluded = (EventKind.INVESTIGATION_CONCLUDED, CONCLUDED)
    given_up = (EventKind.FIVE_DAYS_NOT_PRACTICABLE, CONCLUDED + DAY)
    found = clocks(CONCLUDED + DAY, concluded, given_up)
    assert Step.BEGIN_WORKS not in found
    assert found[Step.BEGIN_WORKS_AT_LATEST].deadline.due.date().isoformat() == "2027-03-16"


def test_attempts_at_access_stop_no_clock() -> None:
    """Three attempts at access are evidence; the deadline is missed nevertheless."""
    attempts = [(EventKind.ACCESS_ATTEMPTED, AWARE + n * DAY) for n in (1, 2, 3)]
    assert clocks(LIMIT + DAY, *attempts)[Step.INVESTIGATE].state is State.MISSED


def test_emergency_is_held_to_a_day() -> None:
    """Both steps of an emergency are due in 24 hours, and near four hours before."""
    found = clocks(AWARE + 20 * HOUR, category=Category.EMERGENCY)
    assert {clock.deadline.due for clock in found.values()} == {AWARE + DAY}
    assert {clock.state for clock in found.values()} == {State.NEAR}


def test_work_identified_starts_its_own_day() -> None:
    """Once the safety work is identified, it is due 24 hours later; the investigation is met."""
    told = (EventKind.SAFETY_WORK_IDENTIFIED, AWARE + 5 * HOUR)
    found = clocks(AWARE + 6 * HOUR, told, category=Category.EMERGENCY)
    assert found[Step.INVESTIGATE_EMERGENCY].state is State.MET
    assert found[Step.MAKE_EMERGENCY_SAFE].deadline.due == AWARE + 29 * HOUR
    assert found[Step.MAKE_EMERGENCY_SAFE].state is State.OPEN


def test_retracted_event_was_never_said() -> None:
    """A conclusion that was recorded by mistake meets nothing and starts nothing."""
    events = [
        Event(1, EventKind.INVESTIGATION_CONCLUDED, CONCLUDED),
        Event(2, EventKind.RETRACTED, CONCLUDED + HOUR, retracts=1),
    ]
    assert standing(events) == ()
    [clock] = of_case(Category.SIGNIFICANT, AWARE, events, england(), CONCLUDED + HOUR, 2 * DAY)
    assert clock.state is State.OPEN


_TOLD = st.lists(
    st.tuples(st.sampled_from(EventKind), st.integers(0, 24 * 40)).filter(
        lambda told: told[0] is not EventKind.RETRACTED
    ),
    max_size=8,
)


@given(_TOLD, st.randoms(use_true_random=False))
def test_order_of_recording_is_nothing(told: list[tuple[EventKind, int]], chance: object) -> None:
    """Where the deadlines stand depends on when things happened, not on when they were written."""
    events = [
        Event(number, kind, AWARE + hours * HOUR) for number, (kind, hours) in enumerate(told, 1)
    ]
    now = AWARE + 30 * DAY
    mixed = list(events)
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis gives a Random
    found = of_case(Category.SIGNIFICANT, AWARE, mixed, england(), now, DAY)
    event(f"{len(found)} clocks")
    assert found == of_case(Category.SIGNIFICANT, AWARE, events, england(), now, DAY)
