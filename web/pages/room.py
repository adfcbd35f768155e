"""A room: is it getting mouldy, why, and did the repair help?"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from alerts.figures import Figures
from alerts.indices.moisture import Diagnosis
from alerts.indices.part_f import Finding as Lasting
from storage import cases, pages_homes
from storage.connection import Connection
from storage.pages_homes import Finding, Repair, RoomDetail
from web import room_climate, room_water, rooms, units, wording
from web.charts import Chart, Limit, Line, Mark, Point
from web.clock import Now
from web.identity import Area, Person
from web.pages.homes import tag
from web.periods import CHOICES, Period
from web.read_log import Logged
from web.rooms import Climate
from web.security import FromOurForm
from web.series_views import coarse
from web.session import Database, reader_of, writer_of
from web.tables import Column, Link, Table
from web.units import Units, quantity
from web.views import view

router = APIRouter(include_in_schema=False)
Reader = Annotated[Person, Depends(reader_of(Area.HOUSING))]
Writer = Annotated[Person, Depends(writer_of(Area.HOUSING))]


@router.get("/homes/rooms/{public_id}")
def room(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: Reader,
    now: Now,
    log: Logged,
    public_id: str,
    period: Period = Period.WEEK,
) -> Response:
    """Show a room's air, its coldest surface, and what is found about it."""
    found = _found(database, person, public_id)
    log.homes([public_id])
    figures = rooms.shipped()
    told = rooms.Room.of(found.detail, figures)
    since, until = period.hours(now)
    air, climate = room_climate.of_room(database, found.id, told, since, until, figures)
    lasting = rooms.lasting(climate, figures)
    repairs = pages_homes.repairs(database, [found.id, found.home_id])
    findings = pages_homes.findings(database, found.id)
    return view(
        request,
        "room.html",
        title=f"{found.name}, {found.home}",
        crumbs=[{"text": "Homes", "href": "/homes"}],
        tables=[
            _findings_table(findings, units.of_rules(database)),
            _lasting_table(*lasting),
            _repairs_table(repairs, climate),
            _numbers_table(climate, since, until),
        ],
        sentence=sentence(lasting, climate, rooms.diagnosis(air, climate, figures)),
        keep_below=rooms.keep_below(climate, told, figures),
        mould=climate.mould[max(climate.mould)] if climate.mould else None,
        told=told,
        period=period,
        choices=CHOICES,
        humidity=_humidity(climate, repairs, period, since, until, figures),
        warmth=_warmth(climate, repairs, period, since, until),
        index=_index(climate, repairs, period, since, until, figures),
        water=room_water.chart(
            database, found.id, period, since, until, figures, _marks(repairs, since, until)
        ),
        siblings=pages_homes.siblings(database, found.home_id),
        room=found,
        cases=cases.cases(database, place_id=found.home_public_id, closed=True),
        may_change=person.may_change(Area.HOUSING),
    )


@router.post("/homes/rooms/{public_id}/repairs")
def add_repair(
    database: Database,
    person: Writer,
    _: FromOurForm,
    public_id: str,
    what: Annotated[str, Form(min_length=1, max_length=500)],
    done_on: Annotated[datetime, Form()],
) -> RedirectResponse:
    """Write down what was done in a room, so that before and after can be compared."""
    found = _found(database, person, public_id)
    done_at = done_on if done_on.tzinfo else done_on.replace(tzinfo=wording.LONDON)
    pages_homes.add_repair(database, found.id, done_at.astimezone(UTC), what, person.name)
    return RedirectResponse(f"/homes/rooms/{public_id}", 303)


def _found(database: Connection, person: Person, public_id: str) -> RoomDetail:
    """Read the room; one of another patch is not there."""
    found = pages_homes.room(database, public_id)
    if found is None or not person.may_see_patch(found.patch):
        raise HTTPException(404)
    return found


def sentence(
    lasting: tuple[Sequence[Lasting], Sequence[Lasting]],
    climate: Climate,
    diagnosis: Diagnosis | None,
) -> str:
    """Say whether the room is at risk, and where to look first."""
    over = [f"{finding.limit:g} % over {_length(finding.hours)}" for finding in _over(lasting[0])]
    cold = [f"{finding.limit:g} % over {_length(finding.hours)}" for finding in _over(lasting[1])]
    said = []
    if over:
        said.append(f"the air has been too damp for too long (limit {', '.join(over)})")
    if cold:
        said.append(f"its coldest surface has been too damp (limit {', '.join(cold)})")
    if not climate.surface:
        said.append("without outdoor readings the surface cannot be worked out")
    if not said:
        said.append("neither its air nor its coldest surface has been too damp for long")
    first = "; ".join(said)
    look = f" Where to look first: {diagnosis.words}." if diagnosis else ""
    return f"{first[0].upper()}{first[1:]}.{look}"


def _over(lasting: Sequence[Lasting]) -> list[Lasting]:
    return [finding for finding in lasting if finding.exceeds]


def _length(hours: int) -> str:
    return {24: "a day", 168: "a week", 720: "30 days"}.get(hours, f"{hours} hours")


def _drawn(points: list[Point], period: Period) -> list[Point]:
    return coarse(points, 6) if period is Period.MONTH else points


def _marks(repairs: Sequence[Repair], since: datetime, until: datetime) -> list[Mark]:
    return [Mark(r.what[:40], r.done_at) for r in repairs if since <= r.done_at < until]


def _humidity(  # noqa: PLR0913, PLR0917 - a chart's parts
    climate: Climate,
    repairs: Sequence[Repair],
    period: Period,
    since: datetime,
    until: datetime,
    figures: Figures,
) -> Chart:
    lines = [Line("Room air", _drawn(rooms.points(climate.humidity, since, until), period))]
    if climate.surface:
        surface = _drawn(rooms.points(climate.surface, since, until), period)
        lines.append(Line("Coldest surface", surface, "app-line app-line--second"))
    return Chart(
        title=f"Relative humidity, last {period.words}",
        unit="%",
        lines=lines,
        start=since,
        end=until,
        limits=[Limit("Limit of a day's mean of the air", figures.part_f.air_limits[24])],
        marks=_marks(repairs, since, until),
    )


def _warmth(
    climate: Climate,
    repairs: Sequence[Repair],
    period: Period,
    since: datetime,
    until: datetime,
) -> Chart:
    lines = [Line("Room", _drawn(rooms.points(climate.temperature, since, until), period))]
    for name, hours in (("Dew point", climate.dew_point), ("Outdoors", climate.outdoor)):
        if hours:
            drawn = _drawn(rooms.points(hours, since, until), period)
            style = (
                "app-line app-line--second" if name == "Dew point" else "app-line app-line--third"
            )
            lines.append(Line(name, drawn, style))
    return Chart(
        title=f"Temperature, last {period.words}",
        unit="°C",
        lines=lines,
        start=since,
        end=until,
        limits=[Limit("Healthy minimum (WHO)", 18)],
        marks=_marks(repairs, since, until),
    )


def _index(  # noqa: PLR0913, PLR0917 - a chart's parts
    climate: Climate,
    repairs: Sequence[Repair],
    period: Period,
    since: datetime,
    until: datetime,
    figures: Figures,
) -> Chart:
    points = [Point(start, index) for start, index in climate.mould.items() if start >= since]
    return Chart(
        title=f"Mould index, last {period.words}",
        unit="of 6",
        lines=[Line("Mould index", _drawn(points, period))] if points else [],
        start=since,
        end=until,
        limits=[Limit("Amber", figures.mould.amber_at), Limit("Red", figures.mould.red_at)],
        marks=_marks(repairs, since, until),
    )


def _findings_table(findings: Sequence[Finding], known: Units) -> Table:
    return Table(
        "findings",
        "What was found",
        [
            Column("Finding"),
            Column("Risk"),
            Column("From"),
            Column("Until", nothing="still open"),
            Column("Worst", digits=1),
        ],
        [
            (
                Link(finding.title, f"/alerts/{finding.id}"),
                tag(finding.severity),
                finding.fired_at,
                finding.resolved_at if finding.status == "resolved" else None,
                quantity(finding.peak, finding.rule_id, known),
            )
            for finding in findings
        ],
        nothing="Nothing was ever found about this room.",
    )


def _lasting_table(air: Sequence[Lasting], surface: Sequence[Lasting]) -> Table:
    rows = [
        (
            f"{name}, mean of {_length(finding.hours)}",
            finding.mean,
            finding.limit,
            _verdict(finding),
        )
        for name, findings in (("Room air", air), ("Coldest surface", surface))
        for finding in findings
    ]
    return Table(
        "lasting",
        "Damp that lasts: means against the limits of Approved Document F",
        [
            Column("What"),
            Column("Mean", "%", digits=1, nothing="not enough readings"),
            Column("Limit", "%", digits=0),
            Column("Result"),
        ],
        rows,
    )


def _verdict(finding: Lasting) -> str:
    if finding.mean is None:
        return "not known"
    return "over the limit" if finding.exceeds else "within the limit"


def _repairs_table(repairs: Sequence[Repair], climate: Climate) -> Table:
    return Table(
        "repairs",
        "What was done, and the room's humidity the week before and after",
        [
            Column("Done"),
            Column("What"),
            Column("Before", "%", digits=1, nothing="not enough readings"),
            Column("After", "%", digits=1, nothing="not enough readings yet"),
        ],
        [
            (
                repair.done_at,
                repair.what,
                rooms.mean_of_week(climate.humidity, repair.done_at - rooms.WEEK),
                rooms.mean_of_week(climate.humidity, repair.done_at),
            )
            for repair in repairs
        ],
        nothing="No repair is written down.",
    )


def _numbers_table(climate: Climate, since: datetime, until: datetime) -> Table:
    columns = (climate.temperature, climate.humidity, climate.dew_point, climate.surface)
    lines = [rooms.points(hours, since, until) for hours in columns]
    return Table(
        "numbers",
        "Means by the hour",
        [
            Column("Hour"),
            Column("Temperature", "Cel", digits=1, nothing="no reading"),
            Column("Humidity", "%", digits=1, nothing="no reading"),
            Column("Dew point", "Cel", digits=1, nothing="no reading"),
            Column("Coldest surface", "%", digits=1, nothing="not known"),
            Column("Mould index", digits=2, nothing="not known"),
        ],
        [
            (cells[0].time, *(cell.value for cell in cells), climate.mould.get(cells[0].time))
            for cells in reversed(list(zip(*lines, strict=True)))
        ],
        wide=True,
    )
