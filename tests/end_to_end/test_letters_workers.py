"""One worker, or four of which three are killed: the same episodes, and everybody told once."""

import os
import shutil
import signal
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from alerts import rules
from storage.connection import Connection, connect
from storage.instance import Mode
from storage.places import Installation, Place, install
from tests.fixtures import dust
from tests.fixtures.broker import Message, Mosquitto
from tests.fixtures.chaos import service, stored, wait_until
from tests.fixtures.letters import PEOPLE, config
from tests.fixtures.mail import mail_server, read
from tests.fixtures.postgres import Server
from tests.fixtures.receiver import receiver
from tests.fixtures.service_process import ServiceProcess

APPLICATIONS = [str(UUID(int=number)) for number in range(1, 5)]
RISING = [20.0, 30, 195, 210, 200]
"""Fires, and goes on"""
PASSING = [20.0, 160, 20, 20, 30]
"""Amber, and over again"""
DEVICES = 16
"""Four in each application; the last four have dust that passes"""
FIRING = 12
MESSAGES = DEVICES * 6 * len(RISING)
KILLED = 3
DUTY = """
[[recipients]]
name = "duty"
channel = "teams"
address = "{url}"
teams = ["environment"]
severities = ["red"]
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some hours of dust."""

    episodes: list[tuple[object, ...]]
    transitions: list[tuple[object, ...]]
    told: list[tuple[object, ...]]
    letters: Counter[str]
    """Copies in the mailbox, by Message-ID"""
    posts: Counter[str]
    """Copies at the workflow and the webhook, by idempotency key"""


class Play:
    """The same hours of dust for any workers, each time with a database of its own."""

    def __init__(self, broker: Mosquitto, server: Server, folder: Path) -> None:
        self._broker = broker
        self._server = server
        self._folder = folder
        self._until = dust.newest_hour() + dust.HOUR
        self._rules = folder / "rules"
        self._rules.mkdir()
        for name in ("dust.yaml", "dust.test.yaml"):
            shutil.copy(rules.SHIPPED / name, self._rules)

    def run(self, name: str, topics: list[str], *, kill: bool) -> Outcome:
        """Let workers take their topics; three are killed while they work, and started again."""
        folder = self._folder / name
        folder.mkdir()
        with (
            self._server.database(Mode.LIVE) as dsn,
            connect(dsn) as database,
            mail_server() as (box, server),
            receiver() as hook,
            ExitStack() as stack,
        ):
            self._register(database)
            settings = config(folder, server, PEOPLE + DUTY.format(url=hook.url), hook=hook)
            workers = [
                stack.enter_context(self._worker(folder, dsn, settings, f"{name}-{number}", topic))
                for number, topic in enumerate(topics)
            ]
            self._publish(database, workers if kill else [])
            wait_until(lambda: stored(database) == MESSAGES and is_settled(database))
            assert [worker.stop() for worker in workers] == [0] * len(workers)
            letters = Counter(str(letter["Message-ID"]) for letter in read(box))
            return outcome(database, letters, Counter(hook.keys))

    def _worker(
        self, folder: Path, dsn: str, settings: str, name: str, topic: str
    ) -> ServiceProcess:
        place = folder / name
        place.mkdir()
        return service(
            place,
            self._broker,
            dsn,
            batch_size="20",
            config=settings,
            rules_dir=str(self._rules),
            mqtt_client_id=name,
            mqtt_topics=topic,
        )

    def _register(self, database: Connection) -> None:
        since = self._until - 24 * dust.HOUR
        for device in range(DEVICES):
            site = Place("site", f"Site {device}")
            place = Installation(dust.dev_eui(device), Place("position", "Gate"), site, since)
            install(database, place, secret=b"secret")

    def _publish(self, database: Connection, victims: list[ServiceProcess]) -> None:
        everything = self._traffic()
        half = len(everything) * 3 // 4
        self._broker.publish(*everything[:half])
        if not victims:
            self._broker.publish(*everything[half:])
            return
        wait_until(lambda: stored(database) > half // 4)
        first, second, third, _ = victims
        kill(first)
        kill(second)
        self._broker.publish(*everything[half:])
        wait_until(lambda: count(database, "notification_entry") > 0)
        kill(third)
        for victim in (first, second, third):
            victim.launch()
        for victim in (first, second, third):
            victim.wait_for('"subscribed"')

    def _traffic(self) -> list[Message]:
        """Give all uplinks, in the order in which they were sent."""
        found = []
        for device in range(DEVICES):
            means = RISING if device < FIRING else PASSING
            application = APPLICATIONS[device % 4]
            found.append(dust.hours(device, means, application=application, until=self._until))
        return [message for moment in zip(*found, strict=True) for message in moment]


def kill(worker: ServiceProcess) -> None:
    """Kill a worker and the process that evaluates and writes for it, both at once."""
    process = worker.process.pid
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    for child in map(int, children):
        os.kill(child, signal.SIGKILL)
    worker.kill()


def count(connection: Connection, table: str) -> int:
    """Count the rows of a table, or of a part of it."""
    row = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 - our own
    assert row
    return int(row[0])


def is_settled(database: Connection) -> bool:
    """Say whether everything is concluded and told."""
    return (
        count(database, "alert where status = 'firing' and rule_id = 'E1'") == FIRING
        and count(database, "alert where status = 'resolved'") == DEVICES - FIRING
        and count(database, "notification_entry") == 2 * FIRING
        and count(database, "notification where status = 'waiting'") == 0
        and count(database, "dirty_interval") == 0
    )


def outcome(database: Connection, letters: Counter[str], posts: Counter[str]) -> Outcome:
    """Read what was concluded, and to whom what was told."""
    episodes = database.execute(
        "select id, rule_id, status, severity, worst, fired_at, known_at, resolved_at, peak"
        " from alert where status <> 'withdrawn' order by id"
    ).fetchall()
    transitions = database.execute(
        "select dev_eui, rule_id, kind, at, known_at, severity, value, fired_at"
        " from alert_transition join series on series.id = subject_id"
        " join device on device.id = device_id where withdrawn_at is null"
        " order by dev_eui, rule_id, at, kind"
    ).fetchall()
    told = database.execute(
        "select idempotency_key, recipient, kind, severity from notification_entry order by 1"
    ).fetchall()
    return Outcome(episodes, transitions, told, letters, posts)


def test_four_workers_that_are_killed_tell_what_one_does(
    broker: Mosquitto, postgres_server: Server, tmp_path: Path
) -> None:
    """Episodes, transitions and letters are the same, with at most one copy for each kill."""
    play = Play(broker, postgres_server, tmp_path)
    one = play.run("one", ["application/+/device/+/event/+"], kill=False)
    shards = [f"application/{each}/device/+/event/+" for each in APPLICATIONS]
    four = play.run("four", shards, kill=True)
    assert four.episodes == one.episodes
    assert four.transitions == one.transitions
    assert four.told == one.told
    assert len({episode for episode, *_ in one.episodes}) == len(one.episodes) > FIRING
    assert set(one.letters.values()) == set(one.posts.values()) == {1}
    assert four.letters.keys() == one.letters.keys()
    assert four.posts.keys() == one.posts.keys()
    copies = four.letters.total() - len(four.letters) + four.posts.total() - len(four.posts)
    assert copies <= KILLED
