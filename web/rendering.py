"""From a template and its values to a page: what every page has in common."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import (
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
)

from web import wording
from web.build_assets import ASSETS, BUILT
from web.config import WebConfig
from web.identity import Area, Person
from web.security import form_token

_TEMPLATES = Path(__file__).parent / "templates"
_AREAS = (
    (Area.HOUSING, "Homes", "/homes"),
    (Area.HOUSING, "Cases", "/cases"),
    (Area.ENVIRONMENT, "Building sites", "/sites"),
    (Area.PARKING, "Parking", "/parking"),
    (Area.ENGINEERING, "Engineering", "/engineering"),
    (Area.AUDIT, "Audit", "/audit"),
)


def find_asset(name: str) -> Path | None:
    """Find a file of the pages: our own, or the style sheet that the build made."""
    for folder in (BUILT, ASSETS):
        file = folder / name
        if file.is_file() and file.suffix in {".css", ".js", ".svg"}:
            return file
    return None


@cache
def asset(name: str) -> str:
    """Give the address of a file, which changes with its content, so that it is kept for ever."""
    file = find_asset(name)
    if file is None:
        return f"/assets/missing/{name}"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    return f"/assets/{digest}/{name}"


def _environment() -> Environment:
    macros = PackageLoader("govuk_frontend_jinja", encoding="utf-8")
    environment = Environment(
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=ChoiceLoader(
            [FileSystemLoader(_TEMPLATES), PrefixLoader({"govuk_frontend_jinja": macros})]
        ),
    )
    environment.globals["asset"] = asset
    environment.filters.update(wording.FILTERS)
    return environment


_JINJA = _environment()


def page(
    request: Request,
    template: str,
    /,
    *,
    title: str,
    status: int = 200,
    **values: Any,  # noqa: ANN401 - what a template shows
) -> HTMLResponse:
    """Make a page.

    Args:
        request: whose it is.
        template: a file of `web/templates`.
        title: the page's own; the council's name follows it.
        status: of the answer.
        values: what the template shows.
    """
    config: WebConfig = request.app.state.config
    person: Person | None = getattr(request.state, "person", None)
    common = {
        "title": title,
        "council": config.council,
        "simulation": request.app.state.simulation,
        "person": person,
        "navigation": navigation(person, request.url.path),
        "form_token": form_token(request) if person and not person.is_program else "",
        "path": request.url.path,
    }
    return HTMLResponse(_JINJA.get_template(template).render(**common, **values), status)


def navigation(person: Person | None, path: str) -> list[dict[str, object]]:
    """Give the main links that the person may follow."""
    if person is None:
        return []
    links: list[dict[str, object]] = [
        {"text": text, "href": href, "active": path.startswith(href)}
        for area, text, href in _AREAS
        if person.may_read(area)
    ]
    return [{"text": "Alerts", "href": "/alerts", "active": path.startswith("/alerts")}, *links]
