"""One case: what must be done by when, what was done, and the evidence of it, to print.

Nothing that is recorded is changed: a mistake is retracted by a further record.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from alerts.case_clocks import Clock, EventKind, State
from storage import cases
from storage.cases import CaseEvent, HazardCase
from storage.connection import Connection
from web import wording
from web.case_story import EVENTS, NEEDS_WORDS, Standing, event_words, sentence, standing
from web.clock import Acting
from web.forms import Errors, field_time, past_time, words
from web.identity import Area, Person
from web.pages.cases import hazard_name, tag
from web.read_log import Logged
from web.security import FromOurForm
from web.session import Database, reader_of, writer_of
from web.tables import Column, Table, Tag
from web.views import view

router = APIRouter(include_in_schema=False)
Reader = Annotated[Person, Depends(reader_of(Area.HOUSING))]
Writer = Annotated[Person, Depends(writer_of(Area.HOUSING))]
_SAID = {"opened": "The case is open, and its clocks run.", "recorded": "It is recorded."}
_STATES = {
    State.OPEN: Tag("To do", "blue"),
    State.NEAR: Tag("Due soon", "orange"),
    State.MET: Tag("Met", "green"),
    State.MISSED: Tag("Missed", "red"),
}


@router.get("/cases/{case_id}")
def case(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: Reader,
    acting: Acting,
    log: Logged,
    case_id: str,
    said: str = "",
) -> Response:
    """Show a case with its clocks and all that happened."""
    found = case_of(database, person, case_id)
    log.homes([found.place_id])
    return _page(request, person, found, acting, said=_SAID.get(said))


def case_of(database: Connection, person: Person, case_id: str) -> HazardCase:
    """Read a case; one of another patch is not there (404)."""
    known = cases.cases(database, case_id=case_id, patches=person.patches, closed=True)
    if not known or not case_id:
        raise HTTPException(404)
    return known[0]


def _page(  # noqa: PLR0913 - what a page shows
    request: Request,
    person: Person,
    found: HazardCase,
    now: datetime,
    *,
    status: int = 200,
    said: str | None = None,
    errors: Errors | None = None,
    written: Mapping[str, str] | None = None,
) -> Response:
    told = standing(found, now)
    return view(
        request,
        "case.html",
        title=f"{hazard_name(found.hazard)} at {found.place}",
        status=status,
        crumbs=[{"text": "Homes", "href": "/homes"}, {"text": "Cases", "href": "/cases"}],
        tables=[clocks_table(told, now), events_table(found.events)],
        sentence=sentence(told, now),
        case=found,
        facts=facts(found),
        tag=tag(told),
        told=told,
        kinds=[("", "Choose"), *((kind.value, text) for kind, text in EVENTS.items())],
        mistakes=_retractable(found.events),
        now=field_time(now),
        may_change=person.may_change(Area.HOUSING),
        said=said,
        errors=errors or [],
        written=written or {},
    )


def facts(found: HazardCase) -> list[tuple[str, str]]:
    """Give what a case began with."""
    return [
        ("Home", found.place),
        ("Patch", found.patch or "none"),
        ("Hazard", f"{hazard_name(found.hazard)}, held to be {found.category.value}"),
        ("Aware since", wording.when(found.aware_at)),
        ("How we became aware", found.reported),
        ("Opened", f"{wording.when(found.opened_at)} by {wording.name(found.opened_by)}"),
        ("Reference", found.id),
    ]


def clocks_table(told: Standing, now: datetime) -> Table:
    """List the deadlines of a case."""
    return Table(
        "clocks",
        "Deadlines",
        [
            Column("What must be done"),
            Column("By"),
            Column("State"),
            Column("Left", nothing=""),
            Column("Done", nothing="not yet"),
            Column("Regulation"),
        ],
        [
            (
                clock.deadline.step.value.capitalize(),
                clock.deadline.due,
                _STATES[clock.state],
                _left(clock, told, now),
                clock.done_at,
                clock.deadline.regulation,
            )
            for clock in told.clocks
        ],
        nothing="No deadline of the law is counted for this case.",
    )


def _left(clock: Clock, told: Standing, now: datetime) -> str:
    if told.closed_at is not None and clock.done_at is None:
        return "closed without it"
    left = clock.deadline.due - (clock.done_at or now)
    if clock.done_at is not None:
        return f"{wording.span(left)} late" if left.total_seconds() < 0 else ""
    return f"{wording.span(left)} over" if left.total_seconds() < 0 else wording.span(left)


def events_table(events: Sequence[CaseEvent]) -> Table:
    """List what happened, in the order in which it was recorded, mistakes too."""
    wrong = {event.retracts: event for event in events if event.retracts is not None}
    return Table(
        "events",
        "What happened",
        [
            Column("Number"),
            Column("What"),
            Column("When"),
            Column("Note", nothing=""),
            Column("Recorded by"),
            Column("Recorded"),
        ],
        [
            (
                str(event.id),
                _what(event, wrong),
                event.at,
                event.note,
                wording.name(event.actor),
                event.recorded_at,
            )
            for event in events
        ],
        nothing="Nothing is recorded yet.",
    )


def _what(event: CaseEvent, wrong: Mapping[int, CaseEvent]) -> str:
    if event.retracts is not None:
        return f"Record {event.retracts} was a mistake"
    said = event_words(event)
    return f"{said} (a mistake, see {wrong[event.id].id})" if event.id in wrong else said


def _retractable(events: Sequence[CaseEvent]) -> list[tuple[str, str]]:
    wrong = {event.retracts for event in events}
    return [
        (str(event.id), f"{event.id}: {event_words(event)}, {wording.when(event.at)}")
        for event in events
        if event.retracts is None and event.id not in wrong
    ]


class NewEvent(BaseModel):
    """What the form of a record sends."""

    kind: str = Field(default="", max_length=40)
    happened: str = Field(default="", max_length=40)
    note: str = Field(default="", max_length=2000)
    retracts: str = Field(default="", max_length=20)


@router.post("/cases/{case_id}/events")
def record(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: Writer,
    _: FromOurForm,
    acting: Acting,
    case_id: str,
    written: Annotated[NewEvent, Form()],
) -> Response:
    """Record what happened in a case, or that an earlier record was a mistake."""
    found = case_of(database, person, case_id)
    errors: Errors = []
    kind = _kind(written, found.events, errors)
    happened = past_time(written.happened, "happened", acting, errors)
    note = written.note.strip()
    if kind in NEEDS_WORDS and not note:
        name = "why" if kind is EventKind.RETRACTED else "note"
        errors.append((name, "Write a note: this record says nothing without one"))
    if kind is None or errors:
        told = words(written.model_dump())
        return _page(request, person, found, acting, status=422, errors=errors, written=told)
    cases.add_event(
        database,
        case_id,
        kind,
        actor=person.signature,
        at=acting,
        happened_at=happened,
        note=note,
        retracts=int(written.retracts) if kind is EventKind.RETRACTED else None,
    )
    return RedirectResponse(f"/cases/{case_id}?said=recorded", 303)


def _kind(written: NewEvent, events: Sequence[CaseEvent], errors: Errors) -> EventKind | None:
    """Read what is recorded; None with what is wrong."""
    if written.kind == EventKind.RETRACTED:
        if written.retracts in dict(_retractable(events)):
            return EventKind.RETRACTED
        errors.append(("retracts", "Choose the record that was a mistake"))
    elif written.kind in {kind.value for kind in EVENTS}:
        return EventKind(written.kind)
    else:
        errors.append(("kind", "Choose what happened"))
    return None
