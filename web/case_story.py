"""How a case stands, in words: what is due next, what is overdue, and why no clock runs."""

from dataclasses import dataclass
from datetime import datetime

from alerts import case_clocks
from alerts.bank_holidays import england
from alerts.case_clocks import Clock, Event, EventKind, State
from alerts.clocks import HolidaysUnknown
from storage.cases import CaseEvent, HazardCase
from web import wording

NO_CLOCK = "no clock of the law runs for this hazard yet"

EVENTS = {
    EventKind.INVESTIGATION_STARTED: "Investigation started",
    EventKind.INVESTIGATION_CONCLUDED: "Investigation concluded: there is a hazard",
    EventKind.NO_HAZARD_FOUND: "Investigation concluded: no hazard found",
    EventKind.SAFETY_WORK_IDENTIFIED: "Emergency safety work identified",
    EventKind.SUMMARY_SENT: "Written summary given to the tenant",
    EventKind.MADE_SAFE: "Home made safe",
    EventKind.WORK_BEGUN: "Further work begun",
    EventKind.FIVE_DAYS_NOT_PRACTICABLE: "Five working days not practicable for the further work",
    EventKind.WORK_COMPLETED: "All work completed",
    EventKind.REHOUSED: "Tenant rehoused",
    EventKind.ACCESS_ATTEMPTED: "Access attempted",
    EventKind.EVIDENCE: "Evidence",
    EventKind.CLOSED: "Case closed",
}
"""What may be recorded, in the order of a case"""
RETRACTED = "An earlier record was a mistake"
NEEDS_WORDS = frozenset(
    {
        EventKind.EVIDENCE,
        EventKind.ACCESS_ATTEMPTED,
        EventKind.FIVE_DAYS_NOT_PRACTICABLE,
        EventKind.RETRACTED,
        EventKind.CLOSED,
    }
)
"""Events that say nothing without a note"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands at a time."""

    clocks: tuple[Clock, ...]
    closed_at: datetime | None
    why_no_clock: str

    @property
    def owed(self) -> tuple[Clock, ...]:
        """What is still to be done, by when it is due."""
        return tuple(clock for clock in self.clocks if clock.done_at is None)

    @property
    def due(self) -> Clock | None:
        """What is to be done next."""
        return next(iter(self.owed), None)

    @property
    def overdue(self) -> tuple[Clock, ...]:
        """What should have been done by now, and is not."""
        return tuple(clock for clock in self.owed if clock.state is State.MISSED)

    @property
    def is_near(self) -> bool:
        """Whether a deadline is near."""
        return any(clock.state is State.NEAR for clock in self.owed)


def standing(case: HazardCase, now: datetime) -> Standing:
    """Work out how a case stands; deadlines beyond the known bank holidays are told of."""
    try:
        clocks = case.clocks(england(), now)
        why = "" if clocks else NO_CLOCK
    except HolidaysUnknown as error:
        clocks, why = (), f"its deadlines cannot be counted: {error}"
    return Standing(clocks, _closed_at(case), why)


def _closed_at(case: HazardCase) -> datetime | None:
    events = [Event(each.id, each.kind, each.at, each.retracts) for each in case.events]
    told = case_clocks.standing(events)
    return next((event.at for event in told if event.kind is EventKind.CLOSED), None)


def sentence(told: Standing, now: datetime) -> str:
    """Say what is due next, and what is overdue."""
    if told.closed_at is not None:
        late = sum(clock.state is State.MISSED for clock in told.clocks)
        missed = f" {wording.plural(late, 'deadline')} missed." if late else ""
        return f"Closed {wording.when(told.closed_at)}.{missed}"
    if told.why_no_clock:
        return f"No deadline is counted: {told.why_no_clock}."
    if told.due is None:
        return "All that the law asks for is done; the case can be closed."
    said = [
        f"Overdue by {wording.span(now - clock.deadline.due)}: {clock.deadline.step.value}."
        for clock in told.overdue
    ]
    ahead = [clock for clock in told.owed if clock not in told.overdue]
    if ahead:
        due = ahead[0].deadline
        said.append(
            f"Next: {due.step.value} by {wording.when(due.due)}, in {wording.span(due.due - now)}."
        )
    return " ".join(said)


def event_words(event: CaseEvent) -> str:
    """Write what happened."""
    return EVENTS.get(event.kind, RETRACTED)
