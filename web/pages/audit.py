"""The audit: who did what to what, and who read what of a home?"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from storage import audit
from storage.audit import Asked, Line
from web import wording
from web.days import Day, bounds
from web.identity import Area
from web.paging import how_many, page_of, whole_table
from web.session import Database, reader_of
from web.tables import Column, Link, Table
from web.views import view

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.AUDIT))])
_READS: Mapping[str, bool | None] = {"": None, "reads": True, "changes": False}


class Wanted(BaseModel):
    """Which lines, as the address says."""

    actor: str = Field(default="", max_length=300)
    subject: str = Field(default="", max_length=200)
    kind: Literal["", "reads", "changes"] = ""
    day: Day = None
    after: int | None = None

    @property
    def asked(self) -> Asked:
        """Give it in the words of storage."""
        since, until = bounds(self.day) if self.day else (None, None)
        return Asked(self.actor.strip(), self.subject.strip(), _READS[self.kind], since, until)


@router.get("/audit")
def listed(request: Request, database: Database, wanted: Annotated[Wanted, Query()]) -> Response:
    """List what was done and read, the newest first."""
    found = audit.lines(database, wanted.asked, before=wanted.after, limit=how_many(request))
    page = page_of(request, found, lambda line: str(line.id))
    return view(
        request,
        "audit.html",
        title="Who did what, and who read of a home?",
        tables=[_table(found if whole_table(request) else page.rows)],
        sentence=_sentence(page.rows, more=page.next is not None),
        wanted=wanted,
        page=page,
    )


def _sentence(shown: Sequence[Line], *, more: bool) -> str:
    if not shown:
        return "Nothing of this kind is written down."
    people = len({line.entry.actor for line in shown})
    whose = "1 person" if people == 1 else f"{people} people"
    some = "The newest" if more else "All"
    return (
        f"{some} {wording.plural(len(shown), 'line')}, of {whose}; "
        "no line is ever changed or deleted."
    )


def _table(lines: Sequence[Line]) -> Table:
    return Table(
        "audit",
        "Audit, the newest first",
        [
            Column("When"),
            Column("Who", breaks=True),
            Column("What"),
            Column("Of", nothing="", breaks=True),
            Column("More", nothing="", breaks=True),
        ],
        [
            (
                line.entry.at,
                Link(line.entry.actor, _address(actor=line.entry.actor)),
                line.entry.action.replace("_", " "),
                Link(line.name or line.entry.subject, _address(subject=line.entry.subject))
                if line.entry.subject
                else None,
                _more(line.entry.detail),
            )
            for line in lines
        ],
        nothing="There is no such line.",
        quiet=True,
    )


def _more(detail: audit.Detail) -> str:
    known = {name: value for name, value in sorted(detail.items()) if value is not None}
    return ", ".join(f"{name} {value}" for name, value in known.items())


def _address(**narrowed: str) -> str:
    return f"/audit?{urlencode(narrowed)}"
