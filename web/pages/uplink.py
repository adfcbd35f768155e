"""One uplink: what became of it, from the frame to what people were told?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from storage import pages_devices, pages_fleet, pages_uplinks
from storage.pages_uplinks import StoredUplink, TracedAlert, TracedValue
from web import privacy, wording
from web.days import Text
from web.identity import Area
from web.pages import uplink_tables
from web.read_log import Logged
from web.session import Database, SomePerson, reader_of
from web.tracing import Looker, looking, times
from web.views import view

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENGINEERING))])
_CRUMBS = [{"text": "Engineering", "href": "/engineering"}]


@router.get("/engineering/uplinks")
def search(request: Request, identifier: Text = None) -> Response:
    """Ask for an uplink by its identifier."""
    if identifier:
        return _go(identifier.strip().lower())
    return view(request, "uplink_search.html", title="What became of an uplink?", crumbs=_CRUMBS)


@router.get("/engineering/uplinks/{identifier}")
def trace(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    log: Logged,
    identifier: str,
    received: Annotated[datetime | None, Query()] = None,
) -> Response:
    """Follow an uplink."""
    uplink = pages_uplinks.find(database, identifier, received)
    if uplink is None:
        raise HTTPException(
            404,
            "No uplink of this identifier is known. After two weeks it is found from the page of "
            "its device alone.",
        )
    log.device(uplink.dev_eui)
    stays = pages_devices.stays(database, uplink.dev_eui)
    home = privacy.is_home(stays, uplink.environment)
    hidden = home and not person.may_change(Area.ENGINEERING)
    values = pages_uplinks.values(
        database, uplink.device_id, times(uplink, request.app.state.wiring.codecs)
    )
    lookers = looking(
        pages_fleet.rules(database),
        uplink,
        values,
        pages_uplinks.states(database, [uplink.device_id, *{value.series_id for value in values}]),
    )
    alerts = pages_uplinks.alerts(database, uplink.device_id, uplink.time)
    return view(
        request,
        "uplink.html",
        title="What became of the uplink?",
        crumbs=[*_CRUMBS, {"text": "Device", "href": f"/engineering/devices/{uplink.dev_eui}"}],
        tables=[
            uplink_tables.receptions(uplink),
            uplink_tables.values(values, hidden=hidden),
            uplink_tables.hours(values, hidden=hidden),
            uplink_tables.lookers(lookers),
            uplink_tables.alerts(alerts),
        ],
        sentence=_sentence(uplink, values, lookers, alerts),
        uplink=uplink,
        frame=uplink_tables.HIDDEN if hidden else uplink.payload.hex(" "),
        warnings=[uplink_tables.HIDDEN for _ in uplink.warnings] if hidden else uplink.warnings,
        home=home,
    )


def _go(identifier: str) -> Response:
    return RedirectResponse(f"/engineering/uplinks/{quote(identifier, safe='')}", 303)


def _sentence(
    uplink: StoredUplink,
    values: Sequence[TracedValue],
    lookers: Sequence[Looker],
    alerts: Sequence[TracedAlert],
) -> str:
    told = sum(alert.notice is not None for alert in alerts)
    episodes = len({alert.id for alert in alerts})
    return (
        f"{uplink.device_name or uplink.dev_eui} sent it {wording.when(uplink.time)}: "
        f"{wording.plural(len(values), 'value')} stored, {wording.plural(len(lookers), 'rule')} "
        f"looking at it, {wording.plural(episodes, 'alert')} around it with "
        f"{wording.plural(told, 'message')} to people."
    )
