"""Building sites: which is over its dust limit now?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from storage import pages_hours, pages_marks, pages_sites
from storage.pages_hours import Hours, Measured, Newest
from storage.pages_sites import Exceedance, Position, Site
from web import wording
from web.clock import Now
from web.identity import Area
from web.pages.homes import tag
from web.paging import how_many, page_of, whole_table
from web.periods import floor
from web.session import Database, reader_of
from web.site_story import ACTION_LEVEL, last_hour
from web.tables import Cell, Column, Link, Table, Tag
from web.views import view
from web.watching import Seen, Watch, watched_by_readers

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENVIRONMENT))])
MONTH = timedelta(days=30)
_FRESH = timedelta(hours=3)
"""With nothing newer a site has no state"""


def site_watch(path: str) -> Watch:
    """Have a page of sites wait for their monitors."""
    return Watch(
        path,
        watched_by_readers(Area.ENVIRONMENT),
        lambda connection, address: pages_marks.heard_in(
            connection, "position", address[1] if address.groups() else None
        ),
        "A monitor has sent new readings.",
    )


WATCHES = (site_watch("/sites"),)


@router.get("/sites")
def sites(
    request: Request,
    database: Database,
    seen: Seen,
    now: Now,
    after: str = "",
) -> Response:
    """List the sites with their state now."""
    found = pages_sites.sites(database, after=after, limit=how_many(request))
    page = page_of(request, found, lambda site: site.public_id)
    shown = found if whole_table(request) else page.rows
    numbers = [site.id for site in shown]
    positions = pages_sites.positions(database, numbers)
    newest = pages_hours.newest(database, [position.id for position in positions], ("pm10",))
    recent = pages_sites.exceedances(database, numbers, now - MONTH, now + MONTH)
    since, until = floor(now) - _FRESH, floor(now)
    places = [position.id for position in positions]
    hours = pages_hours.of_places(database, places, ("pm10",), since, until)
    return view(
        request,
        "sites.html",
        title="Which site is over its dust limit now?",
        tables=[sites_table([_row(each, positions, hours, newest, recent, now) for each in shown])],
        live=seen,
        sentence=sentence(shown, recent),
        page=page,
    )


def sentence(found: Sequence[Site], recent: Sequence[Exceedance]) -> str:
    """Say how many sites are over their limit."""
    if not found:
        return "No site is registered."
    over = {each.site for each in recent if each.status == "firing" and each.severity == "red"}
    names = [site.name for site in found if site.id in over]
    if not names:
        return f"None of the {wording.plural(len(found), 'site')} is over its limit."
    verb = "is" if len(names) == 1 else "are"
    return f"{', '.join(names)} {verb} over the limit, of {wording.plural(len(found), 'site')}."


def state(site: int, recent: Sequence[Exceedance], age: timedelta | None) -> Tag:
    """Write how a site stands as a word: its worst open episode, and whether it is heard at all."""
    severities = [e.severity for e in recent if e.site == site and e.status == "firing"]
    for severity in ("red", "amber"):
        if severity in severities:
            return tag(severity)
    if age is None or age > _FRESH:
        return Tag("No data", "yellow")
    return Tag("Within limits", "green")


def sites_table(rows: Sequence[Sequence[Cell]]) -> Table:
    """List sites as they stand now."""
    return Table(
        "sites",
        "Sites",
        [
            Column("Site"),
            Column("Area"),
            Column("State"),
            Column("Last hour, highest mean of PM10", "ug/m3", digits=0, nothing="no valid hour"),
            Column("Part of the trigger", "%", digits=0, nothing="not known"),
            Column("Age of the oldest reading", nothing="no reading"),
            Column("Positions", digits=0),
            Column("Episodes in 30 days", digits=0),
        ],
        rows,
        nothing="No site is registered.",
        quiet=True,
    )


def _row(  # noqa: PLR0913, PLR0917 - each is a part of the row
    site: Site,
    positions: Sequence[Position],
    hours: dict[Measured, Hours],
    newest: dict[Measured, Newest],
    recent: Sequence[Exceedance],
    now: datetime,
) -> tuple[Cell, ...]:
    keys = [(position.id, "pm10") for position in positions if position.site == site.id]
    last = [last_hour(hours.get(key, {}), now) for key in keys]
    highest = max((value for _, value in filter(None, last)), default=None)
    times = [newest[key].time for key in keys if key in newest]
    age = now - min(times) if times else None
    return (
        Link(site.name, f"/sites/{site.public_id}"),
        site.area,
        state(site.id, recent, age),
        highest,
        None if highest is None else 100 * highest / ACTION_LEVEL,
        age,
        site.positions,
        sum(each.site == site.id for each in recent),
    )
