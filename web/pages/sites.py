"""Building sites: which is over its dust limit now?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from storage import pages_hours, pages_sites
from storage.pages_hours import Measured, Newest
from storage.pages_sites import Exceedance, Position, Site
from web import wording
from web.clock import Now
from web.identity import Area
from web.pages.homes import tag
from web.paging import how_many, page_of
from web.session import Database, reader_of
from web.tables import Column, Link, Table, Tag
from web.views import view
from web.watching import Seen

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENVIRONMENT))])
MONTH = timedelta(days=30)


@router.get("/sites")
def sites(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    seen: Seen,
    now: Now,
    after: str = "",
    csv: str | None = None,
) -> Response:
    """List the sites with their state now."""
    found = pages_sites.sites(database, after=after, limit=how_many(csv))
    page = page_of(request, found, lambda site: site.public_id)
    numbers = [site.id for site in page.rows]
    positions = pages_sites.positions(database, numbers)
    newest = pages_hours.newest(database, [position.id for position in positions], ("pm10",))
    recent = pages_sites.exceedances(database, numbers, now - MONTH, now + MONTH)
    return view(
        request,
        "sites.html",
        title="Which site is over its dust limit now?",
        tables=[_table(page.rows, positions, newest, recent, now)],
        live=seen,
        sentence=sentence(page.rows, recent),
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


def state(site: int, recent: Sequence[Exceedance]) -> Tag:
    """Write the worst open episode of a site as a word."""
    severities = [e.severity for e in recent if e.site == site and e.status == "firing"]
    for severity in ("red", "amber"):
        if severity in severities:
            return tag(severity)
    return Tag("Within limits", "green")


def _table(
    found: Sequence[Site],
    positions: Sequence[Position],
    newest: dict[Measured, Newest],
    recent: Sequence[Exceedance],
    now: datetime,
) -> Table:
    return Table(
        "sites",
        "Sites",
        [
            Column("Site"),
            Column("Area"),
            Column("State"),
            Column("PM10 now, highest", "ug/m3", digits=0, nothing="no reading"),
            Column("Age of the oldest reading", nothing="no reading"),
            Column("Positions", digits=0),
            Column("Episodes in 30 days", digits=0),
        ],
        [
            (
                Link(site.name, f"/sites/{site.public_id}"),
                site.area,
                state(site.id, recent),
                *_now(site, positions, newest, now),
                site.positions,
                sum(each.site == site.id for each in recent),
            )
            for site in found
        ],
        nothing="No site is registered.",
        quiet=True,
    )


def _now(
    site: Site, positions: Sequence[Position], newest: dict[Measured, Newest], now: datetime
) -> tuple[float | None, timedelta | None]:
    found = [
        newest[position.id, "pm10"]
        for position in positions
        if position.site == site.id and (position.id, "pm10") in newest
    ]
    if not found:
        return None, None
    return max(each.result for each in found), now - min(each.time for each in found)
