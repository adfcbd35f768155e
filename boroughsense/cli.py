"""The command `boroughsense`. Exit 0 done, 1 the thing asked about is bad, 2 wrong use."""

from importlib.metadata import version as package_version
from typing import Annotated

import typer

from boroughsense.commands import (
    alarms,
    alerts,
    bench,
    calibrations,
    cases,
    decoders,
    demo,
    devices,
    episodes,
    export,
    history,
    importing,
    ingest,
    notifications,
    privacy,
    quality,
    quarantine,
    ratification,
    redecode,
    silences,
    simulators,
    standing,
    storage,
    tokens,
    upkeep,
    web,
)
from boroughsense.logs import configure

app = typer.Typer(
    name="boroughsense",
    help="A borough's LoRaWAN sensors, from the uplink on the broker to the alert.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_GROUPS = (
    demo,
    decoders,
    ingest,
    storage,
    standing,
    upkeep,
    quarantine,
    redecode,
    devices,
    calibrations,
    importing,
    export,
    privacy,
    quality,
    ratification,
    history,
    alerts,
    episodes,
    silences,
    notifications,
    alarms,
    cases,
    simulators,
    web,
    tokens,
    bench,
)
for group in _GROUPS:
    group.register(app)


def _version(asked: bool) -> None:  # noqa: FBT001 - the shape that typer calls
    if asked:
        typer.echo(f"boroughsense {package_version('boroughsense')}")
        raise typer.Exit


@app.callback()
def common(
    *,
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version.")
    ] = False,
) -> None:
    """A borough's LoRaWAN sensors, from the uplink on the broker to the alert."""
    configure("console")


def main() -> None:
    """Run the command line."""
    app()
