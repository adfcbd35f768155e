"""What people do with an alert is kept, and changes no episode."""

from datetime import timedelta

import psycopg
import pytest

from alerts.model import Severity
from alerts.silences import Silence
from ingest.evaluator import Evaluator
from storage import alert_actions, audit
from storage.alert_actions import Action, ActionKind
from storage.connection import Connection
from storage.errors import DatabaseRefused
from tests.fixtures.readings import DUST, HOUR, MONDAY, hourly, store

NOW = MONDAY + 2 * HOUR


def fire(connection: Connection) -> str:
    """Let one episode fire; give its id."""
    store(connection, hourly([195.0]))
    Evaluator(connection, [DUST], wall=lambda: NOW).step()
    [(alert,)] = connection.execute("select id from alert").fetchall()
    return str(alert)


def test_what_was_done_is_told_in_order(database: Connection) -> None:
    """Each act stands with who, when, and the severity of then; the audit knows it too."""
    alert = fire(database)
    severity = alert_actions.act(
        database, alert, ActionKind.ACKNOWLEDGED, actor="A. Officer", at=NOW
    )
    alert_actions.act(
        database, alert, ActionKind.ASSIGNED, actor="A. Officer", assignee="B. Officer", at=NOW
    )
    alert_actions.act(
        database, alert, ActionKind.COMMENTED, actor="B. Officer", note="Rang\x00 site", at=NOW
    )
    assert severity is Severity.RED
    assert alert_actions.actions(database, [alert]) == {
        alert: [
            Action(ActionKind.ACKNOWLEDGED, Severity.RED, "A. Officer", "", "", NOW),
            Action(ActionKind.ASSIGNED, Severity.RED, "A. Officer", "B. Officer", "", NOW),
            Action(ActionKind.COMMENTED, Severity.RED, "B. Officer", "", "Rang\ufffd site", NOW),
        ]
    }
    assert [entry.action for entry in audit.read(database, alert)] == [
        "alert commented",
        "alert assigned",
        "alert acknowledged",
    ]


def test_act_follows_an_episode_that_moved(database: Connection) -> None:
    """What was done with an episode that late data moved counts for the one in its place."""
    store(database, hourly([None, 195.0, 195.0]))
    Evaluator(database, [DUST], wall=lambda: MONDAY + 3.5 * HOUR).step()
    [(alert,)] = database.execute("select id from alert").fetchall()
    alert_actions.act(database, alert, ActionKind.ACKNOWLEDGED, actor="A. Officer", at=NOW)
    store(database, hourly([195.0]))
    Evaluator(database, [DUST], wall=lambda: MONDAY + 3.6 * HOUR).step()
    [(heir,)] = database.execute("select id from alert where status = 'firing'").fetchall()
    assert heir != alert
    assert [act.kind for act in alert_actions.actions(database, [heir])[heir]] == [
        ActionKind.ACKNOWLEDGED
    ]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ActionKind.ACKNOWLEDGED, {"actor": ""}),
        (ActionKind.ASSIGNED, {"actor": "A. Officer"}),
        (ActionKind.COMMENTED, {"actor": "A. Officer"}),
    ],
)
def test_incomplete_act_is_refused(
    database: Connection, kind: ActionKind, words: dict[str, str]
) -> None:
    """An act without a name, an assignment to nobody and an empty comment are refused."""
    alert = fire(database)
    with pytest.raises(DatabaseRefused):
        alert_actions.act(database, alert, kind, at=NOW, **words)


def test_act_on_nothing_is_refused(database: Connection) -> None:
    """Nobody acknowledges what there is not."""
    with pytest.raises(DatabaseRefused, match="there is no alert none"):
        alert_actions.act(database, "none", ActionKind.ACKNOWLEDGED, actor="A. Officer", at=NOW)


def test_silence_is_kept_and_ends_early_once(database: Connection) -> None:
    """A silence ends at its time, or by a further row that says who ended it."""
    wanted = Silence({"rule": "E1"}, NOW, NOW + 5 * HOUR)
    number = alert_actions.silence(
        database, wanted, author="A. Officer", reason="A street party", at=NOW
    )
    [known] = alert_actions.silences(database, NOW)
    assert (known.id, known.silence, known.maintenance, known.ended_by) == (
        number,
        wanted,
        False,
        "",
    )
    assert alert_actions.end_silence(database, number, actor="B. Officer", at=NOW + HOUR)
    assert not alert_actions.end_silence(database, number, actor="B. Officer", at=NOW + 2 * HOUR)
    [known] = alert_actions.silences(database, NOW)
    assert (known.silence.ends_at, known.ended_by) == (NOW + HOUR, "B. Officer")
    assert alert_actions.silences(database, NOW + HOUR) == []
    assert [entry.action for entry in audit.read(database, f"silence {number}")] == [
        "silence ended",
        "silence added",
    ]


@pytest.mark.parametrize(
    "wanted",
    [
        Silence({}, NOW, NOW + HOUR),
        Silence({"rule": "E1"}, NOW, NOW),
        Silence({"rule": "E1"}, NOW, NOW + timedelta(days=30, seconds=1)),
    ],
)
def test_silence_of_everything_or_for_ever_is_refused(
    database: Connection, wanted: Silence
) -> None:
    """A silence names what it silences and ends within thirty days."""
    with pytest.raises(DatabaseRefused):
        alert_actions.silence(database, wanted, author="A. Officer", reason="Noise", at=NOW)


def test_maintenance_window_is_a_silence_of_its_own_kind(database: Connection) -> None:
    """A maintenance window is told apart from a silence, in the list and in the audit."""
    wanted = Silence({"dev_eui": "02c17a0000000001"}, NOW, NOW + HOUR)
    number = alert_actions.silence(
        database, wanted, author="C. Engineer", reason="New filter", at=NOW, maintenance=True
    )
    [known] = alert_actions.silences(database, NOW)
    assert known.maintenance
    assert [entry.action for entry in audit.read(database, f"silence {number}")] == [
        "maintenance added"
    ]


@pytest.mark.parametrize(
    "table", ["alert_action", "silence", "silence_end", "silence_undone", "audit"]
)
@pytest.mark.parametrize("change", ["update {} set actor = 'X'", "delete from {}"])
def test_history_stays(database: Connection, table: str, change: str) -> None:
    """The database itself lets nobody change or delete what was done."""
    alert = fire(database)
    alert_actions.act(database, alert, ActionKind.USEFUL, actor="A. Officer", at=NOW)
    wanted = Silence({"rule": "E1"}, NOW, NOW + HOUR)
    number = alert_actions.silence(database, wanted, author="A. Officer", reason="Noise", at=NOW)
    alert_actions.end_silence(database, number, actor="A. Officer", at=NOW)
    window = alert_actions.silence(
        database, wanted, author="A", reason="Filter", at=NOW, maintenance=False
    )
    database.execute(
        "insert into silence_undone values (%s, now(), 'A. Officer', 'Wrong')", [window]
    )
    column = change.replace("actor", "author") if table == "silence" else change
    with pytest.raises(psycopg.Error, match="is history"):
        database.execute(column.format(table).encode())


def test_silence_is_no_change_of_the_rule(database: Connection) -> None:
    """What lasts longer than 30 days is a rule that should be changed."""
    wanted = Silence({"rule": "E1"}, NOW, NOW + 721 * HOUR)
    with pytest.raises(DatabaseRefused, match="at most 30 days"):
        alert_actions.silence(database, wanted, author="A", reason="Noise", at=NOW)
