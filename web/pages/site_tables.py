"""The tables and charts on the pages of a site."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from markupsafe import Markup

from storage.pages_hours import Measured, Newest
from storage.pages_sites import Calibration, Exceedance, Position
from web import units, wording
from web.charts import Chart, Limit, Line, Point
from web.pages.homes import tag
from web.periods import Period
from web.series_views import coarse
from web.series_views import days as london_days
from web.site_story import ACTION_LEVEL, Story, last_hour, whose
from web.sites import SiteHour
from web.tables import Column, Table
from web.units import Units

AMBER = 150
"""No national number: a decision of this product"""
LIMITS = (
    Limit("Trigger (red)", ACTION_LEVEL),
    Limit("Amber", AMBER, "app-limit app-limit--amber"),
)
QUARTER_LIMIT = Limit("15-minute trigger", 250)
"""Of the London best practice guidance of 2006"""
DAILY_OBJECTIVE = 50
"""ug/m3 of PM10 as the mean of a day, not to be exceeded on more than 35 days a year"""
_STYLES = (
    "app-line",
    "app-line app-line--second",
    "app-line app-line--third",
    "app-line app-line--fourth",
)


def _lines(names: Sequence[tuple[str, Sequence[Point]]]) -> list[Line]:
    return [
        Line(name, points, _STYLES[number % len(_STYLES)])
        for number, (name, points) in enumerate(names)
    ]


def hours_chart(story: Story, period: Period) -> Chart:
    """Draw the hourly means of every position against the trigger."""
    drawn = []
    for position in story.positions:
        points = [Point(hour.start, hour.pm10[position.id]) for hour in story.hours]
        drawn.append((position.name, coarse(points, 6) if period is Period.MONTH else points))
    return Chart(
        title=f"PM10, hourly means, last {period.words}",
        unit="µg/m³",
        lines=_lines(drawn),
        start=story.since,
        end=story.until,
        limits=LIMITS,
    )


def quarters_chart(
    positions: Sequence[Position], quarters: Mapping[int, Sequence[Point]], until: datetime
) -> Chart:
    """Draw the quarter-hour means of the positions that have some."""
    return Chart(
        title="PM10, 15-minute means, last 24 hours",
        unit="µg/m³",
        lines=_lines([(p.name, quarters[p.id]) for p in positions if p.id in quarters]),
        start=until - timedelta(days=1),
        end=until,
        limits=(QUARTER_LIMIT,),
    )


def quarters_table(positions: Sequence[Position], quarters: Mapping[int, Sequence[Point]]) -> Table:
    """Give the quarter-hour means of the positions that have some."""
    shown = [position for position in positions if position.id in quarters]
    rows = zip(*(quarters[position.id] for position in shown), strict=True)
    return Table(
        "quarters",
        "Means by the quarter of an hour",
        [
            Column("Quarter"),
            *(
                Column(position.name, "ug/m3", digits=0, nothing="not enough readings")
                for position in shown
            ),
        ],
        [(row[0].time, *(point.value for point in row)) for row in list(rows)[::-1]],
        nothing="No device here reports often enough for means of 15 minutes.",
        wide=True,
    )


def positions_table(story: Story, newest: Mapping[Measured, Newest], now: datetime) -> Table:
    """Show how each position stands."""
    rows = []
    for position in story.positions:
        last = last_hour(story.of(position), now)
        reading = newest.get((position.id, "pm10"))
        rows.append(
            (
                position.name,
                last[1] if last else None,
                last[0] if last else None,
                reading.result if reading else None,
                now - reading.time if reading else None,
                story.capture(position),
                _number(position.detail.get("bearing")),
            )
        )
    return Table(
        "positions",
        "Positions now",
        [
            Column("Position"),
            Column("Last valid hour", "ug/m3", digits=0, nothing="none of late"),
            Column("Which began", nothing="none of late"),
            Column("Newest reading", "ug/m3", digits=0, nothing="no reading"),
            Column("Its age", nothing="no reading"),
            Column("Capture", "%", digits=0, nothing="nothing came"),
            Column("Bearing from the site", "degrees", digits=0, nothing="not registered"),
        ],
        rows,
        nothing="This site has no position.",
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def log_table(found: Sequence[Exceedance], story: Story, known: Units) -> Table:
    """List episodes with what they were and what was done; too wide for a page, so for its CSV."""
    return Table(
        "log",
        "Log of exceedances",
        [
            Column("From"),
            Column("Until", nothing="still over"),
            Column("Position"),
            Column("Risk"),
            Column("Rule"),
            Column("Peak", digits=1),
            Column("Unit", nothing="a number"),
            Column("Working hour", nothing="not known"),
            Column("PM2.5 to PM10", digits=2, nothing="not known"),
            Column("Whose dust", nothing="not known"),
            Column("Cause", nothing="not written down"),
            Column("Action", nothing="not written down"),
            Column("Work stopped", nothing="no"),
            Column("Work restarted", nothing="no"),
            Column("Closed by", nothing="open"),
        ],
        [
            (
                each.fired_at,
                each.resolved_at if each.status == "resolved" else None,
                each.position,
                tag(each.severity),
                each.title,
                each.peak,
                wording.unit(known.get(each.rule_id, "1")),
                *_around(story.at(each.fired_at)),
                each.cause,
                each.action,
                each.work_stopped_at,
                each.work_restarted_at,
                each.closed_by,
            )
            for each in found
        ],
        nothing="There was no episode.",
        wide=True,
    )


@dataclass(frozen=True, slots=True)
class Told:
    """An episode as a page tells it."""

    episode: Exceedance
    peak: str
    """The worst value with its unit"""
    working: bool | None
    ratio: float | None
    whose: str | None
    tag: Markup


def told(found: Sequence[Exceedance], story: Story, known: Units) -> list[Told]:
    """Give episodes with what was around them."""
    return [
        Told(
            each,
            units.words(each.peak, each.rule_id, known),
            *_around(story.at(each.fired_at)),
            tag(each.severity).html,
        )
        for each in found
    ]


def _around(hour: SiteHour | None) -> tuple[bool | None, float | None, str | None]:
    if hour is None:
        return None, None, None
    return hour.working, hour.ratio, whose(hour)


def hours_table(story: Story) -> Table:
    """Give each hour with the wind, the ratio of fine dust, and what the site adds."""
    return Table(
        "hours",
        "Means by the hour",
        [
            Column("Hour"),
            *(
                Column(position.name, "ug/m3", digits=0, nothing="not enough readings")
                for position in story.positions
            ),
            Column("PM2.5 to PM10", digits=2, nothing="not known"),
            Column("Wind from", "degrees", digits=0, nothing="not known"),
            Column("Wind", "m/s", digits=1, nothing="not known"),
            Column("Working hour", nothing="not known"),
            Column("Site adds", "ug/m3", digits=0, nothing="not known"),
        ],
        [
            (
                hour.start,
                *(hour.pm10[position.id] for position in story.positions),
                hour.ratio,
                hour.wind_from,
                hour.wind_speed,
                hour.working,
                hour.contribution,
            )
            for hour in reversed(story.hours)
        ],
        wide=True,
    )


def days_table(story: Story) -> Table:
    """Give each day's highest hour, and how many hours were over and valid."""
    days: dict[date, list[SiteHour]] = {}
    for hour in story.hours:
        days.setdefault(hour.start.astimezone(wording.LONDON).date(), []).append(hour)
    return Table(
        "days",
        "By the day",
        [
            Column("Day"),
            Column("Highest hour", "ug/m3", digits=0, nothing="no valid hour"),
            Column("Hours over the trigger", digits=0),
            Column("Valid hours", digits=0),
            Column("Hours", digits=0),
        ],
        [
            (
                f"{day:%a %d %b}",
                max((h.highest for h in hours if h.highest is not None), default=None),
                sum((hour.highest or 0) > ACTION_LEVEL for hour in hours),
                sum(hour.highest is not None for hour in hours),
                len(hours),
            )
            for day, hours in days.items()
        ],
    )


def month_table(story: Story) -> Table:
    """Sum up a month by position."""
    rows = []
    for position in story.positions:
        hours = story.of(position)
        values = [hour.value for hour in hours.values() if hour.value is not None]
        means = [day.mean for day in london_days(hours, story.since, story.until)]
        rows.append(
            (
                position.name,
                story.capture(position),
                len(values),
                sum(values) / len(values) if values else None,
                max(values, default=None),
                sum(value > ACTION_LEVEL for value in values),
                sum(mean is not None for mean in means),
                sum(mean is not None and mean > DAILY_OBJECTIVE for mean in means),
            )
        )
    return Table(
        "positions",
        "By position",
        [
            Column("Position"),
            Column("Capture", "%", digits=0, nothing="nothing came"),
            Column("Valid hours", digits=0),
            Column("Mean", "ug/m3", digits=1, nothing="no valid hour"),
            Column("Highest hour", "ug/m3", digits=0, nothing="no valid hour"),
            Column(f"Hours over {ACTION_LEVEL:g}", digits=0),
            Column("Valid days", digits=0),
            Column(f"Days over {DAILY_OBJECTIVE}", digits=0),
        ],
        rows,
        nothing="This site has no position.",
    )


def calibrations_table(found: Sequence[Calibration]) -> Table:
    """List how readings are corrected, with where that comes from."""
    return Table(
        "calibrations",
        "Calibration",
        [
            Column("Position"),
            Column("Device"),
            Column("Property"),
            Column("Name"),
            Column("Slope", digits=3),
            Column("Offset", digits=2),
            Column("From"),
            Column("Until", nothing="now"),
            Column("Source"),
            Column("r²", digits=2, nothing="not told"),
            Column("Pairs", digits=0, nothing="not told"),
        ],
        [
            (
                each.position,
                each.dev_eui,
                each.observed_property,
                each.name,
                each.slope,
                each.offset,
                each.valid_from,
                each.valid_to,
                each.source,
                each.r2,
                each.pairs,
            )
            for each in found
        ],
        nothing="No calibration is registered: means are of the readings as the devices give them.",
        wide=True,
    )
