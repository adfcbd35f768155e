"""Why a rule did or did not fire at a moment: what its window held, and what follows from that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts import durations
from alerts.intervals import required
from alerts.model import AlertRule, AlertState, Interval, Level, Status
from decoders.properties import PROPERTIES

_LONDON = ZoneInfo("Europe/London")
_DIRECTIONS = {
    (True, False): "above",
    (True, True): "at or above",
    (False, False): "below",
    (False, True): "at or below",
}


@dataclass(frozen=True, slots=True)
class Window:
    """What a rule looked at."""

    since: datetime
    until: datetime
    values: tuple[tuple[datetime, float | None], ...]
    """The mean of each interval, or None where it is not valid"""
    needed: int
    """So many valid intervals make a value"""
    value: float | None
    """The mean of them; None: too few"""

    @property
    def valid(self) -> int:
        """How many intervals are valid."""
        return sum(value is not None for _, value in self.values)


def window(
    rule: AlertRule, intervals: Mapping[datetime, Interval], until: datetime, value: float | None
) -> Window:
    """Gather what a rule looked at for the sample that ends at a time."""
    since = until - rule.window
    length = rule.window // rule.step
    starts = [since + number * rule.step for number in range(length)]
    held = [(start, _mean(intervals.get(start))) for start in starts]
    return Window(since, until, tuple(held), required(length, rule.capture), value)


def _mean(interval: Interval | None) -> float | None:
    return interval.mean if interval is not None and interval.valid else None


def reason(rule: AlertRule, state: AlertState, seen: Window) -> str:
    """Say in a sentence why the alert stands as it does."""
    if state.status is Status.FIRING:
        return _why_it_fires(rule, state, seen)
    if state.status is Status.PENDING:
        return _why_it_waits(rule, state, seen)
    over = ""
    if state.status is Status.RESOLVED and state.resolved_at is not None:
        over = f" The last episode was over at {_clock(state.resolved_at)} and can still reopen."
    return _why_it_rests(rule, seen) + over


def left_out(number: int) -> str:
    """Say how many readings of the window count for nothing; empty when all count."""
    if not number:
        return ""
    noun = "reading of its window counts" if number == 1 else "readings of its window count"
    return f" {number} {noun} for nothing, as quality tests fail."


def _why_it_fires(rule: AlertRule, state: AlertState, seen: Window) -> str:
    since = f"It fires, {state.severity}, since {_at(state.fired_at)}"
    if state.stale or seen.value is None:
        return (
            f"{since}. There is no valid value, {_shortage(seen)}: silence of a sensor never "
            "resolves an alert."
        )
    firing = [
        (level, stand)
        for level, stand in zip(rule.levels, state.levels, strict=True)
        if stand.firing
    ]
    level, stand = firing[-1]
    if rule.breaches(seen.value, level):
        return f"{since}: {_compare(rule, level, seen.value)}."
    if not rule.clears(seen.value, level):
        return (
            f"{since}. {_value(rule, seen.value)} is between the threshold and the clear level "
            f"{level.clear:g}, so everything stays as it is."
        )
    return (
        f"{since}. {_value(rule, seen.value)} is past the clear level {level.clear:g} for "
        f"{_long(stand.cleared_for)} of {_long(level.off_delay)}."
    )


def _why_it_waits(rule: AlertRule, state: AlertState, seen: Window) -> str:
    waiting = [
        (level, stand)
        for level, stand in zip(rule.levels, state.levels, strict=True)
        if stand.since is not None
    ]
    level, stand = waiting[-1]
    held = f"it has held for {_long(stand.breached_for)} of {_long(level.on_delay)}"
    if seen.value is None:
        return f"It does not fire yet: {held}, and there is no valid value, {_shortage(seen)}."
    return f"It does not fire yet: {_compare(rule, level, seen.value)}, and {held}."


def _why_it_rests(rule: AlertRule, seen: Window) -> str:
    if seen.value is None:
        return f"It does not fire: there is no valid value, {_shortage(seen)}."
    month = (seen.until - rule.step).astimezone(_LONDON).month
    if month not in rule.months:
        spoken = ", ".join(str(each) for each in sorted(rule.months))
        return f"It does not fire: it speaks in the months {spoken}, and this is month {month}."
    level = rule.levels[0]
    return f"It does not fire: {_value(rule, seen.value)} is not {_limit(rule, level)}."


def of_logs(rule: AlertRule, state: AlertState, logged: Sequence[datetime], since: datetime) -> str:
    """Say in a sentence why an alert on the network server's logs stands as it does.

    `logged` are the moments of the logs after `since`, in order.
    """
    if not logged:
        return f"It does not fire: the network server logged no {rule.log} since {_clock(since)}."
    last = f"the network server logged {rule.log} last at {_clock(logged[-1])}"
    ends = "the device is heard or " if rule.log_until_heard else ""
    if state.status is Status.FIRING:
        return (
            f"It fires since {_at(state.fired_at)}: {last}. It is over when {ends}"
            f"no such log came for {_long(rule.log_quiet)}."
        )
    heard = "the device was heard after that, or " if rule.log_until_heard else ""
    return f"It does not fire: {last}, and {heard}none came for {_long(rule.log_quiet)}."


def _compare(rule: AlertRule, level: Level, value: float) -> str:
    return f"{_value(rule, value)} is {_limit(rule, level)}"


def _limit(rule: AlertRule, level: Level) -> str:
    word = _DIRECTIONS[rule.above, rule.inclusive]
    return f"{word} {level.threshold:g} {_unit(rule)}".rstrip()


def _value(rule: AlertRule, value: float) -> str:
    return f"{value:.6g} {_unit(rule)}".rstrip()


def _unit(rule: AlertRule) -> str:
    unit = PROPERTIES[rule.observed_property].unit_of_measurement
    return "" if unit == "1" else unit.strip("[]")


def _shortage(seen: Window) -> str:
    return f"{seen.valid} of {len(seen.values)} intervals where {seen.needed} are needed"


def _long(duration: timedelta) -> str:
    return durations.write(duration)


def _clock(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%MZ")


def _at(moment: datetime | None) -> str:
    return _clock(moment) if moment else "?"
