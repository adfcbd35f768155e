"""The web service: pages for the borough's officers, and the open API.

Handlers are plain functions on a pool of connections: a reader follows a call stack. What each
page shows is read through `storage`; what it means is worked out in `alerts`.
"""

from collections.abc import Sequence
from types import ModuleType

from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware

from storage.instance import Mode
from storage.pool import Pool
from web.api import ROUTERS
from web.api.rate import RateLimit
from web.config import WebConfig
from web.pages import (
    alert,
    alerts,
    audit,
    case,
    case_evidence,
    case_report,
    cases,
    common,
    device,
    devices,
    engineering,
    gateways,
    homes,
    homes_in_figures,
    live,
    parking,
    quarantine,
    room,
    rule,
    rule_preview,
    rules,
    runs,
    sign_in,
    silences,
    site,
    site_report,
    sites,
    tables_api,
    tokens,
    uplink,
    zone,
)
from web.problems import STORAGE_ERRORS, answer
from web.rendering import find_asset
from web.security import add_headers
from web.watching import Marks, Watch
from web.wiring import Wiring

PAGES: tuple[ModuleType, ...] = (
    *(common, sign_in, live, tokens, tables_api),
    *(
        alerts,
        alert,
        silences,
        homes,
        homes_in_figures,
        room,
        cases,
        case,
        case_evidence,
        case_report,
        sites,
        site,
        site_report,
        parking,
        zone,
    ),
    audit,
    *(engineering, quarantine, uplink, devices, device, gateways, rules, rule, rule_preview, runs),
)
"""Each has a `router`; one whose open pages can be told of news has `WATCHES` too."""
SESSION_SECONDS = 10 * 3600
"""A working day: then one signs in again."""


def create_app(
    config: WebConfig,
    pool: Pool,
    mode: Mode,
    routers: Sequence[APIRouter] = (),
    wiring: Wiring | None = None,
) -> FastAPI:
    """Make the application.

    Args:
        config: how it is served.
        pool: connections to the database, which the caller opens and closes.
        mode: of the instance; a simulation says so on every page.
        routers: the pages and the API; absent: all of them.
        wiring: what the pages call besides storage, alerts and decoders.
    """
    app = FastAPI(title=config.council, docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    app.state.config, app.state.pool, app.state.simulation = config, pool, mode is Mode.SIMULATION
    app.state.wiring = wiring or Wiring()
    app.state.open_rate = RateLimit(config.open_requests_per_minute)
    app.state.watches, app.state.marks = all_watches(), Marks(pool)
    app.state.previews = rule_preview.Turns(rule_preview.AT_ONCE)
    app.state.streams, app.state.patience = live.Streams(), live.Patience()
    app.middleware("http")(add_headers)
    app.add_middleware(
        SessionMiddleware,
        secret_key=config.secret,
        session_cookie="__Host-session" if config.https else "session",
        https_only=config.https,
        same_site="lax",
        max_age=SESSION_SECONDS,
    )
    app.add_middleware(GZipMiddleware, minimum_size=800, compresslevel=6)
    app.add_api_route("/assets/{digest}/{name}", asset_file, include_in_schema=False)
    for kind in (StarletteHTTPException, RequestValidationError, *STORAGE_ERRORS):
        app.add_exception_handler(kind, answer)
    for router in routers or all_routers():
        app.include_router(router)
    return app


def all_routers() -> list[APIRouter]:
    """Give every page and the API."""
    return [*(module.router for module in PAGES), *ROUTERS]


def all_watches() -> list[Watch]:
    """Give every kind of page that can wait for news."""
    return [watch for module in PAGES for watch in getattr(module, "WATCHES", ())]


def asset_file(digest: str, name: str) -> Response:
    """Serve a file of the pages; its address changes with its content, so it is kept for ever."""
    file = find_asset(name)
    if file is None:
        raise HTTPException(404, "There is no such file.")
    return FileResponse(
        file, headers={"Cache-Control": "public, max-age=31536000, immutable", "ETag": digest}
    )
