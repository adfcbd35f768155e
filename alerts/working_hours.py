"""When people are at work: hours of a working day, in Europe/London.

Beyond the bank holidays that are known, a weekday counts as a working day: better told on a
holiday than not at all.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.clocks import Holidays, HolidaysUnknown

_LONDON = ZoneInfo("Europe/London")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when somebody works, on working days, in Europe/London."""

    starts: time = time(8)
    ends: time = time(18)

    def contain(self, moment: datetime, holidays: Holidays) -> bool:
        """Say whether somebody works at a moment."""
        local = moment.astimezone(_LONDON)
        return _works(local.date(), holidays) and self.starts <= local.time() < self.ends

    def next(self, moment: datetime, holidays: Holidays) -> datetime:
        """Give the moment itself when somebody works then, else when work begins next; in UTC."""
        if self.contain(moment, holidays):
            return moment.astimezone(UTC)
        local = moment.astimezone(_LONDON)
        day = local.date() if local.time() < self.starts else local.date() + _DAY
        while not _works(day, holidays):
            day += _DAY
        return datetime.combine(day, self.starts, _LONDON).astimezone(UTC)


def _works(day: date, holidays: Holidays) -> bool:
    try:
        return holidays.is_working_day(day)
    except HolidaysUnknown:
        return day.weekday() < 5


def after_working_days(moment: datetime, number: int, holidays: Holidays) -> datetime:
    """Give the same time of the clock so many working days later, in UTC."""
    local = moment.astimezone(_LONDON)
    day = local.date()
    while number > 0:
        day += _DAY
        number -= _works(day, holidays)
    return datetime.combine(day, local.time(), _LONDON).astimezone(UTC)
