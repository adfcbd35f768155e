"""Which gateways hear, and which rules are in force."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.model import Level, Severity
from storage.pages_fleet import Gateway
from tests.fixtures import borough_world as world
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.readings import DAMP, DUST, SILENCE
from web.identity import Role
from web.pages.gateways import Ear, state
from web.pages.rules import fires, resolves

NOW = world.NOW
TOLD = Gateway("a", NOW - timedelta(minutes=10), {}, None, None)
EAR = Ear(NOW - timedelta(minutes=1), 3, 2, -90.0, 7.0)


@pytest.mark.parametrize(
    ("told", "ear", "word"),
    [
        (TOLD, None, "hears"),
        (None, EAR, "hears"),
        (replace(TOLD, told_at=NOW - timedelta(hours=3)), None, "not heard"),
        (replace(TOLD, told_at=NOW - timedelta(hours=3)), EAR, "hears"),
        (replace(TOLD, told_at=None, state="ONLINE", state_at=NOW), None, "not heard"),
        (replace(TOLD, state="OFFLINE", state_at=NOW), EAR, "offline"),
        (replace(TOLD, told_at=None, state="OFFLINE", state_at=NOW), None, "offline"),
        (replace(TOLD, state="OFFLINE", state_at=NOW - timedelta(hours=1)), EAR, "hears"),
    ],
)
def test_state(told: Gateway | None, ear: Ear | None, word: str) -> None:
    """A gateway stands by the newest thing that it said or heard."""
    assert state(told, ear, NOW).text == word


def test_gateways(visit: Visit, shared_borough: Borough) -> None:
    """Each with its statistics, its state, and what it heard of the newest uplinks."""
    page = visit(shared_borough)(Role.READ_ONLY).get("/engineering/gateways").text
    assert "2 of 2 gateways hear." in page
    assert "newest 2,000 uplinks" in page
    assert all(gateway in page for gateway in world.GATEWAYS)


def test_no_gateway(visit: Visit, dsn: str) -> None:
    """An empty borough says that there is none."""
    page = visit(Borough(dsn, {}))(Role.ENGINEER).get("/engineering/gateways").text
    assert "No gateway has told of itself" in page


def test_rules(visit: Visit, borough: Borough) -> None:
    """Each with its thresholds, its source and its open alerts; one that was taken away says so."""
    with borough.connect() as connection:
        connection.execute(
            "insert into rule_version (rule_id, since, version, definition)"
            " values ('Z9', %s, '', '{}')",
            [NOW],
        )
        counted = connection.execute("select count(*) from alert where status = 'firing'")
        (number,) = counted.fetchone() or (0,)
    page = visit(borough)(Role.ENGINEER).get("/engineering/rules").text
    assert number > 1
    assert f"with {number} open alerts" in page
    assert "red above 190 µg/m³" in page
    assert "PM10, mean of 1h" in page
    assert "taken away" in page


def test_rules_are_said_in_words() -> None:
    """A threshold, a delay, a side and a silence are words that an officer understands."""
    low = Level(Severity.AMBER, 5, 7, on_delay=timedelta(hours=3))
    cold = replace(DUST, above=False, levels=(low,))
    assert fires(DUST) == "PM10, mean of 1h: red above 190 µg/m³"
    assert resolves(DUST) == "at or below 171 µg/m³ for 2h"
    assert fires(DAMP) == "relative humidity, mean of 1d: red above 85 %"
    assert fires(cold) == "PM10, mean of 1h: amber below 5 µg/m³ for 3h"
    assert resolves(cold) == "at or above 7 µg/m³"
    whole = replace(DUST, inclusive=True)
    assert fires(whole) == "PM10, mean of 1h: red at or above 190 µg/m³"
    assert resolves(whole) == "below 171 µg/m³ for 2h"
    index = replace(whole, observed_property="mould_index")
    assert fires(index) == "mould index, mean of 1h: red at or above 190"
    assert fires(SILENCE) == "not heard for 3 intervals and more than 1h"
    assert resolves(SILENCE) == "when it is heard"
