"""`rules explain`, on a database that the evaluator has judged."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import rules
from alerts.silences import Silence
from ingest.evaluator import Evaluator
from storage import alert_actions
from storage.alert_actions import ActionKind
from storage.connection import Connection
from storage.places import Installation, Place, install
from tests.fixtures import commands
from tests.fixtures.readings import HOUR, ROOM, SITE, hourly, reading, store

MONDAY = datetime.fromisoformat("2026-01-12T00:00:00+00:00")
POSITION = Place("position", "North", detail={"bearing": 0})
TRACE = [120.0, 195.0, 185.0, 172.0, 170.0, 169.0, 150.0, 191.0, None, None, 160.0, 165.0]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def judged(database: Connection) -> Connection:
    """Give a site with the specification's trace, and a damp room, up to noon."""
    with database.transaction():
        install(database, Installation(SITE, POSITION, Place("site", "Quay"), MONDAY), secret=b"s")
        home = Place("dwelling", "1 Quay Street", uprn="100")
        install(database, Installation(ROOM, Place("room", "Bedroom"), home, MONDAY), secret=b"s")
    store(database, hourly(TRACE, start=MONDAY))
    store(
        database,
        [
            reading(
                MONDAY + number * HOUR + timedelta(minutes=5),
                {"temperature": 15.0, "relative_humidity": 90.0},
                dev_eui=ROOM,
            )
            for number in range(12)
        ],
    )
    evaluator = Evaluator(database, rules.load(), wall=lambda: MONDAY + 12.6 * HOUR)
    while evaluator.step():
        pass
    return database


@pytest.fixture
def ask(judged: Connection, dsn: str) -> Ask:
    """Give what asks for an explanation as JSON."""
    assert not judged.closed

    def explain(rule: str, place: str, hours: float) -> dict[str, Any]:
        at = (MONDAY + hours * HOUR).isoformat()
        found: dict[str, Any] = commands.ask(
            dsn, "rules", "explain", "--rule", rule, "--place", place, "--at", at
        )
        return found

    return explain


def test_dust_hour_by_hour(ask: Ask) -> None:
    """At each minute the state is the one of the trace, whatever came later."""
    seen = [ask("E1", "North", hour + 1.6)["fires"] for hour in range(12)]
    assert [hour for hour, fires in enumerate(seen) if fires] == [1, 2, 3, 4, 7, 8, 9, 10]


def test_what_is_shown(ask: Ask) -> None:
    """Inputs, window with its capture, levels, state, episode and a sentence."""
    told = ask("E1", SITE, 2.6)
    assert told["rule"] == "E1"
    assert told["inputs"]["stored"]["mean"] == 195
    assert told["inputs"]["beside"]["pm10"] == 195
    assert told["window"]["values"] == [["2026-01-12T01:00:00+00:00", 195.0]]
    assert (told["window"]["capture"], told["window"]["needed"]) == (1, 1)
    assert told["levels"][0]["threshold"] == 190
    assert told["fires"] is True
    assert told["episode"].endswith("20260112T010000Z")
    assert told["suppression"] == [
        "it was found over six hours late, and such a finding is not told"
    ]
    assert ask("E1", "North", 8.6)["suppression"] == []
    assert told["reason"].startswith("It fires, red, since 2026-01-12T01:00Z: 195")
    assert told["others"] == []


def test_the_version_in_force_then(ask: Ask, judged: Connection) -> None:
    """A rule that was changed since explains what it was at the time."""
    changed = [rule for rule in rules.load() if rule.id != "E1"]
    evaluator = Evaluator(judged, changed, wall=lambda: MONDAY + 12.7 * HOUR)
    while evaluator.step():
        pass
    assert ask("E1", "North", 2.6)["fires"] is True


def test_suppression_is_told(ask: Ask, judged: Connection) -> None:
    """A silence and an acknowledgement say who, until when and why."""
    episode = ask("E1", "North", 8.6)["episode"]
    at = MONDAY + 8 * HOUR
    alert_actions.act(
        judged, episode, ActionKind.ACKNOWLEDGED, actor="sam", at=at + timedelta(minutes=5)
    )
    alert_actions.silence(
        judged,
        Silence({"rule": "E1"}, at, at + 4 * HOUR),
        author="alex",
        reason="demolition day",
        at=at,
    )
    told = ask("E1", "North", 8.6)["suppression"]
    assert any("silenced until" in sentence and "demolition day" in sentence for sentence in told)
    assert any("acknowledged by sam" in sentence for sentence in told)


def test_rules_of_a_room(ask: Ask) -> None:
    """A window that is not full says what it lacks; a delay says how far it has come."""
    family = ask("H3", "Bedroom", 12.6)
    assert "12 of 24 intervals where 18 are needed" in family["reason"]
    assert family["others"] == []
    told = ask("H7", "Bedroom", 12.6)
    assert told["state"]["status"] == "pending"
    assert "held for 12h of 1d" in told["reason"]


def test_silence_and_its_cause(ask: Ask) -> None:
    """The rule on silence says when the device was heard last, and where to look first."""
    told = ask("D1", ROOM, 11.5)
    assert told["fires"] is False
    assert "heard 25m before, within 3h" in told["reason"]
    later = ask("D1", ROOM, 15)
    assert later["fires"] is True
    assert later["inputs"]["patience"] == 3 * 3600
    assert "look at the gateway first" in later["reason"]


@pytest.mark.parametrize(
    ("rule", "place", "sentence"),
    [
        ("E9", "North", "E9 is no rule: there are D1, D2"),
        ("E1", "Nowhere", "Nowhere is no place and no device"),
        ("E1", "Bedroom", "nothing at Bedroom has outdoor pm10: E1 judges nothing there"),
    ],
)
def test_what_cannot_be_explained(
    judged: Connection, dsn: str, rule: str, place: str, sentence: str
) -> None:
    """An unknown rule or place, and one that does not meet the other, are told in a sentence."""
    assert not judged.closed
    result = commands.run(dsn, "rules", "explain", "--rule", rule, "--place", place)
    assert result.exit_code == 1
    assert sentence in result.stderr


def test_for_a_person(judged: Connection, dsn: str) -> None:
    """Without JSON the same is said in lines."""
    assert not judged.closed
    at = (MONDAY + 2.6 * HOUR).isoformat()
    place = "Quay / North"
    result = commands.run(dsn, "rules", "explain", "--rule", "E1", "--place", place, "--at", at)
    assert result.exit_code == 0, result.output
    assert "It fires, red, since 2026-01-12T01:00Z: 195 ug/m3 is above 190 ug/m3." in result.stdout
    assert "1 of 1 valid, 1 needed" in result.stdout


def test_what_was_left_out(database: Connection, dsn: str) -> None:
    """A value that its neighbours make fail is listed with why, and the sentence counts it."""
    warm = [20.0, 21.0, 20.0, 55.0, 20.0, 21.0, 20.0, 95.0]
    values = [{"temperature": value} for value in warm]
    store(
        database,
        [reading(MONDAY + n * HOUR, each, dev_eui=ROOM) for n, each in enumerate(values)],
    )
    database.execute("update observation set quality = 4 where result = 95")
    evaluator = Evaluator(database, rules.load(), wall=lambda: MONDAY + 9 * HOUR)
    while evaluator.step():
        pass

    def told(hours: float) -> dict[str, Any]:
        at = (MONDAY + hours * HOUR).isoformat()
        words = ("rules", "explain", "--rule", "H7", "--place", ROOM, "--at", at)
        return dict(commands.ask(dsn, *words))

    [spike] = told(4.6)["inputs"]["left_out"]
    assert spike == {
        "time": "2026-01-12T03:00:00+00:00",
        "value": 55.0,
        "why": "it is far from the values before and after it",
    }
    assert "1 reading of its window counts for nothing" in told(4.6)["reason"]
    [code] = told(9)["inputs"]["left_out"]
    assert code["why"].startswith("it is outside what such a sensor reports")
    assert told(2.6)["inputs"]["left_out"] == []
