"""People act on alerts of their own work: who did what stands for ever, and decides who is told."""

import re

import pytest
from starlette.testclient import TestClient

from storage import alert_actions, audit
from storage.alert_actions import ActionKind
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.borough_world import BATHROOM, NOW
from tests.fixtures.web import form_token_of
from web.identity import Role

HARRIET = "Harriet Hall, housing officer <housing@example.org>"


def alert_of(borough: Borough, rule: str, place: str = "%") -> str:
    """Give the id of the first open episode of a rule at a place."""
    with borough.connect() as connection:
        row = connection.execute(
            "select alert.id from alert join device on device.id = device_id"
            " join installation using (dev_eui) join place on place.id = installation.place_id"
            " where rule_id = %s and place.name like %s and status = 'firing' order by fired_at",
            [rule, place],
        ).fetchone()
    assert row is not None
    return str(row[0])


def send(browser: TestClient, address: str, form: str = "", **data: str) -> str:
    """Send a form of the page at an address; give the page that answers."""
    token = form_token_of(browser.get(address).text)
    return browser.post(f"{address}{form}", data={"csrf": token, **data}).text


def test_damp_alert_is_acknowledged_assigned_and_commented(visit: Visit, borough: Borough) -> None:
    """Each act stands on the page with who and when, and in the inbox who has it in hand."""
    browser = visit(borough)(Role.HOUSING)
    number = alert_of(borough, "H3")
    address = f"/alerts/{number}"
    assert "nobody has acknowledged it" in browser.get(address).text
    assert "nobody&#39;s" in browser.get("/alerts?state=waiting").text
    page = send(browser, address, "/actions", kind="acknowledged")
    assert "acknowledged by Harriet Hall, housing officer" in page
    assert ">Acknowledge<" not in page
    page = send(browser, address, "/actions", kind="assigned", assignee="Bo Young <bo@x.org>")
    assert "assigned to Bo Young" in page
    send(browser, address, "/actions", kind="commented", note="Rang <b>tenant</b>")
    page = send(browser, address, "/actions", kind="useful")
    assert "Rang &lt;b&gt;tenant&lt;/b&gt;" in page
    assert "with Bo Young, acknowledged by Harriet Hall" in browser.get("/alerts").text
    assert "Room air very humid" not in browser.get("/alerts?state=waiting").text
    with borough.connect() as connection:
        acts = alert_actions.actions(connection, [number])[number]
        assert [act.kind for act in acts] == [
            ActionKind.OPENED,
            ActionKind.ACKNOWLEDGED,
            ActionKind.ASSIGNED,
            ActionKind.COMMENTED,
            ActionKind.USEFUL,
        ]
        assert {act.actor for act in acts} == {HARRIET}
        assert len(audit.read(connection, number)) == 5


def test_acts_without_words_are_refused_beside_their_field(visit: Visit, borough: Borough) -> None:
    """An assignment to nobody and an empty comment are written again, with what is missing."""
    browser = visit(borough)(Role.HOUSING)
    address = f"/alerts/{alert_of(borough, 'H3')}"
    assert "Write whom it is assigned to" in send(
        browser, address, "/actions", kind="assigned", assignee=" "
    )
    page = send(browser, address, "/actions", kind="commented", note="")
    assert '<a href="#comment">Write a comment</a>' in page
    token = form_token_of(browser.get(address).text)
    refused = browser.post(f"{address}/actions", data={"csrf": token, "kind": "opened"})
    assert refused.status_code == 422
    page = send(browser, address, "/silence", scope="city", hours="9999", reason="")
    for said in ("Choose what is silenced", "Choose how long", "Write why"):
        assert said in page


def test_silence_of_a_room_runs_and_is_ended(visit: Visit, borough: Borough) -> None:
    """A silence from an alert names its place, is listed for its readers alone, and ends early."""
    pages = visit(borough)
    browser = pages(Role.HOUSING)
    address = f"/alerts/{alert_of(borough, 'H3')}"
    page = send(browser, address, "/silence", scope="rule", hours="8", reason="Being dried")
    assert "Nobody is told of it until the silence ends." in page
    page = browser.get("/silences").text
    assert "at 12 Acacia Road, Bedroom, rule H3" in page
    assert "Being dried" in page
    assert "20:40" in page
    page = send(browser, "/silences", "/2/end")
    assert "The silence has ended." in page
    assert "Being dried" not in page
    token = form_token_of(page)
    assert browser.post("/silences/2/end", data={"csrf": token}).status_code == 404


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.ENGINEER, True), (Role.READ_ONLY, True), (Role.PARKING, False)]
)
def test_silence_of_a_homes_device(
    visit: Visit, borough: Borough, role: Role, *, sees: bool
) -> None:
    """Whoever runs the devices sees that one is silenced, and not at whose home."""
    browser = visit(borough)(role)
    page = browser.get("/silences").text
    assert (f"device {BATHROOM.dev_eui} at a home" in page) is sees
    assert "Mill Lane" not in page
    assert ("End silence 1" in page) is (role is Role.ENGINEER)
    ended = browser.post("/silences/1/end", data={"csrf": form_token_of(page)})
    if role is not Role.ENGINEER:
        assert ended.status_code in {403, 404}


def test_who_reads_only_acts_on_nothing(visit: Visit, shared_borough: Borough) -> None:
    """A reader sees a site's alert without its forms, and an act of theirs is refused."""
    browser = visit(shared_borough)(Role.READ_ONLY)
    number = alert_of(shared_borough, "E1")
    page = browser.get(f"/alerts/{number}").text
    assert ">Acknowledge<" not in page
    assert "Nobody has done anything about it yet." in page
    told = {"csrf": form_token_of(page), "kind": "acknowledged"}
    assert browser.post(f"/alerts/{number}/actions", data=told).status_code == 403
    told = {"csrf": told["csrf"], "scope": "rule", "hours": "8", "reason": "x"}
    assert browser.post(f"/alerts/{number}/silence", data=told).status_code == 403
    assert browser.post(f"/alerts/{number}/case", data=told).status_code == 404


def test_device_that_is_nowhere_is_silenced_by_itself(visit: Visit, borough: Borough) -> None:
    """An engineer silences the device of a silent bay, and its place for the parking team."""
    browser = visit(borough)(Role.ENGINEER)
    number = alert_of(borough, "D1", "Bay%")
    page = browser.get(f"/alerts/{number}").text
    assert re.search(r'<option value="device"[^>]*>everything of the device bay-7<', page)
    send(browser, f"/alerts/{number}", "/silence", scope="device", hours="1", reason="New battery")
    assert "at High Street, Bay 7" in browser.get("/silences").text
    with borough.connect() as connection:
        assert len(alert_actions.silences(connection, NOW)) == 2
