"""`calibrations`: what makes corrected values of readings."""

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected

ActorOption = Annotated[
    str | None, typer.Option("--by", help="Who does it; else the user of this machine.")
]


def actor(given: str | None) -> str:
    """Give who does something, for the record."""
    return given or getpass.getuser()


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What makes corrected values of readings.", no_args_is_help=True)
    group.command("import")(import_file)
    group.command("list")(list_calibrations)
    group.command("withdraw")(withdraw)
    app.add_typer(group, name="calibrations")


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV file, one calibration a line.")],
    *,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a list of calibrations; hours in their time are computed again by the service.

    A mistake is told by its line, and then nothing is taken. What stands already stays.
    """
    from boroughsense.calibrations_file import read
    from boroughsense.csv_lines import WrongFile
    from storage.calibrations import record

    with options.said(WrongFile):
        found = read(file)
    settings = options.settings(database_url=database_url)
    with connected(settings) as connection, connection.transaction():
        new = record(connection, found, actor(by))
    counts = {"calibrations": len(found), "new": new}
    if as_json:
        options.answer(counts)
    else:
        typer.echo("{calibrations} calibrations, {new} new".format(**counts))


def list_calibrations(
    *,
    device: Annotated[str, typer.Option(help="Only of this dev_eui.")] = "",
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List calibrations, the withdrawn ones too, those recorded last first."""
    from storage.calibrations import recorded

    with connected(options.settings(database_url=database_url)) as connection:
        found = recorded(connection, dev_eui=device.lower())
    rows = [
        {
            "id": entry.id,
            **asdict(entry.calibration),
            "valid_from": options.clock(entry.calibration.valid_from),
            "valid_to": options.clock(entry.calibration.valid_to),
            "recorded_at": options.clock(entry.recorded_at),
            "recorded_by": entry.recorded_by,
            "withdrawn_at": options.clock(entry.withdrawn_at),
            "withdrawn_by": entry.withdrawn_by,
        }
        for entry in found
    ]
    if as_json:
        options.answer({"calibrations": rows})
    else:
        names = ("id", "dev_eui", "observed_property", "name", "slope", "offset", "kappa")
        options.table(rows, (*names, "valid_from", "valid_to", "withdrawn_at"))


def withdraw(
    number: Annotated[int, typer.Argument(help="As `calibrations list` numbers it.")],
    *,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a calibration was wrong: its hours are computed again by what counted before."""
    from storage import calibrations

    settings = options.settings(database_url=database_url)
    with connected(settings) as connection, connection.transaction():
        done = calibrations.withdraw(connection, number, actor(by))
    if not done:
        options.fail(f"no calibration {number} is in force")
    if as_json:
        options.answer({"withdrawn": number})
    else:
        typer.echo(f"calibration {number} is withdrawn")
