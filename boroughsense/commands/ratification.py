"""`ratification`: who stands for which readings; all others are provisional."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.calibrations import ActorOption, actor
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Who stands for which readings.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_ratifications)
    group.command("withdraw")(withdraw)
    app.add_typer(group, name="ratification")


def add(  # noqa: PLR0913 - each is an option of the command
    place: Annotated[str, typer.Argument(help="The place's identifier.")],
    observed: Annotated[str, typer.Argument(metavar="PROPERTY", help="An observed property.")],
    *,
    since: Annotated[str, typer.Option("--from", help="A time (2026-10-01), or how long ago.")],
    until: Annotated[str, typer.Option("--to", help="The same.")],
    note: Annotated[str, typer.Option(help="How it was checked.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would cover.")
    ] = False,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stand for what was measured at a place in a time: its rows are told as ratified.

    A mean that changes afterwards is provisional again. Look at `boroughsense quality` and
    `boroughsense revisions` first.
    """
    from storage import ratification

    now = datetime.now(UTC)
    stretch = ratification.Stretch(place, observed, options.moment(since), options.moment(until))
    if not stretch.since < stretch.until <= now:
        options.fail("write --from before --to, and neither after now", code=2)
    with connected(options.settings(database_url=database_url)) as connection:
        found = ratification.covered(connection, stretch)
        if not found.readings and not found.hours:
            options.fail(f"nothing of {observed} was measured at {place} in that time")
        number = None
        if not dry_run:
            number = ratification.ratify(connection, stretch, who=actor(by), at=now, note=note)
    if as_json:
        options.answer({"id": number, **asdict(found)})
        return
    said = "{readings} readings, {failed} failed; {hours} hours, {valid} valid, {revised} revised"
    typer.echo(said.format(**asdict(found)))
    if found.waiting:
        typer.echo(f"{found.waiting} hours are still to be computed: they will be provisional")
    typer.echo(f"ratification {number}" if number else "nothing was recorded")


def list_ratifications(
    *,
    place: Annotated[str, typer.Option(help="Only of this place's identifier.")] = "",
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List ratifications, the withdrawn ones too, the newest first.

    `changed` counts the hours that changed since, and so are provisional again.
    """
    from storage.ratification import ratifications

    with connected(options.settings(database_url=database_url)) as connection:
        found = ratifications(connection, place=place)
    rows = [
        {
            name: options.clock(value) if isinstance(value, datetime) else value
            for name, value in asdict(each).items()
        }
        for each in found
    ]
    if as_json:
        options.answer({"ratifications": rows})
    else:
        names = ("id", "name", "observed_property", "since", "until", "ratified_by", "changed")
        options.table(rows, (*names, "withdrawn_at"))


def withdraw(
    number: Annotated[int, typer.Argument(help="As `ratification list` numbers it.")],
    *,
    by: ActorOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that nobody stands for a stretch any more: its rows are provisional again."""
    from storage import ratification

    with connected(options.settings(database_url=database_url)) as connection:
        done = ratification.withdraw(connection, number, who=actor(by), at=datetime.now(UTC))
    if not done:
        options.fail(f"no ratification {number} is in force")
    if as_json:
        options.answer({"withdrawn": number})
    else:
        typer.echo(f"ratification {number} is withdrawn")
