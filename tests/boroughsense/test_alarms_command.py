"""`alarms report`: a month's alarms, from episodes, letters and what people did."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from alerts.case_clocks import EventKind
from alerts.hazards import Category
from alerts.notify.file_channel import FileChannel
from alerts.recipients import Recipient, Team
from ingest.evaluator import Evaluator
from ingest.letter_writer import Correspondence, LetterWriter
from ingest.notifier import Notifier
from storage import alert_actions, cases
from storage.alert_actions import ActionKind
from storage.cases import Awareness
from storage.connection import Connection
from storage.places import Installation, Place, install
from tests.fixtures.commands import ask, run
from tests.fixtures.readings import DUST, HOUR, MONDAY, ROOM, SITE, hourly, store

MORNING = MONDAY + 10 * HOUR
MINUTE = timedelta(minutes=1)
OFFICER = Recipient("officer", "file", "x", frozenset({Team.ENVIRONMENT, Team.HOUSING}))


def evaluate(connection: Connection, at: datetime) -> None:
    """Evaluate until there is nothing left to do."""
    evaluator = Evaluator(connection, (DUST,), wall=lambda: at)
    while evaluator.step():
        pass


@pytest.fixture
def may(database: Connection) -> Connection:
    """Fill May 2026: thirteen monitors of one site fire, three are acknowledged, one chatters."""
    for number in range(13):
        device = f"02c17a00000001{number:02x}"
        store(database, hourly([195.0], start=MORNING - 2 * HOUR, dev_eui=device))
    evaluate(database, MORNING)
    letters = LetterWriter(database, Correspondence((OFFICER,)), wall=lambda: MORNING + MINUTE)
    letters.step()
    late = MORNING + 25 * HOUR
    with capture_logs():
        Notifier(database, [FileChannel("live", {})], wall=lambda: late).step()
    alerts = [row[0] for row in database.execute("select id from alert order by id limit 3")]
    for number, alert in enumerate(alerts, 1):
        at = MORNING + MINUTE + number * 10 * MINUTE
        alert_actions.act(database, alert, ActionKind.ACKNOWLEDGED, actor="A", at=at)
        kind = ActionKind.NOT_USEFUL if number == 1 else ActionKind.USEFUL
        alert_actions.act(database, alert, kind, actor="A", at=at)
    coming = [195.0, 10.0, 10.0] * 8
    store(database, hourly(coming, start=MORNING + 30 * HOUR, dev_eui=SITE))
    evaluate(database, MORNING + 60 * HOUR)
    return database


def test_month_is_reported(dsn: str, may: Connection) -> None:
    """Who was told how much, the flood, the noisiest rule, how fast they answered, and more."""
    told = ask(dsn, "alarms", "report", "--month", "2026-05")
    assert told["month"] == "2026-05"
    [officer] = told["recipients"]
    assert (officer["letters"], officer["items"], officer["peak_items"]) == (1, 13, 13)
    assert (officer["busiest_day"], officer["letters_a_day"]) == ("2026-05-11", 0.03)
    assert officer["meets_goal"]
    assert officer["flooded"]
    [rule] = told["noisiest_rules"]
    assert (rule["rule"], rule["items"], rule["share"]) == ("E1", 13, 1.0)
    assert told["acknowledgement"] == [
        {"severity": "red", "told": 13, "acknowledged": 3, "median_minutes": 20.0}
    ]
    assert len(told["standing"]) == 13
    assert (told["useful"], told["not_useful"], told["useful_share"]) == (2, 1, 0.667)
    assert told["undelivered"] == 1
    [noise] = told["chattering"]
    assert (noise["dev_eui"], noise["most"] > 5) == (SITE, True)
    text = run(dsn, "alarms", "report", "--month", "2026-05").stdout
    assert (
        "officer: 1 letters, 0.0 a day, 1 on 2026-05-11; at most 13 alerts at once, a flood" in text
    )
    assert "red: 3 of 13, median 20 min" in text
    assert "E1 of 02c17a0000000001: ended" in text
    may.close()


def test_month_without_anything(dsn: str, may: Connection) -> None:
    """Another month says nothing of this one; what has fired since then stands in a later one."""
    told = ask(dsn, "alarms", "report", "--month", "2026-04")
    assert told["recipients"] == told["noisiest_rules"] == told["standing"] == []
    assert told["useful_share"] is None
    assert len(ask(dsn, "alarms", "report", "--month", "2026-06")["standing"]) == 13
    assert ask(dsn, "alarms", "report")["month"] < f"{datetime.now(UTC):%Y-%m}"
    may.close()


def test_investigations_say_what_was_false_and_what_was_missed(
    dsn: str, database: Connection
) -> None:
    """A case from an alert without a hazard is false; a hazard found after a call was missed."""
    home = Place("dwelling", "1 Surrey Street", uprn="100020000001")
    install(database, Installation(ROOM, Place("room", "Bedroom"), home, MONDAY), secret=b"secret")
    store(database, hourly([195.0], start=MORNING - 2 * HOUR))
    evaluate(database, MORNING)
    [(place,)] = database.execute("select public_id from place where kind = 'dwelling'")
    [(alert,)] = database.execute("select id from alert")
    for source, kind in (
        (alert, EventKind.NO_HAZARD_FOUND),
        (None, EventKind.INVESTIGATION_CONCLUDED),
        (None, EventKind.NO_HAZARD_FOUND),
    ):
        case = cases.open_case(
            database,
            Awareness(place, MORNING, "call"),
            hazard="damp_mould",
            category=Category.SIGNIFICANT,
            actor="A",
            at=MORNING,
            alert_id=source,
        )
        cases.add_event(database, case, kind, actor="A", at=MORNING + HOUR)
    told = ask(dsn, "alarms", "report", "--month", "2026-05")
    assert (told["inspected_false"], told["inspected_missed"]) == (1, 1)


@pytest.mark.parametrize("month", ["May", "2026-13", "2099-01"])
def test_no_month(dsn: str, month: str) -> None:
    """What is no month, or has not begun, is wrong use."""
    result = run(dsn, "alarms", "report", "--month", month)
    assert result.exit_code == 2
    assert "month" in result.stderr
