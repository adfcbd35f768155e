"""Whatever stands in an address or a form, a page refuses it in words: no error of the server."""

import inspect
from collections.abc import Mapping
from typing import get_args, get_type_hints
from urllib.parse import quote

import pytest
from fastapi import Request
from fastapi.params import Depends
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.testclient import TestClient

from tests.fixtures.borough import Borough, Visit
from tests.fixtures.page_list import names
from tests.fixtures.web import form_token_of
from tests.web.test_authorisation import ROUTES
from web.app import all_routers
from web.identity import Role

NONSENSE = ("\0", "9" * 40, "-1", "'; drop table place; --", "2026-13-45", " ")
ANYWHERE = ("csv", "json")
ROUTES_OF = {
    f"{method} {context.path}": context.endpoint
    for router in all_routers()
    for context in iter_route_contexts(router.routes)
    for method in (context.methods or ())
    if "/api" not in str(context.path) and "/sensorthings" not in str(context.path)
}
PAGES = [key.partition(" ")[2] for key in ROUTES_OF if key.startswith("GET ")]
FORMS = [key.partition(" ")[2] for key in ROUTES_OF if key.startswith("POST ")]


def asked_of(key: str) -> list[str]:
    """Give the parameters or fields that a route reads: its own, and those of its models."""
    found = []
    for name, hint in get_type_hints(ROUTES_OF[key], include_extras=True).items():
        kind, *further = get_args(hint) or (hint,)
        if name == "return" or kind is Request or any(isinstance(f, Depends) for f in further):
            continue
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            found += list(kind.model_fields)
        elif f"{{{name}" not in key:
            found.append(name)
    return found


@pytest.mark.parametrize("path", PAGES)
def test_address_that_makes_no_sense(visit: Visit, shared_borough: Borough, path: str) -> None:
    """Each parameter of a page, and each part of its path, with each nonsense."""
    browser, known = visit(shared_borough)(Role.ADMIN), names(shared_borough)
    place = (ROUTES[f"GET {path}"][0].address or path).format_map(known).partition("?")[0]
    for text in NONSENSE:
        for name in (*asked_of(f"GET {path}"), *ANYWHERE):
            _refused_in_words(browser, f"{place}?{name}={quote(text)}")
        if "{" in path:
            parts = {part.partition("}")[0]: quote(text, safe="") for part in path.split("{")[1:]}
            _refused_in_words(browser, path.format_map(parts))


def _refused_in_words(browser: TestClient, address: str) -> None:
    answer = browser.get(address, follow_redirects=False)
    assert answer.status_code < 500, address
    if answer.status_code >= 400 and "?json=" in address:
        assert answer.json()["detail"], address


@pytest.mark.parametrize("path", FORMS)
def test_form_that_makes_no_sense(visit: Visit, borough: Borough, path: str) -> None:
    """Each form with nonsense in all of its fields, in each of them, and without any."""
    browser, known = visit(borough)(Role.ADMIN), names(borough)
    sample = ROUTES[f"POST {path}"][0]
    place = (sample.address or path).format_map(known)
    fields = asked_of(f"POST {path}")
    forms: list[Mapping[str, str]] = [{}]
    for text in NONSENSE[:3]:
        forms += [dict.fromkeys(fields, text), *({**sample.form, name: text} for name in fields)]
    for form in forms:
        token = form_token_of(browser.get("/sign-in").text)
        answer = browser.post(place, data={**form, "csrf": token}, follow_redirects=False)
        assert answer.status_code < 500, (place, form)
