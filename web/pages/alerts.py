"""The alerts inbox: what is wrong now that somebody must act on, and what became of it?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from storage import pages_alerts
from storage.connection import Connection
from storage.pages_alerts import Change, Episode, Notice, Sight
from web import privacy, wording
from web.clock import Now
from web.identity import Area, Person
from web.pages.homes import address as room_address
from web.pages.homes import tag
from web.paging import how_many, page_of
from web.session import Database, SomePerson
from web.tables import Column, Link, Table
from web.views import view
from web.watching import Seen

router = APIRouter(include_in_schema=False)
_STATUSES = {
    "open": ("firing",),
    "over": ("resolved",),
    "all": ("firing", "resolved", "withdrawn"),
}


class Wanted(BaseModel):
    """Which episodes, as the address says."""

    state: Literal["open", "over", "all"] = "open"
    severity: Literal["", "red", "amber", "maintenance", "info"] = ""
    after: str = Field(default="", max_length=100)
    csv: str | None = None


@router.get("/alerts")
def alerts(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    seen: Seen,
    now: Now,
    wanted: Annotated[Wanted, Query()],
) -> Response:
    """List the episodes of the person's own work, the newest first."""
    found = pages_alerts.episodes(
        database,
        sight_of(person),
        statuses=_STATUSES[wanted.state],
        severity=wanted.severity,
        before=_key(wanted.after),
        limit=how_many(wanted.csv),
    )
    page = page_of(request, found, lambda each: f"{wording.address_time(each.fired_at)} {each.id}")
    return view(
        request,
        "alerts.html",
        title="What needs somebody now?",
        tables=[_table(page.rows, person, now)],
        live=seen,
        sentence=sentence(found, wanted.state),
        wanted=wanted,
        page=page,
    )


@router.get("/alerts/{alert_id}")
def alert(
    request: Request, database: Database, person: SomePerson, now: Now, alert_id: str
) -> Response:
    """Show what an episode is about, what became of it, and who was told."""
    found = episode_of(database, person, alert_id)
    return view(
        request,
        "alert.html",
        title=found.title,
        crumbs=[{"text": "Alerts", "href": "/alerts"}],
        tables=[
            _history_table(pages_alerts.history(database, alert_id)),
            _notices_table(pages_alerts.notices(database, alert_id)),
        ],
        sentence=_story(found, person, now),
        alert=found,
        where=where(found, person),
    )


def sight_of(person: Person) -> Sight:
    """Give what a person may see."""
    return Sight(
        housing=person.may_read(Area.HOUSING),
        environment=person.may_read(Area.ENVIRONMENT),
        parking=person.may_read(Area.PARKING),
        engineering=person.may_read(Area.ENGINEERING),
        patches=person.patches,
    )


def episode_of(database: Connection, person: Person, alert_id: str) -> Episode:
    """Read an episode; one that the person may not see is not there (404)."""
    found = pages_alerts.episodes(
        database, sight_of(person), statuses=_STATUSES["all"], alert_id=alert_id, limit=1
    )
    if not found:
        raise HTTPException(404)
    return found[0]


def sentence(found: Sequence[Episode], state: str) -> str:
    """Say how much there is to do."""
    if not found:
        return "Nothing is open that you need to act on." if state == "open" else "There is none."
    red = sum(each.severity == "red" for each in found)
    more = "more than 50 alerts" if len(found) > 50 else wording.plural(len(found), "alert")
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


def where(found: Episode, person: Person) -> Link | str:
    """Name the place of an episode, with the address of its page for whoever may read it."""
    if found.place_kind in privacy.HOME and not person.may_read(Area.HOUSING):
        return privacy.A_HOME
    if found.place is None or found.place_id is None:
        return Link(found.device or found.dev_eui, f"/engineering/devices/{found.dev_eui}")
    name = f"{found.within}, {found.place}" if found.within else found.place
    if found.place_kind == "room":
        return Link(name, room_address(found.place_id))
    if found.place_kind == "position":
        return Link(name, f"/sites/{found.within_id}")
    if found.place_kind == "bay":
        return Link(name, f"/parking/{found.within_id}")
    return name


def _story(found: Episode, person: Person, now: datetime) -> str:
    place = where(found, person)
    name = place.text if isinstance(place, Link) else place
    if found.status == "withdrawn":
        return f"At {name}: readings that came later say that it was not so."
    if found.resolved_at is not None and found.status == "resolved":
        lasted = wording.span(found.resolved_at - found.fired_at)
        return f"At {name}: over since {wording.when(found.resolved_at)}, after {lasted}."
    gap = " No valid reading has come since a while." if found.stale else ""
    return f"At {name}: open for {wording.span(now - found.fired_at)}.{gap}"


def _table(rows: Sequence[Episode], person: Person, now: datetime) -> Table:
    return Table(
        "alerts",
        "Alerts",
        [
            Column("What"),
            Column("Risk"),
            Column("Where"),
            Column("Since"),
            Column("For"),
            Column("Worst", digits=1),
            Column("State"),
        ],
        [
            (
                Link(each.title, f"/alerts/{each.id}"),
                tag(each.severity),
                where(each, person),
                each.fired_at,
                (each.resolved_at or now) - each.fired_at,
                each.peak,
                _state(each),
            )
            for each in rows
        ],
        nothing="There is no such alert.",
        quiet=True,
    )


def _state(found: Episode) -> str:
    words = {"firing": "open", "resolved": "over", "withdrawn": "not so, by later readings"}
    said = [words[found.status]]
    if found.stale:
        said.append("no valid reading now")
    if found.late:
        said.append("found late")
    return ", ".join(said)


def _history_table(changes: Sequence[Change]) -> Table:
    return Table(
        "history",
        "What became of it",
        [
            Column("Change"),
            Column("Interval from"),
            Column("Known at"),
            Column("Value", digits=1),
            Column("Written down"),
            Column("Remark"),
        ],
        [
            (
                change.kind,
                change.at,
                change.known_at,
                change.value,
                change.recorded_at,
                _remark(change),
            )
            for change in changes
        ],
    )


def _remark(change: Change) -> str:
    if change.withdrawn_at is None:
        return ""
    return f"withdrawn {wording.when(change.withdrawn_at)}: {change.withdrawn_why}"


def _notices_table(notices: Sequence[Notice]) -> Table:
    return Table(
        "notices",
        "Who was told",
        [
            Column("Of"),
            Column("By"),
            Column("State"),
            Column("Written"),
            Column("Settled", nothing="not yet"),
            Column("Tries", digits=0),
            Column("Failure"),
        ],
        [
            (
                notice.kind,
                notice.channel,
                notice.status,
                notice.created_at,
                notice.settled_at,
                notice.attempts,
                notice.failure,
            )
            for notice in notices
        ],
        nothing="Nobody was told.",
    )
