"""`import`: measured series from a file, as if a device had sent them."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from decoders.model import Environment


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_series)


def import_series(  # noqa: PLR0913 - each is an option of the command
    file: Annotated[Path, typer.Argument(help="CSV or Parquet, a column for each series.")],
    *,
    device: Annotated[str, typer.Option("--device", help="The dev_eui to store it under.")],
    column: Annotated[
        list[str], typer.Option(metavar="NAME=PROPERTY", help="A column and what it is.")
    ],
    time: Annotated[str, typer.Option(help="The column of the times.")] = "time",
    factor: Annotated[
        list[str] | None, typer.Option(metavar="NAME=NUMBER", help="Multiply a column.")
    ] = None,
    interval: Annotated[str, typer.Option(help="How often it was measured.")] = "1h",
    environment: Annotated[Environment, typer.Option()] = Environment.OUTDOOR,
    weeks: Annotated[int, typer.Option(help="Shift all times by whole weeks.")] = 0,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Store a file's series through the checks of live readings; nobody is told of the past."""
    from boroughsense.series_file import Columns, WrongSeries, read
    from storage.imports import Source, store

    if len(device) != 16 or not set(device.lower()) <= set("0123456789abcdef"):
        options.fail("--device is not 16 hex digits", code=2)
    columns = Columns(
        time,
        dict(_pair(text, "--column") for text in column),
        {name: _number(text) for name, text in (_pair(f, "--factor") for f in factor or [])},
    )
    with options.said(WrongSeries):
        series = read(file, columns, timedelta(weeks=weeks))
    source = Source(device.lower(), file.stem, environment, options.duration(interval))
    with connected(options.settings(database_url=database_url)) as connection:
        count = store(connection, source, series.values)
    document = {"values": count, "lines_without_time": series.without_time}
    if as_json:
        options.answer(document)
    else:
        typer.echo("{values} values; {lines_without_time} lines without a time".format(**document))


def _pair(text: str, option: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        options.fail(f"{option} {text!r}: write NAME=VALUE", code=2)
    return name, value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        options.fail(f"--factor {text!r} is no number", code=2)
