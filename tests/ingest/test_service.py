"""The service on a real broker and a real database: nothing lost or twice, and a clear end."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep

import pytest
from structlog.testing import capture_logs

from ingest import pipeline
from ingest import sink as module
from ingest.exit_code import ExitCode
from ingest.gaps import QOS_0, SESSION_LOST, Gaps
from ingest.link import BACK_OFF, Link
from ingest.loop import MakeStep, Step
from ingest.pipeline import Policy
from ingest.service import Duties, Limits, Service
from ingest.session import Connected, Session
from ingest.subscriber import Subscriber
from storage import account, leases
from storage.connection import Connection, connect
from storage.errors import DatabaseUnavailable, WrongSchema
from storage.model import Record, Tally
from storage.uplinks import Writer
from tests.fixtures import uplinks
from tests.fixtures.broker import Message, Mosquitto

SESSION = Session("boroughsense-test")
LIMITS = Limits(batch=100, linger=0.02, drain=5.0, stop=300.0)


@dataclass
class Running:
    """A service in a thread of its own."""

    service: Service
    subscriber: Subscriber
    codes: list[ExitCode] = field(default_factory=list)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Start it."""
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        self.codes.append(self.service.run())

    def end(self) -> ExitCode:
        """Wait until it has ended by itself."""
        self.thread.join(15)
        assert not self.thread.is_alive()
        return self.codes[0]


@contextmanager
def running(
    broker: Mosquitto,
    dsn: str,
    *loops: tuple[str, MakeStep],
    limits: Limits = LIMITS,
    on_connected: Callable[[Connected], None] | None = None,
) -> Iterator[Running]:
    """Run a service until the block ends."""
    gaps = Gaps()
    subscriber = Subscriber(broker.address, SESSION, on_connected=on_connected or gaps.connected)
    service = Service(subscriber, dsn, gaps, Duties(loops=loops), limits)
    started = Running(service, subscriber)
    try:
        yield started
    finally:
        service.stop.set()
        started.thread.join(30)


def wait_until(happened: Callable[[], bool], *, seconds: float = 15) -> None:
    """Wait until something has happened."""
    deadline = monotonic() + seconds
    while not happened():
        assert monotonic() < deadline, "it did not happen"
        sleep(0.02)


def subscribed(started: Running) -> None:
    """Wait until the broker keeps what is published."""
    assert started.subscriber.subscribed.wait(10)


def received(connection: Connection) -> int:
    """Give how many messages are accounted for."""
    return account.account(connection).received


def uplinks_stored(connection: Connection) -> int:
    """Count the rows themselves."""
    row = connection.execute("select count(*) from uplink").fetchone()
    return int(row[0]) if row else 0


def test_messages_are_stored_then_acknowledged(
    broker: Mosquitto, dsn: str, database: Connection
) -> None:
    """What is published is stored and accounted for, and does not come again."""
    with running(broker, dsn) as started:
        subscribed(started)
        published = broker.publish(*uplinks.messages(range(300)), Message(uplinks.topic(0), b"no"))
        wait_until(lambda: received(database) == published)
    assert started.codes == [ExitCode.DONE]
    with running(broker, dsn) as started:
        subscribed(started)
        sleep(0.3)
    books = account.account(database)
    assert (books.stored, books.refused, books.duplicates, books.redelivered) == (300, 1, 0, 0)
    assert uplinks_stored(database) == 300
    assert books.possible_gaps == ()


def test_stop_drains_what_is_in_memory(broker: Mosquitto, dsn: str, database: Connection) -> None:
    """What came at QoS 0 is nowhere else, so it is stored before the service ends."""
    slow = replace(LIMITS, batch=1000, linger=1.0)
    with running(broker, dsn, limits=slow) as started:
        subscribed(started)
        broker.publish(*(uplinks.message(number, qos=0) for number in range(200)))
        wait_until(lambda: started.subscriber.held == 200)
        assert uplinks_stored(database) == 0
    assert started.codes == [ExitCode.DONE]
    assert uplinks_stored(database) == 200


def redirect(started: Running, dsn: str) -> None:
    """Have the service look for its database elsewhere from the next connection on."""
    started.service._link._dsn = dsn
    started.service._lease.link._dsn = dsn


def cut(database: Connection, name: str) -> None:
    """End the sessions of one of the service's loops."""
    database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'boroughsense-' || %s and datname = current_database()",
        [name],
    )


def test_database_that_is_away_at_start_is_waited_for(
    broker: Mosquitto, dsn: str, database: Connection
) -> None:
    """A service that starts before its database stores everything once the database is there."""
    with running(broker, dsn) as started:
        subscribed(started)
    broker.publish(*uplinks.messages(range(50)))
    with capture_logs() as logs, running(broker, f"{dsn} dbname=not_there_yet") as started:
        wait_until(lambda: any(entry["event"] == "database lost" for entry in logs))
        redirect(started, dsn)
        wait_until(lambda: received(database) == 50)
    told = Counter(entry["event"] for entry in logs)
    assert (told["database lost"], told["database back"]) == (1, 1)
    assert account.account(database).redelivered == 0


def test_lost_connection_is_told_once_and_mended(
    broker: Mosquitto, dsn: str, database: Connection
) -> None:
    """A connection that the server cuts costs nothing but a line when lost and one when back."""
    with capture_logs() as logs, running(broker, dsn) as started:
        subscribed(started)
        broker.publish(*uplinks.messages(range(50)))
        wait_until(lambda: received(database) == 50)
        cut(database, "ingest")
        broker.publish(*uplinks.messages(range(50, 100)))
        wait_until(lambda: received(database) == 100)
    told = Counter(entry["event"] for entry in logs)
    assert (told["database lost"], told["database back"]) == (1, 1)
    assert uplinks_stored(database) == 100


def test_stop_does_not_wait_for_a_lost_database(
    broker: Mosquitto, dsn: str, database: Connection
) -> None:
    """A service that cannot store is stopped at once, and the broker still has the messages."""
    few = replace(LIMITS, batch=5)
    with running(broker, dsn, limits=few) as started:
        subscribed(started)
        broker.publish(uplinks.message(0))
        wait_until(lambda: received(database) == 1)
        redirect(started, f"{dsn} dbname=not_there")
        cut(database, "ingest")
        broker.publish(*uplinks.messages(range(20)))
        sleep(0.5)
        before = monotonic()
        started.service.stop.set()
        assert started.end() is ExitCode.DONE
        assert monotonic() - before < 5
    with running(broker, dsn):
        wait_until(lambda: account.account(database).stored == 20)
    assert account.account(database).duplicates == 1


def is_waiting(database: Connection) -> bool:
    """Say whether the service's writer waits for a lock."""
    return database.execute(
        "select 1 from pg_stat_activity where application_name = 'boroughsense-ingest'"
        " and datname = current_database() and wait_event_type = 'Lock'"
    ).fetchone() == (1,)


def test_database_lost_while_we_stop_is_not_waited_for(
    broker: Mosquitto, dsn: str, database: Connection
) -> None:
    """When the database goes away during the last batches, the broker has what is left."""
    few = replace(LIMITS, batch=5, linger=0.0)
    with running(broker, dsn, limits=few) as started:
        subscribed(started)
        with connect(dsn) as blocker, blocker.transaction():
            blocker.execute("lock table ledger in exclusive mode")
            broker.publish(*uplinks.messages(range(20)))
            wait_until(lambda: started.subscriber.held >= 15 and is_waiting(database))
            started.service.stop.set()
            redirect(started, f"{dsn} dbname=not_there")
            cut(database, "ingest")
            assert started.end() is ExitCode.DONE
    assert received(database) == 0
    with running(broker, dsn):
        wait_until(lambda: received(database) == 20)


def test_second_process_stands_by(broker: Mosquitto, dsn: str, database: Connection) -> None:
    """Of two services of one session one works; when it ends, the other takes over."""
    with capture_logs() as logs, running(broker, dsn) as first:
        subscribed(first)
        with running(broker, dsn) as second:
            wait_until(lambda: any("standing by" in entry["event"] for entry in logs))
            assert not second.subscriber.connected.is_set()
            first.service.stop.set()
            assert first.end() is ExitCode.DONE
            subscribed(second)
            broker.publish(*uplinks.messages(range(20)))
            wait_until(lambda: received(database) == 20)
    told = [entry["event"] for entry in logs]
    assert told.count("standing by: another process serves this session") == 1
    assert account.account(database).possible_gaps == ()


def test_service_that_was_replaced_ends(broker: Mosquitto, dsn: str, database: Connection) -> None:
    """When another process took the session while the database was away, we make room for it."""
    with running(broker, dsn) as started:
        subscribed(started)
        redirect(started, f"{dsn} dbname=not_there")
        cut(database, "lease")
        with connect(dsn) as other:
            assert leases.take(other, Duties().session)
            redirect(started, dsn)
            assert started.end() is ExitCode.REPLACED


def test_standing_by_can_be_stopped(broker: Mosquitto, dsn: str, database: Connection) -> None:
    """A service that stands by ends when it is told to, like any other."""
    assert leases.take(database, Duties().session)
    with running(broker, dsn) as started:
        sleep(0.3)
        started.service.stop.set()
        assert started.end() is ExitCode.DONE
    assert not started.subscriber.connected.is_set()


def test_database_of_another_layout_ends_the_service(broker: Mosquitto, empty_dsn: str) -> None:
    """A database that was not migrated is told in one sentence, and the service ends."""
    with capture_logs() as logs, running(broker, empty_dsn) as started:
        assert started.end() is ExitCode.WRONG_SCHEMA
    assert not started.subscriber.connected.is_set()
    (told,) = [entry for entry in logs if entry["log_level"] == "critical"]
    assert told["event"] == "the database cannot be used"
    assert "\n" not in told["reason"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_dead_network_thread_ends_the_service(broker: Mosquitto, dsn: str) -> None:
    """When the MQTT thread dies the process ends with a code of its own, to be started again."""

    def fail(_connected: Connected) -> None:
        raise RuntimeError("a bug of ours")

    with running(broker, dsn, on_connected=fail) as started:
        assert started.end() is ExitCode.FEED_DEAD


def test_loop_that_fails_is_started_again(
    broker: Mosquitto, dsn: str, database: Connection
) -> None:
    """A fault in a loop, or a database that is away, is told; loop and feed go on."""
    failures: list[Exception] = [ValueError("a bug of ours"), DatabaseUnavailable("away")]
    steps: list[str] = []

    def make(connection: Connection) -> Step:
        steps.append("made")

        def step() -> bool:
            connection.execute("select 1")
            if failures:
                raise failures.pop(0)
            steps.append("done")
            return len(steps) < 5

        return step

    with capture_logs() as logs, running(broker, dsn, ("thinker", make)) as started:
        subscribed(started)
        broker.publish(uplinks.message(0))
        wait_until(lambda: steps.count("done") >= 3)
        wait_until(lambda: received(database) == 1)
    assert started.codes == [ExitCode.DONE]
    assert steps[:4] == ["made", "made", "made", "done"]
    told = [entry["event"] for entry in logs if entry.get("loop") == "thinker"]
    assert told == ["a fault of our own; trying again", "database lost", "database back"]


def test_loop_on_a_wrong_layout_ends_the_service(broker: Mosquitto, dsn: str) -> None:
    """A loop that finds another layout than its own ends the service as the feed would."""

    def make(_connection: Connection) -> Step:
        raise WrongSchema("no table of rules")

    with capture_logs() as logs, running(broker, dsn, ("thinker", make)) as started:
        assert started.end() is ExitCode.WRONG_SCHEMA
    assert "no table of rules" in [entry.get("reason") for entry in logs]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_dead_loop_ends_the_service(broker: Mosquitto, dsn: str) -> None:
    """A loop whose thread is gone ends the process with a code of its own."""

    def make(_connection: Connection) -> Step:
        raise SystemExit

    with running(broker, dsn, ("thinker", make)) as started:
        assert started.end() is ExitCode.LOOP_DEAD


def test_fault_in_storing_costs_one_message(
    broker: Mosquitto, dsn: str, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that breaks the writer goes to quarantine; those beside it are stored."""

    def break_on_seven(records: Sequence[Record], policy: Policy, writer: Writer) -> Tally:
        if any(uplinks.topic(7) == record.arrival.topic for record in records):
            raise ZeroDivisionError("seven")
        return pipeline.store(records, policy, writer)

    monkeypatch.setattr(module, "store", break_on_seven)
    with running(broker, dsn) as started:
        subscribed(started)
        broker.publish(*uplinks.messages(range(20)))
        wait_until(lambda: received(database) == 20)
    books = account.account(database)
    assert (books.stored, books.by_reason) == (19, {"internal_error": 1})
    assert books.redelivered == books.duplicates == 0
    with running(broker, dsn) as started:
        subscribed(started)
        sleep(0.2)
    assert account.account(database).redelivered == 0


def test_storing_singly_counts_nothing_twice(
    broker: Mosquitto, dsn: str, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that goes away between two messages stored singly makes none a duplicate."""
    calls = Counter[int]()

    def break_first(records: Sequence[Record], policy: Policy, writer: Writer) -> Tally:
        calls[len(records)] += 1
        if len(records) > 1:
            raise ZeroDivisionError
        if calls[1] == 5:
            raise DatabaseUnavailable("away")
        return pipeline.store(records, policy, writer)

    monkeypatch.setattr(module, "store", break_first)
    with running(broker, dsn, limits=replace(LIMITS, linger=0.5)) as started:
        subscribed(started)
        broker.publish(*uplinks.messages(range(10)))
        wait_until(lambda: received(database) == 10)
    books = account.account(database)
    assert (books.stored, books.duplicates, books.redelivered) == (10, 0, 0)


def test_lost_session_is_a_possible_gap(broker: Mosquitto, dsn: str, database: Connection) -> None:
    """A broker that forgets the session may have lost messages: from the last commit to now."""
    with running(broker, dsn) as started:
        subscribed(started)
        broker.publish(uplinks.message(0))
        wait_until(lambda: received(database) == 1)
        committed = account.last_commit(database)
        broker.forget()
        wait_until(lambda: bool(account.account(database).possible_gaps))
    (gap,) = account.account(database).possible_gaps
    assert gap.why == SESSION_LOST
    assert gap.start == committed
    assert gap.start < gap.end
    with running(broker, dsn) as started:
        subscribed(started)
        broker.publish(uplinks.message(1))
        wait_until(lambda: received(database) == 2)
    assert len(account.account(database).possible_gaps) == 1


def test_new_session_of_a_new_service_is_no_gap(
    broker: Mosquitto, dsn: str, database: Connection
) -> None:
    """The first session ever was not expected to be there."""
    with running(broker, dsn) as started:
        subscribed(started)
        broker.publish(uplinks.message(0))
        wait_until(lambda: received(database) == 1)
    assert account.account(database).possible_gaps == ()


def test_qos_0_is_a_possible_gap(broker: Mosquitto, dsn: str, database: Connection) -> None:
    """Messages at QoS 0 are told once, and each loss of the connection is then a gap."""
    with capture_logs() as logs, running(broker, dsn) as started:
        subscribed(started)
        gateway = Message("eu868/gateway/7076ff0056030405/state/conn", b"{}", qos=0)
        broker.publish(gateway, *(uplinks.message(number, qos=0) for number in range(3)))
        wait_until(lambda: received(database) == 4)
        assert [gap.why for gap in account.account(database).possible_gaps] == [QOS_0]
        broker.restart()
        wait_until(lambda: len(account.account(database).possible_gaps) == 2)
    second = account.account(database).possible_gaps[-1]
    assert second.why == QOS_0
    assert second.start < second.end
    told = [entry for entry in logs if entry["event"].startswith("messages arrive at QoS 0")]
    assert [entry["topic"] for entry in told] == [uplinks.topic(0)]


def test_gap_that_is_not_recorded_stays_pending(dsn: str) -> None:
    """A gap is not forgotten because the database is away when it is found."""
    gaps = Gaps()
    with connect(dsn) as connection:
        account.record_gap(connection, uplinks.START, uplinks.START, "a commit")
        gaps.connected(Connected(uplinks.START, session_present=False, away_since=uplinks.START))
    with pytest.raises(DatabaseUnavailable):
        gaps.record(connection)
    assert gaps.pending
    with connect(dsn) as connection:
        gaps.record(connection)
        assert not gaps.pending
        assert len(account.account(connection).possible_gaps) == 2


def test_link_waits_longer_each_time() -> None:
    """Attempts to reach the database are further and further apart, up to a limit."""
    waits: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            return len(waits) == 8

    link = Link("postgresql://127.0.0.1:1/nowhere", "test", Stop())
    while link.wait():
        pass
    assert tuple(waits[: len(BACK_OFF)]) == BACK_OFF
    assert waits[len(BACK_OFF) :] == [BACK_OFF[-1]] * 2
    with pytest.raises(DatabaseUnavailable):
        link.get()
    assert not link.is_lost


WATCHED = """
import sys, threading, time
from ingest.watchdog import Watchdog
stopping = threading.Event()
dog = Watchdog(0.3, 5, stopping, grace=0.5)
dog.start()
beats, silence, stops = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3] == "stops"
for _ in range(beats):
    time.sleep(0.1)
    dog.beat()
    if stops:
        stopping.set()
time.sleep(silence)
dog.stop()
time.sleep(0.5)
"""


@pytest.mark.parametrize(
    ("beats", "silence", "stops", "told"),
    [
        (6, 0.0, "works", b""),
        (0, 5.0, "works", b"no progress"),
        (3, 0.0, "stops", b""),
        (50, 0.0, "stops", b"stopping took too long"),
    ],
)
def test_process_that_stands_still_ends(
    beats: int, silence: float, stops: str, told: bytes
) -> None:
    """Without a heart-beat, and when stopping takes too long, the process ends by itself."""
    arguments = [sys.executable, "-c", WATCHED, str(beats), str(silence), stops]
    root = Path(__file__).parents[2]
    outcome = subprocess.run(arguments, cwd=root, check=False, capture_output=True, timeout=20)
    assert outcome.returncode == (5 if told else 0), outcome.stderr
    assert told in outcome.stdout + outcome.stderr
