"""`db backup` and `db restore`: the whole database to a file, and back into an empty one."""

from pathlib import Path
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption
from boroughsense.database import database
from storage.errors import StorageError


def register(app: typer.Typer) -> None:
    """Add the commands to those of the database."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not be there.")],
    *,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the whole database to a file, and beside it how many rows each table has.

    The service may go on meanwhile. The file holds homes and pseudonyms: keep it as you keep the
    database, and no longer than the privacy notice says.
    """
    from storage.backup import back_up

    settings = options.settings(database_url=database_url)
    with options.said(StorageError), database(settings) as dsn:
        rows = back_up(dsn, file).rows
    _tell(rows, f"backed up to {file}", as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `db backup` wrote.")],
    *,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup into an empty database, and count its rows again.

    Afterwards `db migrate` brings an older one up to date, and `privacy erase` erases again what
    had been erased since.
    """
    from storage.backup import restore as put_back

    settings = options.settings(database_url=database_url)
    with options.said(StorageError), database(settings) as dsn:
        rows = put_back(dsn, file).rows
    _tell(rows, f"restored from {file}, all of it counted again", as_json=as_json)


def _tell(rows: dict[str, int], done: str, *, as_json: bool) -> None:
    if as_json:
        options.answer({"rows": rows})
    else:
        typer.echo(f"{sum(rows.values())} rows of {len(rows)} tables {done}")
