"""`redecode`: stored payloads once more, after a codec or a binding changed."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected


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
    from boroughsense.codecs import load
    from boroughsense.redecoding import redecode as again
    from decoders.errors import UnknownDevice
    from ingest.pipeline import Policy
    from storage import instance, redecoding

    settings = options.settings(database_url=database_url)
    with options.said(CodecFilesWrong, UnknownDevice), connected(settings) as connection:
        codecs = load(settings)
        wanted = redecoding.Selection(
            since=options.moment(since),
            until=options.moment(until) if until else datetime.now(UTC),
            codec=codecs.codec(model).model if model else "",
            dev_eui=device.lower(),
        )
        policy = Policy(instance.mode(connection), codecs, settings.decoders)
        reports = list(again(connection, wanted, policy, model=by, dry_run=dry_run))
        names = ("uplinks", "added", "removed", "changed")
        counts = {name: sum(getattr(report, name) for report in reports) for name in names}
        if not dry_run:
            told = {"since": since, "until": until or "", "model": model, "as": by}
            redecoding.note(connection, getpass.getuser(), {**told, "dev_eui": device}, counts)
    rows = [report.document() for report in reports]
    if as_json:
        options.answer({"dry_run": dry_run, **counts, "devices": rows})
        return
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
