"""A site over a stretch of time: its positions, its hours, the wind, and its episodes of dust."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts import figures
from alerts.indices import wind
from storage import pages_hours, pages_sites
from storage.connection import Connection
from storage.pages_hours import Hours, Measured, Newest
from storage.pages_sites import Exceedance, Position, Site
from web import sites as analysis
from web import wording
from web.charts import Point
from web.holidays import bank_holidays
from web.periods import floor
from web.quarters import QUARTER, expected, means
from web.series_views import capture
from web.sites import MEASURED, WIND, SiteHour

FIGURES = figures.load().dust
"""The numbers behind the judgement of dust, as they are shipped"""
ACTION_LEVEL = FIGURES.action_level
"""PM10 in ug/m3 as 1-hour mean"""
_NEWEST = ("pm10", "pm2_5")
_FRESH = timedelta(hours=3)
"""An older hour is not the state now"""


@dataclass(frozen=True, slots=True)
class Story:
    """A site with its hours of [since, until), the oldest first."""

    site: Site
    positions: Sequence[Position]
    measured: Mapping[Measured, Hours]
    hours: Sequence[SiteHour]
    since: datetime
    until: datetime

    def within(self, since: datetime) -> "Story":
        """Give the later part of it."""
        later = [hour for hour in self.hours if hour.start >= since]
        return replace(self, hours=later, since=since)

    def at(self, moment: datetime) -> SiteHour | None:
        """Give the hour that a moment is in; None when it is not in the story."""
        place = (floor(moment) - self.since) // timedelta(hours=1)
        return self.hours[place] if 0 <= place < len(self.hours) else None

    def of(self, position: Position) -> Hours:
        """Give the hours of PM10 at a position."""
        return {
            start: hour
            for start, hour in self.measured.get((position.id, "pm10"), {}).items()
            if self.since <= start < self.until
        }

    def capture(self, position: Position) -> float | None:
        """Give the share of a position's readings that came, in %."""
        number = (self.until - self.since) // timedelta(hours=1)
        return capture(self.of(position).values(), number)


def tell(database: Connection, found: Site, since: datetime, until: datetime) -> Story:
    """Read a site's hours, and work out the wind between its positions."""
    positions = pages_sites.positions(database, [found.id])
    station = pages_sites.wind_place(database) or 0
    places = [*(position.id for position in positions), station]
    names = (*MEASURED, WIND[0])
    measured = pages_hours.of_places(database, places, names, since, until)
    directions = pages_hours.readings(database, [station], WIND[1:], since, until)
    readings = analysis.Readings(
        positions,
        measured,
        wind.by_hour(
            {
                start: hour.value
                for start, hour in measured.get((station, WIND[0]), {}).items()
                if hour.value is not None
            },
            directions.get((station, WIND[1]), ()),
        ),
        analysis.working_hours(found.detail),
        bank_holidays(),
    )
    hours = analysis.hours(readings, FIGURES, since, until)
    return Story(found, positions, measured, hours, since, until)


def last_hour(hours: Hours, now: datetime) -> tuple[datetime, float] | None:
    """Give the newest valid hour of the last few, with its mean."""
    starts = [start for start, hour in hours.items() if hour.value is not None]
    newest = max((start for start in starts if now - start <= _FRESH), default=None)
    if newest is None:
        return None
    return newest, hours[newest].value or 0.0


def newest(database: Connection, positions: Sequence[Position]) -> dict[Measured, Newest]:
    """Read the newest values at positions."""
    return pages_hours.newest(database, [position.id for position in positions], _NEWEST)


def quarters(
    database: Connection,
    positions: Sequence[Position],
    now_there: Mapping[Measured, Newest],
    until: datetime,
) -> dict[int, list[Point]]:
    """Give the quarter-hour means of PM10 of the last day, where devices report often enough."""
    often = {
        position.id: now_there[position.id, "pm10"].reporting_interval
        for position in positions
        if (position.id, "pm10") in now_there
        and expected(now_there[position.id, "pm10"].reporting_interval)
    }
    if not often:
        return {}
    until = until - (until - floor(until)) % QUARTER
    since = until - timedelta(days=1)
    found = pages_hours.readings(database, list(often), ("pm10",), since, until)
    return {
        number: means(found.get((number, "pm10"), ()), interval, since, until)
        for number, interval in often.items()
    }


def cause(hours: Sequence[SiteHour]) -> str:
    """Say whether the dust over the trigger is the site's, as far as the wind tells."""
    over = [hour for hour in hours if (hour.highest or 0) > ACTION_LEVEL]
    known = [hour for hour in over if hour.is_the_sites is not None]
    if not over:
        return "No hour of this time was over the trigger."
    said = f"{wording.plural(len(over), 'hour')} of this time "
    said += f"{'was' if len(over) == 1 else 'were'} over the trigger"
    if not known:
        return f"{said}; without wind across the site nobody can say whose dust it was."
    own = sum(bool(hour.is_the_sites) for hour in known)
    return f"{said}; in {own} of {len(known)} with wind across it the site was the cause."


def whose(hour: SiteHour | None) -> str | None:
    """Say whose the dust of an hour was; None when nothing is known of the hour."""
    if hour is None:
        return None
    if hour.is_the_sites is None:
        return "no wind across the site"
    return "the site's" if hour.is_the_sites else "not shown to be the site's"


def standing(recent: Sequence[Exceedance]) -> str:
    """Say whether the site is over a limit now; what is for the daily list alone is none."""
    over = [each for each in recent if each.status == "firing" and each.severity != "info"]
    if not over:
        return "The site is within its limits."
    red = any(each.severity == "red" for each in over)
    where = ", ".join(sorted({each.position for each in over}))
    return f"The site is over its {'limit' if red else 'amber level'} at {where}."
