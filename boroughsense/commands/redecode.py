"""`redecode`: stored payloads once more, after a codec or a binding changed."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from boroughsense.settings import Settings
from storage.connection import Connection

if TYPE_CHECKING:
    from boroughsense.redecoding import Report

_COUNTS = ("uplinks", "added", "removed", "changed")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(redecode)


def redecode(  # noqa: PLR0913 - each is an option of the command
    *,
    since: Annotated[str, typer.Option(help="Uplinks from this time on, or 30d before now.")],
    until: Annotated[str | None, typer.Option(help="Up to this time; absent: now.")] = None,
    model: Annotated[
        str, typer.Option("--model", help="Only uplinks that were read by this model.")
    ] = "",
    device: Annotated[str, typer.Option("--dev-eui", help="Only uplinks of this device.")] = "",
    by: Annotated[
        str, typer.Option("--as", help="Read them as this model, whatever their device is.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read stored payloads again by the codecs of now; means and alerts follow, nobody is told.

    It may be stopped and run again: what is done already changes nothing.
    """
    from boroughsense.codec_files.problems import CodecFilesWrong
    from decoders.errors import UnknownDevice

    settings = options.settings(database_url=database_url)
    asked = {"since": since, "until": until or "", "model": model, "as": by, "dev_eui": device}
    with options.said(CodecFilesWrong, UnknownDevice), connected(settings) as connection:
        reports = _work(connection, settings, asked, dry_run=dry_run)
    counts = {name: sum(getattr(report, name) for report in reports) for name in _COUNTS}
    if as_json:
        rows = [report.document() for report in reports]
        options.answer({"dry_run": dry_run, **counts, "devices": rows})
    else:
        _tell(reports, counts, dry_run=dry_run)


def _work(
    connection: Connection, settings: Settings, asked: Mapping[str, str], *, dry_run: bool
) -> "list[Report]":
    """Read again, and write down who asked for it."""
    from boroughsense.codecs import load
    from boroughsense.redecoding import redecode as again
    from ingest.pipeline import Policy
    from storage import instance, redecoding

    codecs = load(settings)
    wanted = redecoding.Selection(
        since=options.moment(asked["since"]),
        until=options.moment(asked["until"]) if asked["until"] else datetime.now(UTC),
        codec=codecs.codec(asked["model"]).model if asked["model"] else "",
        dev_eui=asked["dev_eui"].lower(),
    )
    policy = Policy(instance.mode(connection), codecs, settings.decoders)
    reports = list(again(connection, wanted, policy, model=asked["as"], dry_run=dry_run))
    if not dry_run:
        counts = {name: sum(getattr(report, name) for report in reports) for name in _COUNTS}
        redecoding.note(connection, getpass.getuser(), asked, counts)
    return reports


def _tell(reports: "Sequence[Report]", counts: Mapping[str, int], *, dry_run: bool) -> None:
    rows = [report.document() for report in reports]
    options.table(rows, ["dev_eui", "uplinks", "refused", "added", "removed", "changed"])
    for report in reports:
        for example in report.examples:
            typer.echo(f"{report.dev_eui}: {example}")
    typer.echo(
        "{uplinks} uplinks read again: {added} observations added, {removed} removed, "
        "{changed} changed".format(**counts)
    )
    if dry_run:
        typer.echo("a dry run: nothing is changed")
