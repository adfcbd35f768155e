"""Cases: which hazards in homes are open, and what is due next?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from alerts import hazards
from alerts.hazards import Category
from storage import cases
from storage.cases import HazardCase
from web import wording
from web.case_story import NO_CLOCK, Standing, standing
from web.clock import Acting
from web.identity import Area
from web.paging import page_of, whole_table
from web.read_log import Logged
from web.session import Database, SomePerson, reader_of
from web.tables import Cell, Column, Link, Table, Tag
from web.views import view

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.HOUSING))])
_STATES = {
    "open": "open",
    "all": "open",
    "overdue": "overdue",
    "soon": "open with a deadline near",
}
_BEHIND = re.compile(r"([0-2]) (-?\d{1,12}) ([a-z2-7]{1,40})")


class Wanted(BaseModel):
    """Which cases, as the address says."""

    state: Literal["open", "overdue", "soon", "closed", "all"] = "open"
    category: Literal["", "significant", "emergency"] = ""
    home: str = Field(default="", max_length=100)
    """A part of the home's name"""
    after: str = Field(default="", max_length=100)

    def takes(self, case: HazardCase, told: Standing) -> bool:
        """Say whether a case is among them."""
        by_state = {
            "open": told.closed_at is None,
            "overdue": told.closed_at is None and bool(told.overdue),
            "soon": told.closed_at is None and told.is_near and not told.overdue,
            "closed": told.closed_at is not None,
            "all": True,
        }
        return (
            by_state[self.state]
            and self.category in {"", case.category}
            and self.home.strip().casefold() in case.place.casefold()
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """A case in the list."""

    case: HazardCase
    told: Standing

    @property
    def order(self) -> tuple[int, int, str]:
        """Where it stands: open by what is due first, then without a clock, then closed ones."""
        if self.told.closed_at is not None:
            return 2, -_seconds(self.told.closed_at), self.case.id
        if self.told.due is None:
            return 1, _seconds(self.case.aware_at), self.case.id
        return 0, _seconds(self.told.due.deadline.due), self.case.id


def _seconds(time: datetime) -> int:
    return round(time.timestamp())


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
    behind = _key(wanted.after)
    with_closed = wanted.state in {"closed", "all"}
    known = cases.cases(database, patches=person.patches, closed=with_closed)
    found = [Listed(case, standing(case, acting)) for case in known]
    found = sorted((each for each in found if wanted.takes(each.case, each.told)), key=_order)
    rest = [each for each in found if behind is None or each.order > behind]
    page = page_of(request, rest, lambda each: " ".join(map(str, each.order)))
    shown = rest if whole_table(request) else page.rows
    log.homes([each.case.place_id for each in shown], listed=True)
    return view(
        request,
        "cases.html",
        title="Which cases are open, and what is due?",
        tables=[_table(shown, acting)],
        sentence=_sentence([each.told for each in found], wanted),
        wanted=wanted,
        categories=[("", "any"), *((each.value, each.value) for each in Category)],
        page=page,
    )


def _order(each: Listed) -> tuple[int, int, str]:
    return each.order


def _key(after: str) -> tuple[int, int, str] | None:
    """Read behind which case the list goes on."""
    if not after:
        return None
    parts = _BEHIND.fullmatch(after)
    if parts is None:
        raise HTTPException(422, "The address does not say where the list goes on.")
    return int(parts[1]), int(parts[2]), parts[3]


def _sentence(told: Sequence[Standing], wanted: Wanted) -> str:
    which = " of these" if wanted.category or wanted.home.strip() else ""
    if wanted.state == "closed":
        return f"{wording.plural(len(told), 'case')}{which} closed, the newest first."
    still = [each for each in told if each.closed_at is None]
    if not still:
        return f"No case{which} is {_STATES[wanted.state]}."
    late = sum(bool(each.overdue) for each in still)
    near = sum(each.is_near and not each.overdue for each in still)
    verb = "is" if len(still) == 1 else "are"
    said = f"{wording.plural(len(still), 'case')}{which} {verb} {_STATES[wanted.state]}"
    if wanted.state in {"overdue", "soon"}:
        return f"{said}."
    overdue = f"{late} of them" if late else "none"
    return f"{said}: {overdue} overdue, {near or 'none'} with a deadline near."


def _table(shown: Sequence[Listed], now: datetime) -> Table:
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
                Link(each.case.place, f"/cases/{each.case.id}"),
                f"{hazard_name(each.case.hazard)}, {each.case.category.value}",
                tag(each.told),
                _next(each.told),
                _due(each.told),
                _left(each.told, now),
                each.case.aware_at,
                wording.name(each.case.opened_by),
            )
            for each in shown
        ],
        nothing="There is no such case in your patch.",
        quiet=True,
    )


def _next(told: Standing) -> str:
    if told.closed_at is not None:
        return "nothing, it is closed"
    return told.due.deadline.step.value if told.due else told.why_no_clock or NO_CLOCK


def _due(told: Standing) -> datetime | None:
    return told.due.deadline.due if told.due and told.closed_at is None else None


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
