"""`db` and `account`: the layout of the database, and what became of every message."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.database import database
from boroughsense.settings import Settings
from storage.account import Account
from storage.connection import Connection, connect
from storage.errors import StorageError

SinceOption = Annotated[
    str | None, typer.Option(help="A time (2026-11-24T08:00Z), or a duration before now (2h).")
]
DatabaseOption = Annotated[
    str | None,
    typer.Option("--database-url", help="Absent: the setting, else the embedded database."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    from boroughsense.commands import backup

    app.command()(account)
    db = typer.Typer(help="The database's schema.", no_args_is_help=True)
    db.command("migrate")(migrate)
    db.command("status")(status)
    db.command("prune")(prune)
    backup.register(db)
    app.add_typer(db, name="db")


@contextmanager
def connected(settings: Settings) -> Iterator[Connection]:
    """Open the database that the settings name, or leave with one sentence."""
    with (
        options.said(StorageError),
        database(settings) as dsn,
        connect(dsn, application_name="boroughsense-cli") as connection,
    ):
        yield connection


def migrate(*, database_url: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Bring the schema up to date; an empty database becomes an instance of the set mode."""
    from storage import migrate as migrations
    from storage.instance import Mode

    settings = options.settings(database_url=database_url)
    with connected(settings) as connection:
        applied = migrations.migrate(connection, mode=Mode(settings.mode))
        standing = migrations.status(connection)
    if as_json:
        options.answer({"migrated": applied, **asdict(standing)})
    else:
        typer.echo(f"applied: {', '.join(applied) or 'nothing, the schema is up to date'}")


def status(*, database_url: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Say which migrations are applied and which are to come, and if nobody is told of alerts."""
    from storage import migrate as migrations

    settings = options.settings(database_url=database_url)
    with connected(settings) as connection:
        standing = asdict(migrations.status(connection))
    alone = settings.nobody_is_told(standing["mode"] or "")
    if as_json:
        options.answer({**standing, "remarks": [alone] if alone else []})
    else:
        for name, value in standing.items():
            shown = ", ".join(value) if isinstance(value, tuple) else value
            typer.echo(f"{name}: {'none' if shown in (None, '') else shown}")
        if alone:
            typer.echo(alone)


def prune(*, database_url: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Forget which messages were handled more than two weeks ago: no broker repeats those."""
    from storage import ledger

    with connected(options.settings(database_url=database_url)) as connection:
        forgotten = ledger.prune(connection, datetime.now(UTC))
    if as_json:
        options.answer({"forgotten": forgotten})
    else:
        typer.echo(f"forgotten: {forgotten} keys")


def account(
    *,
    since: SinceOption = None,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Account for every message: received = stored + refused + duplicates, and possible gaps."""
    from storage import account as accounts

    moment = options.moment(since) if since else None
    with connected(options.settings(database_url=database_url)) as connection:
        books = accounts.account(connection, moment)
    if as_json:
        options.answer(_document(books))
    else:
        _show(books)


def _document(books: Account) -> dict[str, object]:
    return {
        "received": books.received,
        "stored": books.stored,
        "refused": books.refused,
        "duplicates": books.duplicates,
        "redelivered": books.redelivered,
        "by_reason": dict(books.by_reason),
        "possible_gaps": [
            {"from": options.clock(gap.start), "to": options.clock(gap.end), "why": gap.why}
            for gap in books.possible_gaps
        ],
    }


def _show(books: Account) -> None:
    typer.echo(
        f"received {books.received} = stored {books.stored} + refused {books.refused} + "
        f"duplicates {books.duplicates}; "
        f"the broker repeated {books.redelivered} that were safe already"
    )
    for reason, messages in books.by_reason.items():
        typer.echo(f"  refused, {reason}: {messages}")
    for gap in books.possible_gaps:
        start, end = options.clock(gap.start), options.clock(gap.end)
        typer.echo(f"possible gap from {start} to {end}: {gap.why}")
    if not books.possible_gaps:
        typer.echo("no gap is possible: every message was kept for us by the broker")
