"""`quarantine`: what could not become readings, whole and with its reason, and once more."""

import base64
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from storage.quarantine import Quarantined, Selection, Status

ReasonOption = Annotated[str | None, typer.Option(help="Only those refused for this reason.")]
DeviceOption = Annotated[str | None, typer.Option("--device", help="Only those of this dev_eui.")]
SinceOption = Annotated[
    str | None, typer.Option(help="Only those received since a time, or a duration before now.")
]
UntilOption = Annotated[
    str | None, typer.Option(help="Only those received before a time, or a duration before now.")
]
_COLUMNS = ("id", "received_at", "reason", "dev_eui", "attempts", "status", "detail")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    quarantine = typer.Typer(help="What was refused, whole, with its reason.", no_args_is_help=True)
    quarantine.command("list")(list_messages)
    quarantine.command("show")(show)
    quarantine.command("retry")(retry)
    app.add_typer(quarantine, name="quarantine")


def list_messages(  # noqa: PLR0913 - each is an option of the command
    *,
    reason: ReasonOption = None,
    device: DeviceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    released: Annotated[bool, typer.Option("--released", help="Those released, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what is held, newest first."""
    from storage.quarantine import find

    selection = _selection(reason, device, since, until, released=released)
    with connected(options.settings(database_url=database_url)) as connection:
        rows = [_row(message) for message in find(connection, selection, most=limit)]
    if as_json:
        options.answer({"messages": rows})
    else:
        options.table(rows, _COLUMNS)


def show(
    number: Annotated[int, typer.Argument(help="The message's number, see `list`.")],
    *,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one message whole; `payload` is base64 in JSON."""
    from storage import quarantine

    with connected(options.settings(database_url=database_url)) as connection:
        message = quarantine.show(connection, number)
    document = {
        **_row(message),
        "origin": message.origin,
        "source": message.source,
        "event_type": message.event_type,
        "deduplication_key": message.deduplication_key,
        "resolved_at": options.clock(message.resolved_at),
    }
    if as_json:
        options.answer({**document, "payload": base64.b64encode(message.payload).decode()})
        return
    for name, value in document.items():
        typer.echo(f"{name}: {'' if value is None else value}")
    typer.echo(f"payload: {_readable(message.payload)}")


def retry(  # noqa: PLR0913 - each is an option of the command
    numbers: Annotated[list[int] | None, typer.Argument(help="Numbers, see `list`.")] = None,
    *,
    reason: ReasonOption = None,
    device: DeviceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is held.")] = False,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take held messages through the pipeline once more; what is stored already is passed over."""
    from boroughsense import codecs
    from boroughsense.codec_files.problems import CodecFilesWrong
    from ingest.pipeline import Policy, read
    from storage import instance, quarantine

    selection = _selection(reason, device, since, until, released=False)
    if not numbers and not everything and selection == Selection():
        options.fail("say which: numbers, --reason, --device, --since, --until or --all", code=2)
    settings = options.settings(database_url=database_url)
    with options.said(CodecFilesWrong):
        known = codecs.load(settings)
    with connected(settings) as connection:
        policy = Policy(instance.mode(connection), known, settings.decoders)
        chosen = numbers or [
            message.id for message in quarantine.find(connection, selection, most=None)
        ]
        outcome = quarantine.retry(connection, chosen, lambda arrival: read(arrival, policy))
    document = {
        "stored": outcome.stored,
        "refused": outcome.refused,
        "duplicates": outcome.duplicates,
        "by_reason": dict(outcome.by_reason),
    }
    if as_json:
        options.answer(document)
        return
    typer.echo(
        "stored {stored}, still refused {refused}, duplicates {duplicates}".format(**document)
    )
    for why, messages in outcome.by_reason.items():
        typer.echo(f"  refused, {why}: {messages}")


def _selection(
    reason: str | None, device: str | None, since: str | None, until: str | None, *, released: bool
) -> Selection:
    return Selection(
        reason=reason,
        dev_eui=device.lower() if device else None,
        since=options.moment(since) if since else None,
        until=options.moment(until) if until else None,
        status=None if released else Status.HELD,
    )


def _row(message: Quarantined) -> dict[str, object]:
    return {
        "id": message.id,
        "received_at": options.clock(message.received_at),
        "reason": message.reason,
        "detail": message.detail,
        "dev_eui": message.dev_eui,
        "topic": message.topic,
        "attempts": message.attempts,
        "status": message.status,
    }


def _readable(payload: bytes) -> str:
    text = payload.decode("utf-8", "replace")
    return text if text.isprintable() else f"0x{payload.hex()}"
