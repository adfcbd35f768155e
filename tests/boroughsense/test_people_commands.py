"""`alerts`, `silences` and `cases`: what people do about what fires, from a terminal."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from alerts import bank_holidays
from alerts.clocks import Holidays
from alerts.notify.file_channel import FileChannel
from alerts.notify.log_channel import LogChannel
from alerts.recipients import Recipient, Team
from ingest.evaluator import Evaluator
from ingest.letter_writer import Correspondence, LetterWriter
from ingest.notifier import Notifier
from storage.connection import Connection
from storage.places import Installation, Place, install
from tests.fixtures.commands import ask, run
from tests.fixtures.readings import DAMP, DUST, HOUR, ROOM, hourly, store

NOW = datetime.now(UTC)
TODAY = NOW.replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def damp(database: Connection) -> str:
    """Let a bedroom have been damp for a day; give the alert's id."""
    since = TODAY - 21 * HOUR
    bedroom = Place("room", "Bedroom")
    home = Place("dwelling", "1 Surrey Street", patch="north", uprn="100020000001")
    install(database, Installation(ROOM, bedroom, home, since), secret=b"secret")
    store(database, hourly([95.0] * 20, name="relative_humidity", dev_eui=ROOM, start=since))
    evaluator = Evaluator(database, (DAMP, DUST))
    while evaluator.step():
        pass
    row = database.execute("select id from alert").fetchone()
    assert row
    return str(row[0])


def test_alert_is_listed_with_what_people_did(dsn: str, damp: str) -> None:
    """Who acknowledged it and whose it is stands in the list; comments and all stand in `show`."""
    ask(dsn, "alerts", "ack", damp, "--by", "Ada", "--note", "Ringing")
    ask(dsn, "alerts", "assign", damp, "ben", "--by", "Ada")
    ask(dsn, "alerts", "comment", damp, "No answer", "--by", "Ben")
    ask(dsn, "alerts", "useful", damp, "--no", "--by", "Ben")
    [row] = ask(dsn, "alerts", "list", "--severity", "red")["alerts"]
    assert (row["id"], row["where"], row["rule"]) == (damp, "1 Surrey Street, Bedroom", "H3")
    assert (row["acknowledged_by"], row["assignee"]) == ("Ada", "ben")
    shown = ask(dsn, "alerts", "show", damp, "--by", "Ben")
    assert [act["kind"] for act in shown["actions"]] == [
        "acknowledged",
        "assigned",
        "commented",
        "not_useful",
        "opened",
    ]
    assert [change["kind"] for change in shown["history"]] == ["fired"]
    assert shown["told"] == []
    text = run(dsn, "alerts", "show", damp).stdout
    assert "acknowledged  Ada  Ringing" in text
    assert ask(dsn, "alerts", "list", "--state", "over") == {"alerts": []}
    listed = run(dsn, "alerts", "list").stdout.splitlines()
    assert listed[0] == "red: Damp air for a day - 1 Surrey Street, Bedroom"
    assert listed[1].endswith(", acknowledged by Ada, assigned to ben")
    assert "useful (red) by Ben" in run(dsn, "alerts", "useful", damp, "--by", "Ben").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ack", "nothing"], 1, "there is no alert nothing"),
        (["show", "nothing"], 1, "there is no alert nothing"),
        (["comment", "nothing", " "], 2, "a comment needs words"),
        (["assign", "nothing", " "], 2, "say to whom"),
    ],
)
def test_wrong_act_is_one_sentence(
    dsn: str, database: Connection, words: list[str], code: int, said: str
) -> None:
    """What cannot be done says why."""
    del database
    result = run(dsn, "alerts", *words)
    assert result.exit_code == code
    assert said in result.stderr


def test_silence_is_added_listed_and_ended(dsn: str, damp: str) -> None:
    """A silence says which alerts it covers now; the alert shows until when; it can be ended."""
    words = ["rule=H3", "team=housing", "--for", "2h", "--reason", "Drying out", "--by", "Ada"]
    added = ask(dsn, "silences", "add", *words)
    assert added["alerts"] == [damp]
    [silence] = ask(dsn, "silences", "list")["silences"]
    assert silence["matchers"] == {"rule": "H3", "team": "housing"}
    assert (silence["author"], silence["reason"], silence["maintenance"]) == (
        "Ada",
        "Drying out",
        False,
    )
    [row] = ask(dsn, "alerts", "list")["alerts"]
    assert row["silenced_until"] == added["ends_at"]
    assert "Drying" in run(dsn, "silences", "list").stdout
    ask(dsn, "silences", "end", str(added["silence"]), "--by", "Ben")
    assert ask(dsn, "silences", "list") == {"silences": []}
    [over] = ask(dsn, "silences", "list", "--over", "1h")["silences"]
    assert over["ended_by"] == "Ben"
    again = run(dsn, "silences", "end", str(added["silence"]))
    assert "there is no silence" in again.stderr
    said = run(dsn, "silences", "add", "rule=E1", "--until", "2099-01-01", "--reason", "x")
    assert said.exit_code == 2
    until = (NOW + timedelta(days=1)).isoformat()
    said = run(dsn, "silences", "add", "rule=E1", "--until", until, "--reason", "x")
    assert "alerts that fire now and match: 0" in said.stdout
    assert "ended" in run(dsn, "silences", "end", "2").stdout


def test_maintenance_window_of_the_past_is_undone(dsn: str) -> None:
    """It may be over when it is recorded, and is taken back with a reason; once."""
    past = ["--from", "2026-01-01T00:00Z", "--until", "2026-01-02T00:00Z", "--reason", "Filter"]
    number = str(ask(dsn, "silences", "add", "dev_eui=1", "--maintenance", *past)["silence"])
    assert run(dsn, "silences", "undo", number, "--reason", " ").exit_code == 2
    shown = run(dsn, "silences", "undo", number, "--reason", "Typo", "--by", "Ada").stdout
    assert shown == f"maintenance window {number} undone: its readings are judged again\n"
    again = run(dsn, "silences", "undo", number, "--reason", "Typo")
    assert again.exit_code == 1
    assert again.stderr == f"there is no maintenance window {number} that could be undone\n"


def test_all_that_is_wrong_with_a_silence_is_told_at_once(dsn: str) -> None:
    """Each mistake is a line, and nothing is written."""
    result = run(dsn, "silences", "add", "E1", "--reason", " ", "--from", "2020-01-01T00:00Z")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 3
    past = ["--from", "2020-01-01T00:00Z", "--until", "2019-01-01T00:00Z"]
    result = run(dsn, "silences", "add", "rule=E1", "--reason", "x", *past)
    assert result.stderr.splitlines() == [
        "it should end in the future",
        "it should end after it starts",
    ]


def test_case_is_opened_from_an_alert_in_one_step(dsn: str, damp: str) -> None:
    """The case has the alert's home and time; its clocks follow its events."""
    case = ask(dsn, "cases", "open", "--alert", damp, "--by", "Ada")
    assert (case["place"], case["category"], case["hazard"]) == (
        "1 Surrey Street",
        "significant",
        "damp_mould",
    )
    assert case["reported"].startswith("sensor alert: ")
    [clock] = case["clocks"]
    assert clock["step"] == "investigate the significant hazard"
    concluded = ask(dsn, "cases", "event", case["id"], "investigation_concluded", "--by", "Ada")
    assert len(concluded["clocks"]) == 4
    number = str(concluded["events"][0]["number"])
    words = ["retracted", "--retracts", number, "--note", "Another home"]
    assert len(ask(dsn, "cases", "event", case["id"], *words)["clocks"]) == 1
    assert len(ask(dsn, "cases", "list", "--patch", "north")["cases"]) == 1
    assert ask(dsn, "cases", "list", "--patch", "south") == {"cases": []}
    assert f" {case['id']} " in run(dsn, "cases", "list").stdout
    assert "retracted" in run(dsn, "cases", "show", case["id"]).stdout
    ask(dsn, "cases", "event", case["id"], "closed", "--note", "Done")
    assert ask(dsn, "cases", "list") == {"cases": []}
    [closed] = ask(dsn, "cases", "list", "--closed")["cases"]
    assert closed["closed"]


def test_case_without_an_alert_needs_its_home_and_how(
    dsn: str, damp: str, database: Connection
) -> None:
    """A tenant's call opens a case too; what is missing or unknown is told."""
    del damp
    [(home,)] = database.execute("select public_id from place where kind = 'dwelling'")
    words = ["open", "--place", home, "--reported", "call", "--category", "emergency"]
    case = ask(dsn, "cases", *words, "--hazard", "other", "--aware", "2h")
    assert (case["alert"], case["category"]) == (None, "emergency")
    for more, code, said in (
        (["open"], 2, "say from what"),
        (["open", "--place", home], 2, "say how we became aware"),
        (["open", "--alert", "nothing"], 1, "there is no alert nothing"),
        (["open", "--place", "nowhere", "--reported", "x"], 1, "there is no dwelling nowhere"),
        ([*words, "--hazard", "dragons"], 1, "`dragons` is none of "),
        ([*words, "--aware", "2099-01-01T00:00Z"], 2, "--aware is after now"),
        (["show", "nothing"], 1, "there is no case nothing"),
        (["event", case["id"], "evidence"], 2, "evidence needs a --note"),
        (["event", case["id"], "made_safe", "--retracts", "1"], 2, "goes with the kind"),
        (["event", case["id"], "made_safe", "--at", "2099-01-01T00:00Z"], 2, "is after now"),
    ):
        result = run(dsn, "cases", *more)
        assert result.exit_code == code, result.output
        assert said in result.stderr


def test_case_beyond_the_known_holidays_is_listed_without_clocks(
    dsn: str, damp: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deadline that nobody can count is said to be so, and the list goes on."""
    ask(dsn, "cases", "open", "--alert", damp)
    early = Holidays(frozenset(), NOW.date() - timedelta(days=100))
    monkeypatch.setattr(bank_holidays, "england", lambda: early)
    result = run(dsn, "cases", "list", "--json")
    assert "bank holidays are known until" in result.stderr
    assert '"clocks": []' in result.stdout


def test_messages_are_listed_by_what_became_of_them(
    dsn: str, damp: str, database: Connection
) -> None:
    """What waits and what was given up are told apart, with to whom, why and how often."""
    officer = Recipient("officer", "file", "/x", frozenset({Team.HOUSING}))
    later = NOW + timedelta(hours=1)
    LetterWriter(database, Correspondence((officer,)), wall=lambda: later).step()
    assert ask(dsn, "notifications", "list") == {"notifications": []}
    [log, letter] = sorted(
        ask(dsn, "notifications", "list", "--state", "waiting")["notifications"],
        key=lambda row: row["id"],
    )
    assert (log["channel"], log["recipient"], log["alert"]) == ("log", None, damp)
    assert (letter["channel"], letter["recipient"]) == ("file", "officer")
    late = NOW + timedelta(hours=26)
    with capture_logs():
        Notifier(database, [FileChannel("live", {}), LogChannel()], wall=lambda: late).step()
    [lost] = ask(dsn, "notifications", "list")["notifications"]
    assert (lost["status"], lost["failure"]) == ("undelivered", "it has no recipient with a file")
    assert len(ask(dsn, "notifications", "list", "--state", "all")["notifications"]) == 2
    lines = run(dsn, "notifications", "list", "--state", "all").stdout.splitlines()
    assert lines[0] == "undelivered to officer by file: fired (red) Damp air for a day"
    assert lines[1].endswith("tries 1, it has no recipient with a file")
    assert lines[2] == "delivered to log: fired (red) Damp air for a day"


def test_what_comes_and_goes_is_marked(dsn: str, database: Connection) -> None:
    """An alert with more than five ends in a day is shown as one that comes and goes."""
    since = TODAY - 20 * HOUR
    store(database, hourly([195.0, 10.0, 10.0] * 6 + [195.0], start=since))
    evaluator = Evaluator(database, (DUST,))
    while evaluator.step():
        pass
    [row] = ask(dsn, "alerts", "list")["alerts"]
    assert row["chattering"]
    assert run(dsn, "alerts", "list").stdout.rstrip().endswith(", comes and goes")
