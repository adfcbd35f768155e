"""Whoever reads anything of a home is written down, on whatever page; the audit tells it."""

import re

import pytest

from storage import audit
from storage.audit import Asked
from storage.errors import WrongSchema
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.borough_world import BEDROOM, SENSORS
from tests.fixtures.page_list import PAGES, Shown, address
from web.identity import Role

ADDRESSES = {"12 Acacia Road": "Acacia", "7 Mill Lane": "7 Mill Lane"}
"""A home, and a text that tells of it"""
OWN = [page for page in PAGES if page.role is not None]
LISTS = [
    Shown(Role.HOUSING, "/homes?csv=rooms"),
    Shown(Role.HOUSING, "/homes?csv=risk"),
    Shown(Role.HOUSING, "/alerts?csv=alerts"),
    Shown(Role.ADMIN, "/alerts?state=all"),
    Shown(Role.HOUSING, "/cases?csv=cases"),
    Shown(Role.ENGINEER, "/engineering/devices/{home device}"),
]


def homes_told_of(text: str, address: str) -> set[str]:
    """Give the homes that an answer tells of: by their names, or by a page of their device."""
    named = {home for home, text_of in ADDRESSES.items() if text_of in text}
    for sensor in SENSORS:
        page_of_device = re.search(rf"/(devices|uplinks)/.*{sensor.dev_eui}", address)
        if page_of_device and sensor.within and sensor.within.kind == "dwelling":
            named.add(sensor.within.name)
    return named


@pytest.mark.parametrize("shown", [*OWN, *LISTS], ids=lambda shown: shown.name)
def test_every_read_of_a_home_is_written_down(
    visit: Visit, shared_borough: Borough, shown: Shown
) -> None:
    """Each home that a page tells of has a line of the reader, and no other home has one."""
    assert shown.role is not None
    place = address(shown, shared_borough)
    browser = visit(shared_borough)(shown.role)
    with shared_borough.connect() as connection:
        newest = next(iter(audit.lines(connection, Asked(), limit=1)))
    answer = browser.get(place)
    assert answer.status_code == 200
    with shared_borough.connect() as connection:
        lines = audit.lines(connection, Asked(reads=True), limit=200)
    new = [line for line in lines if line.id > newest.id]
    told = homes_told_of(answer.text, place) - ({"7 Mill Lane", "12 Acacia Road"} & _audit(place))
    assert {line.name for line in new} == told
    assert {line.entry.detail["page"] for line in new} <= {place.partition("?")[0]}
    assert all(f"<{shown.role}@example.org>" in line.entry.actor for line in new)


def _audit(place: str) -> set[str]:
    """The audit names homes, and is no reading of one."""
    return set(ADDRESSES) if place.startswith("/audit") else set()


def test_message_of_a_homes_device_is_a_read(visit: Visit, borough: Borough) -> None:
    """A refused message of a home's device, its bytes and its uplinks are reads of that home."""
    browser = visit(borough)(Role.ENGINEER)
    with borough.connect() as connection:
        connection.execute(
            "update quarantine set dev_eui = %s where reason = 'unknown_device'", [BEDROOM.dev_eui]
        )
        (number,) = connection.execute(
            "select id from quarantine where reason = 'unknown_device'"
        ).fetchone() or (0,)
        (uplink,) = connection.execute(
            "select deduplication_id from uplink join device on device.id = device_id"
            " where dev_eui = %s order by received_at desc limit 1",
            [BEDROOM.dev_eui],
        ).fetchone() or ("",)
    pages = (
        f"/engineering/quarantine/{number}",
        f"/engineering/quarantine/{number}/message",
        f"/engineering/uplinks/{uplink}",
    )
    for page in pages:
        assert browser.get(page).status_code == 200
    with borough.connect() as connection:
        lines = audit.lines(connection, Asked(reads=True), limit=3)
    assert [(line.name, line.entry.action) for line in lines] == [
        ("12 Acacia Road", "dwelling device read")
    ] * 3
    assert [line.entry.detail["page"] for line in reversed(lines)] == list(pages)


def test_audit_is_narrowed(visit: Visit, borough: Borough) -> None:
    """The admin asks who read one home, what one person did, and what happened on one day."""
    pages = visit(borough)
    pages(Role.HOUSING).get("/homes")
    browser = pages(Role.ADMIN)
    # Signing in leads both to the list of homes, too.
    page = browser.get("/audit").text
    assert "All 9 lines, of 3 people" in page
    assert "case access attempted" in page
    subject = re.search(r'href="(/audit\?subject=[^"]+)">12 Acacia', page)
    assert subject is not None
    only = browser.get(subject[1]).text
    assert "All 3 lines, of 2 people" in only
    assert "7 Mill Lane" not in only
    assert "All 6 lines" in browser.get("/audit?kind=reads").text
    assert "All 3 lines" in browser.get("/audit?kind=changes").text
    assert "All 1 line," in browser.get("/audit?day=2026-11-16").text
    assert "Nothing of this kind" in browser.get("/audit?actor=nobody").text
    assert "/homes" in browser.get("/audit?csv=audit").text


def test_when_it_cannot_be_written_down_nothing_is_shown(visit: Visit, borough: Borough) -> None:
    """A page that cannot record its reader does not answer with a home."""
    browser = visit(borough)(Role.HOUSING)
    with borough.connect() as connection:
        connection.execute("alter table audit rename to away")
    with pytest.raises(WrongSchema, match="audit"):
        browser.get("/homes")
