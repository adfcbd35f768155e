"""A device that is not heard: fired at the moment it became too long, resolved when heard."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

from hypothesis import event, given
from hypothesis import strategies as st

from alerts import silence
from alerts.model import (
    Activity,
    AlertRule,
    AlertState,
    Evaluation,
    Kind,
    Level,
    Severity,
    Status,
    Transition,
)
from tests.fixtures.traces import HOUR, rule

MINUTE = timedelta(minutes=1)
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
RULE = rule(Level(Severity.MAINTENANCE, 0, 0), id="D1", observed_property="", silence=True)


def heard(*minutes: int) -> list[Activity]:
    """Give hourly activity from the minutes after the start at which a device was heard."""
    by_hour: dict[datetime, list[datetime]] = {}
    for moment in (START + minute * MINUTE for minute in sorted(minutes)):
        by_hour.setdefault(moment.replace(minute=0), []).append(moment)
    return [Activity(moments[0], moments[-1]) for moments in by_hour.values()]


def judge(
    activity: Sequence[Activity],
    until: int,
    *,
    state: AlertState | None = None,
    every: int = 10,
    watched: AlertRule = RULE,
) -> Evaluation:
    """Evaluate up to so many minutes after the start."""
    begin = state or AlertState()
    return silence.evaluate(watched, begin, activity, every * MINUTE, START + until * MINUTE)


def told(transitions: Sequence[Transition]) -> list[tuple[str, int]]:
    """Give each transition with its minute after the start."""
    return [(moved.kind, (moved.at - START) // MINUTE) for moved in transitions]


def test_an_hour_at_least() -> None:
    """A device that reports every ten minutes is silent after 60, not after 30."""
    activity = heard(0, 10, 20, 95)
    assert told(judge(activity, 80).transitions) == []
    assert told(judge(activity, 81).transitions) == [("fired", 80)]
    assert told(judge(activity, 95).transitions) == [("fired", 80)]
    assert told(judge(activity, 96).transitions) == [("fired", 80), ("resolved", 95)]


@given(
    st.lists(st.sampled_from([1, 10, 30, 59, 60, 61, 134, 135, 136]), max_size=8),
    st.sampled_from([-30, 0, 1, 59, 60, 61, 135, 136]),
    st.sampled_from([2, 10, 45]),
)
def test_a_device_that_is_heard_is_not_silent(pauses: list[int], after: int, every: int) -> None:
    """What is seen at a glance is what following every moment finds, but for what lies ahead."""
    minutes = [*accumulate(pauses)]
    activity, until = heard(*minutes), sum(pauses) + after
    glance = silence.is_heard(
        activity, silence.patience(RULE, every * MINUTE), START + until * MINUTE
    )
    found = judge(activity, until, every=every)
    event(f"heard {glance}, told {bool(found.transitions)}")
    if glance:
        assert found.transitions == ()
        assert found.state.status is Status.INACTIVE
    elif activity and activity[-1].first < START + until * MINUTE:
        assert found.transitions


def test_three_intervals() -> None:
    """A device that reports every half hour is silent after 90 minutes."""
    assert told(judge(heard(0, 30, 121), 150, every=30).transitions) == [
        ("fired", 120),
        ("resolved", 121),
    ]
    assert told(judge(heard(0, 30, 120), 150, every=30).transitions) == []


def test_never_heard() -> None:
    """A device that was never heard is not silent; nor is one heard only after the clock."""
    assert judge([], 600) == Evaluation(AlertState(), ())
    later = judge(heard(700), 600)
    assert later.transitions == ()
    assert later.state.status is Status.INACTIVE
    assert later.state.levels == ()


def test_clock_that_stands() -> None:
    """A clock that did not move changes nothing."""
    first = judge(heard(0), 30)
    assert judge(heard(0), 30, state=first.state) == Evaluation(first.state, ())


def test_fired_transition() -> None:
    """The finding is known at the moment the silence became too long, and has no value."""
    fired = judge(heard(0), 600).transitions[0]
    assert fired.kind is Kind.FIRED
    assert fired.at == fired.known_at == fired.fired_at == START + HOUR
    assert fired.severity is Severity.MAINTENANCE
    assert fired.value is None


def test_activity_alone_is_enough() -> None:
    """The state keeps when the device was last heard: new activity suffices."""
    first = judge(heard(0, 10), 60)
    assert told(judge([], 120, state=first.state).transitions) == [("fired", 70)]
    assert told(judge(heard(90), 120, state=first.state).transitions) == [
        ("fired", 70),
        ("resolved", 90),
    ]
    assert judge(heard(0, 10, 65), 120, state=first.state).transitions == ()


def test_reopens_within_the_window() -> None:
    """A second silence soon after the first belongs to the same episode."""
    watched = replace(RULE, reopen_within=2 * HOUR)
    activity = heard(0, 100, 161, 340)
    found = judge(activity, 440, watched=watched)
    assert told(found.transitions) == [
        *(("fired", 60), ("resolved", 100), ("reopened", 160), ("resolved", 161)),
        *(("reopened", 221), ("resolved", 340), ("reopened", 400)),
    ]
    assert {moved.fired_at for moved in found.transitions} == {START + HOUR}
    assert found.state.reopened == 3
    short = judge(activity, 440, watched=replace(RULE, reopen_within=HOUR))
    assert [kind for kind, _ in told(short.transitions)] == [
        *("fired", "resolved", "fired", "resolved", "fired", "resolved", "fired")
    ]


def test_resolved_becomes_inactive_again() -> None:
    """After the reopen window only the last moment heard is left."""
    watched = replace(RULE, reopen_within=HOUR)
    activity = heard(0, 100, 130, 159)
    assert judge(activity, 159, watched=watched).state.status is Status.RESOLVED
    assert judge(activity, 160, watched=watched).state == judge(activity[-1:], 160).state


def test_checkpoints() -> None:
    """Each midnight after the device was first heard has a state to begin from."""
    found = judge(heard(0, 60 * 20), 60 * 60)
    assert [state.until for state in found.checkpoints] == [
        datetime(2026, 3, day, tzinfo=UTC) for day in (3, 4)
    ]
    assert found.checkpoints[0].status is Status.FIRING
    at_midnight = judge(heard(0), 60 * 16)
    assert [state.until for state in at_midnight.checkpoints] == [at_midnight.state.until]


MOMENTS = st.lists(
    st.one_of(st.integers(0, 3000), st.integers(0, 300), st.sampled_from([960, 961, 959])),
    min_size=1,
    max_size=40,
)


@given(MOMENTS, st.lists(st.integers(1, 4000), max_size=6), st.sampled_from([5, 20, 45]))
def test_any_division_gives_the_same(minutes: list[int], clocks: list[int], every: int) -> None:
    """However often the clock is looked at, state, transitions and checkpoints are the same."""
    watched = replace(RULE, reopen_within=3 * HOUR)
    whole = judge(heard(*minutes), 4000, every=every, watched=watched)
    state = AlertState()
    transitions: list[Transition] = []
    checkpoints: dict[datetime, AlertState] = {}
    for clock in [*sorted(clocks), 4000]:
        known = heard(*(minute for minute in minutes if minute <= clock))
        part = judge(known, clock, state=state, every=every, watched=watched)
        state = part.state
        transitions += part.transitions
        checkpoints |= {kept.until: kept for kept in part.checkpoints}
    event(f"episodes: {len(whole.transitions) // 2}")
    assert state == whole.state
    assert tuple(transitions) == whole.transitions
    assert tuple(checkpoints.values()) == whole.checkpoints


@given(MOMENTS)
def test_any_checkpoint_will_do(minutes: list[int]) -> None:
    """From each midnight on, with the activity from there, the fold ends in the same state."""
    watched = replace(RULE, reopen_within=3 * HOUR)
    activity = heard(*minutes)
    whole = judge(activity, 4000, watched=watched)
    for checkpoint in whole.checkpoints:
        rest = [hour for hour in activity if hour.first >= checkpoint.until]
        again = judge(rest, 4000, state=checkpoint, watched=watched)
        assert again.state == whole.state
        expected = [moved for moved in whole.transitions if moved.at >= checkpoint.until]
        assert list(again.transitions) == expected


@given(MOMENTS, st.sampled_from([5, 20, 45]))
def test_episodes_are_the_gaps(minutes: list[int], every: int) -> None:
    """Each gap longer than the patience fires once, at its own time: counted a second way."""
    patience = max(3 * every, 60)
    moments = [*sorted(set(minutes)), 4000]
    expected = [
        before + patience for before, after in pairwise(moments) if after - before > patience
    ]
    found = judge(heard(*minutes), 4000, every=every).transitions
    assert [minute for kind, minute in told(found) if kind == "fired"] == expected
