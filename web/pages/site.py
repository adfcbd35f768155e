"""A site: is it over its limit, is the dust its own, and what was done?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from alerts import figures as practice
from storage import pages_hours, pages_sites
from storage.connection import Connection
from storage.errors import DatabaseRefused
from storage.pages_sites import Calibration, Entry, Exceedance, Position, Site
from web import sites as analysis
from web import wording
from web.charts import Chart, Limit, Line, Point
from web.clock import Now, Wall
from web.days import bounds
from web.identity import Area, Person
from web.pages.homes import tag
from web.pages.sites import MONTH
from web.periods import CHOICES, Period
from web.security import FromOurForm
from web.series_views import coarse
from web.session import Database, reader_of, writer_of
from web.sites import MEASURED, WIND, SiteHour
from web.tables import Column, Table
from web.views import view
from web.watching import Seen

router = APIRouter(include_in_schema=False)
Reader = Annotated[Person, Depends(reader_of(Area.ENVIRONMENT))]
Writer = Annotated[Person, Depends(writer_of(Area.ENVIRONMENT))]
LIMITS = (Limit("Trigger (red)", 190), Limit("Amber", 150))
_STYLES = ("app-line", "app-line app-line--second", "app-line app-line--third")


@dataclass(frozen=True, slots=True)
class Told:
    """A site with its hours."""

    site: Site
    positions: Sequence[Position]
    hours: Sequence[SiteHour]


@router.get("/sites/{public_id}")
def site(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: Reader,
    seen: Seen,
    now: Now,
    public_id: str,
    period: Period = Period.DAY,
) -> Response:
    """Show the site's dust against its limits, the wind, and the log of exceedances."""
    since, until = period.hours(now)
    told = _told(database, public_id, since, until)
    recent = pages_sites.exceedances(database, [told.site.id], now - 3 * MONTH, now + MONTH)
    return view(
        request,
        "site.html",
        title=told.site.name,
        crumbs=[{"text": "Building sites", "href": "/sites"}],
        tables=[
            _log_table(recent),
            _hours_table(told),
            _calibrations_table(pages_sites.calibrations(database, told.site.id)),
        ],
        live=seen,
        sentence=f"{standing(recent)} {cause(told.hours)}",
        site=told.site,
        period=period,
        choices=CHOICES,
        picture=_chart(told, period, since, until),
        open=[each for each in recent if each.closed_at is None],
        month=f"{now:%Y-%m}",
        may_change=person.may_change(Area.ENVIRONMENT),
    )


class Written(BaseModel):
    """What the form of the log sends."""

    csrf: str = ""
    alert: str
    cause: str = Field(default="", max_length=1000)
    action: str = Field(default="", max_length=1000)
    stopped: datetime | str = ""
    restarted: datetime | str = ""
    closes: bool = False


@router.post("/sites/{public_id}/log")
def write_down(
    database: Database,
    person: Writer,
    _: FromOurForm,
    wall: Wall,
    public_id: str,
    written: Annotated[Written, Form()],
) -> RedirectResponse:
    """Add to the log of an exceedance: its cause, what was done, and whether it is closed."""
    found = _site(database, public_id)
    known = pages_sites.exceedances(database, [found.id], wall - 24 * MONTH, wall + MONTH)
    if written.alert not in {each.id for each in known}:
        raise HTTPException(404, "This site has no such episode.")
    entry = Entry(
        alert=written.alert,
        author=person.name,
        cause=written.cause.strip(),
        action=written.action.strip(),
        stopped=_time(written.stopped),
        restarted=_time(written.restarted),
        closes=written.closes,
    )
    try:
        pages_sites.write_down(database, entry, wall)
    except DatabaseRefused as error:
        raise HTTPException(
            422, "Write down a cause or an action, and let work stop before it restarts."
        ) from error
    return RedirectResponse(f"/sites/{public_id}", 303)


@router.get("/sites/{public_id}/report")
def report(
    request: Request, database: Database, _: Reader, public_id: str, month: str = ""
) -> Response:
    """Print a month: how often the site was over its limit, and what was done each time."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise HTTPException(422, "Write the month as 2026-11.") from None
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    since, until = bounds(first)[0], bounds(after)[0]
    told = _told(database, public_id, since, until)
    found = pages_sites.exceedances(database, [told.site.id], since, until)
    return view(
        request,
        "site_report.html",
        title=f"{told.site.name}: dust in {first:%B %Y}",
        crumbs=[{"text": told.site.name, "href": f"/sites/{public_id}"}],
        tables=[_log_table(found), _days_table(told)],
        sentence=summary(told.hours, found),
    )


def standing(recent: Sequence[Exceedance]) -> str:
    """Say whether the site is over a limit now."""
    over = [each for each in recent if each.status == "firing"]
    if not over:
        return "The site is within its limits."
    red = any(each.severity == "red" for each in over)
    where = ", ".join(sorted({each.position for each in over}))
    return f"The site is over its {'limit' if red else 'amber level'} at {where}."


def cause(hours: Sequence[SiteHour]) -> str:
    """Say whether the dust over the trigger is the site's, as far as the wind tells."""
    over = [hour for hour in hours if (hour.highest or 0) > LIMITS[0].value]
    known = [hour for hour in over if hour.is_the_sites is not None]
    if not over:
        return "No hour of this time was over the trigger."
    said = f"{wording.plural(len(over), 'hour')} of this time "
    said += f"{'was' if len(over) == 1 else 'were'} over the trigger"
    if not known:
        return f"{said}; without wind nobody can say whose dust it was."
    own = sum(bool(hour.is_the_sites) for hour in known)
    return f"{said}; in {own} of {len(known)} with wind the site was the cause."


def summary(hours: Sequence[SiteHour], found: Sequence[Exceedance]) -> str:
    """Say a month in one sentence."""
    valid = sum(hour.highest is not None for hour in hours)
    over = sum((hour.highest or 0) > LIMITS[0].value for hour in hours)
    closed = sum(each.closed_at is not None for each in found)
    return (
        f"{wording.plural(over, 'hour')} over {LIMITS[0].value:g} µg/m³, of {valid:,} valid ones "
        f"({len(hours):,} in the month); {wording.plural(len(found), 'episode')}, {closed} closed."
    )


def _site(database: Connection, public_id: str) -> Site:
    found = pages_sites.site(database, public_id)
    if found is None:
        raise HTTPException(404)
    return found


def _told(database: Connection, public_id: str, since: datetime, until: datetime) -> Told:
    found = _site(database, public_id)
    positions = pages_sites.positions(database, [found.id])
    wind = pages_sites.wind_place(database) or 0
    places = [*(position.id for position in positions), wind]
    measured = pages_hours.of_places(database, places, (*MEASURED, *WIND), since, until)
    readings = analysis.Readings(
        positions,
        measured,
        (measured.get((wind, WIND[0]), {}), measured.get((wind, WIND[1]), {})),
        analysis.working_hours(found.detail),
    )
    hours = analysis.hours(readings, practice.load().dust, since, until)
    return Told(found, positions, hours)


def _time(told: datetime | str) -> datetime | None:
    if isinstance(told, str):
        return None
    return (told if told.tzinfo else told.replace(tzinfo=wording.LONDON)).astimezone(UTC)


def _chart(told: Told, period: Period, since: datetime, until: datetime) -> Chart:
    lines = []
    for number, position in enumerate(told.positions):
        points = [Point(hour.start, hour.pm10[position.id]) for hour in told.hours]
        drawn = coarse(points, 6) if period is Period.MONTH else points
        lines.append(Line(position.name, drawn, _STYLES[number % len(_STYLES)]))
    return Chart(
        title=f"PM10, hourly means, last {period.words}",
        unit="µg/m³",
        lines=lines,
        start=since,
        end=until,
        limits=LIMITS,
    )


def _log_table(found: Sequence[Exceedance]) -> Table:
    return Table(
        "log",
        "Log of exceedances",
        [
            Column("From"),
            Column("Until", nothing="still over"),
            Column("Position"),
            Column("Risk"),
            Column("Rule"),
            Column("Peak", "ug/m3", digits=0),
            Column("Cause", nothing="not written down"),
            Column("Action", nothing="not written down"),
            Column("Work stopped", nothing="no"),
            Column("Work restarted", nothing=""),
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


def _hours_table(told: Told) -> Table:
    return Table(
        "hours",
        "Means by the hour",
        [
            Column("Hour"),
            *(
                Column(position.name, "ug/m3", digits=0, nothing="not enough readings")
                for position in told.positions
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
                *(hour.pm10[position.id] for position in told.positions),
                hour.ratio,
                hour.wind_from,
                hour.wind_speed,
                hour.working,
                hour.contribution,
            )
            for hour in reversed(told.hours)
        ],
        wide=True,
    )


def _days_table(told: Told) -> Table:
    """Give each day's highest hour, and how many hours were over and valid."""
    days: dict[date, list[SiteHour]] = {}
    for hour in told.hours:
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
                sum((hour.highest or 0) > LIMITS[0].value for hour in hours),
                sum(hour.highest is not None for hour in hours),
                len(hours),
            )
            for day, hours in days.items()
        ],
    )


def _calibrations_table(found: Sequence[Calibration]) -> Table:
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
            )
            for each in found
        ],
        nothing="No calibration is registered: readings are shown as the devices give them.",
        wide=True,
    )
