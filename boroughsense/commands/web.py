"""`web` and `assets`: the pages and the API."""

import secrets
from typing import Annotated

import typer

from boroughsense import options
from boroughsense.commands.storage import DatabaseOption
from boroughsense.database import database
from boroughsense.settings import Settings
from storage.instance import Mode
from web.config import Oidc, WebConfig
from web.wiring import Wiring


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(web)
    app.command()(assets)


def web(
    *,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65_535)] = None,
    database_url: DatabaseOption = None,
    exit_with_parent: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Serve the pages and the API."""
    from boroughsense.codec_files.problems import CodecFilesWrong
    from storage.errors import StorageError

    settings = options.settings(web_host=host, web_port=port, database_url=database_url)
    with options.said(StorageError, ValueError, CodecFilesWrong):
        config = configuration(settings)
        with database(settings) as dsn:
            serve(config, settings, dsn, exit_with_parent=exit_with_parent)


def configuration(settings: Settings) -> WebConfig:
    """Give what the web service needs to know; ValueError for what would open it to everybody."""
    secret = settings.web_secret
    return WebConfig(
        secret=secret.get_secret_value() if secret else secrets.token_urlsafe(32),
        host=settings.web_host,
        port=settings.web_port,
        https=settings.web_https,
        oidc=_oidc(settings),
        development_sign_in=settings.web_development_sign_in,
        council=settings.web_council,
        contact=settings.web_contact,
        open_requests_per_minute=settings.web_open_requests_per_minute,
    )


def _oidc(settings: Settings) -> Oidc | None:
    if settings.web_oidc_issuer is None:
        return None
    secret = settings.web_oidc_client_secret
    return Oidc(
        issuer=settings.web_oidc_issuer,
        client_id=settings.web_oidc_client_id,
        client_secret=secret.get_secret_value() if secret else "",
    )


def wiring(settings: Settings, mode: Mode) -> Wiring:
    """Give what the pages call and may not import: the pipeline, previews, the borough's codecs.

    Raises:
        CodecFilesWrong: a file of the settings' codecs is wrong.
    """
    from boroughsense import codecs
    from boroughsense.previews import preview
    from boroughsense.retrying import retrying
    from ingest.pipeline import Policy

    known = codecs.load(settings)
    policy = Policy(mode, codecs=known, bindings=settings.decoders)
    return Wiring(retry=retrying(policy), preview=preview, codecs=known)


def serve(config: WebConfig, settings: Settings, dsn: str, *, exit_with_parent: bool) -> None:
    """Serve until told to stop; who waits for news is sent away then."""
    from boroughsense.stopping import with_parent
    from storage import instance
    from storage.pool import Pool
    from web.app import create_app
    from web.serving import Server

    with Pool(dsn) as pool:
        with pool.connection() as connection:
            mode = instance.mode(connection)
        app = create_app(config, pool, mode, wiring=wiring(settings, mode))
        server = Server(app, config.host, config.port)

        def stop() -> None:
            server.should_exit = True

        if exit_with_parent:
            with_parent(stop)
        server.run()


def assets() -> None:
    """Make the pages' style sheet again (needs npm)."""
    from web.build_assets import AssetsFailed, build

    with options.said(AssetsFailed):
        typer.echo(str(build() or "left out, as the environment says"))
