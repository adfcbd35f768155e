"""The state machine of an alert: a pure function of the rule, the state and one more interval.

    inactive --breach--> pending --held for on-delay--> firing --clear for off-delay--> resolved
                         pending --no breach--> inactive
    resolved --breach within the reopen window--> firing, the same episode

Each level of a rule runs by itself; the alert has the severity of the highest level that fires,
and its episode lasts until none does. An interval without a value is never taken for `not
breaching`: it holds everything, up to `max_gap` in a row. Then what is pending is dropped, and
what fires is stale, which only a value can end.

What fires again after more than `flap_pairs` ends within `flap_window` is held: it is over only
when it was clear for `flap_hold`, so that it does not come and go all day.

The samples follow one another without a hole. One that was counted in already changes nothing, so
the same input twice gives the same episodes, and so does any division of it into batches. A state
belongs to one version of its rule.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import cast
from zoneinfo import ZoneInfo

from alerts.model import (
    AlertRule,
    AlertState,
    Evaluation,
    Kind,
    Level,
    LevelState,
    Sample,
    Severity,
    Status,
    Transition,
)

_AT_ONCE = timedelta(0)
_LONDON = ZoneInfo("Europe/London")


class _Standing(Enum):
    BREACHING = auto()
    BETWEEN = auto()
    """Past the clear level and not past the threshold: all stays as it is"""
    CLEAR = auto()


def run(rule: AlertRule, state: AlertState, samples: Iterable[Sample]) -> Evaluation:
    """Fold samples into the state; the checkpoints are the states that hold at UTC midnights.

    A midnight at which the state was the initial one, but for `until`, has no checkpoint.
    """
    transitions: list[Transition] = []
    checkpoints: list[AlertState] = []
    for sample in samples:
        if sample.start < state.until:
            continue
        state, told = step(rule, state, sample)
        transitions += told
        if state.stands and is_midnight(state.until):
            checkpoints.append(state)
    return Evaluation(state, tuple(transitions), tuple(checkpoints))


def is_midnight(moment: datetime) -> bool:
    """Say whether a UTC day begins at the moment."""
    return moment.hour == moment.minute == moment.second == moment.microsecond == 0


def step(
    rule: AlertRule, state: AlertState, sample: Sample
) -> tuple[AlertState, tuple[Transition, ...]]:
    """Count one interval in, and tell what changed."""
    if sample.start < state.until:
        return state, ()
    if not state.levels and not _begins(rule, sample.value):
        return at_rest(rule, state, sample.end), ()
    if sample.value is None:
        return _hold(rule, state, sample)
    return _advance(rule, state, sample, sample.value)


def _begins(rule: AlertRule, value: float | None) -> bool:
    if value is None:
        return False
    return any(rule.breaches(value, level) for level in rule.levels)


def at_rest(rule: AlertRule, state: AlertState, until: datetime) -> AlertState:
    """Give the state in which nothing is wrong; an episode is kept as long as it can reopen."""
    ends = _recent(rule, state, until)
    if state.resolved_at is None or until - state.resolved_at >= rule.reopen_within:
        return AlertState(until, ends=ends)
    return AlertState(
        until,
        Status.RESOLVED,
        fired_at=state.fired_at,
        resolved_at=state.resolved_at,
        peak=state.peak,
        reopened=state.reopened,
        ends=ends,
    )


def _recent(rule: AlertRule, state: AlertState, at: datetime) -> tuple[datetime, ...]:
    """Give the ends that the guard against flapping still counts at a moment."""
    return tuple(end for end in state.ends if at - end < rule.flap_window)


def _hold(
    rule: AlertRule, state: AlertState, sample: Sample
) -> tuple[AlertState, tuple[Transition, ...]]:
    gap = state.gap + 1
    firing = state.status is Status.FIRING
    if gap <= rule.max_gap or state.stale:
        if firing:
            return replace(state, until=sample.end, gap=gap), ()
        rest = at_rest(rule, state, sample.end)
        return _pend(rest, _severity(state), state.levels, gap), ()
    if not firing:
        return at_rest(rule, state, sample.end), (_tell(Kind.DROPPED, state, sample),)
    levels = tuple(level if level.firing else LevelState() for level in state.levels)
    stale = replace(state, until=sample.end, levels=levels, gap=gap, stale=True)
    return stale, (_tell(Kind.STALE, stale, sample),)


def _advance(
    rule: AlertRule, state: AlertState, sample: Sample, value: float
) -> tuple[AlertState, tuple[Transition, ...]]:
    levels = _advance_levels(rule, state, sample, value)
    now = _settle(rule, state, sample, levels)
    if now.status is Status.FIRING:
        now = replace(now, peak=_worse(rule, now.peak, value))
    fresh = (_tell(Kind.FRESH, state, sample),) if state.stale else ()
    return now, fresh + _changes(state, now, sample)


def _advance_levels(
    rule: AlertRule, state: AlertState, sample: Sample, value: float
) -> tuple[LevelState, ...]:
    speaks = len(rule.months) == 12 or sample.start.astimezone(_LONDON).month in rule.months
    reopening = speaks and _reopens(rule, state, sample.end)
    before = state.levels or (LevelState(),) * len(rule.levels)
    after = []
    for level, was in zip(rule.levels, before, strict=True):
        standing = _standing(rule, level, value)
        if not was.firing and not speaks:
            standing = _Standing.CLEAR
        hold = rule.flap_hold if state.held else _AT_ONCE
        at_once = reopening and was.since is None and standing is _Standing.BREACHING
        reopening = reopening and not at_once
        delay = _AT_ONCE if at_once else level.on_delay
        delayed = replace(level, on_delay=delay, off_delay=max(level.off_delay, hold))
        after.append(_advance_level(delayed, was, standing, sample))
    return tuple(after)


def _reopens(rule: AlertRule, state: AlertState, known_at: datetime) -> bool:
    return state.resolved_at is not None and known_at - state.resolved_at < rule.reopen_within


def _standing(rule: AlertRule, level: Level, value: float) -> _Standing:
    if rule.breaches(value, level):
        return _Standing.BREACHING
    return _Standing.CLEAR if rule.clears(value, level) else _Standing.BETWEEN


def _advance_level(
    level: Level, was: LevelState, standing: _Standing, sample: Sample
) -> LevelState:
    length = sample.end - sample.start
    if was.firing:
        if standing is not _Standing.CLEAR:
            return LevelState(firing=True, since=was.since)
        cleared = was.cleared_for + length
        if cleared >= level.off_delay:
            return LevelState()
        return LevelState(firing=True, since=was.since, cleared_for=cleared)
    if standing is not _Standing.BREACHING:
        return LevelState()
    since = was.since or sample.start
    held = was.breached_for + length
    if held >= level.on_delay:
        return LevelState(firing=True, since=since)
    return LevelState(since=since, breached_for=held)


def _settle(
    rule: AlertRule, state: AlertState, sample: Sample, levels: tuple[LevelState, ...]
) -> AlertState:
    """Give the alert's state from its levels', but for the peak."""
    firing = _highest(rule, (level.firing for level in levels))
    waiting = _highest(rule, (level.since is not None for level in levels))
    if firing is not None:
        return _fire(rule, state, sample, levels=levels, severity=firing)
    if state.status is Status.FIRING:
        ends = (*state.ends, sample.end) if rule.flap_pairs else ()
        state = replace(state, resolved_at=sample.end, ends=ends)
    rest = at_rest(rule, state, sample.end)
    if waiting is None:
        return rest
    return _pend(rest, waiting, levels, 0)


def _pend(
    rest: AlertState, severity: Severity, levels: tuple[LevelState, ...], gap: int
) -> AlertState:
    return replace(rest, status=Status.PENDING, severity=severity, levels=levels, gap=gap)


def _highest(rule: AlertRule, holds: Iterable[bool]) -> Severity | None:
    held = [level.severity for level, held in zip(rule.levels, holds, strict=True) if held]
    return held[-1] if held else None


def _fire(
    rule: AlertRule,
    state: AlertState,
    sample: Sample,
    *,
    levels: tuple[LevelState, ...],
    severity: Severity,
) -> AlertState:
    reopens = _reopens(rule, state, sample.end)
    fires = state.status is Status.FIRING
    goes_on = reopens or fires
    ends = _recent(rule, state, sample.end)
    return AlertState(
        sample.end,
        Status.FIRING,
        severity,
        levels,
        fired_at=state.fired_at if goes_on else sample.start,
        peak=state.peak if goes_on else None,
        reopened=state.reopened + int(reopens) if goes_on else 0,
        ends=ends,
        held=state.held if fires else 0 < rule.flap_pairs < len(ends),
    )


def _worse(rule: AlertRule, peak: float | None, value: float) -> float:
    if peak is None:
        return value
    return max(peak, value) if rule.above else min(peak, value)


def _changes(was: AlertState, now: AlertState, sample: Sample) -> tuple[Transition, ...]:
    if was.status is Status.FIRING:
        return _changes_of_firing(was, now, sample)
    if now.status is Status.FIRING:
        kind = Kind.REOPENED if now.reopened else Kind.FIRED
        return (_tell(kind, now, sample),)
    if was.status is Status.PENDING and now.status is not Status.PENDING:
        return (_tell(Kind.DROPPED, was, sample),)
    if now.status is Status.PENDING and was.status is not Status.PENDING:
        return (_tell(Kind.PENDING, now, sample),)
    return ()


def _changes_of_firing(was: AlertState, now: AlertState, sample: Sample) -> tuple[Transition, ...]:
    if now.status is not Status.FIRING:
        resolved = _tell(Kind.RESOLVED, was, sample)
        pending = now.status is Status.PENDING
        return (resolved, _tell(Kind.PENDING, now, sample)) if pending else (resolved,)
    rise = _severity(now).rank - _severity(was).rank
    if rise == 0:
        return ()
    return (_tell(Kind.RAISED if rise > 0 else Kind.LOWERED, now, sample),)


def _tell(kind: Kind, state: AlertState, sample: Sample) -> Transition:
    of_episode = state.status is Status.FIRING
    return Transition(
        kind,
        sample.start,
        sample.end,
        _severity(state),
        sample.value,
        state.fired_at if of_episode else None,
        state.peak if of_episode else None,
    )


def _severity(state: AlertState) -> Severity:
    """Give the severity, which whatever is pending or firing has."""
    return cast("Severity", state.severity)
