"""What protects the people who use the pages."""

import pytest
from starlette.testclient import TestClient

from tests.fixtures.web import SignIn, form_token_of
from web.config import Oidc, WebConfig
from web.identity import Area, Person, Role


def test_every_answer_has_the_headers(client: TestClient) -> None:
    """Pages, files and refusals carry the content security policy and are kept by no cache."""
    for address in ("/", "/sign-in", "/no-such-page", "/health/live"):
        headers = client.get(address).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_change_needs_the_token_of_the_form(client: TestClient) -> None:
    """A change without the session's token, or with another one, is not made."""
    client.get("/sign-in")
    for data in ({"role": "admin"}, {"role": "admin", "csrf": "guessed"}):
        assert client.post("/sign-in", data=data).status_code == 403
    assert client.get("/audit").status_code in {401, 404}


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}]
)
def test_change_from_another_site_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    """Even with the right token, another site's request changes nothing."""
    token = form_token_of(client.get("/sign-in").text)
    data = {"csrf": token, "role": "admin"}
    assert client.post("/sign-in", data=data, headers=headers).status_code == 403


def test_sign_in_and_out(sign_in: SignIn) -> None:
    """Somebody who signs out is nobody."""
    browser = sign_in(Role.READ_ONLY)
    page = browser.get("/how-it-works").text
    assert "Signed in as Rose Reid" in page
    assert browser.post("/sign-out", data={"csrf": form_token_of(page)}).status_code == 200
    assert "Signed in as" not in browser.get("/how-it-works").text


def test_session_cookie_is_not_read_by_scripts(client: TestClient) -> None:
    """The cookie is HttpOnly and SameSite=Lax."""
    cookie = client.get("/sign-in").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_development_sign_in_stays_on_this_machine() -> None:
    """The development sign-in refuses to start beyond loopback."""
    for host in ("0.0.0.0", "192.168.1.2", "boroughsense.example.org"):  # noqa: S104 - refused
        with pytest.raises(ValueError, match="lets anybody in"):
            WebConfig(secret="x", host=host, development_sign_in=True)  # noqa: S106
    for host in ("127.0.0.1", "::1", "localhost"):
        assert WebConfig(secret="x", host=host, development_sign_in=True).host == host  # noqa: S106


def test_there_must_be_a_way_to_sign_in() -> None:
    """A service that nobody can sign in to does not start."""
    with pytest.raises(ValueError, match="no way to sign in"):
        WebConfig(secret="x")  # noqa: S106
    oidc = Oidc("https://login.example.org", "boroughsense", "hidden")
    config = WebConfig(secret="x", oidc=oidc, host="0.0.0.0")  # noqa: S104, S106
    assert "hidden" not in repr(config)


def test_only_housing_sees_homes() -> None:
    """Of all roles, housing officers in their patch and admins alone see a dwelling."""
    for role in Role:
        person = Person("x", "x@example.org", frozenset({role}), frozenset({"north"}))
        sees = role in {Role.HOUSING, Role.ADMIN}
        assert person.may_read(Area.HOUSING) is sees
        assert person.may_see_patch("north") is sees
        assert not person.may_see_patch("south")


def test_read_only_changes_nothing() -> None:
    """Who reads only may change nothing in any area."""
    person = Person("x", "x@example.org", frozenset({Role.READ_ONLY}))
    assert not any(person.may_change(area) for area in Area)
    assert person.may_read(Area.ENVIRONMENT)
