"""`revisions`: which published figures changed since."""

from dataclasses import asdict
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, SinceOption, connected


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(revisions)


def revisions(
    *,
    since: SinceOption = "7d",
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 1000,
    ratified: Annotated[
        bool, typer.Option("--ratified", help="Only figures that somebody stood for.")
    ] = False,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List hourly and daily means that changed after they had been published, the newest first.

    Late readings, payloads that were read again, and calibrations change figures of the past.
    """
    from storage import revisions as stored

    moment = options.moment(since or "7d")
    with connected(options.settings(database_url=database_url)) as connection:
        found = stored.revisions(connection, moment, most=limit, ratified=ratified)
    rows = [
        {
            **asdict(revision),
            "revised_at": options.clock(revision.revised_at),
            "interval_start": options.clock(revision.interval_start),
        }
        for revision in found
    ]
    if as_json:
        options.answer({"revisions": rows})
    else:
        columns = ("dev_eui", "observed_property", "length", "interval_start")
        options.table(rows, (*columns, "mean_before", "mean_after", "revised_at", "ratified_by"))
