"""What the teams come for, from the first click to the last, in a browser without scripts."""

import re

from playwright.sync_api import Page, expect

from tests.fixtures.browser import Desk, Served
from web.identity import Role


def _sentence(page: Page) -> str:
    """Give the first sentence of a page, which answers its question."""
    return page.locator("main p.govuk-body-l").first.inner_text()


def test_damp_alert_becomes_a_case_with_deadlines(desk: Desk, served_alone: Served) -> None:
    """Acknowledge a mould alert, open a case from it, see its deadlines, print the evidence."""
    page = desk.open(served_alone, Role.HOUSING, width=390, scripts=False)
    page.goto("/alerts?state=waiting")
    page.get_by_role("link", name="Room air very humid for a day").click()
    assert "nobody has acknowledged it" in _sentence(page)
    page.get_by_role("button", name="Acknowledge").click()
    assert "acknowledged by Harriet Hall" in _sentence(page)

    page.get_by_label("When we became aware").fill("2026-11-23T09:15")
    page.get_by_role("button", name="Open a case").click()
    expect(page.locator(".govuk-notification-banner")).to_contain_text("its clocks run")
    assert "investigate the significant hazard by Mon 7 Dec 2026, 23:59" in _sentence(page)
    page.get_by_label("What happened").select_option(
        label="Investigation concluded: there is a hazard"
    )
    page.get_by_role("button", name="Record").click()
    assert "give the tenant the written summary by Fri 27 Nov 2026, 23:59" in _sentence(page)
    deadlines = page.get_by_role("table", name="Deadlines").locator("tbody tr")
    expect(deadlines).to_have_count(4)
    expect(deadlines.filter(has_text="Investigate")).to_contain_text("Met")

    page.get_by_role("link", name="Evidence pack, to print").click()
    page.emulate_media(media="print")
    expect(page.locator("main")).to_contain_text("Bedroom: means by the day")
    expect(page.get_by_role("table", name="What was done with the alert")).to_contain_text(
        "acknowledged"
    )
    page.emulate_media(media="screen")
    page.goto("/alerts?state=waiting")
    expect(page.locator("main")).not_to_contain_text("Room air very humid for a day")


def test_why_a_site_fired_what_was_done_and_the_month(desk: Desk, served_alone: Served) -> None:
    """Find why a site fired, log the action, print the month."""
    page = desk.open(served_alone, Role.ENVIRONMENT, width=390, scripts=False)
    page.goto("/")
    assert page.url.endswith("/sites")
    page.get_by_role("link", name="Quayside works").click()
    page.get_by_role("link", name="7 days").click()
    assert "the site was the cause" in _sentence(page)
    episode = page.locator(".app-episode").filter(has_text="Dust over the site action level")
    expect(episode).to_contain_text("in working hours; whose dust: the site's")

    page.get_by_label("Cause").fill("Concrete broken without water")
    page.get_by_label("Action taken").fill("Work stopped, water brought")
    page.get_by_label("Work restarted at").fill("2026-11-23T14:00")
    page.get_by_role("button", name="Write down").click()
    page.get_by_role("alert").get_by_role("link", name=re.compile("give both times")).click()
    assert page.get_by_label("Cause").input_value() == "Concrete broken without water"
    page.get_by_label("Work stopped at").fill("2026-11-23T11:20")
    page.get_by_label("This closes the episode").check()
    page.get_by_role("button", name="Write down").click()
    expect(page.locator(".govuk-notification-banner")).to_contain_text("It stands in the log now.")
    expect(episode).to_contain_text("Closed by Ewan Ellis")

    page.get_by_role("link", name="Report of this month, to print").click()
    assert "3 hours over 190" in _sentence(page)
    page.emulate_media(media="print")
    expect(episode).to_contain_text("Work stopped, water brought")
    expect(episode).to_contain_text("restarted Mon 23 Nov 2026, 14:00")
    expect(page.get_by_role("navigation").first).to_be_hidden()
    expect(page.get_by_role("link", name="The month before")).to_be_hidden()


def test_refused_payload_is_retried_with_another_codec(desk: Desk, served_alone: Served) -> None:
    """Find a quarantined payload, retry it with another codec, follow what became of it."""
    page = desk.open(served_alone, Role.ENGINEER, scripts=False)
    page.goto("/engineering")
    page.get_by_role("link", name="unknown_device").click()
    page.locator("tbody a").first.click()
    expect(page.locator("main")).to_contain_text("is not bound to a model")

    page.get_by_label("Codec").select_option(label="Decentlab DL-PM")
    page.get_by_role("button", name="Try this codec").click()
    expect(page.locator("#trial")).to_contain_text("refuses the frame")
    page.get_by_label("Codec").select_option(label="Milesight EM300-TH")
    page.get_by_role("button", name="Try this codec").click()
    expect(page.locator("#trial")).to_contain_text("reads 3 values")
    page.get_by_role("button", name="Retry with this codec").click()
    expect(page.locator(".govuk-notification-banner")).to_contain_text("1 stored")

    page.get_by_role("link", name="Follow the uplink that it became").click()
    assert "3 values stored" in _sentence(page)
    page.goto("/engineering/quarantine")
    assert "3 messages are held" in _sentence(page)


def test_keyboard_alone(desk: Desk, served: Served) -> None:
    """The first key leads past the menu, and every control of a list is reached and seen."""
    page = desk.open(served, Role.ENGINEER)
    page.goto("/engineering/devices")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
    page.keyboard.press("Enter")
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.type"))
        outline = page.evaluate(
            "(s => s.outlineStyle + s.boxShadow)(getComputedStyle(document.activeElement))"
        )
        assert outline != "nonenone"
    assert reached[:5] == ["search", "codec", "silent", "battery", "submit"]
