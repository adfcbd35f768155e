"""A token is shown once, reads what its role reads, changes nothing, and ends."""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typer
from starlette.testclient import TestClient
from typer.testing import CliRunner

from boroughsense.commands import tokens
from storage import api_tokens, audit
from storage.audit import Asked
from tests.boroughsense.test_storage_commands import address as database_address
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.borough_world import NOW
from tests.fixtures.web import form_token_of
from web.identity import Role

_SHOWN = re.compile(r'<code id="token">([^<]+)</code>')


def make(browser: TestClient, role: Role, **changed: str) -> str:
    """Make a token on the page; give the page that answers."""
    token = form_token_of(browser.get("/tokens").text)
    data = {"csrf": token, "name": "Dashboard 7", "role": role.value, "days": "30", **changed}
    return browser.post("/tokens", data=data).text


def shown(page: str) -> dict[str, str]:
    """Give the header that a program sends with the token that a page shows."""
    found = _SHOWN.search(page)
    assert found is not None, page
    return {"Authorization": f"Bearer {found[1]}"}


def test_token_reads_what_its_role_reads(visit: Visit, borough: Borough) -> None:
    """A program reads tables as CSV and JSON; reading of a home is written down as its owner's."""
    browser = visit(borough)(Role.HOUSING)
    header = shown(make(browser, Role.HOUSING))
    browser.cookies.clear()
    rows = browser.get("/homes?csv=rooms", headers=header).text.splitlines()
    assert len(rows) == 5
    document = browser.get("/homes?json=rooms", headers=header).json()
    assert document["columns"][2] == {
        "name": "humidity_now",
        "title": "Humidity now",
        "unit": "%",
    }
    damp = next(row for row in document["rows"] if row["room"] == "12 Acacia Road, Bedroom")
    assert damp["humidity_now"] == 91.0
    assert damp["measured"].endswith("+00:00")
    assert "set-cookie" not in browser.get("/homes", headers=header).headers
    with borough.connect() as connection:
        line = audit.lines(connection, Asked(reads=True), limit=1)[0]
    assert line.entry.actor.startswith("token 1 (Dashboard 7) of Harriet Hall")
    for place in ("/sites", "/audit", "/engineering"):
        assert browser.get(place, headers=header).status_code == 403


def test_token_changes_nothing(visit: Visit, borough: Borough) -> None:
    """A token makes no token, revokes none, and acts on nothing."""
    browser = visit(borough)(Role.HOUSING)
    header = shown(make(browser, Role.HOUSING))
    csrf = form_token_of(browser.get("/tokens").text)
    data = {"csrf": csrf, "name": "x", "role": "housing", "days": "7"}
    assert browser.post("/tokens", data=data, headers=header).status_code == 403
    assert browser.post("/tokens/1/revoke", data=data, headers=header).status_code == 403
    page = browser.get("/tokens", headers=header).text
    assert "Make a token" not in page


@pytest.mark.parametrize(
    "sent",
    ["Bearer bsr_guessed", "Bearer x", "Basic YTpi", "bsr_nothing", "Bearer "],
)
def test_unknown_token_is_nobody(visit: Visit, shared_borough: Borough, sent: str) -> None:
    """A token that is not known is refused with a problem document, also with a session."""
    browser = visit(shared_borough)(Role.ADMIN)
    answer = browser.get("/homes", headers={"Authorization": sent})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "Acacia" not in answer.text


def test_token_ends(visit: Visit, borough: Borough) -> None:
    """A token that was revoked or has expired lets nobody in; the admin sees and ends anybody's."""
    pages = visit(borough)
    browser = pages(Role.PARKING)
    header = shown(make(browser, Role.PARKING))
    assert browser.get("/parking", headers=header).status_code == 200
    assert pages(Role.ENVIRONMENT).get("/tokens").text.count("Dashboard 7") == 0
    pages(Role.ADMIN)
    page = browser.get("/tokens").text
    assert "Priya Patel" in page
    assert "Tue 24 Nov 2026, 12:40" in page
    ended = browser.post("/tokens/1/revoke", data={"csrf": form_token_of(page)}).text
    assert "The token lets nobody in any more." in ended
    assert "revoked" in ended
    assert browser.get("/parking", headers=header).status_code == 401
    again = browser.post("/tokens/1/revoke", data={"csrf": form_token_of(ended)})
    assert again.status_code == 404
    with borough.connect() as connection:
        _, token = api_tokens.create(
            connection,
            name="old",
            owner="x",
            roles=["parking"],
            patches=(),
            at=NOW - timedelta(days=8),
            lasts=timedelta(days=8),
        )
    header = {"Authorization": f"Bearer {token}"}
    assert browser.get("/parking", headers=header).status_code == 401
    assert "expired" in browser.get("/tokens").text


def test_another_persons_token_is_not_there(visit: Visit, borough: Borough) -> None:
    """Nobody but its owner and the admin revokes a token."""
    pages = visit(borough)
    make(pages(Role.PARKING), Role.PARKING)
    browser = pages(Role.ENGINEER)
    csrf = form_token_of(browser.get("/tokens").text)
    assert browser.post("/tokens/1/revoke", data={"csrf": csrf}).status_code == 404


def test_token_is_never_more_than_its_maker(visit: Visit, borough: Borough) -> None:
    """Nobody gives a role that they do not have; what is missing is said beside its field."""
    browser = visit(borough)(Role.PARKING)
    page = make(browser, Role.HOUSING, name=" ", days="9999")
    for said in ("Write what the token is for", "Choose what it reads", "Choose how long"):
        assert said in page
    assert "homes, cases" not in page
    assert _SHOWN.search(make(visit(borough)(Role.ADMIN), Role.ADMIN)) is None


def test_token_itself_is_stored_nowhere(visit: Visit, borough: Borough) -> None:
    """The database holds the SHA-256, and the page shows the token once."""
    browser = visit(borough)(Role.ENGINEER)
    token = shown(make(browser, Role.ENGINEER))["Authorization"].removeprefix("Bearer ")
    assert token not in browser.get("/tokens").text
    with borough.connect() as connection:
        (stored,) = connection.execute("select digest from api_token").fetchone() or (b"",)
        (whole,) = connection.execute(
            "select string_agg(api_token::text, '') from api_token"
        ).fetchone() or ("",)
    assert stored == hashlib.sha256(token.encode()).digest()
    assert token not in whole


def test_tokens_on_the_command_line(dsn: str) -> None:
    """The operator makes, lists and revokes tokens; every mistake is said at once."""
    app = typer.Typer()
    tokens.register(app)

    def run(*words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON, or what was said
        told = [*words, "--database-url", database_address(dsn), "--json"]
        result = CliRunner().invoke(app, ["tokens", *told])
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if code == 0 else result.stderr

    made = run("create", "export", "--role", "housing", "--patch", "north", "--days", "7")
    assert made["token"].startswith("bsr_")
    assert datetime.fromisoformat(made["expires_at"]) > datetime.now(UTC) + timedelta(days=6)
    run("create", "all", "--role", "housing", "--patch", "*", "--role", "parking")
    listed = run("list")["tokens"]
    assert [(row["name"], row["patches"], row["state"]) for row in listed] == [
        ("all", "*", "holds"),
        ("export", "north", "holds"),
    ]
    assert "token" not in listed[0]
    assert run("revoke", str(made["id"])) == {"revoked": made["id"]}
    assert run("list")["tokens"][1]["state"] == "revoked"
    assert "no token 1 holds" in run("revoke", "1", code=1)
    said = run("create", "x", "--role", "admin", "--role", "housing", code=1)
    assert "cannot be an administrator's" in said
    assert "needs --patch" in said
    said = run("create", "x", "--role", "parking", "--patch", "north", code=1)
    assert "goes with --role housing" in said
    plain = CliRunner().invoke(app, ["tokens", "list", "--database-url", database_address(dsn)])
    assert "export" in plain.stdout
