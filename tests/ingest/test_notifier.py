"""From the outbox to the channels: at least once, in order, and never from a simulation."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from alerts.model import AlertRule
from alerts.notify.channel import Channel, NobodyToTell
from alerts.notify.log_channel import LogChannel
from alerts.notify.message import Message
from alerts.notify.post import Post
from alerts.notify.webhook import WebhookChannel
from ingest.evaluator import Evaluator
from ingest.notifier import Notifier, Retries
from storage import outbox
from storage.connection import Connection, connect
from storage.errors import DatabaseRefused, DatabaseUnavailable
from tests.fixtures.readings import (
    DUST,
    HOUR,
    MONDAY,
    ROOM,
    SILENCE,
    SITE,
    TWO_LEVELS,
    hourly,
    reading,
    store,
    wait_for_the_dead,
)
from tests.fixtures.receiver import Receiver, receiver

CHANNELS = ("log", "webhook")
MINUTE = timedelta(minutes=1)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


def evaluate(connection: Connection, at: datetime, *rules: AlertRule) -> None:
    """Evaluate until there is nothing left to do."""
    evaluator = Evaluator(connection, rules or (DUST,), channels=CHANNELS, wall=lambda: at)
    while evaluator.step():
        pass


def notifier(connection: Connection, there: Receiver, clock: Callable[[], datetime]) -> Notifier:
    """Make a notifier with a webhook."""
    return Notifier(connection, [WebhookChannel("live", there.url)], wall=clock)


def written(connection: Connection) -> list[tuple[Any, ...]]:
    """Read the outbox: what, to whom, and how it stands."""
    return connection.execute(
        "select kind, message->>'severity', status from notification where channel = 'webhook'"
        " order by id"
    ).fetchall()


def test_story_is_told_in_order_and_once(database: Connection) -> None:
    """An episode is told when it fires, rises and ends, each with a key of its own, once."""
    clock = Clock(MONDAY)
    rules = replace(TWO_LEVELS, id="E1")
    store(database, hourly([160.0, 195.0, 160.0, 100.0, 100.0]))
    for hour in (1.5, 2.5, 3.5, 4.5, 5.5):
        clock.now = MONDAY + hour * HOUR
        evaluate(database, clock.now, rules)
    with receiver() as there:
        assert not notifier(database, there, clock).step()
        assert not notifier(database, there, clock).step()
    [(episode,)] = database.execute("select id from alert").fetchall()
    assert there.keys == [
        f"{episode}:fired:0:webhook",
        f"{episode}:raised:1:webhook",
        f"{episode}:resolved:2:webhook",
    ]
    assert {row[2] for row in written(database)} == {"delivered"}


def test_webhook_that_fails_and_comes_back(database: Connection) -> None:
    """What failed is tried again, later each time, with the same key; the end waits its turn."""
    clock = Clock(MONDAY + 1.5 * HOUR)
    store(database, hourly([195.0, 100.0, 100.0]))
    evaluate(database, clock.now)
    with receiver() as there:
        there.status = 503
        sender = notifier(database, there, clock)
        waits = []
        for _ in range(4):
            sender.step()
            [(after,)] = database.execute(
                "select next_attempt_at from notification where channel = 'webhook'"
            ).fetchall()
            waits.append((after - clock.now).total_seconds())
            clock.now = after
        assert all(
            whole / 2 <= wait <= whole for wait, whole in zip(waits, (5, 10, 20, 40), strict=True)
        )
        clock.now = MONDAY + 3.5 * HOUR
        evaluate(database, clock.now)
        assert len(there.keys) == 4
        there.status = 200
        sender.step()
    assert len(set(there.keys[:5])) == 1
    assert there.keys[5].split(":")[1] == "resolved"
    assert written(database) == [("fired", "red", "delivered"), ("resolved", "red", "delivered")]


def test_failing_channel_is_left_alone_for_the_step(database: Connection) -> None:
    """One failure ends the channel's turn, so a dead receiver costs one timeout a step."""
    for number in range(3):
        store(database, hourly([195.0], dev_eui=f"02c17a00000001{number:02x}"))
    evaluate(database, MONDAY + 2 * HOUR)
    with receiver() as there:
        there.status = 500
        notifier(database, there, Clock(MONDAY + 2 * HOUR)).step()
    assert len(there.requests) == 1


def test_what_cannot_be_delivered_in_a_day_is_listed(database: Connection) -> None:
    """After 24 hours a message is given up, visibly; its end is not told, then or later."""
    clock = Clock(MONDAY + 2 * HOUR)
    store(database, hourly([195.0, 100.0, 100.0]))
    evaluate(database, clock.now)
    with receiver() as there, structlog.testing.capture_logs() as lines:
        there.status = 500
        clock.now += timedelta(hours=24)
        notifier(database, there, clock).step()
        evaluate(database, clock.now)
    [given_up] = outbox.undelivered(database)
    assert (given_up.kind, given_up.channel, given_up.attempts) == ("fired", "webhook", 1)
    assert given_up.failure == "127.0.0.1 answered 500"
    assert given_up.title == DUST.title
    assert given_up.settled_at == clock.now
    assert [line["event"] for line in lines if line["log_level"] == "error"] == [
        "message given up: nobody was told"
    ]
    assert written(database) == [("fired", "red", "undelivered")]


def test_end_that_waits_behind_what_is_given_up_is_cancelled(database: Connection) -> None:
    """Nobody is told that something is over who was never told that it was."""
    clock = Clock(MONDAY + 2 * HOUR)
    store(database, hourly([195.0, 100.0, 100.0]))
    evaluate(database, clock.now)
    evaluate(database, MONDAY + 4 * HOUR)
    with receiver() as there:
        there.status = 500
        clock.now += timedelta(hours=24)
        notifier(database, there, clock).step()
    assert [row[::2] for row in written(database)] == [
        ("fired", "undelivered"),
        ("resolved", "cancelled"),
    ]


def test_waiting_messages_are_counted(database: Connection) -> None:
    """What waits is counted for each channel, with the time of the oldest."""
    store(database, hourly([195.0]))
    evaluate(database, MONDAY + 2 * HOUR)
    assert outbox.waiting(database) == [
        outbox.Waiting("log", 1, MONDAY + 2 * HOUR),
        outbox.Waiting("webhook", 1, MONDAY + 2 * HOUR),
    ]


def test_several_notifiers_send_each_message_once(dsn: str, database: Connection) -> None:
    """Notifiers that work side by side share the messages; none is sent twice or skipped."""
    for number in range(30):
        store(database, hourly([195.0], dev_eui=f"02c17a00000001{number:02x}"))
    evaluate(database, MONDAY + 2 * HOUR)
    with receiver() as there:

        def work() -> None:
            with connect(dsn) as connection:
                retries = Retries(portion=4)
                channel = WebhookChannel("live", there.url)
                while Notifier(connection, [channel], retries=retries).step():
                    pass

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(there.keys) == len(set(there.keys)) == 30
    assert {row[2] for row in written(database)} == {"delivered"}


def test_notifier_that_dies_leaves_the_message_to_the_next(dsn: str, database: Connection) -> None:
    """Who dies between sending and marking is followed by one that sends again, same key."""
    clock = Clock(MONDAY + 2 * HOUR)
    store(database, hourly([195.0]))
    evaluate(database, clock.now)
    with receiver() as there:
        doomed = connect(dsn)

        class Dying(WebhookChannel):
            def send(self, message: Message | Post, idempotency_key: str) -> None:
                super().send(message, idempotency_key)
                doomed.close()

        with pytest.raises(DatabaseUnavailable):
            Notifier(doomed, [Dying("live", there.url)], wall=clock).step()
        wait_for_the_dead(database)
        notifier(database, there, clock).step()
    assert len(there.keys) == 2
    assert len(set(there.keys)) == 1


def test_late_finding_is_recorded_and_not_told(database: Connection) -> None:
    """An episode that could be known over six hours ago stands, marked late, and nobody hears."""
    store(database, hourly([195.0, 100.0, 100.0]))
    evaluate(database, MONDAY + 7 * HOUR + MINUTE)
    assert database.execute("select late, status from alert").fetchall() == [(True, "resolved")]
    assert written(database) == []
    store(database, hourly([195.0], dev_eui="02c17a0000000009"))
    evaluate(database, MONDAY + 7 * HOUR)
    assert [row[0] for row in written(database)] == ["fired"]


def test_episode_that_moved_is_not_told_twice(database: Connection) -> None:
    """Late data that move the beginning of a told episode make another, which says nothing new."""
    store(database, hourly([None, 195.0, 195.0]))
    evaluate(database, MONDAY + 3.5 * HOUR)
    store(database, hourly([195.0]))
    evaluate(database, MONDAY + 3.6 * HOUR)
    assert database.execute("select fired_at, status from alert order by 1").fetchall() == [
        (MONDAY, "firing"),
        (MONDAY + HOUR, "withdrawn"),
    ]
    store(database, hourly([100.0, 100.0], start=MONDAY + 3 * HOUR))
    evaluate(database, MONDAY + 5.5 * HOUR)
    assert [row[0] for row in written(database)] == ["fired", "resolved"]
    store(database, hourly([195.0], start=MONDAY - HOUR))
    evaluate(database, MONDAY + 5.6 * HOUR)
    assert [row[0] for row in written(database)] == ["fired", "resolved"]


def test_moved_episode_that_is_worse_says_so(database: Connection) -> None:
    """When late data move a told episode and raise it, the rise is told, not a new beginning."""
    rules = replace(TWO_LEVELS, id="E1")
    store(database, hourly([None, 160.0]))
    evaluate(database, MONDAY + 2.5 * HOUR, rules)
    store(database, hourly([195.0]))
    evaluate(database, MONDAY + 2.6 * HOUR, rules)
    assert [row[:2] for row in written(database)] == [("fired", "amber"), ("raised", "red")]


def test_episodes_that_late_data_join_end_once(database: Connection) -> None:
    """Of two told episodes that become one, the end is told once more: the second still fired."""
    store(database, hourly([195.0, 160.0, None, 160.0, 195.0]))
    for hour in (1.5, 2.5, 3.5, 4.5, 5.5):
        evaluate(database, MONDAY + hour * HOUR, replace(DUST, max_gap=9))
    store(database, [reading(MONDAY + 1.5 * HOUR, {"pm10": 400})])
    evaluate(database, MONDAY + 5.6 * HOUR, replace(DUST, max_gap=9))
    assert database.execute("select fired_at, status from alert order by 1").fetchall() == [
        (MONDAY, "firing"),
        (MONDAY + 4 * HOUR, "withdrawn"),
    ]
    store(database, hourly([100.0, 100.0], start=MONDAY + 5 * HOUR))
    evaluate(database, MONDAY + 7.5 * HOUR, replace(DUST, max_gap=9))
    assert [row[0] for row in written(database)] == ["fired", "resolved", "fired", "resolved"]


def test_silence_that_an_outage_of_ours_explains_is_not_told(database: Connection) -> None:
    """People hear of a silence ten minutes later; late uplinks that end it cancel the message."""
    clock = Clock(MONDAY + 6 * HOUR)
    for dev_eui in (SITE, ROOM):
        store(database, hourly([1.0], dev_eui=dev_eui))
    evaluate(database, clock.now, SILENCE)
    with receiver() as there:
        sender = notifier(database, there, clock)
        sender.step()
        store(database, hourly([1.0] * 6))
        evaluate(database, clock.now, SILENCE)
        clock.now += 10 * MINUTE
        sender.step()
    assert [json.loads(request.body)["labels"]["dev_eui"] for request in there.requests] == [ROOM]


class TestWithdrawn:
    """An episode that never was."""

    def fire(self, connection: Connection) -> None:
        """Let an episode fire that one more reading of its hour contradicts."""
        quarter = timedelta(minutes=15)
        values = [reading(MONDAY + k * quarter, {"pm10": 200}, every=quarter) for k in range(3)]
        store(connection, values)
        evaluate(connection, MONDAY + 2 * HOUR)

    def contradict(self, connection: Connection, value: float = 20) -> None:
        """Store that reading."""
        quarter = timedelta(minutes=15)
        store(connection, [reading(MONDAY + 3 * quarter, {"pm10": value}, every=quarter)])
        evaluate(connection, MONDAY + 2 * HOUR)

    def test_is_told_to_who_was_told(self, database: Connection) -> None:
        """Who was told that it fires is told that it was not so."""
        self.fire(database)
        with receiver() as there:
            notifier(database, there, Clock(MONDAY + 2 * HOUR)).step()
            self.contradict(database)
            notifier(database, there, Clock(MONDAY + 2 * HOUR)).step()
        assert [key.split(":")[1] for key in there.keys] == ["fired", "withdrawn"]

    def test_is_never_sent_while_it_waits(self, database: Connection) -> None:
        """A message that still waits when its episode is withdrawn is not sent at all."""
        self.fire(database)
        self.contradict(database)
        assert written(database) == [("fired", "red", "cancelled")]

    def test_can_fire_again(self, database: Connection) -> None:
        """An episode that was taken back and comes back is told anew, with keys of its own."""
        self.fire(database)
        with receiver() as there:
            sender = notifier(database, there, Clock(MONDAY + 2 * HOUR))
            sender.step()
            self.contradict(database)
            sender.step()
            quarter = timedelta(minutes=15)
            extra = MONDAY + timedelta(minutes=50)
            store(database, [reading(extra, {"pm10": 2000}, every=quarter)])
            evaluate(database, MONDAY + 2 * HOUR)
            sender.step()
        assert [key.split(":")[1:3] for key in there.keys] == [
            ["fired", "0"],
            ["withdrawn", "1"],
            ["fired", "2"],
        ]

    def test_is_not_told_over_a_channel_that_is_gone(self, database: Connection) -> None:
        """A channel that is no longer set gets nothing more."""
        self.fire(database)
        with receiver() as there:
            notifier(database, there, Clock(MONDAY + 2 * HOUR)).step()
        quarter = timedelta(minutes=15)
        store(database, [reading(MONDAY + 3 * quarter, {"pm10": 20}, every=quarter)])
        Evaluator(database, [DUST], channels=["log"], wall=lambda: MONDAY + 2 * HOUR).step()
        assert written(database) == [("fired", "red", "delivered")]


class TestSimulation:
    """A simulation never tells anyone, however it is asked."""

    def test_outbox_holds_lines_for_the_log_alone(self, simulation_dsn: str) -> None:
        """Whatever channels are named, the evaluator of a simulation writes for the log."""
        with connect(simulation_dsn) as connection:
            store(connection, hourly([195.0, 100.0, 100.0, 100.0, 100.0]))
            Evaluator(connection, [DUST, SILENCE], channels=CHANNELS).step()
            told = connection.execute("select channel, kind from notification order by id")
            assert told.fetchall() == [("log", "fired"), ("log", "resolved")]
            with structlog.testing.capture_logs() as lines:
                Notifier(connection, [LogChannel()], wall=lambda: datetime.now(UTC)).step()
            assert [line["kind"] for line in lines] == ["fired", "resolved"]

    def test_notifier_refuses_what_reaches_people(self, simulation_dsn: str) -> None:
        """A notifier of a simulation cannot be made with a channel that was made elsewhere."""
        smuggled: list[Channel] = [WebhookChannel("live", "http://127.0.0.1:1/")]
        with connect(simulation_dsn) as connection, pytest.raises(NobodyToTell):
            Notifier(connection, smuggled)

    def test_database_refuses_too(self, simulation_dsn: str) -> None:
        """Even a message written past all that is refused by the database of a simulation."""
        with connect(simulation_dsn) as connection:
            store(connection, hourly([195.0, 100.0, 100.0]))
            Evaluator(connection, [DUST]).step()
            with pytest.raises(Exception, match="a simulation tells nobody"):
                connection.execute("update notification set channel = 'webhook'")


def test_message_says_all_that_a_channel_needs(database: Connection) -> None:
    """A message names the device, the rule with its version and advice, the value and its hour."""
    store(database, hourly([195.0]))
    evaluate(database, MONDAY + 2 * HOUR)
    with database.transaction():
        claimed = outbox.claim(database, "webhook", MONDAY + 2 * HOUR)
    assert claimed
    message = claimed.message
    assert isinstance(message, Message)
    assert message.labels["dev_eui"] == SITE
    assert (message.rule, message.rule_version, message.advice) == ("E1", "1", DUST.message)
    assert (message.value, message.at, message.known_at) == (195, MONDAY, MONDAY + HOUR)


def test_wrong_answer_of_the_outbox_is_a_refusal(database: Connection) -> None:
    """The same key cannot be written twice."""
    store(database, hourly([195.0]))
    evaluate(database, MONDAY + 2 * HOUR)
    with database.transaction():
        claimed = outbox.claim(database, "webhook", MONDAY + 2 * HOUR)
    assert claimed
    assert isinstance(claimed.message, Message)
    again = outbox.OutgoingNotice(
        claimed.idempotency_key, claimed.message.episode, "webhook", claimed.message
    )
    with pytest.raises(DatabaseRefused):
        _write(database, again)


def _write(connection: Connection, notice: outbox.OutgoingNotice) -> None:
    from storage.connection import translated  # noqa: PLC0415

    with translated():
        outbox.write(connection, [notice], MONDAY)
