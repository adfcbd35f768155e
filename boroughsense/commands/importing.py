"""`import`: measured series from a file, as if devices had sent them."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from boroughsense import options
from boroughsense.commands.calibrations import ActorOption, actor
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from decoders.model import Environment

if TYPE_CHECKING:
    from boroughsense.series_layout import Layout

_SHOWN = 10
"""Lines left out that are shown to a person"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_series)


def import_series(  # noqa: PLR0913 - each is an option of the command
    file: Annotated[Path, typer.Argument(help="CSV or Parquet.")],
    *,
    described: Annotated[
        str | None,
        typer.Option("--map", help="What the columns are: a YAML file, or one that ships."),
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", help="Without --map: the dev_eui of all columns.")
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(metavar="NAME=PROPERTY", help="A column and what it is.")
    ] = None,
    time: Annotated[str, typer.Option(help="The column of the times.")] = "time",
    factor: Annotated[
        list[str] | None, typer.Option(metavar="NAME=NUMBER", help="Multiply a column.")
    ] = None,
    interval: Annotated[str, typer.Option(help="How often it was measured.")] = "1h",
    environment: Annotated[Environment, typer.Option()] = Environment.OUTDOOR,
    weeks: Annotated[int, typer.Option(help="Shift all times by whole weeks.")] = 0,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Store a file's series through the checks of live readings; nobody is told of the past.

    A mistake is told by its line, and then nothing is taken; lines whose time nobody knows are
    left out and listed. The same file again stores nothing twice.
    """
    from boroughsense.series_file import WrongSeries, read
    from boroughsense.series_layout import WrongLayout, load
    from storage import imports

    with options.said(WrongSeries, WrongLayout):
        if described:
            layout = load(described)
        else:
            layout = _layout(_eui(device), column, factor, time, (interval, environment, file.stem))
        series = read(file, layout, timedelta(weeks=weeks))
    with connected(options.settings(database_url=database_url)) as connection:
        added = sum(imports.store(connection, *feed) for feed in series.feeds)
        digest = sha256(file.read_bytes()).hexdigest()
        run = (actor(by), file.name, digest, series.count, added, len(series.left_out))
        imports.note(connection, imports.ImportRun(*run))
    if as_json:
        left_out = [{"line": each.line, "why": each.why} for each in series.left_out]
        options.answer({"values": series.count, "added": added, "left_out": left_out})
        return
    typer.echo(f"{series.count} values, {added} of them new; {len(series.left_out)} lines left out")
    for each in series.left_out[:_SHOWN]:
        typer.echo(f"  {each}")


def _eui(device: str | None) -> str:
    if device is None or len(device) != 16 or not set(device.lower()) <= set("0123456789abcdef"):
        options.fail("--device is not 16 hex digits; or say with --map what the file holds", code=2)
    return device.lower()


def _layout(
    device: str,
    columns: list[str] | None,
    factors: list[str] | None,
    time: str,
    told: tuple[str, Environment, str],
) -> "Layout":
    """Describe the file by the options: one device, times without an offset in UTC."""
    from zoneinfo import ZoneInfo

    from boroughsense.series_layout import Column, Feed, Layout, WrongLayout
    from decoders.properties import PROPERTIES
    from decoders.units import Line
    from storage.imports import Source

    by_column = {name: _number(text) for name, text in map(_factor, factors or ())}
    found = []
    for name, what in (_pair(text, "--column") for text in columns or ()):
        observed, _, channel = what.partition("/")
        if observed not in PROPERTIES:
            raise WrongLayout(f"{what!r} is not an observed property")
        found.append(Column(name, observed, channel, Line(by_column.pop(name, 1.0))))
    if by_column or not found:
        options.fail(f"no --column is {', '.join(by_column) or 'given'}", code=2)
    interval, environment, title = told
    source = Source(device, title, environment, options.duration(interval))
    return Layout(time, (Feed(source, tuple(found)),), ZoneInfo("UTC"))


def _factor(text: str) -> tuple[str, str]:
    return _pair(text, "--factor")


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
