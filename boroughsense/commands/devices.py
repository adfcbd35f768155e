"""`devices`: which device is where."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands import silent
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.devices_sync import sync
from boroughsense.commands.storage import DatabaseOption, SinceOption, connected


def register(app: typer.Typer) -> None:
    """Add the commands."""
    devices = typer.Typer(help="Which device is where.", no_args_is_help=True)
    devices.command("sync")(sync)
    devices.command("import")(import_file)
    devices.command("list")(list_devices)
    devices.command("loss")(list_loss)
    silent.register(devices)
    app.add_typer(devices, name="devices")


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV file, one installation a line.")],
    *,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a list of installations; a mistake is told by its line, and then nothing is taken."""
    from boroughsense.csv_lines import WrongFile, enter
    from boroughsense.devices_file import numbered
    from storage import occupancy
    from storage.places import install

    settings = options.settings(database_url=database_url)
    with options.said(WrongFile):
        lines = numbered(file)
    secret = settings.pseudonym_secret
    if secret is None and any(i.within and i.within.uprn for _, i in lines):
        options.fail("pseudonym_secret is not set: a dwelling is stored under a keyed pseudonym")
    key = secret.get_secret_value().encode() if secret else b""
    with options.said(WrongFile), connected(settings) as connection:
        with connection.transaction():
            outcomes = enter(connection, lines, lambda i: install(connection, i, secret=key))
        occupancy.settle(connection)
    counts = {
        "installations": len(outcomes),
        "new_places": sum(outcome.is_new_place for outcome in outcomes),
        "moved": sum(outcome.moved for outcome in outcomes),
    }
    if as_json:
        options.answer(counts)
    else:
        typer.echo(
            "{installations} installations, {new_places} new places, {moved} moved".format(**counts)
        )


def list_devices(
    *,
    after: Annotated[str, typer.Option(help="Begin behind this dev_eui.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 1000,
    never_heard: Annotated[
        bool, typer.Option("--never-heard", help="Only those that no uplink came from.")
    ] = False,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List devices with their places, in the order of their dev_eui.

    Those that are installed, or registered at the network server, and never were heard, are listed
    too.
    """
    from storage.places import listed

    with connected(options.settings(database_url=database_url)) as connection:
        found = listed(connection, after=after, limit=limit, never_heard=never_heard)
    rows = [row.document() for row in found]
    if as_json:
        options.answer({"devices": rows})
        return
    columns = ("dev_eui", "name", "profile", "codec", "place", "within", "area")
    shown = [
        {name: row[name] or "" for name in columns}
        | {"last_seen_at": row["last_seen_at"] or "never"}
        for row in rows
    ]
    options.table(shown, (*columns, "last_seen_at"))


def list_loss(
    *,
    since: SinceOption = "24h",
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List how many frames of each device session never came, those that lost most first."""
    from storage.frame_loss import sessions

    start = options.moment(since or "24h")
    with connected(options.settings(database_url=database_url)) as connection:
        found = sessions(connection, start, datetime.now(UTC), most=limit)
    rows = [
        {
            "dev_eui": loss.dev_eui,
            "name": loss.name,
            "dev_addr": loss.dev_addr,
            "first": options.clock(loss.first),
            "last": options.clock(loss.last),
            "received": loss.received,
            "lost": loss.lost,
            "share": round(loss.share, 4),
        }
        for loss in found
    ]
    if as_json:
        options.answer({"sessions": rows})
    else:
        options.table(rows, ("dev_eui", "name", "dev_addr", "received", "lost", "share", "last"))
