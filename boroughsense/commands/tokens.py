"""`tokens`: which programs may read the pages' tables."""

from datetime import UTC, datetime, timedelta
from getpass import getuser
from typing import TYPE_CHECKING, Annotated

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from web.identity import Role

if TYPE_CHECKING:
    from storage.api_tokens import ApiToken

_COLUMNS = ("id", "name", "roles", "patches", "owner", "expires_at", "state", "last_used_at")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    tokens = typer.Typer(help="Programs that read the pages' tables.", no_args_is_help=True)
    tokens.command("create")(create)
    tokens.command("list")(list_tokens)
    tokens.command("revoke")(revoke)
    app.add_typer(tokens, name="tokens")


def create(  # noqa: PLR0913 - each is an option
    name: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    role: Annotated[list[Role], typer.Option(help="What it reads as; may be repeated.")],
    patch: Annotated[
        list[str] | None, typer.Option(help="A housing patch; `*` is all; may be repeated.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it lasts.")] = 90,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token, and print it this once; it reads, and changes nothing."""
    from storage import api_tokens

    _check(role, patch or [])
    every = "*" in (patch or [])
    at = datetime.now(UTC)
    with connected(options.settings(database_url=database_url)) as connection:
        number, token = api_tokens.create(
            connection,
            name=name,
            owner=f"{getuser()}, on the command line",
            roles=[each.value for each in role],
            patches=None if every else patch or (),
            at=at,
            lasts=timedelta(days=days),
        )
    expires = options.clock(at + timedelta(days=days))
    if as_json:
        options.answer({"id": number, "token": token, "expires_at": expires})
    else:
        typer.echo(token)
        typer.echo(f"token {number}, until {expires}; it cannot be shown again", err=True)


def _check(roles: list[Role], patches: list[str]) -> None:
    """Say all that is wrong at once."""
    wrong = []
    if Role.ADMIN in roles:
        wrong.append("a token cannot be an administrator's: choose what it reads")
    if Role.HOUSING in roles and not patches:
        wrong.append("a token that reads homes needs --patch (`*` is all)")
    if patches and Role.HOUSING not in roles:
        wrong.append("--patch goes with --role housing")
    if wrong:
        options.fail("; ".join(wrong))


def list_tokens(*, database_url: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """List the tokens, the newest first; never the tokens themselves."""
    from storage import api_tokens

    now = datetime.now(UTC)
    with connected(options.settings(database_url=database_url)) as connection:
        known = api_tokens.listed(connection)
    rows = [_row(each, now) for each in known]
    if as_json:
        options.answer({"tokens": rows})
    else:
        options.table(rows, _COLUMNS)


def _row(token: "ApiToken", now: datetime) -> dict[str, object]:
    ended = "revoked" if token.revoked_at else "expired"
    return {
        "id": token.id,
        "name": token.name,
        "roles": " ".join(sorted(token.roles)),
        "patches": "*" if token.patches is None else " ".join(sorted(token.patches)),
        "owner": token.owner,
        "created_at": options.clock(token.created_at),
        "expires_at": options.clock(token.expires_at),
        "state": "holds" if token.holds(now) else ended,
        "last_used_at": options.clock(token.last_used_at) if token.last_used_at else None,
    }


def revoke(
    number: Annotated[int, typer.Argument(help="As `tokens list` numbers it.")],
    *,
    database_url: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a token: it lets nobody in from now on."""
    from storage import api_tokens

    with connected(options.settings(database_url=database_url)) as connection:
        at = datetime.now(UTC)
        actor = f"{getuser()}, on the command line"
        if not api_tokens.revoke(connection, number, actor=actor, at=at):
            options.fail(f"no token {number} holds")
    if as_json:
        options.answer({"revoked": number})
    else:
        typer.echo(f"token {number} lets nobody in any more")
