"""The alerts inbox: what is wrong now that somebody must act on, and what became of it?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from storage import alert_actions, pages_alerts
from storage.alert_actions import Action
from storage.pages_alerts import Episode
from web import news, units, wording
from web.clock import Now
from web.episodes import EVERY_STATUS, in_hand, sight_of, where
from web.identity import Area, Person
from web.pages.homes import tag
from web.paging import how_many, page_of, whole_table
from web.read_log import Logged
from web.session import Database, SomePerson
from web.tables import Column, Link, Table
from web.units import Units, quantity
from web.views import view
from web.watching import Seen

WATCHES = (news.ALERTS,)
router = APIRouter(include_in_schema=False)
_STATUSES = {
    "open": ("firing",),
    "waiting": ("firing",),
    "over": ("resolved",),
    "all": EVERY_STATUS,
}


class Wanted(BaseModel):
    """Which episodes, as the address says."""

    state: Literal["open", "waiting", "over", "all"] = "open"
    severity: Literal["", "red", "amber", "maintenance", "info"] = ""
    after: str = Field(default="", max_length=100)


@router.get("/alerts")
def alerts(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    seen: Seen,
    now: Now,
    log: Logged,
    wanted: Annotated[Wanted, Query()],
) -> Response:
    """List the episodes of the person's own work, the newest first."""
    found = pages_alerts.episodes(
        database,
        sight_of(person),
        statuses=_STATUSES[wanted.state],
        severity=wanted.severity,
        waiting=wanted.state == "waiting",
        before=_key(wanted.after),
        limit=how_many(request),
    )
    page = page_of(request, found, lambda each: f"{wording.address_time(each.fired_at)} {each.id}")
    shown = found if whole_table(request) else page.rows
    if person.may_read(Area.HOUSING):
        log.homes([each.place_id for each in shown], listed=True)
    acts = alert_actions.actions(database, [each.id for each in shown])
    return view(
        request,
        "alerts.html",
        title="What needs somebody now?",
        tables=[_table(shown, acts, person, now, units.of_rules(database))],
        live=seen,
        sentence=sentence(found, wanted.state),
        wanted=wanted,
        page=page,
    )


def sentence(found: Sequence[Episode], state: str) -> str:
    """Say how much there is to do."""
    if not found:
        nothing = {
            "open": "Nothing is open that you need to act on.",
            "waiting": "Somebody has acknowledged every open alert.",
        }
        return nothing.get(state, "There is none.")
    red = sum(each.severity == "red" for each in found)
    more = "more than 50 alerts" if len(found) > 50 else wording.plural(len(found), "alert")
    if state == "waiting":
        verb = "waits" if len(found) == 1 else "wait"
        return f"{more[0].upper()}{more[1:]} {verb} for an acknowledgement, {red} of them red."
    if state != "open":
        return f"{more[0].upper()}{more[1:]}, the newest first."
    return (
        f"{more[0].upper()}{more[1:]} {'is' if len(found) == 1 else 'are'} open, {red} of them red."
    )


def _key(after: str) -> tuple[datetime, str] | None:
    time, _, number = after.partition(" ")
    if not number:
        return None
    try:
        return datetime.fromisoformat(time), number
    except ValueError:
        raise HTTPException(422, "The address does not say where the list goes on.") from None


def _table(
    rows: Sequence[Episode],
    acts: Mapping[str, Sequence[Action]],
    person: Person,
    now: datetime,
    known: Units,
) -> Table:
    return Table(
        "alerts",
        "Alerts",
        [
            Column("What"),
            Column("Risk"),
            Column("Where"),
            Column("Since"),
            Column("For"),
            Column("Worst", digits=1, nothing="no value"),
            Column("State"),
            Column("In hand", nothing="nobody's"),
        ],
        [
            (
                Link(each.title, f"/alerts/{each.id}"),
                tag(each.severity),
                where(each, person),
                each.fired_at,
                (each.resolved_at or now) - each.fired_at,
                quantity(each.peak, each.rule_id, known),
                _state(each),
                _in_hand(acts[each.id], each.severity),
            )
            for each in rows
        ],
        nothing="There is no such alert.",
        quiet=True,
    )


def _in_hand(acts: Sequence[Action], severity: str) -> str:
    known = in_hand(acts, severity)
    said = [f"with {wording.name(known.assignee)}"] if known.assignee else []
    if known.acknowledged_by:
        said.append(f"acknowledged by {wording.name(known.acknowledged_by)}")
    return ", ".join(said)


def _state(found: Episode) -> str:
    words = {"firing": "open", "resolved": "over", "withdrawn": "not so, by later readings"}
    said = [words[found.status]]
    if found.stale:
        said.append("no valid reading now")
    if found.late:
        said.append("found late")
    return ", ".join(said)
