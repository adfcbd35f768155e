"""`notifications`: what people were, are to be, or could not be told."""

from typing import Annotated, Literal

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from storage.outbox import Listed


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Messages to people and to other systems.", no_args_is_help=True)
    group.command("list")(list_notifications)
    app.add_typer(group, name="notifications")


def list_notifications(
    *,
    state: Annotated[
        Literal["undelivered", "waiting", "delivered", "all"], typer.Option(help="Which.")
    ] = "undelivered",
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List messages, the newest first; those that were given up unless something else is asked."""
    from storage import outbox

    statuses = ("undelivered", "waiting", "delivered") if state == "all" else (state,)
    with connected(options.settings(database_url=database_url)) as connection:
        rows = [_row(each) for each in outbox.listed(connection, statuses, limit)]
    if as_json:
        options.answer({"notifications": rows})
        return
    for row in rows:
        to = f"{row['recipient']} by {row['channel']}" if row["recipient"] else row["channel"]
        typer.echo(f"{row['status']} to {to}: {row['kind']} ({row['severity']}) {row['title']}")
        failure = f", {row['failure']}" if row["failure"] else ""
        typer.echo(f"  {row['id']}, written {row['created_at']}, tries {row['attempts']}{failure}")


def _row(found: Listed) -> dict[str, object]:
    return {
        "id": found.id,
        "key": found.idempotency_key,
        "alert": found.alert_id or None,
        "kind": found.kind,
        "severity": found.severity,
        "title": found.title,
        "channel": found.channel,
        "recipient": found.recipient or None,
        "status": found.status,
        "created_at": options.clock(found.created_at),
        "settled_at": options.clock(found.settled_at),
        "attempts": found.attempts,
        "failure": found.failure,
    }
