"""`redecode`: stored payloads once more, after a codec or a binding changed."""

import getpass
import platform
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected

if TYPE_CHECKING:
    from decoders.registry import Registry
    from ingest.redecoding_report import Report


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(redecode)


def redecode(  # noqa: PLR0913 - each is an option of the command
    *,
    since: Annotated[str, typer.Option(help="Uplinks from this time on, or 30d before now.")],
    until: Annotated[str | None, typer.Option(help="Up to this time; absent: now.")] = None,
    model: Annotated[
        str, typer.Option("--model", help="Only uplinks that were read by this model, or are now.")
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
    """Decode stored payloads again by the codecs of now; means and alerts follow, nobody is told.

    It may be stopped and run again: what is done already changes nothing.
    """
    from boroughsense import codecs
    from boroughsense.codec_files.problems import CodecFilesWrong
    from decoders.errors import UnknownDevice
    from ingest.codec_workers import CannotStart
    from ingest.pipeline import Policy
    from ingest.redecoding import Wanted
    from ingest.redecoding import redecode as again
    from storage import instance

    settings = options.settings(database_url=database_url)
    start = options.moment(since)
    end = options.moment(until) if until else datetime.now(UTC)
    wrong = (CodecFilesWrong, UnknownDevice, CannotStart)
    with options.said(*wrong), connected(settings) as connection:
        known = codecs.load(settings)
        policy = Policy(instance.mode(connection), known, settings.decoders)
        wanted = Wanted(start, end, _full(known, model), device.lower(), by)
        actor = f"{getpass.getuser()} on {platform.node()}"
        reports = list(again(connection, wanted, policy, actor=actor, dry_run=dry_run))
    if as_json:
        options.answer(_document(reports, dry_run=dry_run))
    else:
        _show(reports, dry_run=dry_run)


def _full(known: "Registry", model: str) -> str:
    """Give a model's whole name; one that is not known may be of uplinks that are stored."""
    from decoders.errors import UnknownDevice

    try:
        return known.codec(model).model
    except UnknownDevice:
        return model


def _document(reports: "Sequence[Report]", *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "uplinks": sum(report.uplinks for report in reports),
        **{kind: _total(reports, kind) for kind in ("added", "removed", "changed")},
        "unreadable": dict(sum((report.unreadable for report in reports), Counter())),
        "kept": dict(sum((report.kept for report in reports), Counter())),
        "devices": [report.document() for report in reports],
    }


def _total(reports: "Sequence[Report]", kind: str) -> int:
    return sum(report.total(kind) for report in reports)


def _show(reports: "Sequence[Report]", *, dry_run: bool) -> None:
    rows = [
        {"dev_eui": report.dev_eui, "uplinks": report.uplinks, **row}
        for report in reports
        for row in report.properties()
    ]
    columns = ("dev_eui", "uplinks", "property", "channel", "added", "removed", "changed")
    options.table(rows, columns)
    for report in reports:
        for example in report.examples:
            typer.echo(f"{report.dev_eui}: {example}")
        for reason, uplinks in report.unreadable.items():
            typer.echo(f"{report.dev_eui}: {uplinks} not readable, {reason}: they give nothing")
        for reason, uplinks in report.kept.items():
            typer.echo(f"{report.dev_eui}: {uplinks} left as they are, {reason}")
    typer.echo(
        f"{sum(report.uplinks for report in reports)} uplinks decoded again: "
        f"{_total(reports, 'added')} observations added, {_total(reports, 'removed')} removed, "
        f"{_total(reports, 'changed')} changed"
    )
    if dry_run:
        typer.echo("a dry run: nothing is changed")
