"""`verify`: a database held against the truth of a simulation."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected

SHOWN = 50
"""differences that are printed for a person"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(verify)


def verify(
    truth: Annotated[Path, typer.Argument(help="The truth file of `simulate` or `replay`.")],
    *,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the database with a truth file, and print every difference; exit 1 with any."""
    from boroughsense.verify import differences

    document = _read(truth)
    with connected(options.settings(database_url=database_url)) as connection:
        found = list(differences(connection, document))
    if as_json:
        options.answer({"differences": found})
    else:
        for sentence in found[:SHOWN]:
            typer.echo(sentence)
        typer.echo("differences: " + (str(len(found)) if found else "none"))
    raise typer.Exit(1 if found else 0)


def _read(file: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(file.read_text("utf-8"))
        missing = {"published", "series", "alerts"} - set(document)
    except (OSError, ValueError, TypeError) as error:
        options.fail(f"{file}: cannot be read: {error}", code=2)
    if missing:
        options.fail(f"{file}: is not a truth file, it lacks {', '.join(sorted(missing))}", code=2)
    return document
