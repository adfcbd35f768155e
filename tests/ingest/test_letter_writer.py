"""From stored episodes to letters: in groups, once each whoever dies, and never in a simulation."""

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import psycopg
import pytest

from alerts.case_clocks import EventKind
from alerts.concerns import LetterKind
from alerts.hazards import Category
from alerts.model import AlertRule, Level, Severity
from alerts.notify.channel import NobodyToTell
from alerts.notify.email import EmailChannel, MailServer
from alerts.notify.file_channel import FileChannel
from alerts.notify.log_channel import LogChannel
from alerts.notify.post import Post, PostItem
from alerts.notify.teams import TeamsChannel
from alerts.recipients import Recipient, Team
from alerts.silences import Silence
from decoders.model import Reception
from ingest.evaluator import Evaluator
from ingest.letter_writer import Correspondence, LetterWriter
from ingest.notifier import Notifier
from storage import alert_actions, cases, letters, outbox
from storage.alert_actions import ActionKind
from storage.cases import Awareness
from storage.connection import Connection, connect
from storage.letters import OutgoingLetter, Told
from storage.places import Installation, Place, install
from tests.fixtures.mail import mail_server
from tests.fixtures.readings import (
    DAMP,
    DUST,
    HOUR,
    MONDAY,
    ROOM,
    SILENCE,
    SITE,
    hourly,
    reading,
    store,
)
from tests.fixtures.receiver import receiver

MINUTE = timedelta(minutes=1)
MORNING = MONDAY + 10 * HOUR
"""At work, on Monday 11 May 2026"""
OFFICER = Recipient(
    "officer",
    "file",
    "letters.jsonl",
    frozenset({Team.ENVIRONMENT, Team.HOUSING}),
    frozenset({Severity.AMBER, Severity.RED}),
)
DUTY = replace(OFFICER, name="duty", escalation=1)


def fire(connection: Connection, at: datetime = MORNING, *rules: AlertRule) -> None:
    """Evaluate until there is nothing left to do."""
    evaluator = Evaluator(connection, rules or (DUST,), wall=lambda: at)
    while evaluator.step():
        pass


def write(connection: Connection, now: datetime, *people: Recipient) -> None:
    """Let letters be written at a moment."""
    reply = Correspondence(people or (OFFICER, DUTY), link="https://sense.example")
    LetterWriter(connection, reply, wall=lambda: now).step()


def told(connection: Connection) -> list[tuple[str, str]]:
    """Read what was told to whom, in order."""
    rows = connection.execute("select kind, recipient from notification_entry order by at, 1, 2")
    return [(kind, recipient) for kind, recipient in rows]


def dust(connection: Connection, *devices: str) -> None:
    """Store an hour of dust that is known at ten o'clock."""
    for device in devices or (SITE,):
        store(connection, hourly([195.0], start=MORNING - 2 * HOUR, dev_eui=device))
    fire(connection)


def test_letter_is_one_for_a_place_and_comes_to_the_file(
    database: Connection, tmp_path: Path
) -> None:
    """Two devices of one site make one letter, which names what, where, since when and a link."""
    site = Place("site", "Surrey Street", area="Fairfield")
    for number, device in enumerate((SITE, "02c17a0000000009")):
        position = Place("position", f"Gate {number}")
        installation = Installation(device, position, site, MONDAY)
        install(database, installation, secret=b"secret")
    dust(database, SITE, "02c17a0000000009")
    write(database, MORNING)
    assert told(database) == []
    write(database, MORNING + MINUTE)
    assert told(database) == [("fired", "officer")] * 2
    file = tmp_path / "letters.jsonl"
    channel = FileChannel("live", {"officer": str(file)})
    Notifier(database, [channel], wall=lambda: MORNING + MINUTE).step()
    [line] = map(json.loads, file.read_text().splitlines())
    assert line["subject"] == ("[red] Dust over the site action level and 1 more - Surrey Street")
    assert line["text"].startswith("Surrey Street, Fairfield\n\nDust over the site action level")
    assert "Where: Gate 0\nSince: Monday 11 May 2026, 09:00\nWorst: 195 ug/m3" in line["text"]
    assert "What to do: Stop the work that makes dust." in line["text"]
    assert "More: https://sense.example/alerts/" in line["text"]


def test_nobody_is_named_in_a_letter(database: Connection) -> None:
    """What a device is tagged with, such as a tenant's name, stands in no letter."""
    when = MORNING - 0.5 * HOUR
    store(database, [reading(when, {"pm10": 195}, tags={"tenant": "Mrs Smith"})])
    fire(database, MORNING + HOUR)
    write(database, MORNING + HOUR + MINUTE)
    [(message,)] = database.execute(
        "select message::text from notification where recipient = 'officer'"
    ).fetchall()
    assert "Smith" not in message


def test_acknowledged_is_not_escalated(database: Connection) -> None:
    """After 30 minutes the duty officer is told, unless somebody acknowledged before."""
    dust(database)
    write(database, MORNING + MINUTE)
    [(alert,)] = database.execute("select id from alert").fetchall()
    alert_actions.act(database, alert, ActionKind.COMMENTED, actor="A", note="Ringing", at=MORNING)
    write(database, MORNING + 29 * MINUTE)
    alert_actions.act(database, alert, ActionKind.ACKNOWLEDGED, actor="A", at=MORNING)
    write(database, MORNING + 120 * MINUTE)
    assert told(database) == [("fired", "officer")]


def test_unacknowledged_is_escalated(database: Connection) -> None:
    """What nobody acknowledges is told to the duty officer, and again to the officer."""
    dust(database)
    for minute in (1, 30, 61):
        write(database, MORNING + minute * MINUTE)
    assert told(database) == [("fired", "officer"), ("escalated", "duty"), ("reminder", "officer")]


def test_silence_changes_no_episode(database: Connection) -> None:
    """A silence keeps letters back and changes nothing of the alerts; its end tells."""
    wanted = Silence({"rule": "E1"}, MORNING, MORNING + HOUR)
    alert_actions.silence(database, wanted, author="A", reason="Known", at=MORNING)
    dust(database)
    before = database.execute("select id, status, severity from alert").fetchall()
    write(database, MORNING + MINUTE)
    assert told(database) == []
    assert database.execute("select id, status, severity from alert").fetchall() == before
    write(database, MORNING + HOUR)
    assert told(database) == [("fired", "officer")]


def test_episode_that_moved_is_not_told_again(database: Connection) -> None:
    """Late data that move a told episode cause no letter but that of its end."""
    store(database, hourly([None, 195.0], start=MORNING - 3 * HOUR))
    fire(database)
    write(database, MORNING + MINUTE)
    store(database, hourly([195.0], start=MORNING - 3 * HOUR))
    fire(database, MORNING + 2 * MINUTE)
    write(database, MORNING + 20 * MINUTE)
    assert [row[0] for row in database.execute("select status from alert order by 1")] == [
        "firing",
        "withdrawn",
    ]
    assert told(database) == [("fired", "officer")]
    store(database, hourly([10.0, 10.0], start=MORNING - HOUR))
    fire(database, MORNING + 3 * HOUR)
    write(database, MORNING + 3 * HOUR + MINUTE, OFFICER)
    assert told(database)[-1] == ("resolved", "officer")


def test_device_that_is_nowhere_is_grouped_by_its_kind(database: Connection) -> None:
    """What is installed nowhere is told by gateway or profile; a silence waits ten minutes."""
    engineer = replace(
        OFFICER, teams=frozenset({Team.SERVICE}), severities=frozenset({Severity.MAINTENANCE})
    )
    store(database, [reading(MORNING - 4 * HOUR, {"pm10": 5})])
    fire(database, MORNING, SILENCE)
    write(database, MORNING + 9 * MINUTE, engineer)
    assert told(database) == []
    write(database, MORNING + 10 * MINUTE, engineer)
    assert database.execute("select group_key from notification_entry").fetchall() == [
        ("device_profile:any",)
    ]


def test_two_writers_and_one_that_dies_write_each_letter_once(
    dsn: str, database: Connection
) -> None:
    """Writers side by side, and one that dies before its commit, leave each notice once."""
    dust(database, *(f"02c17a00000001{number:02x}" for number in range(20)))
    doomed = connect(dsn)
    now = MORNING + MINUTE

    doomed.execute("begin")
    assert letters.lock(doomed)
    line = Told("half", LetterKind.FIRED, Severity.RED, 0, alert_of_dust(database))
    letters.write(doomed, OutgoingLetter("file", "g", POST, (line,)), now)
    write(database, now)
    assert told(database) == []
    doomed.close()
    threads = []
    for _ in range(3):

        def work() -> None:
            with connect(dsn) as connection:
                write(connection, now)

        threads.append(threading.Thread(target=work))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    write(database, now)
    assert told(database) == [("fired", "officer")] * 20
    [(count,)] = database.execute("select count(*) from notification where recipient <> ''")
    assert count == 1


def test_writer_paces_itself_and_needs_readers(database: Connection) -> None:
    """Without recipients nothing is looked at; between two looks some seconds pass."""
    dust(database)
    now = MORNING + MINUTE
    LetterWriter(database, Correspondence(), wall=lambda: now).step()
    assert told(database) == []
    clock = [MORNING]
    writer = LetterWriter(database, Correspondence((OFFICER,)), wall=lambda: clock[0])
    writer.step()
    clock[0] = MORNING + timedelta(seconds=9)
    assert not writer.step()
    clock[0] = MORNING + MINUTE
    writer.step()
    assert told(database) == [("fired", "officer")]


class TestCases:
    """A deadline that is near is told once, one that was missed once more."""

    def test_deadline_is_told_once(self, database: Connection) -> None:
        """An emergency's deadline is told four hours before it, and once when it was missed."""
        bedroom = Place("room", "Bedroom")
        home = Place("dwelling", "1 Surrey Street", uprn="100020000001")
        install(database, Installation(ROOM, bedroom, home, MONDAY), secret=b"secret")
        [(place,)] = database.execute("select public_id from place where kind = 'dwelling'")
        case = cases.open_case(
            database,
            Awareness(place, MORNING, "call"),
            hazard="damp_mould",
            category=Category.EMERGENCY,
            actor="A",
            at=MORNING,
        )
        cases.add_event(
            database, case, EventKind.SAFETY_WORK_IDENTIFIED, actor="A", at=MORNING + HOUR
        )
        for hours in (19, 21, 22, 26, 27):
            write(database, MORNING + hours * HOUR)
        rows = database.execute("select idempotency_key from notification_entry order by at")
        assert [key for (key,) in rows] == [
            f"{case}:case_deadline:make_emergency_safe-near:officer",
            f"{case}:case_deadline:make_emergency_safe-missed:officer",
        ]
        assert alert_of(database) == [None, None]

    def test_significant_waits_for_hours_and_unknown_days_are_no_fault(
        self, database: Connection
    ) -> None:
        """A significant hazard's near deadline waits for the morning; years unknown say nothing."""
        home = Place("dwelling", "1 Surrey Street", uprn="100020000001")
        room = Installation(ROOM, Place("room", "Bedroom"), home, MONDAY)
        install(database, room, secret=b"secret")
        [(place,)] = database.execute("select public_id from place where kind = 'dwelling'")
        far = datetime.fromisoformat("2050-01-03T10:00+00:00")
        for aware in (MORNING, far):
            cases.open_case(
                database,
                Awareness(place, aware, "call"),
                hazard="damp_mould",
                category=Category.SIGNIFICANT,
                actor="A",
                at=aware,
            )
        due = datetime.fromisoformat("2026-05-26T22:59:59+00:00")
        write(database, due - 2 * 24 * HOUR + MINUTE)
        assert told(database) == []
        write(database, due - 10 * HOUR)
        assert told(database) == [("case_deadline", "officer")]
        write(database, due, replace(OFFICER, teams=frozenset({Team.ENVIRONMENT})))
        assert len(told(database)) == 1

    def test_officers_of_the_patch_and_the_assignee_are_told(self, database: Connection) -> None:
        """A case is told to its patch's officers, and to whom its alert is assigned."""
        home = Place("dwelling", "1 Surrey Street", uprn="100020000001", patch="north")
        room = Installation(ROOM, Place("room", "Bedroom"), home, MONDAY - 48 * HOUR)
        install(database, room, secret=b"secret")
        damp: list[float | None] = [95.0] * 24
        start = MORNING - 24 * HOUR
        store(database, hourly(damp, name="relative_humidity", dev_eui=ROOM, start=start))
        fire(database, MORNING, DAMP)
        alert = alert_of_dust(database)
        alert_actions.act(
            database, alert, ActionKind.ASSIGNED, actor="A", assignee="ben", at=MORNING
        )
        begin = cases.awareness(database, alert)
        assert begin
        cases.open_case(
            database,
            begin,
            hazard="damp_mould",
            category=Category.EMERGENCY,
            actor="A",
            at=MORNING,
            alert_id=alert,
        )
        people = [
            replace(OFFICER, name="north", patches=frozenset({"north"})),
            replace(OFFICER, name="south", patches=frozenset({"south"})),
            replace(DUTY, name="ben", teams=frozenset({Team.PARKING})),
        ]
        write(database, begin.aware_at + 21 * HOUR, *people)
        rows = database.execute(
            "select recipient from notification where kind = 'case_deadline' order by 1"
        )
        assert [name for (name,) in rows] == ["ben", "north"]
        assert told(database).count(("case_deadline", "ben")) == 2
        assert ("assigned", "ben") in told(database)


def heard(connection: Connection, dev_eui: str, gateway: str, hours: int) -> None:
    """Let a device be heard each hour by a gateway, for some hours from midnight on."""
    for hour in range(hours):
        at = MONDAY + hour * HOUR
        record = reading(at, {"pressure": 1000}, dev_eui=dev_eui)
        received = replace(record.uplink, receptions=(Reception(gateway, -90, 5.0, at, at),))
        store(connection, [replace(record, uplink=received)])


def test_gateway_that_is_down_is_one_letter(database: Connection) -> None:
    """Of a gateway's devices one is told of, with why and how many more there are."""
    for device in range(3):
        heard(database, f"02c17a00000001{device:02x}", "02c17afffe00a101", 5)
    heard(database, "02c17a0000000200", "02c17afffe00a102", 4)
    heard(database, "02c17a0000000201", "02c17afffe00a102", 10)
    fire(database, MORNING, SILENCE)
    watcher = replace(OWNER, severities=frozenset({Severity.MAINTENANCE}))
    write(database, MORNING + 11 * MINUTE, watcher)
    write(database, MORNING + 40 * MINUTE, watcher)
    more = "so it is of 2 more, of which no letter comes"
    rows = database.execute(
        "select message->>'where', message->'items'->0->>'spot', message->'items'->0->>'why',"
        " jsonb_array_length(message->'items') from notification where recipient = 'owner'"
        " order by 1"
    ).fetchall()
    assert rows == [
        (
            "gateway 02c17afffe00a101",
            "sensor 0 (02c17a0000000100)",
            f"nothing comes from 02c17afffe00a101, which received it; {more}",
            1,
        ),
        (
            "gateway 02c17afffe00a102",
            "sensor 0 (02c17a0000000200)",
            "02c17afffe00a102 received it, and is there: look at the device",
            1,
        ),
    ]


AMBER = replace(DUST, id="E3", levels=(Level(Severity.AMBER, 150, 135),))


@pytest.mark.parametrize(("high", "letters_told"), [(4, 2), (2, 2), (5, 1)])
def test_amber_dust_everywhere_is_one_letter(
    database: Connection, high: int, letters_told: int
) -> None:
    """When most of seven monitors are over their usual level, one letter tells of it."""
    for device in range(7):
        name = f"02c17a00000001{device:02x}"
        place = Place("position", "Gate")
        site = Place("site", f"Site {device}")
        install(database, Installation(name, place, site, MONDAY - 240 * HOUR), secret=b"s")
        usual = [19.0, 21.0] * 100
        last = 160.0 if device < 2 else 30.0 if device < high else 10.0
        start = MORNING - 202 * HOUR
        store(database, hourly([*usual, last], start=start, dev_eui=name))
    fire(database, MORNING, AMBER)
    write(database, MORNING + MINUTE, OFFICER)
    rows = database.execute(
        "select message->'items'->0->>'why' from notification where recipient = 'officer'"
    ).fetchall()
    assert len(rows) == letters_told
    if letters_told == 1:
        everywhere = "5 of 7 monitors are over their own usual level at once"
        assert rows == [(f"{everywhere}; so it is of 1 more, of which no letter comes",)]
    write(database, MORNING + 2 * MINUTE, OFFICER)
    assert len(told(database)) == letters_told


OWNER = Recipient("owner", "file", "owner.jsonl", frozenset({Team.SERVICE}), frozenset())


class TestFailures:
    """What could not be delivered is told to those who run the service."""

    def lose(self, connection: Connection) -> None:
        """Let a letter about red dust be given up, on Tuesday at ten past ten."""
        dust(connection)
        write(connection, MORNING + MINUTE, OFFICER)
        late = MORNING + 25 * HOUR
        Notifier(connection, [FileChannel("live", {})], wall=lambda: late).step()

    def test_owner_is_told_once(self, database: Connection) -> None:
        """One letter says what, to whom and why; that it was not delivered in turn tells nobody."""
        self.lose(database)
        for minute in (1, 2, 60 * 12):
            write(database, MORNING + 25 * HOUR + minute * MINUTE, OWNER)
        assert told(database) == [("fired", "officer"), ("undelivered", "owner")]
        [(text,)] = database.execute(
            "select message->'items'->0->>'advice' from notification where recipient = 'owner'"
        ).fetchall()
        assert "it has no recipient with a file" in text
        late = MORNING + 50 * HOUR
        Notifier(database, [FileChannel("live", {})], wall=lambda: late).step()
        assert len(outbox.undelivered(database)) == 2
        write(database, late + MINUTE, OWNER)
        assert len(told(database)) == 2

    def test_red_does_not_wait_and_what_is_old_is_not_told(self, database: Connection) -> None:
        """A red letter's failure is told at night; what was given up a week ago no more."""
        self.lose(database)
        write(database, MORNING + 34 * 24 * HOUR, OWNER)
        assert told(database) == [("fired", "officer")]
        write(database, MORNING + 36 * HOUR, OWNER)
        assert told(database) == [("fired", "officer"), ("undelivered", "owner")]

    def test_below_red_waits_for_the_morning(self, database: Connection) -> None:
        """The failure of an amber letter waits for the owner's hours."""
        self.lose(database)
        database.execute(
            "update notification set message"
            """ = jsonb_set(message, '{items,0,severity}', '"amber"')"""
        )
        write(database, MORNING + 36 * HOUR, OWNER)
        assert told(database) == [("fired", "officer")]
        write(database, MORNING + 48 * HOUR, OWNER)
        assert told(database) == [("fired", "officer"), ("undelivered", "owner")]


def alert_of_dust(connection: Connection) -> str:
    """Read the id of some alert."""
    row = connection.execute("select id from alert limit 1").fetchone()
    assert row
    return str(row[0])


def alert_of(connection: Connection) -> list[str | None]:
    """Read the alerts that notifications are about."""
    return [row[0] for row in connection.execute("select alert_id from notification")]


class TestSimulation:
    """Nobody is told from a simulation, however it is asked."""

    @pytest.mark.parametrize("kind", [EmailChannel, FileChannel, TeamsChannel])
    def test_channels_cannot_be_made(self, kind: type) -> None:
        """No channel that reaches people can be constructed."""
        words: tuple[object, ...] = ("simulation", {})
        if kind is EmailChannel:
            words = ("simulation", MailServer("127.0.0.1"), {})
        with pytest.raises(NobodyToTell):
            kind(*words)

    def test_database_refuses_a_letter(self, simulation_dsn: str) -> None:
        """The database of a simulation itself takes no letter."""
        with connect(simulation_dsn) as connection:
            store(connection, hourly([195.0, 10.0, 10.0]))
            fire(connection)
            [(alert,)] = connection.execute("select id from alert").fetchall()
            line = Told("k", LetterKind.FIRED, Severity.RED, 0, alert)
            letter = OutgoingLetter("email", "g", POST, (line,))
            with pytest.raises(Exception, match="a simulation tells nobody"):
                letters.write(connection, letter, MORNING)


POST = Post(
    "officer",
    "Surrey Street",
    "",
    (
        PostItem(
            LetterKind.CHATTERING,
            Severity.RED,
            "Dust\r\nBcc: x",
            "",
            MORNING,
            None,
            "",
            "Call.",
            "/alerts/1",
        ),
    ),
)
OTHER = replace(POST, recipient="nobody")


def test_letter_goes_by_mail() -> None:
    """A letter is one plain message; its id follows from the key, and no header is smuggled in."""
    with mail_server() as (box, server):
        channel = EmailChannel("live", server, {"officer": "officer@croydon.example"})
        channel.send(POST, "key")
        channel.send(POST, "key")
    first, again = (
        message_from_bytes(each.original_content or b"", policy=policy.default)
        for each in box.letters
    )
    assert box.letters[0].rcpt_tos == ["officer@croydon.example"]
    assert first["Subject"] == "[red] Comes and goes: Dust Bcc: x - Surrey Street"
    assert first["Bcc"] is None
    assert first["Message-ID"] == again["Message-ID"]
    assert first.get_content_type() == "text/plain"


def test_mail_that_is_not_taken_is_tried_again() -> None:
    """A server that refuses, lacks STARTTLS or login, or is gone, has not taken the letter."""
    with mail_server() as (box, server):
        box.answer = "451 later"
        everyone = {"officer": "officer@croydon.example"}
        wrong: Sequence[MailServer] = (
            server,
            replace(server, security="starttls"),
            replace(server, security="tls"),
            replace(server, username="a", password="b"),  # noqa: S106 - nobody's
        )
        for each in wrong:
            with pytest.raises(Exception, match=r"127\.0\.0\.1: "):
                EmailChannel("live", each, everyone).send(POST, "key")
    with pytest.raises(Exception, match="it has no recipient"):
        EmailChannel("live", server, everyone).send(OTHER, "key")
    with pytest.raises(Exception, match=r"127\.0\.0\.1: "):
        EmailChannel("live", server, everyone).send(POST, "key")


def test_letter_goes_to_a_workflow() -> None:
    """A workflow is posted one card with the letter's lines, and its refusal is told."""
    with receiver() as there:
        channel = TeamsChannel("live", {"officer": there.url})
        channel.send(POST, "key")
        [request] = there.requests
        there.status = 500
        with pytest.raises(Exception, match="answered 500"):
            channel.send(POST, "key")
        with pytest.raises(Exception, match="it has no recipient"):
            channel.send(OTHER, "key")
    with pytest.raises(Exception, match=r"127\.0\.0\.1: "):
        channel.send(POST, "key")
    content = json.loads(request.body)["attachments"][0]["content"]
    assert content["type"] == "AdaptiveCard"
    assert any("no more letters" in block["text"] for block in content["body"])


def test_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder is no file, and a stranger has none."""
    channel = FileChannel("live", {"officer": str(tmp_path)})
    with pytest.raises(Exception, match="the file cannot be written"):
        channel.send(POST, "key")
    with pytest.raises(Exception, match="it has no recipient"):
        channel.send(OTHER, "key")


def test_what_cannot_be_delivered_is_listed_with_its_recipient(database: Connection) -> None:
    """A letter that is given up stands on the list, and its end is told to nobody."""
    dust(database)
    write(database, MORNING + MINUTE, OFFICER)
    late = MORNING + 25 * HOUR
    Notifier(database, [FileChannel("live", {})], wall=lambda: late).step()
    [given_up] = outbox.undelivered(database)
    assert (given_up.recipient, given_up.title, given_up.failure) == (
        "officer",
        DUST.title,
        "it has no recipient with a file",
    )
    store(database, hourly([10.0, 10.0], start=MORNING - HOUR))
    fire(database, MORNING + 3 * HOUR)
    write(database, late + MINUTE, OFFICER)
    assert told(database) == [("fired", "officer")]


def test_what_waits_for_a_channel_that_is_gone_is_given_up(database: Connection) -> None:
    """A letter for a way of telling that was taken out of the settings does not wait unseen."""
    dust(database)
    write(database, MORNING + MINUTE, OFFICER)
    for hours in (23, 26, 27):
        late = MORNING + hours * HOUR
        Notifier(database, [LogChannel()], wall=lambda at=late: at).step()  # type: ignore[misc]
    [lost] = outbox.undelivered(database)
    assert (lost.recipient, lost.failure) == ("officer", "no channel of this name is set")
    assert lost.settled_at == MORNING + 26 * HOUR


def test_zone_of_a_place_of_its_own_is_named(database: Connection) -> None:
    """What is at a place that lies in no other is told under that place's name."""
    kerb = Place("station", "Norbury kerb", area="Norbury")
    install(database, Installation(SITE, kerb, None, MONDAY), secret=b"secret")
    dust(database)
    write(database, MORNING + MINUTE, OFFICER)
    rows = database.execute(
        "select message->>'where', message->>'area' from notification where recipient = 'officer'"
    ).fetchall()
    assert rows == [("Norbury kerb", "Norbury")]


def test_history_of_letters_stays(database: Connection) -> None:
    """What was told is never changed or deleted."""
    dust(database)
    write(database, MORNING + MINUTE)
    with pytest.raises(psycopg.Error, match="is history"):
        database.execute("delete from notification_entry")
