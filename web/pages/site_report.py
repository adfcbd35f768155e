"""A site's month, to print, and how its readings are corrected."""

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from storage import pages_sites
from storage.pages_sites import Calibration, Exceedance
from web import units, wording
from web.clock import Now
from web.days import begins, london, month_after
from web.identity import Area
from web.pages import site_tables as tables
from web.pages.site import find
from web.pages.site_events import events
from web.session import Database, reader_of
from web.site_story import ACTION_LEVEL, Story, tell
from web.views import view

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENVIRONMENT))])


@router.get("/sites/{public_id}/report")
def report(
    request: Request, database: Database, now: Now, public_id: str, month: str = ""
) -> Response:
    """Print a month: how often the site was over its limit, and what was done each time."""
    first = _month(month) if month else london(now).replace(day=1)
    site = find(database, public_id)
    since, until = begins(first), begins(month_after(first))
    story = tell(database, site, since, min(until, max(now, since)))
    found = pages_sites.exceedances(database, [site.id], since, until)
    known = units.of_rules(database)
    return view(
        request,
        "site_report.html",
        title=f"{site.name}: dust in {first:%B %Y}",
        crumbs=[
            {"text": "Building sites", "href": "/sites"},
            {"text": site.name, "href": f"/sites/{public_id}"},
        ],
        tables=[
            tables.month_table(story),
            tables.log_table(found, story, known),
            tables.days_table(story),
        ],
        sentence=summary(story, found),
        episodes=events(tables.told(found, story, known)),
        site=site,
        before=f"{month_after(first, -1):%Y-%m}",
        after=f"{month_after(first):%Y-%m}" if until <= now else None,
        made=now,
    )


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise HTTPException(422, "Write the month as 2026-11.") from None


def summary(story: Story, found: Sequence[Exceedance]) -> str:
    """Say a month in one sentence."""
    valid = sum(hour.highest is not None for hour in story.hours)
    over = sum((hour.highest or 0) > ACTION_LEVEL for hour in story.hours)
    closed = sum(each.closed_at is not None for each in found)
    return (
        f"{wording.plural(over, 'hour')} over {ACTION_LEVEL:g} µg/m³, of {valid:,} valid ones "
        f"({len(story.hours):,} in the month so far); {wording.plural(len(found), 'episode')}, "
        f"{closed} closed."
    )


@router.get("/sites/{public_id}/calibration")
def calibration(request: Request, database: Database, public_id: str) -> Response:
    """Show how the readings of a site's devices are corrected, and by which comparison."""
    site = find(database, public_id)
    found = pages_sites.calibrations(database, site.id)
    return view(
        request,
        "site_calibration.html",
        title=f"{site.name}: how are its readings corrected?",
        crumbs=[
            {"text": "Building sites", "href": "/sites"},
            {"text": site.name, "href": f"/sites/{public_id}"},
        ],
        tables=[tables.calibrations_table(found)],
        sentence=_corrected(found),
    )


def _corrected(found: Sequence[Calibration]) -> str:
    if not found:
        return "Not at all: no comparison with a reference is registered for its devices."
    devices = len({each.dev_eui for each in found})
    return (
        f"{wording.plural(len(found), 'calibration')} of {wording.plural(devices, 'device')}: "
        "y = slope * reading + offset, each from its own comparison."
    )
