"""`bench`: how fast the ingest path is on this machine."""

from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(bench)


def bench(
    *,
    uplinks: Annotated[
        int, typer.Option(min=1000, max=2_000_000, help="The backlog to drain.")
    ] = 40_000,
    rate: Annotated[
        list[int] | None, typer.Option(min=1, max=20_000, help="Live uplinks a second.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="How long each rate.")] = 8.0,
    as_json: JsonOption = False,
) -> None:
    """Measure the ingest path in one run, on a database and a broker of its own."""
    from boroughsense import bench as benchmark
    from boroughsense.processes import ChildFailed
    from storage.errors import StorageError

    wanted = benchmark.Wanted(uplinks, tuple(rate or (500, 5000)), seconds)
    with options.said(ChildFailed, StorageError, OSError):
        figures = benchmark.run(wanted)
    if as_json:
        options.answer(figures)
        return
    for name, value in figures.items():
        typer.echo(f"{name}: {value}")
