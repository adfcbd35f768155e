"""`devices sync`: what the network server knows of its devices."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from boroughsense import options
from boroughsense.commands.decoders import JsonOption
from boroughsense.commands.storage import DatabaseOption, connected
from boroughsense.settings import Settings

if TYPE_CHECKING:
    from ingest.network_registry import Server


def sync(*, database_url: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Read device profiles and devices from ChirpStack; nothing is changed there.

    Where devices are installed is not touched: see `devices import`.
    """
    from ingest.network_registry import CannotRead, snapshot
    from storage.network_registry import store

    settings = options.settings(database_url=database_url)
    server = _server(settings)
    with options.said(CannotRead):
        found = snapshot(server)
    with connected(settings) as connection:
        synced = store(connection, found, datetime.now(UTC))
    if as_json:
        options.answer({name: getattr(synced, name) for name in synced.__slots__})
        return
    typer.echo(
        f"{synced.profiles} device profiles, {synced.codecs} of them with JavaScript; "
        f"{synced.devices} devices, {synced.new_devices} new, {synced.gone_devices} gone"
    )
    for name in synced.changed_codecs:
        typer.echo(
            f"the codec of {name} is another one: boroughsense run reads by it from its next start"
        )


def _server(settings: Settings) -> "Server":
    from ingest.network_registry import Server

    if settings.chirpstack_url is None or settings.chirpstack_token is None:
        name = "chirpstack_token" if settings.chirpstack_url else "chirpstack_url"
        options.fail(f"{name} is not set: devices sync reads from ChirpStack's own API")
    token = settings.chirpstack_token.get_secret_value().strip()
    return Server(settings.chirpstack_url, token, settings.chirpstack_tenant)
