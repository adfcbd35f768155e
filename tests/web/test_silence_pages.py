"""Why a device is silent stands wherever somebody meets the silence."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from alerts.silence_cause import Cause, Finding, SilentDevice
from storage.silent_devices import Silent
from tests.fixtures import borough_world as world
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.page_list import names
from web.identity import Role
from web.why_silent import sentence, silent_among

THERE = (
    "The silence comes from the device: 7076ff0056030405 received it, and is there: look at the"
    " device."
)


@pytest.mark.parametrize(
    ("cause", "begin"),
    [
        (Cause.DEVICE, "The silence comes from the device: so it is."),
        (Cause.GATEWAY, "The silence comes from its gateway: so it is. Look at the gateway first"),
        (Cause.NETWORK_SERVER, "The silence comes from the network server: so it is. Nobody"),
        (Cause.US, "The silence comes from our side: the broker, or this service: so it is."),
        (Cause.UNKNOWN, "Why it is silent is not known: so it is."),
    ],
)
def test_each_cause_has_its_words(cause: Cause, begin: str) -> None:
    """Where the silence comes from, why that is thought, and what to look at."""
    device = SilentDevice(world.NOW, timedelta(hours=1))
    assert sentence(Silent("a", "b", device, Finding(cause, "so it is"))).startswith(begin)


def test_device_list_tells_causes_of_the_silent_alone(
    visit: Visit, shared_borough: Borough
) -> None:
    """The filter for silent devices brings the cause beside each; the whole list does not."""
    browser = visit(shared_borough)(Role.READ_ONLY)
    asked = "/engineering/devices?json=devices"
    rows = browser.get(f"{asked}&silent=yes").json()["rows"]
    assert [row["silent_because_of"] for row in rows] == ["the device", "the device"]
    whys = [row["why_that_is_thought"].rpartition(" received it, ")[2] for row in rows]
    assert whys == ["and is there: look at the device", "and are there: look at the device"]
    assert "silent_because_of" not in browser.get(asked).json()["rows"][0]


def test_device_page_says_why(visit: Visit, shared_borough: Borough) -> None:
    """A silent device's page says why; one that is heard has nothing to explain."""
    browser = visit(shared_borough)(Role.ENGINEER)
    silent = browser.get(f"/engineering/devices/{world.BATHROOM.dev_eui}").text
    assert THERE in silent
    heard = browser.get(f"/engineering/devices/{world.NORTH.dev_eui}").text
    assert "silence" not in heard


def test_alert_on_silence_says_why(visit: Visit, borough: Borough) -> None:
    """An open alert on silence says why, any other and one that is over do not."""
    browser, known = visit(borough)(Role.ADMIN), names(borough)
    silent = f"/alerts/{known['silent alert']}"
    assert "The silence comes from the device" in browser.get(silent).text
    assert "silence comes from" not in browser.get(f"/alerts/{known['damp alert']}").text
    with borough.connect() as connection:
        connection.execute(
            "update alert set status = 'resolved', resolved_at = %s where rule_id = 'D1'",
            [world.NOW],
        )
    assert "silence comes from" not in browser.get(silent).text


@pytest.mark.parametrize("asked", [(), ("ffffffffffffffff",), (world.NORTH.dev_eui,)])
def test_devices_that_are_heard_have_no_cause(
    shared_borough: Borough, asked: Sequence[str]
) -> None:
    """None, unknown ones and those that speak give nothing."""
    with shared_borough.connect() as connection:
        assert silent_among(connection, asked, world.NOW) == {}


def test_times_are_londons(borough: Borough) -> None:
    """A reason that tells a time writes it as the pages do."""
    day = world.NOW + timedelta(days=220)
    with borough.connect() as connection:
        found = silent_among(connection, [world.NORTH.dev_eui], day)
    (silent,) = found.values()
    assert silent.finding.cause is Cause.US
    assert silent.finding.why == "nothing at all has come since Tue 24 Nov 2026, 12:20"
