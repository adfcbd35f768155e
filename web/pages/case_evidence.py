"""The evidence of a case, to print: what was known when, what was measured, what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import version
from math import fsum
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup

from alerts.figures import Figures
from storage import alert_actions, pages_alerts, pages_homes
from storage.cases import HazardCase
from storage.connection import Connection
from storage.pages_homes import RoomDetail
from web import room_climate, rooms, units
from web.case_story import Standing, sentence, standing
from web.charts import Chart, Limit, Line, Mark
from web.clock import Acting
from web.days import begins, bounds, london
from web.identity import Area, Person
from web.pages.alert_tables import actions_table, history_table, notices_table
from web.pages.case import case_of, clocks_table, events_table, facts
from web.pages.cases import hazard_name
from web.pages.rules import fires, resolves
from web.periods import HOUR, floor
from web.read_log import Logged
from web.rooms import Climate, Intervals
from web.series_views import coarse
from web.session import Database, reader_of
from web.tables import Cell, Column, Table
from web.views import view

router = APIRouter(include_in_schema=False)
Reader = Annotated[Person, Depends(reader_of(Area.HOUSING))]
BEFORE = timedelta(days=30)
"""Readings from so long before we became aware"""
AFTER = timedelta(days=14)
"""and so long after the case was closed"""
LONGEST = timedelta(days=180)
"""but no more than these"""


@router.get("/cases/{case_id}/evidence")
def evidence(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request, database: Database, person: Reader, acting: Acting, log: Logged, case_id: str
) -> Response:
    """Give all that is known of a case on one page that prints."""
    found = case_of(database, person, case_id)
    log.homes([found.place_id])
    told = standing(found, acting)
    since, until = span_of(found, told, acting)
    measured = [
        each
        for room in pages_homes.rooms_of(database, found.place_id)
        if (each := _measured(database, room, since, until)) is not None
    ]
    alert = _alert(database, found)
    return view(
        request,
        "case_evidence.html",
        title=f"Evidence: {hazard_name(found.hazard)} at {found.place}",
        crumbs=[
            {"text": "Cases", "href": "/cases"},
            {"text": found.place, "href": f"/cases/{found.id}"},
        ],
        tables=[
            clocks_table(told, acting),
            events_table(found.events),
            *(alert.tables if alert else ()),
            *(each.table for each in measured),
            _repairs_table(database, found, measured),
        ],
        sentence=sentence(told, acting),
        facts=facts(found),
        alert=alert,
        rooms=measured,
        since=since,
        until=until,
        made=acting,
        reader=person.signature,
        version=version("boroughsense"),
    )


def span_of(found: HazardCase, told: Standing, now: datetime) -> tuple[datetime, datetime]:
    """Give the whole London days whose readings belong to a case: [since, until)."""
    until = floor(now)
    if told.closed_at is not None:
        until = min(until, bounds(london(told.closed_at + AFTER))[1])
    since = max(found.aware_at - BEFORE, until - LONGEST)
    return begins(london(since)), until


@dataclass(frozen=True, slots=True)
class AlertTold:
    """The alert that a case was opened from."""

    title: str
    rule_id: str
    rules: Sequence[tuple[str, str, str, str]]
    """Version, when it fires, when it is over, source"""
    tables: Sequence[Table]


def _alert(database: Connection, found: HazardCase) -> AlertTold | None:
    if found.alert_id is None:
        return None
    sight = pages_alerts.Sight(housing=True, engineering=True, patches=None)
    statuses = ("firing", "resolved", "withdrawn")
    known = pages_alerts.episodes(
        database, sight, statuses=statuses, alert_id=found.alert_id, limit=1
    )
    if not known:
        return None
    episode = known[0]
    changes = pages_alerts.history(database, found.alert_id)
    versions = {change.rule_version for change in changes}
    rules = pages_alerts.rule_versions(database, episode.rule_id, versions)
    acts = alert_actions.actions(database, [episode.id])[episode.id]
    return AlertTold(
        episode.title,
        episode.rule_id,
        [(name, fires(rule), resolves(rule), rule.source) for name, rule in rules.items()],
        [
            history_table(changes, units.of_rules(database).get(episode.rule_id, "")),
            actions_table(acts, caption="What was done with the alert"),
            notices_table(pages_alerts.notices(database, found.alert_id)),
        ],
    )


@dataclass(frozen=True, slots=True)
class MeasuredRoom:
    """What a room's readings tell in the time of a case."""

    name: str
    chart: Chart
    table: Table
    climate: Climate

    @property
    def html(self) -> Markup:
        """The drawing."""
        return self.chart.html


def _measured(
    database: Connection, room: RoomDetail, since: datetime, until: datetime
) -> MeasuredRoom | None:
    """Draw a room; None when nothing was measured there in this time."""
    figures = rooms.shipped()
    told = rooms.Room.of(room.detail, figures)
    _, climate = room_climate.of_room(database, room.id, told, since, until, figures)
    if not any(since <= start < until for start in climate.humidity):
        return None
    repairs = pages_homes.repairs(database, [room.id, room.home_id])
    marks = [
        Mark(each.what[:40], each.done_at) for each in repairs if since <= each.done_at < until
    ]
    return MeasuredRoom(
        room.name,
        _chart(room.name, climate, marks, since, until, figures),
        _table(room, climate, since, until),
        climate,
    )


def _chart(  # noqa: PLR0913, PLR0917 - a chart's parts
    name: str,
    climate: Climate,
    marks: Sequence[Mark],
    since: datetime,
    until: datetime,
    figures: Figures,
) -> Chart:
    number = 6 if until - since <= timedelta(days=60) else 24
    lines = [Line("Room air", coarse(rooms.points(climate.humidity, since, until), number))]
    if climate.surface:
        surface = coarse(rooms.points(climate.surface, since, until), number)
        lines.append(Line("Coldest surface", surface, "app-line app-line--second"))
    return Chart(
        title=f"{name}: relative humidity, of {number} hours the highest",
        unit="%",
        lines=lines,
        start=since,
        end=until,
        limits=[Limit("Limit of a day's mean of the air", figures.part_f.air_limits[24])],
        marks=marks,
    )


def _table(room: RoomDetail, climate: Climate, since: datetime, until: datetime) -> Table:
    measured = (climate.temperature, climate.humidity, climate.surface)
    days = [_by_day(hours, since, until) for hours in measured]
    return Table(
        f"days-{room.public_id}",
        f"{room.name}: means by the day",
        [
            Column("Day"),
            Column("Temperature", "Cel", digits=1, nothing="not enough"),
            Column("Humidity", "%", digits=1, nothing="not enough"),
            Column("Coldest surface", "%", digits=1, nothing="not known"),
            Column("Mould index at its end", digits=2, nothing="not known"),
            Column("Valid hours", digits=0),
        ],
        list(_rows(days, climate, since, until)),
        wide=True,
    )


def _rows(
    days: Sequence[dict[date, list[float]]], climate: Climate, since: datetime, until: datetime
) -> list[tuple[Cell, ...]]:
    day = london(since)
    rows: list[tuple[Cell, ...]] = []
    while begins(day) < until:
        start, end = bounds(day)
        hours = (end - start) // HOUR
        means = [_mean(by_day.get(day, []), hours) for by_day in days]
        last = min(end, until) - HOUR
        valid = len(days[1].get(day, []))
        rows.append((f"{day:%a %d %b %Y}", *means, climate.mould.get(last), valid))
        day = london(end)
    return rows


def _by_day(hours: Intervals, since: datetime, until: datetime) -> dict[date, list[float]]:
    found: dict[date, list[float]] = {}
    for start, hour in hours.items():
        if since <= start < until and hour.valid and hour.mean is not None:
            found.setdefault(london(start), []).append(hour.mean)
    return found


def _mean(means: Sequence[float], hours: int) -> float | None:
    """Give the mean of a day; None under three quarters of its hours."""
    return fsum(means) / len(means) if 4 * len(means) >= 3 * hours else None


def _repairs_table(
    database: Connection, found: HazardCase, measured: Sequence[MeasuredRoom]
) -> Table:
    known = pages_homes.rooms_of(database, found.place_id)
    places = {room.id for room in known} | {room.home_id for room in known}
    climates = {each.name: each.climate for each in measured}
    rows: list[tuple[Cell, ...]] = []
    for repair in pages_homes.repairs(database, sorted(places)):
        weeks = [f"{name} {_week(climate, repair.done_at)}" for name, climate in climates.items()]
        rows.append((repair.done_at, repair.what, repair.recorded_by, "; ".join(weeks)))
    return Table(
        "repairs",
        "Repairs, with the humidity of the week before and after",
        [Column("Done"), Column("What"), Column("Recorded by"), Column("Before and after")],
        rows,
        nothing="No repair is written down.",
    )


def _week(climate: Climate, done_at: datetime) -> str:
    means = [
        rooms.mean_of_week(climate.humidity, start) for start in (done_at - rooms.WEEK, done_at)
    ]
    before, after = ("not enough readings" if mean is None else f"{mean:.1f} %" for mean in means)
    return f"{before} before, {after} after"
