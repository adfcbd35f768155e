"""The clocks of a case under Awaab's Law, and working days in England.

Hazards in Social Housing (Prescribed Requirements) (England) Regulations 2025, SI 2025/1042, under
section 10A of the Landlord and Tenant Act 1985. A working day is no Saturday, Sunday or bank
holiday in England. Day 0 is the day of the event, day 1 the next working day; a limit in days ends
with the last second of its last day in Europe/London. The 24 hours of an emergency are elapsed
hours, through nights, holidays and changes of the clock.

The regulations' text is to be checked by a person before this is relied on: the numbers are those
of published guides, with the regulation that these cite.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")
_DAY = timedelta(days=1)
EMERGENCY = timedelta(hours=24)
OUTER_LIMIT = timedelta(weeks=12)


class HolidaysUnknown(Exception):
    """A deadline lies beyond the bank holidays that are known: nobody can count its days."""


@dataclass(frozen=True, slots=True)
class Holidays:
    """The bank holidays of England and Wales."""

    days: frozenset[date]
    known_until: date
    """The last day that the list speaks of"""

    def is_working_day(self, day: date) -> bool:
        """Say whether people work on the day.

        Raises:
            HolidaysUnknown: the list does not reach so far.
        """
        if day > self.known_until:
            raise HolidaysUnknown(f"bank holidays are known until {self.known_until}, not {day}")
        return day.weekday() < 5 and day not in self.days


def add_working_days(day: date, number: int, holidays: Holidays) -> date:
    """Give the day so many working days after a day, which is itself day 0.

    Raises:
        HolidaysUnknown: it lies beyond the known bank holidays.
    """
    while number > 0:
        day += _DAY
        number -= holidays.is_working_day(day)
    return day


def end_of(day: date) -> datetime:
    """Give the last second of a day in Europe/London, in UTC."""
    return datetime.combine(day, time(23, 59, 59), _LONDON).astimezone(UTC)


class Step(StrEnum):
    """What must be done by a deadline."""

    INVESTIGATE_EMERGENCY = "investigate the emergency hazard"
    MAKE_EMERGENCY_SAFE = "do the emergency safety work"
    INVESTIGATE = "investigate the significant hazard"
    WRITE_SUMMARY = "give the tenant the written summary"
    MAKE_SAFE = "make the home safe"
    BEGIN_WORKS = "begin the further work"
    BEGIN_WORKS_AT_LATEST = "begin the further work, where five days were not practicable"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One clock of a case."""

    step: Step
    due: datetime
    """UTC; a deadline in days falls on the last second of its day in Europe/London"""
    regulation: str
    """Of SI 2025/1042, as guides cite it"""


def emergency(aware_at: datetime, identified_at: datetime | None = None) -> tuple[Deadline, ...]:
    """Give the clocks of an emergency hazard.

    Until the safety work is identified, the product holds both steps to 24 hours from awareness,
    the stricter reading; from then on the law's 24 hours from its identification stand.
    """
    investigate = aware_at.astimezone(UTC) + EMERGENCY
    safe = (identified_at or aware_at).astimezone(UTC) + EMERGENCY
    return (
        Deadline(Step.INVESTIGATE_EMERGENCY, investigate, "5"),
        Deadline(Step.MAKE_EMERGENCY_SAFE, safe, "5"),
    )


def investigation(aware_at: datetime, holidays: Holidays) -> Deadline:
    """Give the clock of a significant hazard's investigation: ten working days from awareness.

    Raises:
        HolidaysUnknown: it ends beyond the known bank holidays.
    """
    last = add_working_days(_day(aware_at), 10, holidays)
    return Deadline(Step.INVESTIGATE, end_of(last), "6")


def after_investigation(concluded_at: datetime, holidays: Holidays) -> tuple[Deadline, ...]:
    """Give the clocks that the end of an investigation starts.

    Raises:
        HolidaysUnknown: one ends beyond the known bank holidays.
    """
    day = _day(concluded_at)
    summary = end_of(add_working_days(day, 3, holidays))
    works = end_of(add_working_days(day, 5, holidays))
    return (
        Deadline(Step.WRITE_SUMMARY, summary, "9"),
        Deadline(Step.MAKE_SAFE, works, "11(2)(a)"),
        Deadline(Step.BEGIN_WORKS, works, "13(2)"),
        Deadline(Step.BEGIN_WORKS_AT_LATEST, end_of(day + OUTER_LIMIT), "13(3)(b)"),
    )


def _day(moment: datetime) -> date:
    return moment.astimezone(_LONDON).date()
