"""Homes in figures: how many are damp, by area and month, for whoever may see no home?"""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from storage import pages_homes
from web.clock import Now
from web.coarse_counts import Coarse, Count, coarse
from web.days import begins, london, month_after
from web.session import Database, SomePerson
from web.tables import Column, Table
from web.views import view

router = APIRouter(include_in_schema=False)


@router.get("/homes-in-figures")
def figures(
    request: Request,
    database: Database,
    _: SomePerson,
    now: Now,
    month: Annotated[str, Query(max_length=7)] = "",
) -> Response:
    """Show a month that is over, in counts that tell of no home."""
    newest = month_after(london(now), -1)
    first = _month(month) if month else newest
    if first > newest:
        raise HTTPException(422, "Choose a month that is over.")
    exact = pages_homes.counted(database, begins(first), begins(month_after(first)))
    found = coarse(Count(area, homes, damp) for area, homes, damp in exact)
    return view(
        request,
        "homes_in_figures.html",
        title="How many homes had a finding of damp, mould or cold?",
        tables=[_table(found)],
        sentence=_sentence(found, first),
        before=f"{month_after(first, -1):%Y-%m}",
        after=f"{month_after(first):%Y-%m}" if first < newest else None,
    )


def _month(text: str) -> date:
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise HTTPException(422, "Write the month as 2026-11.") from None
    if first.year < 2000:
        raise HTTPException(422, "Choose a month after the year 2000.")
    return first


def _sentence(found: Coarse, first: date) -> str:
    if found.total is None:
        return f"In {first:%B %Y} too few homes had a sensor to count them and tell of none."
    return (
        f"In {first:%B %Y} about {found.total.found:,} of about {found.total.homes:,} homes with a "
        "sensor had a finding."
    )


def _table(found: Coarse) -> Table:
    rows = [*found.rows, *([found.total] if found.total else [])]
    return Table(
        "figures",
        "Homes by area",
        [
            Column("Area"),
            Column("Homes with a sensor", digits=0),
            Column("With a finding", digits=0),
        ],
        [(each.area, each.homes, each.found) for each in rows],
        nothing="There is nothing that can be shown.",
        quiet=True,
    )
