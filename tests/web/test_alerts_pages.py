"""Everybody's inbox holds their own work, and nothing of a home for those who may not see it."""

import re

import pytest

from tests.fixtures.borough import Borough, Visit
from web.identity import Role
from web.pages.alerts import sentence

DAMP, DUST = "12 Acacia Road, Bedroom", "Mill Lane depot, East boundary"


@pytest.mark.parametrize(
    ("role", "sees", "sees_not"),
    [
        (Role.HOUSING, DAMP, DUST),
        (Role.ENVIRONMENT, DUST, DAMP),
        (Role.PARKING, "Alerts", "Acacia"),
        (Role.ENGINEER, DUST, "Acacia"),
        (Role.ADMIN, DAMP, "nothing at all"),
    ],
)
def test_inbox(visit: Visit, shared_borough: Borough, role: Role, sees: str, sees_not: str) -> None:
    """The inbox of each role."""
    page = visit(shared_borough)(role).get("/alerts?state=all").text
    assert sees in page
    assert sees_not not in page


def test_episode_tells_its_story(visit: Visit, shared_borough: Borough) -> None:
    """One episode says where, since when, what became of it and who was told."""
    browser = visit(shared_borough)(Role.HOUSING)
    address = re.search(r'href="(/alerts/[^"?]+)"', browser.get("/alerts").text)
    assert address is not None
    page = browser.get(address[1]).text
    assert "At 12 Acacia Road, Bedroom: open for" in page
    assert "fired" in page
    assert "Look at 12 Acacia Road, Bedroom" in page
    other = visit(shared_borough)(Role.ENVIRONMENT).get(address[1])
    assert other.status_code == 404
    assert "Acacia" not in other.text


def test_homes_devices_are_nameless_for_engineers(visit: Visit, shared_borough: Borough) -> None:
    """An engineer sees that a home's device is silent, and not whose."""
    page = visit(shared_borough)(Role.ENGINEER).get("/alerts?severity=maintenance").text
    assert "a home" in page
    assert "Mill Lane, Bathroom" not in page


def test_list_goes_on_and_says_what_it_does_not_know(visit: Visit, shared_borough: Borough) -> None:
    """A page behind an episode begins with the next; nonsense is refused in words."""
    browser = visit(shared_borough)(Role.ADMIN)
    first = browser.get("/alerts?state=all&csv=alerts").text.splitlines()
    after = "2026-11-01T00:00:00.000000Z x"
    assert "There is no such alert." in browser.get("/alerts", params={"after": after}).text
    assert browser.get("/alerts", params={"after": "yesterday x"}).status_code == 422
    assert len(first) > 3
    assert sentence([], "over") == "There is none."
    assert sentence([], "open") == "Nothing is open that you need to act on."


def test_what_is_over_says_how_long_it_was(visit: Visit, shared_borough: Borough) -> None:
    """An episode that is over tells its length."""
    browser = visit(shared_borough)(Role.ENVIRONMENT)
    page = browser.get("/alerts?state=over").text
    address = re.search(r'href="(/alerts/[^"?]+)"', page)
    assert address is not None
    assert ": over since" in browser.get(address[1]).text


def test_nobody_is_asked_to_sign_in(visit: Visit, shared_borough: Borough) -> None:
    """Who is not signed in sees no alert."""
    browser = visit(shared_borough)(Role.PARKING)
    browser.cookies.clear()
    assert browser.get("/alerts").status_code == 401
