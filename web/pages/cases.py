"""Cases: which hazards in homes are open, and what is due next?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from alerts import hazards
from storage import cases
from storage.cases import HazardCase
from web import wording
from web.case_story import NO_CLOCK, Standing, standing
from web.clock import Acting
from web.identity import Area, Person
from web.read_log import Logged
from web.session import Database, SomePerson, reader_of
from web.tables import Cell, Column, Link, Table, Tag
from web.views import view

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.HOUSING))])
_FAR = 10**9


class Wanted(BaseModel):
    """Which cases, as the address says."""

    state: Literal["open", "all"] = "open"


@router.get("/cases")
def listed(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    acting: Acting,
    log: Logged,
    wanted: Annotated[Wanted, Query()],
) -> Response:
    """List the cases of the person's patches, what is due first on top."""
    known = found(database, person, closed=wanted.state == "all")
    told = [(case, standing(case, acting)) for case in known]
    told.sort(key=lambda each: _urgency(each[1], acting))
    log.homes([case.place_id for case in known], listed=True)
    return view(
        request,
        "cases.html",
        title="Which cases are open, and what is due?",
        tables=[_table(told, acting)],
        sentence=_sentence([each for _, each in told]),
        wanted=wanted,
    )


def found(database: Database, person: Person, *, closed: bool) -> list[HazardCase]:
    """Read the cases that a person may see."""
    return cases.cases(database, patches=person.patches, closed=closed)


def _urgency(told: Standing, now: datetime) -> float:
    if told.closed_at is not None:
        return 2 * _FAR
    return (told.due.deadline.due - now).total_seconds() if told.due else _FAR


def _sentence(told: Sequence[Standing]) -> str:
    still = [each for each in told if each.closed_at is None]
    if not still:
        return "No case is open."
    late = sum(bool(each.overdue) for each in still)
    near = sum(each.is_near and not each.overdue for each in still)
    verb = "is" if len(still) == 1 else "are"
    return (
        f"{wording.plural(len(still), 'case')} {verb} open: {late} of them overdue, "
        f"{near} with a deadline near."
    )


def _table(told: Sequence[tuple[HazardCase, Standing]], now: datetime) -> Table:
    return Table(
        "cases",
        "Cases, what is due first on top",
        [
            Column("Home"),
            Column("Hazard"),
            Column("State"),
            Column("Due next"),
            Column("By", nothing="no clock runs"),
            Column("Left", nothing=""),
            Column("Aware since"),
            Column("Opened by"),
        ],
        [
            (
                Link(case.place, f"/cases/{case.id}"),
                f"{hazard_name(case.hazard)}, {case.category.value}",
                tag(each),
                _next(each),
                each.due.deadline.due if each.due and each.closed_at is None else None,
                _left(each, now),
                case.aware_at,
                wording.name(case.opened_by),
            )
            for case, each in told
        ],
        nothing="No case is open in your patch.",
        quiet=True,
    )


def _next(told: Standing) -> str:
    if told.closed_at is not None:
        return "nothing, it is closed"
    return told.due.deadline.step.value if told.due else told.why_no_clock or NO_CLOCK


def _left(told: Standing, now: datetime) -> str:
    if told.due is None or told.closed_at is not None:
        return ""
    left = told.due.deadline.due - now
    return wording.span(left) if left.total_seconds() >= 0 else f"{wording.span(left)} over"


def hazard_name(hazard: str) -> str:
    """Write a hazard in words."""
    known = hazards.load().get(hazard)
    return known.name if known else hazard


def tag(told: Standing) -> Cell:
    """Say in a word that stands out how a case stands."""
    if told.closed_at is not None:
        return Tag("Closed", "grey")
    if told.overdue:
        return Tag("Overdue", "red")
    return Tag("Due soon", "orange") if told.is_near else Tag("Open", "blue")
