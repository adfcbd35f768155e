"""Gateways: which of them hear, and how well?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from storage import pages_fleet
from storage.pages_fleet import Gateway, Heard
from web import wording
from web.clock import Wall
from web.identity import Area
from web.session import Database, reader_of
from web.tables import Cell, Column, Table, Tag
from web.views import view

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENGINEERING))])
_LOST = timedelta(hours=2)
"""A gateway that told nothing for so long, and heard nothing, is taken for lost"""
_COLUMNS = (
    Column("Gateway"),
    Column("State"),
    Column("Statistics of", nothing="never"),
    Column("Received", digits=0),
    Column("Of them good", digits=0),
    Column("Newest copy", nothing="none of late"),
    Column("Copies", digits=0),
    Column("Devices", digits=0),
    Column("Mean RSSI", "dBm", digits=0),
    Column("Mean SNR", "dB", digits=1),
)


@dataclass(frozen=True, slots=True)
class Ear:
    """What a gateway heard of the newest uplinks."""

    newest: datetime
    copies: int
    devices: int
    rssi: float | None
    snr: float | None


@router.get("/engineering/gateways")
def gateways(request: Request, database: Database, wall: Wall) -> Response:
    """List the gateways, those that told of themselves and those that heard."""
    told = {gateway.gateway_id: gateway for gateway in pages_fleet.gateways(database)}
    heard = pages_fleet.newest_receptions(database)
    ears = listen(heard)
    names = sorted({*told, *ears})
    rows = [_row(name, told.get(name), ears.get(name), wall) for name in names]
    return view(
        request,
        "gateways.html",
        title="Which gateways hear?",
        crumbs=[{"text": "Engineering", "href": "/engineering"}],
        tables=[Table("gateways", "Gateways", _COLUMNS, rows, quiet=True)],
        sentence=_sentence(rows),
        uplinks=len(heard),
    )


def listen(heard: Iterable[Heard]) -> Mapping[str, Ear]:
    """Tell what each gateway heard."""
    copies: dict[str, list[tuple[datetime, int, int | None, float | None]]] = {}
    for uplink in heard:
        for copy in uplink.receptions:
            said = (uplink.received_at, uplink.device_id, copy.rssi, copy.snr)
            copies.setdefault(copy.gateway_id, []).append(said)
    return {
        gateway: Ear(
            max(at for at, _, _, _ in group),
            len(group),
            len({device for _, device, _, _ in group}),
            _mean(rssi for _, _, rssi, _ in group),
            _mean(snr for _, _, _, snr in group),
        )
        for gateway, group in copies.items()
    }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _row(name: str, told: Gateway | None, ear: Ear | None, wall: datetime) -> tuple[Cell, ...]:
    statistics = told.statistics if told else {}
    return (
        name,
        state(told, ear, wall),
        told.told_at if told else None,
        _number(statistics.get("rx_packets_received")),
        _number(statistics.get("rx_packets_received_ok")),
        ear.newest if ear else None,
        ear.copies if ear else 0,
        ear.devices if ear else 0,
        ear.rssi if ear else None,
        ear.snr if ear else None,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def state(told: Gateway | None, ear: Ear | None, wall: datetime) -> Tag:
    """Say how a gateway stands: by the newest thing that it said or heard."""
    signs = [told.told_at if told else None, ear.newest if ear else None]
    newest = max((sign for sign in signs if sign is not None), default=None)
    if told and told.state == "OFFLINE" and (newest is None or _said_last(told, newest)):
        return Tag("offline", "red")
    if newest is None or wall - newest > _LOST:
        return Tag("not heard", "yellow")
    return Tag("hears", "green")


def _said_last(told: Gateway, newest: datetime) -> bool:
    return told.state_at is not None and told.state_at >= newest


def _sentence(rows: list[tuple[Cell, ...]]) -> str:
    if not rows:
        return "No gateway has told of itself, and none is named by an uplink."
    well = sum(isinstance(row[1], Tag) and row[1].text == "hears" for row in rows)
    return f"{well} of {wording.plural(len(rows), 'gateway')} hear."
