"""Pages that everybody may see, and what goes wrong."""

import pytest
from starlette.testclient import TestClient

from storage.connection import Connection
from tests.fixtures.web import SignIn
from web.identity import Role


@pytest.mark.parametrize("address", ["/", "/how-it-works", "/accessibility", "/sign-in"])
def test_open_pages(client: TestClient, address: str) -> None:
    """Everybody reads them; each has one heading and its own title."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1
    assert 'lang="en-GB"' in answer.text


def test_missing_page_is_said_in_words(client: TestClient) -> None:
    """A person reads a sentence; a program gets a problem document."""
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    document = client.get("/api/nowhere")
    assert document.headers["content-type"] == "application/problem+json"
    assert document.json()["status"] == 404


def test_ready_tells_what_is_wrong(client: TestClient, database: Connection) -> None:
    """The service is ready with a current schema, and says which migration lacks."""
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").status_code == 200
    database.execute("delete from migration where number = 4")
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "0004_places" in answer.text


def test_assets_are_kept_for_ever(client: TestClient) -> None:
    """The style sheet's address changes with its content, so a browser asks once."""
    page = client.get("/").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = client.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/assets/x/../../pyproject.toml").status_code == 404
    assert client.get("/assets/x/package.json").status_code == 404


def test_start_leads_to_the_persons_work(sign_in: SignIn) -> None:
    """An engineer who signs in is sent to the environment they may read."""
    browser = sign_in(Role.ENGINEER)
    assert browser.get("/", follow_redirects=False).headers["location"] == "/sites"
