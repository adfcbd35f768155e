"""Humidity that lasts: the performance criteria against mould of Approved Document F (England).

Moving means over a day, a week and a month, of the surface or of the room's air. They come from
H. Altamirano-Medina's thesis (UCL 2012). The daily limit is the loosest, the monthly the
strictest. The room's air needs only the sensor, so it is the default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.figures import PartF
from alerts.intervals import HOUR, required, running_means
from alerts.model import Interval

_LONDON = ZoneInfo("Europe/London")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One moving mean against its limit, both in %."""

    hours: int
    limit: float
    mean: float | None
    """None: not enough valid hours"""

    @property
    def exceeds(self) -> bool:
        """True when the mean is over the limit; no mean never is."""
        return self.mean is not None and self.mean > self.limit


def assess(
    hours: Mapping[datetime, Interval],
    until: datetime,
    limits: Mapping[int, float],
    figures: PartF,
) -> tuple[Finding, ...]:
    """Give the moving means that end at the hour `until`, each with its limit."""
    found = []
    for length, limit in limits.items():
        needed = required(length, figures.capture)
        (sample,) = running_means(hours, length, needed, until - HOUR, until)
        found.append(Finding(length, limit, sample.value))
    return tuple(found)


def wet_days(surface: Mapping[datetime, Interval], last: date, figures: PartF) -> int:
    """Give how many days in a row, up to the last, had a wet surface for long enough.

    Days are those of Europe/London. It is the persistence rule that officers ask for: so many
    (`wet_days` of the figures) make a finding.
    """
    wet: dict[date, int] = {}
    for start, hour in surface.items():
        if hour.valid and hour.mean is not None and hour.mean >= figures.wet_surface:
            day = start.astimezone(_LONDON).date()
            wet[day] = wet.get(day, 0) + 1
    run = 0
    while wet.get(last - run * _DAY, 0) >= max(1, figures.wet_hours):
        run += 1
    return run
