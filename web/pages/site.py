"""A site: is it over its limit, is the dust its own, and what was done?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from alerts.model import Severity
from storage import pages_sites
from storage.connection import Connection
from storage.pages_sites import Entry, Exceedance, Site
from web import units, wording
from web.clock import Now, Wall
from web.forms import time_of
from web.identity import Area, Person
from web.pages import site_tables as tables
from web.pages.site_events import events
from web.pages.sites import MONTH, site_watch
from web.periods import CHOICES, Period
from web.quarters import QUARTER
from web.security import FromOurForm
from web.session import Database, reader_of, writer_of
from web.site_story import cause, newest, quarters, standing, tell
from web.views import view
from web.watching import Seen

router = APIRouter(include_in_schema=False)
Reader = Annotated[Person, Depends(reader_of(Area.ENVIRONMENT))]
Writer = Annotated[Person, Depends(writer_of(Area.ENVIRONMENT))]
WATCHES = (site_watch("/sites/([a-z2-7]+)"),)


@router.get("/sites/{public_id}")
def site(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: Reader,
    seen: Seen,
    now: Now,
    public_id: str,
    period: Period = Period.DAY,
    said: str = "",
) -> Response:
    """Show the site's dust against its limits, the wind, and the log of exceedances."""
    page = _Page(request, database, person, find(database, public_id), now, period)
    return page.answer(live=seen, said="It stands in the log now." if said == "logged" else None)


def find(database: Connection, public_id: str) -> Site:
    """Read a site, or answer 404."""
    found = pages_sites.site(database, public_id)
    if found is None:
        raise HTTPException(404)
    return found


class _Page:
    """The page of a site, for looking at it and for a form that is to be written again."""

    def __init__(  # noqa: PLR0913, PLR0917 - each is a part of the request
        self,
        request: Request,
        database: Connection,
        person: Person,
        found: Site,
        now: datetime,
        period: Period,
    ) -> None:
        self._request, self._period, self._now = request, period, now
        self._may_change = person.may_change(Area.ENVIRONMENT)
        since, until = period.hours(now)
        self._month = tell(database, found, Period.MONTH.hours(now)[0], until)
        self._story = self._month.within(since)
        self._recent = pages_sites.exceedances(database, [found.id], now - MONTH, now + MONTH)
        self._units = units.of_rules(database)
        self._newest = newest(database, self._story.positions)
        self._quarters = quarters(database, self._story.positions, self._newest, now)

    def answer(
        self,
        *,
        status: int = 200,
        live: str | None = None,
        said: str | None = None,
        errors: Sequence[tuple[str, str]] = (),
        written: Mapping[str, str] | None = None,
    ) -> Response:
        """Make the page.

        Args:
            status: of the answer.
            live: the mark that the page waits for another of.
            said: what has just been done.
            errors: what is wrong with the form, by its field.
            written: what the form holds.
        """
        story = self._story
        until = self._now - (self._now - story.until) % QUARTER
        return view(
            self._request,
            "site.html",
            title=story.site.name,
            status=status,
            crumbs=[{"text": "Building sites", "href": "/sites"}],
            tables=[
                tables.positions_table(story, self._newest, self._now),
                tables.log_table(self._recent, self._month, self._units),
                tables.hours_table(story),
                tables.quarters_table(story.positions, self._quarters),
            ],
            live=live,
            said=said,
            errors=errors,
            written=written or {},
            sentence=f"{standing(self._recent)} {cause(story.hours)}",
            site=story.site,
            period=self._period,
            choices=CHOICES,
            picture=tables.hours_chart(story, self._period),
            quarters=tables.quarters_chart(story.positions, self._quarters, until)
            if self._quarters
            else None,
            episodes=events(tables.told(self._recent, self._month, self._units)),
            open=_to_close(self._recent),
            month=f"{self._now.astimezone(wording.LONDON):%Y-%m}",
            may_change=self._may_change,
        )


def _to_close(known: Sequence[Exceedance]) -> list[Exceedance]:
    """Give the episodes that nobody has closed, the gravest first."""
    still = [each for each in known if each.closed_at is None]
    return sorted(still, key=lambda each: -Severity(each.severity).rank)


class Written(BaseModel):
    """What the form of the log sends."""

    alert: str = Field(max_length=100)
    cause: str = Field(default="", max_length=1000)
    action: str = Field(default="", max_length=1000)
    stopped: str = Field(default="", max_length=40)
    restarted: str = Field(default="", max_length=40)
    closes: bool = False


@router.post("/sites/{public_id}/log")
def write_down(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: Writer,
    _: FromOurForm,
    now: Now,
    wall: Wall,
    public_id: str,
    written: Annotated[Written, Form()],
) -> Response:
    """Add to the log of an exceedance: its cause, what was done, and whether it is closed."""
    found = find(database, public_id)
    known = pages_sites.exceedances(database, [found.id], now - 24 * MONTH, now + MONTH)
    entry, errors = read_entry(written, person.name, known)
    if entry is None:
        page = _Page(request, database, person, found, now, Period.DAY)
        told = {name: str(value) for name, value in written.model_dump().items()}
        return page.answer(status=422, errors=errors, written=told)
    pages_sites.write_down(database, entry, wall)
    return RedirectResponse(f"/sites/{public_id}?said=logged", 303)


def read_entry(
    written: Written, author: str, known: Sequence[Exceedance]
) -> tuple[Entry | None, list[tuple[str, str]]]:
    """Read what was written; None with what is wrong, each with its field."""
    errors = []
    if written.alert not in {each.id for each in known}:
        errors.append(("alert", "Choose an episode of this site"))
    stopped, restarted = time_of(written.stopped), time_of(written.restarted)
    if written.stopped and stopped is None:
        errors.append(("stopped", "Write the time as 2026-11-23 11:20"))
    if written.restarted and restarted is None:
        errors.append(("restarted", "Write the time as 2026-11-23 14:00"))
    if restarted and (stopped is None or restarted < stopped):
        errors.append(("restarted", "Work restarts after it has stopped: give both times"))
    cause, action = written.cause.strip(), written.action.strip()
    if not (cause or action or stopped or written.closes):
        errors.append(("cause", "Write down a cause, an action, or when work stopped"))
    if errors:
        return None, errors
    return Entry(written.alert, author, cause, action, stopped, restarted, written.closes), []
