"""Cases: opened in one step, held to their deadlines, added to, printed; seen by their patch."""

import re
from datetime import timedelta
from html import unescape

import pytest

from alerts.case_clocks import EventKind
from alerts.hazards import Category
from storage import cases, pages_homes
from storage.cases import Awareness, HazardCase
from storage.connection import Connection
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.borough_world import NOW
from tests.fixtures.web import form_token_of
from tests.web.test_alert_acts import alert_of, send
from web.case_story import sentence, standing
from web.identity import Person, Role
from web.pages import sign_in


def the_case(borough: Borough, alert_id: str = "") -> HazardCase:
    """Give the newest case, or that of an alert."""
    with borough.connect() as connection:
        return cases.cases(connection, closed=True, alert_id=alert_id)[0]


def test_case_from_an_alert_in_one_step(visit: Visit, borough: Borough) -> None:
    """One form as it stands opens the case, aware since the alert could be known."""
    browser = visit(borough)(Role.HOUSING)
    number = alert_of(borough, "H3")
    page = send(browser, f"/alerts/{number}", "/case")
    assert "The case is open, and its clocks run." in page
    assert "Next: investigate the significant hazard by Fri 4 Dec 2026, 23:59" in page
    case = the_case(borough, alert_id=number)
    assert (case.hazard, case.category, case.place) == (
        "damp_mould",
        Category.SIGNIFICANT,
        "12 Acacia Road",
    )
    page = browser.get(f"/alerts/{number}").text
    assert f'href="/cases/{case.id}"' in page
    assert '<h2 class="govuk-heading-m">Open a case</h2>' not in page
    page = browser.get("/cases").text
    assert "2 cases are open" in page
    assert page.index("7 Mill Lane") < page.index("12 Acacia Road")


def test_awareness_can_be_put_right(visit: Visit, borough: Borough) -> None:
    """An earlier report moves the clocks; what is no time, or is to come, is refused."""
    browser = visit(borough)(Role.HOUSING)
    address = f"/alerts/{alert_of(borough, 'H3')}"
    page = send(browser, address, "/case", aware="2027-01-01T00:00", category="grave")
    assert "Give a time that is past" in page
    assert "Choose how grave it is held to be" in page
    page = send(browser, address, "/case", aware="soon", hazard="ghosts")
    assert "Write the time as" in page
    assert "Choose a hazard" in page
    page = send(
        browser,
        address,
        "/case",
        aware="2026-11-20T09:00",
        category="emergency",
        reported="A letter of the tenant",
    )
    assert "Overdue by 3 days 3 hours: investigate the emergency hazard." in page
    assert "A letter of the tenant" in page


def test_case_on_a_report(visit: Visit, borough: Borough) -> None:
    """A case without an alert begins with who reported it; not every hazard has a clock."""
    browser = visit(borough)(Role.HOUSING)
    room = f"/homes/rooms/{borough.places['7 Mill Lane / Bathroom']}"
    assert "Open a case on a report" in browser.get(room).text
    page = browser.get(f"{room}/case").text
    assert "1 case of this home is open already." in page
    assert "Write how we became aware" in send(browser, f"{room}/case", reported="")
    page = send(browser, f"{room}/case", reported="The tenant rang", hazard="falls")
    assert "No deadline is counted: no clock of the law runs for this hazard yet." in page
    assert "Falls, significant" in browser.get("/cases").text
    assert "Significant hazard, aware since" in browser.get(room).text


def test_case_goes_on_to_its_end(visit: Visit, borough: Borough) -> None:
    """Records move the clocks, a mistake is taken back, and what is late stays missed."""
    browser = visit(borough)(Role.HOUSING)
    address = f"/cases/{the_case(borough).id}"
    page = send(browser, address, "/events", kind="", happened="2027-01-01T10:00")
    assert "Choose what happened" in page
    assert "Give a time that is past" in page
    assert "says nothing without one" in send(browser, address, "/events", kind="closed")
    assert "Choose the record" in send(browser, address, "/events", kind="retracted", note="x")
    page = send(browser, address, "/events", kind="no_hazard_found", happened="2026-11-20T10:00")
    assert "Next: give the tenant the written summary by Wed 25 Nov 2026, 23:59" in page
    page = send(
        browser, address, "/events", kind="retracted", retracts="2", note="That was another home"
    )
    assert "Record 2 was a mistake" in page
    assert "no hazard found (a mistake, see 3)" in page
    assert "Next: investigate the significant hazard by Fri 27 Nov 2026" in page
    send(browser, address, "/events", kind="investigation_concluded")
    page = send(browser, address, "/events", kind="work_completed", note="Fan fitted")
    assert "All that the law asks for is done" in page
    page = send(browser, address, "/events", kind="closed", note="Dry for a week")
    assert "Closed Tue 24 Nov 2026, 12:40." in page
    assert "No case is open." in browser.get("/cases").text
    assert "7 Mill Lane" in browser.get("/cases?state=all").text


def test_evidence_pack_holds_it_all(visit: Visit, borough: Borough) -> None:
    """The pack has the clocks, the rule as it stood, who knew when, and each room by the day."""
    browser = visit(borough)(Role.HOUSING)
    number = alert_of(borough, "H3")
    send(browser, f"/alerts/{number}", "/case")
    case = the_case(borough, alert_id=number)
    room = f"/homes/rooms/{borough.places['12 Acacia Road / Bedroom']}"
    send(browser, room, "/repairs", what="Fan replaced", done_on="2026-11-15T09:00")
    page = browser.get(f"/cases/{case.id}/evidence").text
    for told in (
        "Harriet Hall, housing officer &lt;housing@example.org&gt;",
        "Rule H3, version",
        "fires at relative humidity, mean of 1d: red above 85 %",
        "read for the first time",
        "Bedroom: means by the day",
        "Living room: means by the day",
        "Fri 23 Oct 2026",
        "Fan replaced",
        "Bedroom 58.",
    ):
        assert told in page, told
    days = f"days-{borough.places['12 Acacia Road / Bedroom']}"
    rows = browser.get(f"/cases/{case.id}/evidence?csv={days}").text.splitlines()
    assert rows[-2].startswith("Mon 23 Nov 2026,")
    assert ",91.0," in rows[-2]
    assert len(rows) == 1 + 33


def test_case_of_another_patch_is_not_there(
    visit: Visit, shared_borough: Borough, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An officer of the north sees no case of the south, by whatever address."""
    north = Person("North", "n@example.org", frozenset({Role.HOUSING}), frozenset({"north"}))
    monkeypatch.setitem(sign_in.PEOPLE, Role.HOUSING, north)
    browser = visit(shared_borough)(Role.HOUSING)
    case = the_case(shared_borough).id
    assert "No case is open." in browser.get("/cases?state=all").text
    token = form_token_of(browser.get("/cases").text)
    for address in (f"/cases/{case}", f"/cases/{case}/evidence", "/cases/nothing"):
        answer = browser.get(address)
        assert answer.status_code == 404
        assert "Mill" not in answer.text
    told = {"csrf": token, "kind": "made_safe"}
    assert browser.post(f"/cases/{case}/events", data=told).status_code == 404
    room = shared_borough.places["7 Mill Lane / Bathroom"]
    assert browser.get(f"/homes/rooms/{room}/case").status_code == 404
    assert "02c17a" not in browser.get("/silences").text


def test_clock_beyond_the_known_holidays_is_told(visit: Visit, borough: Borough) -> None:
    """A deadline that nobody can count is said to be so, and the page stands."""
    far = the_case(borough)
    late = HazardCase(
        *(far.id, None, far.place_id, far.place, far.patch, far.hazard, far.category),
        aware_at=NOW + timedelta(days=3650),
        reported="x",
        opened_by="x",
        opened_at=NOW + timedelta(days=3650),
        events=(),
    )
    told = standing(late, late.aware_at)
    assert "its deadlines cannot be counted: bank holidays are known until" in sentence(
        told, late.aware_at
    )
    assert visit(borough)(Role.HOUSING).get(f"/cases/{far.id}").status_code == 200


def test_list_says_what_is_overdue_and_near(visit: Visit, borough: Borough) -> None:
    """Overdue cases stand on top, then those due soon; a closed one tells what it missed."""
    place = the_case(borough).place_id
    with borough.connect() as connection:
        for days in (40, 13.9):
            _open(connection, place, days)
        late = min(cases.cases(connection), key=lambda case: case.aware_at).id
    browser = visit(borough)(Role.HOUSING)
    page = browser.get("/cases").text
    assert "3 cases are open: 1 of them overdue, 1 with a deadline near." in page
    shown = re.findall(r"govuk-tag--\w+\">(\w[\w ]*)<", page)
    assert shown == ["Overdue", "Due soon", "Open"]
    with borough.connect() as connection:
        cases.add_event(
            connection, late, EventKind.CLOSED, actor="A. Officer", at=NOW, note="Given up"
        )
    page = browser.get(f"/cases/{late}").text
    assert "1 deadline missed." in page
    assert "closed without it" in page
    assert "1 case closed, the newest first." in browser.get("/cases?state=closed").text


@pytest.mark.parametrize(
    ("asked", "said", "days"),
    [
        ({"state": "overdue"}, "1 case is overdue.", [40]),
        ({"state": "soon"}, "1 case is open with a deadline near.", [13.9]),
        ({"state": "all"}, "3 cases are open: 1 of them overdue", [40, 13.9, 9]),
        ({"category": "emergency"}, "No case of these is open.", []),
        ({"home": " mill "}, "3 cases of these are open", [40, 13.9, 9]),
        ({"home": "Acacia"}, "No case of these is open.", []),
        ({"state": "closed"}, "0 cases closed", []),
    ],
)
def test_filters_of_cases(
    visit: Visit, borough: Borough, asked: dict[str, str], said: str, days: list[float]
) -> None:
    """By state, by how grave it is held to be, by a part of the home's name; the CSV the same."""
    with borough.connect() as connection:
        for number in (40, 13.9):
            _open(connection, the_case(borough).place_id, number)
    browser = visit(borough)(Role.HOUSING)
    assert said in browser.get("/cases", params=asked).text
    rows = browser.get("/cases", params={**asked, "json": "cases"}).json()["rows"]
    aware = [(NOW - timedelta(days=number)).isoformat() for number in days]
    assert [row["aware_since"] for row in rows] == aware


def _open(connection: Connection, place: str, days: float) -> str:
    begin = Awareness(place, NOW - timedelta(days=days), "a report")
    return cases.open_case(
        connection,
        begin,
        hazard="damp_mould",
        category=Category.SIGNIFICANT,
        actor="A. Officer",
        at=NOW,
    )


def test_cases_by_the_page(visit: Visit, borough: Borough) -> None:
    """Fifty a page, each case on one of them, those due first on the first; nonsense is refused."""
    with borough.connect() as connection:
        ids = {_open(connection, the_case(borough).place_id, number / 10) for number in range(70)}
        ids.add(the_case(borough).id)
        closed = min(ids)
        cases.add_event(
            connection, closed, EventKind.CLOSED, actor="A. Officer", at=NOW, note="Moved out"
        )
        ids |= {case.id for case in cases.cases(connection, closed=True)}
    browser = visit(borough)(Role.HOUSING)
    page, address, found = "", "/cases?state=all", list[str]()
    while address:
        page = browser.get(address).text
        found += re.findall(r'href="/cases/([a-z2-7]+)"', page)
        link = re.search(r'href="([^"]+)" rel="next"', page)
        address = unescape(link[1]) if link else ""
    assert len(found) == len(ids)
    assert set(found) == ids
    assert found[-1] == closed
    assert "Back to the first cases" in page
    assert len(browser.get("/cases?state=all&csv=cases").text.splitlines()) == 1 + len(ids)
    assert browser.get("/cases?after=yesterday").status_code == 422


def test_alert_of_a_room_without_a_device_becomes_a_case(visit: Visit, borough: Borough) -> None:
    """What is worked out for a room itself, as its mould index, is counted, shown and acted on."""
    with borough.connect() as connection:
        connection.execute(
            "insert into alert select 'mould-1', 'mould', 'H5', rule_version, subject_id, null,"
            " null, labels, 'Mould index high', 'firing', 'red', 'red', fired_at, known_at, null,"
            " 3.2, 0, false, false, told, recorded_at, changed_at,"
            " (select place.id from place join place as home on home.id = place.parent_id"
            "  where place.name = 'Bathroom' and home.name = '7 Mill Lane')"
            " from alert where rule_id = 'H3'"
        )
        assert pages_homes.homes_at_risk(connection, None) == (2, 2)
        since = NOW - timedelta(days=9)
        assert ("Mill estate", 1, 1) in pages_homes.counted(connection, since, NOW)
    browser = visit(borough)(Role.HOUSING)
    page = browser.get("/alerts/mould-1").text
    assert "At 7 Mill Lane, Bathroom: open for" in page
    assert "everything of the device" not in page
    page = send(browser, "/alerts/mould-1", "/case")
    assert "Damp, mould and fungal growth at 7 Mill Lane" in page
    assert "sensor alert: Mould index high" in page
    assert (
        "Mould index high" in browser.get(f"/cases/{the_case(borough, 'mould-1').id}/evidence").text
    )
