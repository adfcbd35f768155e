"""What the network server logs of a device: one alert from the log to the hour that ends it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from alerts import explaining, log_watch
from alerts.model import Activity, AlertState, Evaluation, Level, Severity, Status, Transition
from tests.fixtures.traces import HOUR, rule

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
MUTE = rule(
    Level(Severity.MAINTENANCE, 0, 0),
    id="D6",
    observed_property="",
    log="UPLINK_F_CNT_RESET",
    log_until_heard=True,
    log_quiet=DAY,
    reopen_within=3 * HOUR,
)
CODEC = replace(MUTE, id="D8", log="UPLINK_CODEC", log_until_heard=False)


def moments(minutes: Iterable[int]) -> list[datetime]:
    """Give times from the minutes after the start."""
    return [START + minute * MINUTE for minute in minutes]


def heard(minutes: Iterable[int]) -> list[Activity]:
    """Give hourly activity."""
    by_hour: dict[datetime, list[datetime]] = {}
    for at in moments(sorted(minutes)):
        by_hour.setdefault(at.replace(minute=0), []).append(at)
    return [Activity(each[0], each[-1]) for each in by_hour.values()]


def judge(
    logged: Iterable[int],
    uplinks: Iterable[int],
    until: int,
    *,
    state: AlertState | None = None,
    watched: object = MUTE,
) -> Evaluation:
    """Judge up to so many minutes after the start."""
    assert isinstance(watched, type(MUTE))
    begin = state or AlertState(START - MINUTE)
    return log_watch.evaluate(
        watched, begin, moments(logged), heard(uplinks), START + until * MINUTE
    )


def told(found: Evaluation) -> list[tuple[str, int]]:
    """Give each transition with its minute after the start."""
    return [(moved.kind, (moved.at - START) // MINUTE) for moved in found.transitions]


def test_it_fires_at_the_log_and_not_when_somebody_looks() -> None:
    """The finding is known at the moment of the log, and further logs add nothing."""
    found = judge([20, 35, 50], [], 55)
    assert told(found) == [("fired", 20)]
    (fired,) = found.transitions
    assert fired.known_at == fired.fired_at == START + 20 * MINUTE
    assert (fired.severity, fired.value) == (Severity.MAINTENANCE, None)
    assert log_watch.next_look(MUTE, found.state) == START + HOUR


def test_uplink_before_the_last_log_ends_nothing() -> None:
    """What counts is that it was heard after it was logged last."""
    assert told(judge([20, 70], [45, 65], 170)) == [
        *(("fired", 20), ("resolved", 60), ("reopened", 70)),
    ]
    assert told(judge([20, 50], [45], 170)) == [("fired", 20)]
    assert told(judge([20, 50], [45, 130], 200)) == [("fired", 20), ("resolved", 180)]


def test_log_at_the_full_hour_belongs_to_the_hour_before() -> None:
    """So a moment never ends an alert and opens it."""
    assert told(judge([20, 60], [40], 119)) == [("fired", 20)]
    assert told(judge([60], [], 60)) == [("fired", 60)]


def test_codec_is_over_after_a_quiet_while_alone() -> None:
    """Uplinks come beside its logs."""
    found = judge([10], range(0, 2000, 10), 2000, watched=CODEC)
    assert told(found) == [("fired", 10), ("resolved", 25 * 60)]
    assert log_watch.next_look(CODEC, judge([10], [], 60, watched=CODEC).state) == START + 2 * HOUR


def test_reopens_within_the_window() -> None:
    """A second log soon after the end belongs to the same episode; a later one does not."""
    found = judge([20, 200, 600], [30, 210, 610], 700)
    assert told(found) == [
        *(("fired", 20), ("resolved", 60), ("reopened", 200), ("resolved", 240)),
        *(("fired", 600), ("resolved", 660)),
    ]
    assert [moved.fired_at for moved in found.transitions] == moments([20] * 4 + [600] * 2)
    assert found.state.status is Status.RESOLVED
    assert log_watch.next_look(MUTE, found.state) == START + 11 * HOUR + 3 * HOUR
    assert judge([20], [30], 240).state == AlertState(START + 240 * MINUTE)
    assert log_watch.next_look(MUTE, judge([20], [30], 240).state) is None


def test_clock_that_stands() -> None:
    """A clock that did not move changes nothing, and what lies ahead of it is not seen."""
    state = AlertState(START)
    assert judge([0], [], 0, state=state) == Evaluation(state, ())
    assert told(judge([50], [], 40)) == []


@pytest.mark.parametrize(
    ("logged", "until", "reason"),
    [
        ([], 60, "It does not fire: the network server logged no UPLINK_F_CNT_RESET since 2026-"),
        ([20], 50, "It fires since 2026-03-02T08:20Z: the network server logged UPLINK_F_CNT_"),
        ([20], 90, "last at 2026-03-02T08:20Z, and the device was heard after that, or none came"),
    ],
)
def test_reason_is_a_sentence(logged: list[int], until: int, reason: str) -> None:
    """What is explained names the last log, and what ends the alert."""
    state = judge(logged, [30], until).state
    assert reason in explaining.of_logs(MUTE, state, moments(logged), START)


def test_reason_of_a_codec_speaks_of_no_uplink() -> None:
    """It does not end by one."""
    firing, over = (judge([20], [30], end, watched=CODEC).state for end in (60, 3000))
    assert "over when no such log came for 1d" in explaining.of_logs(
        CODEC, firing, moments([20]), START
    )
    assert "heard" not in explaining.of_logs(CODEC, over, moments([20]), START)


MINUTES = st.lists(
    st.one_of(st.integers(0, 4000), st.integers(0, 400), st.sampled_from([59, 60, 61, 960, 1020])),
    max_size=30,
)


def _wrong(states: Sequence[AlertState]) -> dict[datetime, AlertState]:
    return {kept.until: kept for kept in states if kept.status is not Status.INACTIVE}


@given(MINUTES, MINUTES, st.lists(st.integers(1, 5000), max_size=6), st.sampled_from([MUTE, CODEC]))
def test_any_division_gives_the_same(
    logged: list[int], uplinks: list[int], clocks: list[int], watched: object
) -> None:
    """However often the clock is looked at, state, transitions and checkpoints are the same."""
    whole = judge(logged, uplinks, 5000, watched=watched)
    state = AlertState(START - MINUTE)
    transitions: list[Transition] = []
    checkpoints: dict[datetime, AlertState] = {}
    for clock in [*sorted(clocks), 5000]:
        known = [minute for minute in uplinks if minute <= clock]
        part = judge(logged, known, clock, state=state, watched=watched)
        state = part.state
        transitions += part.transitions
        checkpoints |= _wrong(part.checkpoints)
    event(f"episodes: {len(whole.transitions) // 2}")
    assert state == whole.state
    assert tuple(transitions) == whole.transitions
    assert checkpoints == _wrong(whole.checkpoints)


@given(MINUTES, MINUTES, st.sampled_from([MUTE, CODEC]))
def test_any_checkpoint_will_do(logged: list[int], uplinks: list[int], watched: object) -> None:
    """From each midnight on, with what came after it, the fold ends in the same state."""
    whole = judge(logged, uplinks, 5000, watched=watched)
    for point in _wrong(whole.checkpoints).values():
        since = (point.until - START) // MINUTE
        later = [minute for minute in uplinks if minute >= since]
        again = judge(logged, later, 5000, state=point, watched=watched)
        assert again.state == whole.state
        rest = [moved for moved in whole.transitions if moved.known_at > point.until]
        assert list(again.transitions) == rest


@given(MINUTES, MINUTES)
def test_open_is_what_no_uplink_followed(logged: list[int], uplinks: list[int]) -> None:
    """At a full hour it fires just when the last log is fresh and no uplink came after it."""
    until = 4020
    state = judge(logged, uplinks, until).state
    last = max((minute for minute in logged if minute <= until), default=None)
    mute = last is not None and not any(last < minute < until for minute in uplinks)
    fresh = last is not None and until - last < DAY // MINUTE
    event(f"mute {mute}, fresh {fresh}")
    assert (state.status is Status.FIRING) == (mute and fresh)
