"""Where the deadlines of a case stand: a function of its events and of the time.

A deadline is met by the first event that does what it asks; done late is done, and still missed.
What somebody recorded by mistake is retracted by a further event, and then counts as never said.
Attempts at access are evidence: they stop no clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from alerts import clocks
from alerts.clocks import Deadline, Holidays, Step
from alerts.hazards import Category


class EventKind(StrEnum):
    """What happened in a case."""

    INVESTIGATION_STARTED = "investigation_started"
    INVESTIGATION_CONCLUDED = "investigation_concluded"
    """Of a significant hazard: there is one, and work to be done"""
    NO_HAZARD_FOUND = "no_hazard_found"
    """The investigation concluded that there is none"""
    SAFETY_WORK_IDENTIFIED = "safety_work_identified"
    SUMMARY_SENT = "summary_sent"
    MADE_SAFE = "made_safe"
    FIVE_DAYS_NOT_PRACTICABLE = "five_days_not_practicable"
    """The further work cannot begin in five working days, for the reason in the note"""
    WORK_BEGUN = "work_begun"
    WORK_COMPLETED = "work_completed"
    ACCESS_ATTEMPTED = "access_attempted"
    EVIDENCE = "evidence"
    REHOUSED = "rehoused"
    CLOSED = "closed"
    RETRACTED = "retracted"
    """An earlier event of the case was recorded by mistake"""


class State(StrEnum):
    """Where a deadline stands."""

    OPEN = "open"
    NEAR = "near"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a case."""

    id: int
    kind: EventKind
    at: datetime
    """When it happened, which may be before it was recorded"""
    retracts: int | None = None
    """The number of the event that was a mistake"""


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline and where it stands."""

    deadline: Deadline
    state: State
    done_at: datetime | None
    """When what it asks for was done"""


_CONCLUDED = (EventKind.INVESTIGATION_CONCLUDED, EventKind.NO_HAZARD_FOUND)
_SAFE = (EventKind.MADE_SAFE, EventKind.REHOUSED, EventKind.WORK_COMPLETED)
_BEGUN = (EventKind.WORK_BEGUN, EventKind.WORK_COMPLETED)
_DOES: dict[Step, tuple[EventKind, ...]] = {
    Step.INVESTIGATE_EMERGENCY: (*_CONCLUDED, EventKind.SAFETY_WORK_IDENTIFIED),
    Step.MAKE_EMERGENCY_SAFE: (*_SAFE, EventKind.NO_HAZARD_FOUND),
    Step.INVESTIGATE: _CONCLUDED,
    Step.WRITE_SUMMARY: (EventKind.SUMMARY_SENT,),
    Step.MAKE_SAFE: _SAFE,
    Step.BEGIN_WORKS: _BEGUN,
    Step.BEGIN_WORKS_AT_LATEST: _BEGUN,
}


def standing(events: Sequence[Event]) -> tuple[Event, ...]:
    """Leave out what was retracted, and give the rest in the order in which it happened."""
    wrong = {event.retracts for event in events}
    told = [each for each in events if each.id not in wrong and each.retracts is None]
    return tuple(sorted(told, key=lambda event: (event.at, event.id)))


def of_case(  # noqa: PLR0913, PLR0917 - each decides
    category: Category,
    aware_at: datetime,
    events: Sequence[Event],
    holidays: Holidays,
    now: datetime,
    near: timedelta,
) -> tuple[Clock, ...]:
    """Give the clocks of a case that the law's clocks run for, by when they are due.

    Args:
        category: how grave the hazard is held to be.
        aware_at: when we became aware.
        events: what happened, in any order.
        holidays: England's.
        now: the time.
        near: so long before it is due a deadline is near.

    Raises:
        HolidaysUnknown: one ends beyond the known bank holidays.
    """
    told = standing(events)
    deadlines = _deadlines(category, aware_at, told, holidays)
    found = [_clock(deadline, told, now, near) for deadline in deadlines]
    return tuple(sorted(found, key=lambda clock: clock.deadline.due))


def _deadlines(
    category: Category, aware_at: datetime, told: Sequence[Event], holidays: Holidays
) -> list[Deadline]:
    if category is Category.EMERGENCY:
        identified = _first(told, (EventKind.SAFETY_WORK_IDENTIFIED,))
        return list(clocks.emergency(aware_at, identified))
    found = [clocks.investigation(aware_at, holidays)]
    concluded = _first(told, _CONCLUDED)
    if concluded is None:
        return found
    later = {each.step: each for each in clocks.after_investigation(concluded, holidays)}
    steps = [Step.WRITE_SUMMARY]
    if _first(told, (EventKind.INVESTIGATION_CONCLUDED,)) == concluded:
        given_up = _first(told, (EventKind.FIVE_DAYS_NOT_PRACTICABLE,))
        steps += [
            Step.MAKE_SAFE,
            Step.BEGIN_WORKS if given_up is None else Step.BEGIN_WORKS_AT_LATEST,
        ]
    if _all_done_by(told, later[Step.WRITE_SUMMARY].due):
        steps.remove(Step.WRITE_SUMMARY)
    return found + [later[step] for step in steps]


def _all_done_by(told: Sequence[Event], due: datetime) -> bool:
    """No summary is owed when all work is done before it falls due."""
    done = _first(told, (EventKind.WORK_COMPLETED,))
    return done is not None and done <= due


def _first(told: Sequence[Event], kinds: tuple[EventKind, ...]) -> datetime | None:
    return next((event.at for event in told if event.kind in kinds), None)


def _clock(deadline: Deadline, told: Sequence[Event], now: datetime, near: timedelta) -> Clock:
    done = _first(told, _DOES[deadline.step])
    return Clock(deadline, _state(deadline.due, done, near, now), done)


def _state(due: datetime, done: datetime | None, near: timedelta, now: datetime) -> State:
    if done is not None:
        return State.MET if done <= due else State.MISSED
    if now > due:
        return State.MISSED
    return State.NEAR if now >= due - near else State.OPEN
