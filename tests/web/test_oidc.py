"""Officers sign in through the council's provider, and get no more than it says."""

from collections.abc import Iterator

import httpx2
import pytest
from starlette.testclient import TestClient

from storage.instance import Mode
from storage.pool import Pool
from tests.fixtures.provider import CLIENT, SECRET, Provider
from web import oidc
from web.app import create_app
from web.config import Oidc, WebConfig
from web.identity import Role


@pytest.fixture
def browser(dsn: str, provider: Provider) -> Iterator[TestClient]:
    """Give a browser at a service that knows the provider."""
    config = WebConfig(secret="of the tests", oidc=Oidc(provider.issuer, CLIENT, SECRET))  # noqa: S106
    with Pool(dsn, size=2) as pool:
        app = create_app(config, pool, Mode.LIVE)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client


def _sign_in(browser: TestClient) -> httpx2.Response:
    """Go to the provider and come back, as a browser does."""
    there = browser.get("/sign-in/oidc", follow_redirects=False)
    back = httpx2.get(there.headers["location"]).headers["location"]
    answer: httpx2.Response = browser.get(back.replace("http://testserver", ""))
    return answer


def test_roles_come_from_the_provider(browser: TestClient, provider: Provider) -> None:
    """Somebody is who the provider says, with the roles and patches of its claims."""
    provider.claims |= {"roles": ["housing", "something else"], "patches": "north east"}
    _sign_in(browser)
    page = browser.get("/homes").text
    assert "Signed in as Olu Ode" in page
    assert "patch east, north" in page
    assert browser.get("/sites").status_code == 403


def test_sign_in_page_offers_the_council_account_alone(browser: TestClient) -> None:
    """With a provider there is no sign-in by a click."""
    page = browser.get("/sign-in").text
    assert "/sign-in/oidc" in page
    assert "Ada Adams" not in page


def test_who_has_no_role_is_refused(browser: TestClient, provider: Provider) -> None:
    """An account without a role of ours sees nothing, and is told what to ask for."""
    provider.claims["roles"] = ["gardening"]
    answer = _sign_in(browser)
    assert answer.status_code == 403
    assert "ask for one of admin" in answer.text
    assert browser.get("/alerts").status_code == 401


def test_token_for_another_service_is_refused(browser: TestClient, provider: Provider) -> None:
    """A token that the provider made for somebody else opens nothing."""
    provider.audience = "another service"
    assert _sign_in(browser).status_code == 403
    assert browser.get("/alerts").status_code == 401


def test_answer_that_was_not_asked_for_is_refused(browser: TestClient) -> None:
    """A callback with a state of somebody else's session opens nothing (login CSRF)."""
    answer = browser.get("/sign-in/oidc/callback?code=code-0&state=guessed")
    assert answer.status_code == 403
    assert browser.get("/alerts").status_code == 401


def test_provider_that_is_away_is_told(browser: TestClient, dsn: str) -> None:
    """Without the provider the page says so, in a sentence."""
    config = WebConfig(secret="x", oidc=Oidc("http://127.0.0.1:9", CLIENT, SECRET))  # noqa: S106
    assert browser.get("/sign-in/oidc", follow_redirects=False).status_code == 302
    with Pool(dsn, size=1) as pool, TestClient(create_app(config, pool, Mode.LIVE)) as alone:
        answer = alone.get("/sign-in/oidc")
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text


def test_without_a_provider_there_is_no_such_page(client: TestClient) -> None:
    """A service with the development sign-in knows no provider."""
    assert client.get("/sign-in/oidc").status_code == 404


def test_claims() -> None:
    """Roles and patches may be a list or one text; a star is every patch."""
    config = Oidc("x", "y", "z")
    everything = oidc.person({"sub": "7", "roles": "admin", "patches": ["*"]}, config)
    assert (everything.name, everything.roles, everything.patches) == (
        "7",
        frozenset({Role.ADMIN}),
        None,
    )
    with pytest.raises(oidc.NoRole):
        oidc.person({"sub": "7", "roles": {"admin": True}}, config)
