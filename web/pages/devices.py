"""Devices: which are heard, and how well?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from storage import pages_devices
from storage.pages_devices import DeviceFilter, ListedDevice
from storage.silent_devices import Silent
from web import privacy, why_silent, wording
from web.clock import Now
from web.days import Text
from web.identity import Area
from web.paging import ROWS, how_many, page_of, whole_table
from web.session import Database, reader_of
from web.tables import Cell, Column, Link, Table
from web.views import view

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENGINEERING))])
_CRUMBS = [{"text": "Engineering", "href": "/engineering"}]


class Chosen(BaseModel):
    """Which devices, as the address says."""

    search: Text = None
    codec: Text = None
    silent: Text = None
    battery: Text = None
    after: str = ""

    @property
    def filter(self) -> DeviceFilter:
        """Give it in the words of storage."""
        search = (self.search or "").strip()
        return DeviceFilter(search, self.codec, self.silent == "yes", self.battery == "low")


@router.get("/engineering/devices")
def listed(
    request: Request, database: Database, now: Now, chosen: Annotated[Chosen, Query()]
) -> Response:
    """List devices by dev_eui or by name."""
    rows = pages_devices.listed(
        database, chosen.filter, now, after=chosen.after, most=how_many(request)
    )
    page = page_of(request, rows, lambda row: row.dev_eui)
    shown = rows if whole_table(request) else page.rows
    silent = chosen.filter.silent
    asked = [row.dev_eui for row in shown] if silent else []
    causes = why_silent.silent_among(database, asked, now)
    return view(
        request,
        "devices.html",
        title="Which devices are heard?",
        crumbs=_CRUMBS,
        tables=[
            Table(
                "devices",
                "Devices",
                _WHY if silent else _COLUMNS,
                [
                    _silent_row(row, causes.get(row.dev_eui)) if silent else _row(row, now)
                    for row in shown
                ],
                nothing="No device meets these conditions.",
                quiet=True,
            )
        ],
        sentence=_sentence(page.rows, chosen, more=page.next is not None),
        chosen=chosen,
        codecs=pages_devices.codecs(database),
        page=page,
    )


_COLUMNS = (
    Column("dev_eui"),
    Column("Name", nothing="without a name"),
    Column("Place", nothing="nowhere"),
    Column("Codec"),
    Column("Last heard"),
    Column("Capture in 7 days", "%", digits=0),
    Column("Battery", nothing="not told"),
)
_WHY = (
    *(_COLUMNS[0], _COLUMNS[1], _COLUMNS[2], _COLUMNS[4]),
    Column("Silent because of", nothing="heard again"),
    Column("Why that is thought", nothing=""),
)


def _silent_row(device: ListedDevice, silent: Silent | None) -> Sequence[Cell]:
    return (
        *_who(device),
        device.last_seen_at,
        why_silent.WORDS[silent.finding.cause] if silent else None,
        silent.finding.why if silent else None,
    )


def _who(device: ListedDevice) -> Sequence[Cell]:
    return (
        Link(device.dev_eui, f"/engineering/devices/{device.dev_eui}"),
        device.name,
        privacy.place_words(device.place_kind, device.place, device.within),
    )


def _row(device: ListedDevice, now: datetime) -> Sequence[Cell]:
    return (
        *_who(device),
        device.codec,
        device.last_seen_at,
        device.capture(now),
        _battery(device.battery_property, device.battery),
    )


def _battery(name: str | None, value: float | None) -> str | None:
    match name:
        case None:
            return None
        case "battery_low":
            return "low" if value else "good"
        case "battery_voltage":
            return f"{value:g} V"
    return f"{value:g} %"


def _sentence(rows: Sequence[ListedDevice], chosen: Chosen, *, more: bool) -> str:
    if not rows:
        return "No device meets these conditions."
    if more:
        which = "the next" if chosen.after else "the first"
        return f"These are {which} {ROWS} of the devices that meet the conditions."
    number = wording.plural(len(rows), "device")
    if chosen.after:
        return f"The last {number} that meet the conditions."
    return f"{number} {'meets' if len(rows) == 1 else 'meet'} the conditions."
