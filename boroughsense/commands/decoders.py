"""`models`, `decode` and `event`: bytes to meaning, without a database or a broker."""

import json
import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from boroughsense import codecs, options
from boroughsense.codec_files.problems import CodecFilesWrong
from boroughsense.decoding import Decoder, Files, Result, document
from decoders import events
from decoders.errors import Refused, UnknownDevice
from decoders.model import NetworkEvent, Reading, Uplink
from decoders.properties import PROPERTIES
from ingest.codec_workers import Workers

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(models)
    app.command()(decode)
    app.command()(event)


def models(*, as_json: JsonOption = False) -> None:
    """List the devices we can decode, and what they measure."""
    with options.said(CodecFilesWrong):
        known = codecs.load(options.settings()).models()
    rows = [
        {
            "model": codec.model,
            "title": codec.title,
            "environment": str(codec.environment),
            "interval_seconds": int(codec.interval.total_seconds()),
            "measures": list(codec.measures),
        }
        for codec in known
    ]
    if as_json:
        options.answer({"models": rows})
        return
    shown = [{**row, "measures": ", ".join(row["measures"])} for row in rows]  # type: ignore[arg-type]
    options.table(shown, ["model", "title", "measures"])


def decode(  # noqa: PLR0913 - each is an option of the command
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="HEX", help="The payload; spaces and case are free."),
    ] = None,
    *,
    model: Annotated[str | None, typer.Option(help="The device's model, see `models`.")] = None,
    codec: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A vendor's codec (.js), or a declarative one (.yaml)."),
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(metavar="FILE", help="From the vendor's names to our properties.")
    ] = None,
    f_port: Annotated[int, typer.Option(min=0, max=255, help="The port it spoke on.")] = 0,
    received_at: Annotated[
        str | None, typer.Option(help="When it was received, for devices that count back.")
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="One JSON request a line, one answer a line."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Decode one payload, or a file of them."""
    with _decoder() as decoder:
        if batch is not None:
            _decode_batch(decoder, batch)
            return
        asked = model if codec is None else Files(codec, mapping)
        if not words or asked is None or (model and codec):
            wanted = "--model or --codec FILE, and the payload in hex, or --batch FILE"
            options.fail(f"decode needs {wanted}", code=2)
        when = options.moment(received_at) if received_at else None
        try:
            result = decoder.read(asked, options.payload(words), f_port, when)
        except UnknownDevice as error:
            options.fail(error.detail, code=2)
        except CodecFilesWrong as error:
            options.fail(str(error), code=2)
    _tell(model, f_port, result, as_json=as_json)


@contextmanager
def _decoder() -> Iterator[Decoder]:
    with Workers(1) as workers:
        try:
            registry = codecs.load(options.settings(), workers)
        except CodecFilesWrong as error:
            options.fail(str(error), code=2)
        yield Decoder(registry, workers)


def _tell(model: str | None, f_port: int, result: Result, *, as_json: bool) -> None:
    if as_json:
        options.answer(document(model, f_port, result))
    else:
        if result.scripted:
            typer.echo(json.dumps(result.data, ensure_ascii=False, indent=2))
        _show(result.reading)
    if result.reading.error:
        raise typer.Exit(1)


def _show(reading: Reading) -> None:
    for observation in reading.observations:
        unit = PROPERTIES[observation.observed_property].unit_of_measurement
        channel = f" ({observation.channel})" if observation.channel else ""
        at = (
            f" at {options.clock(observation.phenomenon_time)}"
            if observation.phenomenon_time
            else ""
        )
        typer.echo(f"{observation.observed_property}{channel} = {observation.result:g} {unit}{at}")
    for warning in reading.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if reading.error:
        typer.echo(f"{reading.error.reason}: {reading.error.detail}", err=True)


def _decode_batch(decoder: Decoder, name: str) -> None:
    try:
        lines = sys.stdin.buffer if name == "-" else Path(name).read_bytes().splitlines()
    except OSError as error:
        options.fail(f"{name}: cannot be read: {error.strerror}", code=2)
    for answer in decoder.batch(lines):
        options.answer(answer)


def event(
    file: Annotated[Path, typer.Argument(help="One network-server event, JSON or protobuf.")],
    *,
    marshaler: Annotated[
        Literal["json", "protobuf"] | None,
        typer.Option(help="Insist on this encoding; else the first byte tells."),
    ] = None,
    topic: Annotated[str | None, typer.Option(help="The topic it came on; else guessed.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Parse one network-server event, and print the uplink or the refusal."""
    try:
        content = file.read_bytes()
    except OSError as error:
        options.fail(f"{file}: cannot be read: {error.strerror}", code=2)
    document, code = _parse_event(content, topic, marshaler)
    if as_json:
        options.answer(document)
    else:
        for name, value in document.items():
            typer.echo(f"{name}: {value}")
    raise typer.Exit(code)


def _parse_event(
    content: bytes, topic: str | None, marshaler: Literal["json", "protobuf"] | None
) -> tuple[dict[str, object], int]:
    encoding = "json" if content.lstrip()[:1] == b"{" else "protobuf"
    if marshaler not in {None, encoding}:
        return {"error": {"reason": "not_an_event", "detail": f"the file is not {marshaler}"}}, 1
    try:
        parsed = events.parse(topic or events.topic_of(content) or "", content)
    except Refused as refusal:
        return {"error": {"reason": refusal.reason, "detail": refusal.detail}}, 1
    return _event(parsed), 0


def _event(parsed: Uplink | NetworkEvent) -> dict[str, object]:
    fields: dict[str, object] = {"event_type": "up", **asdict(parsed), "error": None}
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return options.clock(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
