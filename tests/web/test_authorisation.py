"""Who may do what: every route with every role, so that no route is added without a decision.

`ROUTES` says who is let in. A refusal is 401 for nobody and 403 for another role; where somebody
sees a list cut to their own work, a thing that is not theirs is not there: 404.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import pytest
from fastapi.routing import iter_route_contexts
from httpx2 import Response
from starlette.testclient import TestClient

from storage.instance import Mode
from storage.pool import Pool
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.page_list import names
from tests.fixtures.web import form_token_of
from web.app import create_app
from web.config import WebConfig
from web.identity import Role

Who: TypeAlias = frozenset[Role | None]
ANYBODY: Who = frozenset({None, *Role})
SIGNED_IN: Who = frozenset(Role)
HOUSING: Who = frozenset({Role.HOUSING, Role.ADMIN})
ENVIRONMENT: Who = frozenset({Role.ENVIRONMENT, Role.ENGINEER, Role.READ_ONLY, Role.ADMIN})
ON_SITE: Who = ENVIRONMENT - {Role.READ_ONLY}
PARKING: Who = frozenset({Role.PARKING, Role.ENGINEER, Role.READ_ONLY, Role.ADMIN})
ENGINEERING: Who = frozenset({Role.ENGINEER, Role.READ_ONLY, Role.ADMIN})
MENDING: Who = ENGINEERING - {Role.READ_ONLY}
ADMIN: Who = frozenset({Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Sample:
    """A request of a route, and whose it is to make."""

    who: Who
    address: str = ""
    """With names of the borough in braces, as in the list of pages; empty: the route's own"""
    form: Mapping[str, str] = field(default_factory=dict)
    """Besides the token"""
    missing: bool = False
    """Nothing of the kind is there: 404 is an answer to those who are let in, too"""


_ROOM = "/homes/rooms/{12 Acacia Road / Bedroom}"
_SITE = "/sites/{Quayside works}"
_API, _THINGS = "/api/v1", "/sensorthings/v1.1"
_DAMP = "/alerts/{damp alert}"
ROUTES: Mapping[str, tuple[Sample, ...]] = {
    "GET /": (Sample(ANYBODY),),
    "GET /how-it-works": (Sample(ANYBODY),),
    "GET /accessibility": (Sample(ANYBODY),),
    "GET /docs": (Sample(ANYBODY),),
    "GET /openapi.json": (Sample(ANYBODY),),
    "GET /assets/{digest}/{name}": (Sample(ANYBODY, "/assets/x/styles.css", missing=True),),
    "GET /health/live": (Sample(ANYBODY),),
    "GET /health/ready": (Sample(ANYBODY),),
    "GET /sign-in": (Sample(ANYBODY),),
    "GET /sign-in/oidc": (Sample(ANYBODY, missing=True),),
    "GET /sign-in/oidc/callback": (Sample(ANYBODY, missing=True),),
    "GET /live": (Sample(SIGNED_IN, "/live?path=/nothing", missing=True),),
    "GET /openapi-officers.json": (Sample(SIGNED_IN),),
    "GET /tokens": (Sample(SIGNED_IN),),
    "POST /tokens": (Sample(SIGNED_IN, form={"name": "x"}),),
    "POST /tokens/{number}/revoke": (Sample(SIGNED_IN, "/tokens/9/revoke", missing=True),),
    "GET /alerts": (Sample(SIGNED_IN),),
    "GET /alerts/{alert_id}": (
        Sample(HOUSING, _DAMP),
        Sample(ENVIRONMENT, "/alerts/{alert}"),
        Sample(ENGINEERING, "/alerts/{silent alert}"),
    ),
    "POST /alerts/{alert_id}/actions": (
        Sample(HOUSING, f"{_DAMP}/actions", {"kind": "acknowledged"}),
        Sample(ON_SITE, "/alerts/{alert}/actions", {"kind": "useful"}),
        Sample(MENDING, "/alerts/{silent alert}/actions", {"kind": "acknowledged"}),
    ),
    "POST /alerts/{alert_id}/silence": (
        Sample(HOUSING, f"{_DAMP}/silence", {"scope": "rule", "hours": "1", "reason": "x"}),
        Sample(ON_SITE, "/alerts/{alert}/silence", {"scope": "rule", "hours": "1", "reason": "x"}),
    ),
    "POST /alerts/{alert_id}/case": (
        Sample(HOUSING, f"{_DAMP}/case"),
        Sample(frozenset(), "/alerts/{alert}/case"),
    ),
    "GET /silences": (Sample(SIGNED_IN),),
    "POST /silences/{number}/end": (Sample(HOUSING | MENDING, "/silences/1/end"),),
    "GET /homes": (Sample(HOUSING),),
    "GET /homes-in-figures": (Sample(SIGNED_IN),),
    "GET /homes/rooms/{public_id}": (Sample(HOUSING, _ROOM),),
    "POST /homes/rooms/{public_id}/repairs": (
        Sample(HOUSING, f"{_ROOM}/repairs", {"what": "Fan", "done_on": "2026-11-10T09:00"}),
    ),
    "GET /homes/rooms/{public_id}/case": (Sample(HOUSING, f"{_ROOM}/case"),),
    "POST /homes/rooms/{public_id}/case": (Sample(HOUSING, f"{_ROOM}/case", {"reported": "x"}),),
    "GET /cases": (Sample(HOUSING),),
    "GET /cases/{case_id}": (Sample(HOUSING, "/cases/{case}"),),
    "POST /cases/{case_id}/events": (
        Sample(HOUSING, "/cases/{case}/events", {"kind": "made_safe"}),
    ),
    "GET /cases/{case_id}/evidence": (Sample(HOUSING, "/cases/{case}/evidence"),),
    "GET /sites": (Sample(ENVIRONMENT),),
    "GET /sites/{public_id}": (Sample(ENVIRONMENT, _SITE),),
    "POST /sites/{public_id}/log": (Sample(ON_SITE, f"{_SITE}/log", {"alert": "x"}),),
    "GET /sites/{public_id}/report": (Sample(ENVIRONMENT, f"{_SITE}/report?month=2026-11"),),
    "GET /sites/{public_id}/calibration": (Sample(ENVIRONMENT, f"{_SITE}/calibration"),),
    "GET /parking": (Sample(PARKING),),
    "GET /parking/{public_id}": (Sample(PARKING, "/parking/{High Street}"),),
    "GET /audit": (Sample(ADMIN),),
    "GET /engineering": (Sample(ENGINEERING),),
    "GET /engineering/quarantine": (Sample(ENGINEERING),),
    "GET /engineering/quarantine/{number}": (
        Sample(ENGINEERING, "/engineering/quarantine/{refused}"),
    ),
    "GET /engineering/quarantine/{number}/message": (
        Sample(MENDING, "/engineering/quarantine/{refused}/message"),
    ),
    "POST /engineering/quarantine/{number}/retry": (
        Sample(MENDING, "/engineering/quarantine/{refused}/retry"),
    ),
    "GET /engineering/uplinks": (Sample(ENGINEERING),),
    "GET /engineering/uplinks/{identifier}": (
        Sample(ENGINEERING, "/engineering/uplinks/{uplink}"),
    ),
    "GET /engineering/devices": (Sample(ENGINEERING),),
    "GET /engineering/devices/{dev_eui}": (
        Sample(ENGINEERING, "/engineering/devices/{home device}"),
    ),
    "GET /engineering/gateways": (Sample(ENGINEERING),),
    "GET /engineering/rules": (Sample(ENGINEERING),),
    "GET /engineering/rules/{rule_id}": (Sample(ENGINEERING, "/engineering/rules/H3"),),
    "GET /engineering/rules/{rule_id}/preview": (
        Sample(ENGINEERING, "/engineering/rules/H3/preview?since=2026-11-20&threshold=60&clear=55"),
    ),
    "GET /engineering/runs": (Sample(ENGINEERING),),
    f"GET {_API}/places": (Sample(ANYBODY),),
    f"GET {_API}/places/{{place}}": (Sample(ANYBODY, f"{_API}/places/{{High Street}}"),),
    f"GET {_API}/latest": (Sample(ANYBODY),),
    f"GET {_API}/readings": (Sample(ANYBODY),),
    f"GET {_API}/hourly": (Sample(ANYBODY),),
    f"GET {_API}/parking": (Sample(ANYBODY),),
    f"GET {_API}/smart-data-models/{{model}}": (
        Sample(ANYBODY, f"{_API}/smart-data-models/AirQualityObserved"),
    ),
    f"GET {_API}/dictionary": (Sample(ANYBODY),),
    f"GET {_API}/catalogue": (Sample(ANYBODY),),
    f"GET {_API}/{{path:path}}": (Sample(ANYBODY, f"{_API}/nothing", missing=True),),
    f"GET {_THINGS}": (Sample(ANYBODY),),
    f"GET {_THINGS}/{{collection}}('{{identifier}}')": (
        Sample(ANYBODY, f"{_THINGS}/Things('{{High Street}}')"),
    ),
    f"GET {_THINGS}/{{collection}}": (Sample(ANYBODY, f"{_THINGS}/Things"),),
    f"GET {_THINGS}/{{path:path}}": (
        Sample(ANYBODY, f"{_THINGS}/Things('{{High Street}}')/name", missing=True),
    ),
    # These two change who is asking, so they come last.
    "POST /sign-in": (Sample(ANYBODY, form={"role": "parking"}),),
    "POST /sign-out": (Sample(ANYBODY),),
}
EVERYBODY = (None, *Role)


def test_every_route_is_decided_upon(dsn: str) -> None:
    """A route without a line in the table, or a line without its route, fails."""
    config = WebConfig(secret="of the tests", development_sign_in=True)  # noqa: S106
    with Pool(dsn, size=1) as pool:
        app = create_app(config, pool, Mode.LIVE)
    found = {
        f"{method} {context.path}"
        for context in iter_route_contexts(app.routes)
        for method in (context.methods or ())
        if method not in {"HEAD", "OPTIONS"}
    }
    assert found == set(ROUTES)


@pytest.mark.parametrize("role", EVERYBODY)
def test_role_gets_what_is_its_own(visit: Visit, borough: Borough, role: Role | None) -> None:
    """Each route lets in whom the table says, and refuses all others without a word of a home."""
    browser = visit(borough)(role or Role.PARKING)
    if role is None:
        browser.cookies.clear()
    token = form_token_of(browser.get("/sign-in").text)
    known = names(borough)
    for key, samples in ROUTES.items():
        for sample in samples:
            answer = _ask(browser, known, key, sample, token)
            told = (key, sample.address, answer.status_code)
            if role in sample.who:
                assert answer.status_code not in {401, 403}, told
                assert answer.status_code < 500, told
                assert answer.status_code != 404 or sample.missing, told
            else:
                refusals = {401} if role is None else {403, 404}
                assert answer.status_code in refusals, told
                assert "Acacia" not in answer.text, told


def test_every_change_needs_the_forms_token(visit: Visit, borough: Borough) -> None:
    """No route that changes something takes a request without the session's token."""
    browser, known = visit(borough)(Role.ADMIN), names(borough)
    for key, samples in ROUTES.items():
        method, _, path = key.partition(" ")
        if method != "GET":
            wanted = (samples[0].address or path).format_map(known)
            for form in (samples[0].form, {**samples[0].form, "csrf": "guessed"}):
                assert browser.post(wanted, data=dict(form)).status_code == 403, key


def _ask(
    browser: TestClient, known: Mapping[str, str], key: str, sample: Sample, token: str
) -> Response:
    method, _, path = key.partition(" ")
    wanted = (sample.address or path).format_map(known)
    if method == "GET":
        return browser.get(wanted, follow_redirects=False)
    if key == "POST /sign-out":  # the session is another one by then
        token = form_token_of(browser.get("/sign-in").text)
    data = {"csrf": token, **sample.form}
    return browser.post(wanted, data=data, follow_redirects=False)
