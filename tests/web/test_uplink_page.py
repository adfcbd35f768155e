"""One uplink can be followed from its frame to what people were told of it."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.rules import load
from storage import pages_uplinks
from storage.connection import Connection
from storage.pages_fleet import RuleInForce
from tests.fixtures import borough_world as world
from tests.fixtures.borough import Borough, Visit
from web.identity import Role
from web.tracing import looking


def newest(connection: Connection, sensor: world.Sensor) -> str:
    """Give the identifier of a device's newest uplink."""
    row = connection.execute(
        "select deduplication_id from uplink join device on device.id = device_id"
        " where dev_eui = %s order by received_at desc limit 1",
        [sensor.dev_eui],
    ).fetchone()
    assert row is not None
    return str(row[0])


def test_whole_trace(visit: Visit, shared_borough: Borough) -> None:
    """Frame, receptions, codec, values with their hours, rules with where they stand, messages."""
    with shared_borough.connect() as connection:
        identifier = newest(connection, world.EAST)
    browser = visit(shared_borough)(Role.ENGINEER)
    address = f"/engineering/uplinks/{identifier}"
    page = browser.get(address).text
    assert "8 values stored, 8 rules looking at it, 3 alerts around it with 2 messages" in page
    assert "02 00 00 00 0f" in page
    assert "decentlab-dl-pm, version 1" in page

    def rows(name: str) -> list[list[str]]:
        return _rows(browser.get(address, params={"csv": name}).text)

    assert [row[0] for row in rows("receptions")] == list(world.GATEWAYS)
    assert ["pm10", "240 µg/m³"] in [row[:2] for row in rows("values")]
    assert ["pm10", "2026-11-24T12:00:00+00:00", "240.00 µg/m³", "4", "6", "no"] in [
        row[:6] for row in rows("hours")
    ]
    assert [(row[0], row[3]) for row in rows("rules")] == [
        *[(rule, "nothing is wrong") for rule in ("D1", "D6", "D7", "D8")],
        ("E1", "firing"),
        ("E2", "nothing is wrong"),
        ("E3", "firing"),
        ("E4", "nothing is wrong"),
    ]
    assert rows("alerts")[0][1] == "firing"
    assert rows("alerts")[0][4:7] == ["fired", "log", "waiting"]


def test_home_values_are_for_those_who_mend(visit: Visit, borough: Borough) -> None:
    """Who changes nothing sees neither frame nor values of a home's device, nor a quote of them."""
    with borough.connect() as connection:
        identifier = newest(connection, world.BEDROOM)
        connection.execute(
            "update uplink set warnings = %s where deduplication_id = %s",
            [["relHum has no time that can be: 91"], identifier],
        )
        payload = connection.execute(
            "select payload from uplink where deduplication_id = %s", [identifier]
        ).fetchone()
    assert payload is not None
    address = f"/engineering/uplinks/{identifier}"

    def said(role: Role) -> tuple[str, set[str]]:
        """Give the page, and what stands where values, means, frame and warnings do."""
        browser = visit(borough)(role)
        page = browser.get(address).text
        tables = [browser.get(address, params={"csv": name}).text for name in ("values", "hours")]
        cells = {row[1 + n] for n, text in enumerate(tables) for row in _rows(text)}
        warnings = set(re.findall(r"Warning: ([^<]*)\.<", page))
        return page, cells | warnings | {_frame(page)}

    page, shown = said(Role.ENGINEER)
    assert shown >= {"91 %", "91.00 %", payload[0].hex(" "), "relHum has no time that can be: 91"}
    assert "12 Acacia Road" not in page
    page, hidden = said(Role.READ_ONLY)
    assert hidden == {"not shown"}
    assert not [value for value in shown if value in page]


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))[1:]


def _frame(page: str) -> str:
    found = re.search(r"The frame in hex.*?>([^<>]*[^<>\s][^<>]*)<", page, re.DOTALL)
    assert found is not None
    return " ".join(found[1].split())


def test_uplink_that_the_ledger_forgot(visit: Visit, borough: Borough) -> None:
    """An old uplink is found by its identifier and its arrival, which its device's page knows."""
    with borough.connect() as connection:
        identifier = newest(connection, world.NORTH)
        connection.execute("delete from ledger")
    browser = visit(borough)(Role.ENGINEER)
    missing = browser.get(f"/engineering/uplinks/{identifier}")
    assert missing.status_code == 404
    assert "After two weeks it is found from the page of its device alone." in missing.text
    device = browser.get(f"/engineering/devices/{world.NORTH.dev_eui}").text
    address = device.split(f'href="/engineering/uplinks/{identifier}')[1].split('"')[0]
    found = browser.get(f"/engineering/uplinks/{identifier}{address}")
    assert found.status_code == 200
    wrong = {"received": world.NOW.isoformat()}
    assert browser.get(f"/engineering/uplinks/{identifier}", params=wrong).status_code == 404


def test_identifier_is_asked_for(visit: Visit, shared_borough: Borough) -> None:
    """The form leads to the uplink's page, whatever was typed."""
    browser = visit(shared_borough)(Role.ENGINEER)
    assert "Identifier" in browser.get("/engineering/uplinks").text
    answer = browser.get("/engineering/uplinks", params={"identifier": " ../A?b "})
    assert answer.url.path == "/engineering/uplinks/../a?b"
    assert answer.status_code == 404


def test_codec_that_is_no_more(visit: Visit, borough: Borough) -> None:
    """An uplink whose codec was taken away shows the values of its own time."""
    with borough.connect() as connection:
        connection.execute("update uplink set codec = 'gone', time_source = null")
        address = f"/engineering/uplinks/{newest(connection, world.NORTH)}"
    assert "8 values stored" in visit(borough)(Role.ENGINEER).get(address).text


@pytest.mark.parametrize("environment", ["indoor", "outdoor"])
def test_rules_that_look(shared_borough: Borough, environment: str) -> None:
    """A rule looks at what it is about: its property, where it is asked for, while in force."""
    with shared_borough.connect() as connection:
        uplink = pages_uplinks.find(connection, newest(connection, world.BEDROOM))
        assert uplink is not None
        values = pages_uplinks.values(connection, uplink.device_id, [uplink.time])
    rules = [RuleInForce(r.id, world.BEGIN, r.version, r, 0, None) for r in load()]
    gone = RuleInForce("H9", world.BEGIN, "", None, 0, None)
    there = replace(uplink, environment=environment)
    found = looking([*rules, gone], there, values, {})
    names = {looker.rule.id for looker in found}
    assert "D1" in names
    assert ("H3" in names) is (environment == "indoor")
    assert "E1" not in names


def test_waiting_hour_is_said(visit: Visit, borough: Borough) -> None:
    """An hour that waits to be computed says so."""
    with borough.connect() as connection:
        connection.execute(
            "delete from rollup_1h where interval_start > %s", [world.NOW - timedelta(hours=1)]
        )
        address = f"/engineering/uplinks/{newest(connection, world.NORTH)}"
    assert "waits to be computed" in visit(borough)(Role.ENGINEER).get(address).text
