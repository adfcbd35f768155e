"""`export`: readings and means as files, for whoever runs the database."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from boroughsense import options
from boroughsense.commands.calibrations import ActorOption, actor
from boroughsense.commands.storage import DatabaseOption, connected
from decoders.properties import PROPERTIES
from storage.connection import Connection


class Format(StrEnum):
    """How the file is written."""

    CSV = "csv"
    PARQUET = "parquet"
    GEOJSON = "geojson"


class Interval(StrEnum):
    """What one row is of."""

    RAW = "raw"
    HOUR = "1h"
    LOCAL_DAY = "1d"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)


def export(  # noqa: PLR0913 - the options of the command
    *,
    since: Annotated[
        str, typer.Option("--from", help="A time (2026-11-24T08:00Z), or how long ago (7d).")
    ],
    until: Annotated[str, typer.Option("--to", help="The same.")] = "0s",
    place: Annotated[
        list[str] | None,
        typer.Option(help="A place's identifier; a home, a site or a zone is all that lies in it."),
    ] = None,
    observed: Annotated[
        list[str] | None, typer.Option("--property", help="An observed property.")
    ] = None,
    form: Annotated[Format, typer.Option("--format")] = Format.CSV,
    interval: Annotated[Interval, typer.Option()] = Interval.RAW,
    out: Annotated[Path | None, typer.Option(help="A file; else the standard output.")] = None,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
) -> None:
    """Write readings, or means of hours or local days, of any place to a file.

    Readings of a room are personal data: keep such a file as you keep a tenant's record, and give
    it to nobody but the tenant and those who act on it. The audit of each home says who made it.
    Without --place and --property all places and all properties are written, homes too.
    """
    from boroughsense import export_files
    from storage import instance
    from storage.export import Interval as Wanted
    from storage.export import Selection, note, rows
    from web.api.columns import ParquetMissing

    _check_properties(observed or ())
    settings = options.settings(database_url=database_url)
    selection = Selection(
        tuple(place or ()),
        tuple(observed or ()),
        options.moment(since),
        options.moment(until),
        Wanted(interval),
    )
    with options.said(ParquetMissing), connected(settings) as connection:
        _check_places(connection, selection.places)
        mode = instance.mode(connection)
        with _target(out) as file:
            note(connection, selection, actor(by))
            found = rows(connection, selection)
            number = export_files.write(file, form, found, mode)
    sys.stderr.write(f"{number} rows\n")


def _check_properties(names: Sequence[str]) -> None:
    for name in names:
        if name not in PROPERTIES:
            raise typer.BadParameter(f"{name!r} is no observed property", param_hint="--property")


def _check_places(connection: Connection, places: tuple[str, ...]) -> None:
    from storage.export import unknown

    missing = unknown(connection, places)
    if missing:
        options.fail(f"no place has the identifier {', '.join(missing)}")


@contextmanager
def _target(out: Path | None) -> Iterator[BinaryIO]:
    if out is None:
        yield sys.stdout.buffer
        return
    try:
        file = out.open("wb")
    except OSError as error:
        options.fail(f"{out} cannot be written: {error.strerror}")
    with file:
        yield file
