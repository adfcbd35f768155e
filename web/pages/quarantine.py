"""Quarantine: what was refused and why, read by another codec, and tried again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from decoders import chosen as one_codec
from decoders import events
from decoders.errors import Refused, UnknownDevice
from decoders.model import DecodedUplink, NetworkEvent, Uplink
from decoders.properties import PROPERTIES
from decoders.registry import Registry
from storage import pages_quarantine, quarantine
from storage.errors import UnknownMessage
from storage.quarantine import Quarantined, Selection, Status
from web import bytes_text, wording
from web.days import Day, Text, bounds
from web.identity import Area
from web.paging import how_many, page_of, whole_table
from web.read_log import Logged
from web.security import FromOurForm
from web.session import Database, SomePerson, reader_of, writer_of
from web.tables import Column, Link, Table, Tag
from web.views import view
from web.watching import Seen, Watch, watched_by_readers
from web.wiring import Wiring

router = APIRouter(include_in_schema=False, dependencies=[Depends(reader_of(Area.ENGINEERING))])
WATCHES = (
    Watch(
        "/engineering/quarantine",
        watched_by_readers(Area.ENGINEERING),
        lambda connection, _: pages_quarantine.newest(connection),
        "New messages were refused.",
    ),
)
_CHANGES = [Depends(writer_of(Area.ENGINEERING))]
_SAID = re.compile(r"(\d+)-(\d+)-(\d+)")
_CRUMBS = [{"text": "Engineering", "href": "/engineering"}]
_COLUMNS = (
    Column("Number"),
    Column("Received"),
    Column("Reason"),
    Column("Detail"),
    Column("Device", nothing="not known"),
    Column("Size", "bytes", digits=0),
    Column("Tried", digits=0),
    Column("State"),
)


class Chosen(BaseModel):
    """Which messages, as the address says."""

    reason: Text = None
    device: Text = None
    day: Day = None
    state: Text = None
    after: int | None = None

    @property
    def selection(self) -> Selection:
        """Give it in the words of quarantine."""
        since, until = bounds(self.day) if self.day else (None, None)
        status = None if self.state == "all" else Status.HELD
        dev_eui = self.device.strip().lower() if self.device else None
        return Selection(self.reason, dev_eui, since, until, status)


@router.get("/engineering/quarantine")
def listed(
    request: Request, database: Database, seen: Seen, chosen: Annotated[Chosen, Query()]
) -> Response:
    """List what was refused, and for which reasons."""
    rows = pages_quarantine.listed(
        database, chosen.selection, before=chosen.after, most=how_many(request)
    )
    reasons = pages_quarantine.reasons(database)
    page = page_of(request, rows, lambda row: str(row.id))
    return view(
        request,
        "quarantine.html",
        title="What was refused, and why?",
        crumbs=_CRUMBS,
        tables=[_table(rows if whole_table(request) else page.rows)],
        live=seen,
        sentence=_sentence(reasons),
        reasons=reasons,
        chosen=chosen,
        page=page,
    )


def _sentence(reasons: dict[str, int]) -> str:
    if not reasons:
        return "Nothing is held: every message that came was understood."
    held = wording.plural(sum(reasons.values()), "message")
    verb = "is" if held.startswith("1 ") else "are"
    most, number = next(iter(reasons.items()))
    of_them = "all" if len(reasons) == 1 else f"{number:,} of them"
    return f"{held} {verb} held whole, {of_them} for {most}."


def _table(rows: Sequence[pages_quarantine.Refused]) -> Table:
    return Table(
        "quarantine",
        "Refused messages, the newest first",
        _COLUMNS,
        [
            (
                Link(str(row.id), f"/engineering/quarantine/{row.id}"),
                row.received_at,
                row.reason,
                row.detail,
                Link(row.dev_eui, f"/engineering/devices/{row.dev_eui}") if row.dev_eui else None,
                row.size,
                row.attempts,
                _state(row.status),
            )
            for row in rows
        ],
        nothing="No message meets these conditions.",
    )


def _state(status: str) -> Tag:
    return Tag("held", "yellow") if status == Status.HELD else Tag("released", "green")


@router.get("/engineering/quarantine/{number}")
def message(  # noqa: PLR0913, PLR0917 - each is a part of the request
    request: Request,
    database: Database,
    person: SomePerson,
    log: Logged,
    number: int,
    model: Text = None,
    said: Text = None,
) -> Response:
    """Show one message whole, and what another codec would make of it."""
    found = _find(database, number)
    if found.dev_eui:
        log.device(found.dev_eui)
    trial = try_codec(request.app.state.wiring.codecs, found, model) if model else None
    sees_bytes = person.may_change(Area.ENGINEERING)
    return view(
        request,
        "quarantine_message.html",
        title=f"Why was message {number} refused?",
        crumbs=[*_CRUMBS, {"text": "Quarantine", "href": "/engineering/quarantine"}],
        tables=[_values(trial)] if trial and sees_bytes else [],
        message=found,
        state=_state(found.status),
        sees_bytes=sees_bytes,
        hex=bytes_text.hex_lines(found.payload),
        text=bytes_text.as_text(found.payload),
        cut=len(found.payload) > bytes_text.MOST,
        models=_models(request),
        model=model,
        tried=_full(request, model),
        trial=trial,
        others=len(pages_quarantine.others(database, number)),
        said=_told(said),
    )


def _told(said: str | None) -> str | None:
    """Say what became of a retry; the numbers stand in the address."""
    numbers = _SAID.fullmatch(said or "")
    if numbers is None:
        return None
    stored, refused, duplicates = numbers.groups()
    return f"Retried: {stored} stored, {refused} still refused, {duplicates} had come before."


def _find(database: Database, number: int) -> Quarantined:
    try:
        return quarantine.show(database, number)
    except UnknownMessage:
        raise HTTPException(404, "Quarantine has no message of this number.") from None


def _full(request: Request, model: str | None) -> str | None:
    """Give a model's whole name, as the choice has it; one that is not known stays as it is."""
    try:
        return request.app.state.wiring.codecs.codec(model).model if model else None
    except UnknownDevice:
        return model


def _models(request: Request) -> list[tuple[str, str]]:
    wiring: Wiring = request.app.state.wiring
    return sorted((codec.title, codec.model) for codec in wiring.codecs.models())


@dataclass(frozen=True, slots=True)
class Trial:
    """What a codec makes of a message; nothing of it is stored."""

    sentence: str
    decoded: DecodedUplink | None = None


def try_codec(codecs: Registry, held: Quarantined, model: str) -> Trial:
    """Read a message by a chosen codec."""
    try:
        codec = codecs.codec(model)
    except UnknownDevice as error:
        return Trial(f"{error.detail}.")
    try:
        event = events.parse(held.topic, held.payload)
    except Refused as refusal:
        return Trial(f"It is not an event that we can read: {refusal.reason}, {refusal.detail}.")
    if isinstance(event, NetworkEvent):
        return Trial(f"It is a {event.event_type} event, which no codec reads.")
    return _decode(one_codec.Chosen(codec), event, codec.title)


def _decode(codecs: Registry, uplink: Uplink, title: str) -> Trial:
    decoded = codecs.decode(uplink)
    if decoded.error is not None:
        said = f"{decoded.error.reason}, {decoded.error.detail}"
        return Trial(f"The codec for {title} refuses the frame: {said}.", decoded)
    number = wording.plural(len(decoded.observations), "value")
    return Trial(f"The codec for {title} reads {number}.", decoded)


def _values(trial: Trial) -> Table:
    decoded = trial.decoded
    return Table(
        "trial",
        "Values that the codec reads",
        [Column("Property"), Column("Value"), Column("Channel"), Column("Time", nothing="now")],
        [
            (
                seen.observed_property,
                f"{seen.result:g} {_unit(seen.observed_property)}".rstrip(),
                seen.channel,
                seen.phenomenon_time,
            )
            for seen in (decoded.observations if decoded else ())
        ],
        nothing="It reads no value.",
    )


def _unit(name: str) -> str:
    return wording.unit(PROPERTIES[name].unit_of_measurement)


@router.get("/engineering/quarantine/{number}/message", dependencies=_CHANGES)
def download(database: Database, log: Logged, number: int) -> Response:
    """Give the message's bytes as a file."""
    found = _find(database, number)
    if found.dev_eui:
        log.device(found.dev_eui)
    name = f'attachment; filename="quarantine-{number}.bin"'
    return Response(
        found.payload, media_type="application/octet-stream", headers={"Content-Disposition": name}
    )


@router.post("/engineering/quarantine/{number}/retry", dependencies=_CHANGES)
def retry(
    request: Request,
    database: Database,
    number: int,
    _: FromOurForm,
    model: Annotated[Text, Form()] = None,
    *,
    others: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """Take a message through the pipeline once more, and with it others of its device."""
    _find(database, number)
    take = request.app.state.wiring.retry
    if take is None:
        raise HTTPException(503, "Nothing can be retried here: use boroughsense quarantine retry.")
    numbers = [number, *(pages_quarantine.others(database, number) if others else ())]
    try:
        tally = quarantine.retry(database, numbers, lambda arrival: take(arrival, model or ""))
    except UnknownDevice as error:
        raise HTTPException(422, f"{error.detail}.") from None
    said = f"{tally.stored}-{tally.refused}-{tally.duplicates}"
    return RedirectResponse(f"/engineering/quarantine/{number}?said={said}", 303)
