"""A reading that is stored is announced on an open page within two seconds, and moves nothing."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest
from playwright.sync_api import Page, expect

from ingest.pipeline import read
from storage.model import Batch
from storage.uplinks import Writer
from tests.fixtures import borough_world as world
from tests.fixtures.borough import POLICY
from tests.fixtures.browser import Desk, Served
from tests.fixtures.new_alerts import begin
from web.identity import Role
from web.pages.sign_in import PEOPLE

_SECONDS = 2.0


def _say(served: Served, sensor: world.Sensor, minutes: int) -> None:
    """Have a bay's sensor speak."""
    time = world.NOW + timedelta(minutes=minutes)
    arrival = world.event(sensor, time, 2, bytes([0x81, 7]), 5000 + minutes)
    with served.borough.connect() as connection:
        Writer(connection).store(Batch((read(arrival, POLICY),)))


def _wait(page: Page, text: str) -> float:
    began = monotonic()
    expect(page.locator("#live")).to_contain_text(text, timeout=10_000)
    return monotonic() - began


def test_reading_is_announced(desk: Desk, served_alone: Served) -> None:
    """The page says that there is something new, and shows it when it is asked to."""
    page = desk.open(served_alone, Role.PARKING)
    page.goto(f"/parking/{served_alone.borough.places['High Street']}")
    before = page.locator("main table").first.inner_text()
    _say(served_alone, world.BAYS[6], -2)
    assert _wait(page, "A sensor has spoken.") < _SECONDS
    assert page.locator("main table").first.inner_text() == before
    page.locator("#live a").click()
    expect(page.locator("#live")).to_be_empty()
    expect(page.locator("main")).not_to_contain_text("unknown")
    _say(served_alone, world.BAYS[6], -1)
    assert _wait(page, "A sensor has spoken.") < _SECONDS


def test_reading_of_another_page_is_not_announced(desk: Desk, served_alone: Served) -> None:
    """What does not concern a page is not announced on it."""
    page = desk.open(served_alone, Role.ENVIRONMENT)
    with page.expect_response("**/live?*"):
        page.goto("/sites")
    _say(served_alone, world.BAYS[6], -3)
    page.wait_for_timeout(1800)
    expect(page.locator("#live")).to_be_empty()


def test_page_that_was_left_waits_no_more(desk: Desk, served_alone: Served) -> None:
    """When somebody goes on to another page, the service forgets that they waited."""
    page = desk.open(served_alone, Role.ENVIRONMENT)
    page.goto("/sites")
    waiting = served_alone.app.state.streams.open
    assert _comes_to(page, waiting, 1)
    page.goto("/how-it-works")
    assert _comes_to(page, waiting, 0)


def _comes_to(page: Page, waiting: Counter[str], number: int) -> bool:
    deadline = monotonic() + 5
    while waiting.total() != number and monotonic() < deadline:
        page.wait_for_timeout(50)
    return waiting.total() == number


def test_new_alert_is_announced_to_its_own_patch(
    desk: Desk, served_alone: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of alerts tells of a new one within two seconds, of another patch's never.

    What stands on the page stays where it is.
    """
    officer = replace(PEOPLE[Role.HOUSING], patches=frozenset({"north"}))
    monkeypatch.setitem(PEOPLE, Role.HOUSING, officer)
    page = desk.open(served_alone, Role.HOUSING)
    with page.expect_response("**/live?*"):
        page.goto("/alerts")
    before = page.locator("main table").first.bounding_box()
    with served_alone.borough.connect() as connection:
        begin(connection, world.MILL_BEDROOM)
        page.wait_for_timeout(1800)
        expect(page.locator("#live")).to_be_empty()
        begin(connection, world.LIVING)
        assert _wait(page, "1 new alert.") < _SECONDS
    assert page.locator("#live").get_attribute("aria-live") == "polite"
    assert page.locator("main table").first.bounding_box() == before
    page.locator("#live a").click()
    expect(page.locator("main")).to_contain_text("12 Acacia Road, Living room")
    expect(page.locator("main")).not_to_contain_text("Mill Lane")


def test_new_finding_is_announced_on_the_list_of_homes(desk: Desk, served_alone: Served) -> None:
    """The list of homes tells of findings in the homes of the officer's patch."""
    page = desk.open(served_alone, Role.HOUSING, width=390)
    with page.expect_response("**/live?*"):
        page.goto("/homes")
    with served_alone.borough.connect() as connection:
        begin(connection, world.LIVING)
    assert _wait(page, "In homes: 1 new finding.") < _SECONDS
