"""A month in which every shipped rule fires: in a simulation, not one message reaches anybody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts import rules
from alerts.model import AlertRule
from boroughsense.settings import load
from decoders.model import Environment, NetworkEvent, TimeSource
from ingest.evaluator import Evaluator
from ingest.letter_writer import Correspondence, LetterWriter
from storage.connection import Connection, connect
from storage.model import Arrival, Batch, EventRecord, UplinkRecord
from storage.places import Installation, Place, install
from storage.uplinks import Writer
from tests.fixtures.broker import Mosquitto
from tests.fixtures.chaos import service, wait_until
from tests.fixtures.letters import config
from tests.fixtures.mail import Mailbox, mail_server
from tests.fixtures.notify_server import API_KEY, Notify, notify_server
from tests.fixtures.readings import HOUR, reading, store
from tests.fixtures.receiver import Receiver, receiver

MONTH = datetime(2026, 1, 5, tzinfo=UTC)
"""In the heating season, when all rules speak"""
HOURS = 30 * 24
QUIET = 24
"""Hours at the end in which nothing is sent but the clock's ticks, for the rules on silence"""
CONVERTED = {"no2_mass": "no2"}
"""What rules look at that is made of what a device measures, in another unit"""
BAYS = tuple(f"02c17a00000002{number:02x}" for number in range(4))
"""Of one zone; the first has a limit of an hour"""
WORN = "02c17a0000000300"
"""A device whose battery runs down, that thins out, and whose gateway's clock jumps"""
STEP = 5
"""Hours that are stored at once: nobody is told, not even the log, of what is older"""
TEAMS = ["housing", "environment", "parking", "service"]
SEVERITIES = ["info", "amber", "red", "maintenance"]
PEOPLE = """
[[recipients]]
name = "{name}"
channel = "{channel}"
address = "{address}"
teams = {teams}
severities = {severities}
starts = 00:00:00
ends = 23:59:59
"""


class World:
    """Every way to reach somebody, on real servers, and what came there."""

    def __init__(self, box: Mailbox, hook: Receiver, notify: Notify, file: Path) -> None:
        self.box, self.hook, self.notify, self.file = box, hook, notify, file

    def heard(self) -> int:
        """Count all that anybody heard."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return len(self.box.letters) + len(self.hook.requests) + len(self.notify.sent) + len(lines)


@contextmanager
def everybody(folder: Path) -> Iterator[tuple[World, str]]:
    """Give all ways to reach somebody, and the settings file that names them."""
    file = folder / "letters.jsonl"
    with mail_server() as (box, mail), receiver() as hook, notify_server() as notify:
        addresses = {
            "email": "a@croydon.example",
            "notify_email": "b@croydon.example",
            "notify_text": "07700 900123",
            "teams": hook.url,
            "file": str(file),
        }
        people = "".join(
            PEOPLE.format(
                name=channel.replace("_", "-"),
                channel=channel,
                address=address,
                teams=TEAMS,
                severities=SEVERITIES,
            )
            for channel, address in addresses.items()
        )
        more = (
            f'\nnotify_api_key = "{API_KEY}"\nnotify_url = "{notify.url}"\n'
            'notify_email_template = "mail"\nnotify_text_template = "text"\n'
        )
        yield World(box, hook, notify, file), config(folder, mail, more + people, hook=hook)


def worst(rule: AlertRule) -> float:
    """Give a value that breaches every level of a rule."""
    thresholds = [level.threshold for level in rule.levels]
    return max(thresholds) * 1.1 + 1 if rule.above else min(thresholds) * 0.9 - 1


def measured(rule: AlertRule) -> str:
    """Give what a device must measure so that a rule has something to look at."""
    return CONVERTED.get(rule.observed_property, rule.observed_property or "pressure")


def awake(rule: AlertRule, hour: int, hours: int) -> bool:
    """Say whether a rule's device sends in an hour: long enough to fire, and not much longer."""
    if rule.silence:
        return hours - 2 * QUIET <= hour < hours - QUIET
    return hour >= hours - rule.window // HOUR - 2 * QUIET


def street(connection: Connection) -> None:
    """Register the bays."""
    for number, dev_eui in enumerate(BAYS):
        bay = Place("bay", f"bay {number}", detail={} if number else {"limit_minutes": 60})
        with connection.transaction():
            told = Installation(dev_eui, bay, Place("zone", "High Street"), MONTH)
            install(connection, told, secret=b"a secret")


def parked(hour: int) -> Iterator[UplinkRecord]:
    """Give what the bays say: all of them are taken at noon, for three hours."""
    for dev_eui in BAYS:
        record = reading(
            MONTH + hour * HOUR, {"parking_occupied": float(12 <= hour % 24 < 15)}, dev_eui=dev_eui
        )
        yield replace(record, environment=Environment.OUTDOOR)


def worn(hour: int) -> Iterator[UplinkRecord]:
    """Give what the worn device says in an hour, if anything."""
    if hour >= 24 * 24 and hour % 2:
        return
    at = MONTH + hour * HOUR + timedelta(minutes=5)
    record = reading(at, {"battery_level": 40 - hour / 24}, dev_eui=WORN)
    late = timedelta(seconds=92 if hour // 24 == 20 else 2)
    yield replace(
        record,
        arrival=replace(record.arrival, received_at=at + late),
        uplink=replace(record.uplink, time_source=TimeSource.GATEWAY),
    )


def readings(watched: list[AlertRule], hours: int) -> Iterator[list[UplinkRecord]]:
    """Give readings, some hours at once: one that never rests, bays, and a device for each rule."""
    for first in range(0, hours, STEP):
        found = []
        for hour in range(first, first + STEP):
            at = MONTH + hour * HOUR + timedelta(minutes=5)
            found.append(reading(at, {"pressure": 1000}, dev_eui="02c17a00000000ff"))
            found += [*parked(hour), *worn(hour)]
            for number, rule in enumerate(watched):
                if not awake(rule, hour, hours):
                    continue
                value = worst(rule) if rule.observed_property else 1000.0
                value += hour % 2 / 5 if rule.window >= 24 * HOUR else 0  # what stands still fails
                record = reading(at, {measured(rule): value}, dev_eui=f"02c17a00000001{number:02x}")
                indoors = rule.environment == "indoor"
                there = Environment.INDOOR if indoors else Environment.OUTDOOR
                found.append(replace(record, environment=there))
        yield found


def always(moment: datetime) -> Callable[[], datetime]:
    """Give a clock that stands."""
    return lambda: moment


def logged(watched: list[AlertRule], now: datetime) -> list[EventRecord]:
    """Give a log of each code that a rule is on, of a device of its own, an hour ago."""
    found = []
    for number, rule in enumerate(each for each in watched if each.log):
        eui, at = f"02c17a00000002{number:02x}", now - HOUR
        told = NetworkEvent("s", "log", f"{eui}-{at}", eui, "town", at, {"code": rule.log})
        found.append(EventRecord(Arrival("application/1/device/2/event/log", b"{}", at), told))
    return found


def live_through(
    connection: Connection, watched: list[AlertRule], people: Correspondence, hours: int
) -> None:
    """Store some hours at once, evaluate, and write letters, again and again."""
    now = MONTH
    evaluator = Evaluator(connection, watched, channels=("log", "webhook"), wall=lambda: now)
    for records in readings(watched, hours):
        store(connection, records)
        now += STEP * HOUR
        Writer(connection).store(Batch(tuple(logged(watched, now))))
        while evaluator.step():
            pass
        LetterWriter(connection, people, wall=always(now + timedelta(minutes=20))).step()


def fired(connection: Connection) -> set[str]:
    """Give the rules that fired."""
    return {rule for (rule,) in connection.execute("select distinct rule_id from alert")}


def test_month_of_everything_reaches_nobody(
    broker: Mosquitto, simulation_dsn: str, tmp_path: Path
) -> None:
    """Every shipped rule fires and is told in the log; no channel hears a word, nor has a row."""
    watched = list(rules.load())
    with everybody(tmp_path) as (world, settings), connect(simulation_dsn) as database:
        people = Correspondence(load(file=Path(settings)).recipients)
        street(database)
        live_through(database, watched, people, HOURS)
        with service(tmp_path, broker, simulation_dsn, config=settings) as running:
            wait_until(lambda: not _waiting(database))
            assert running.stop() == 0
        assert fired(database) == {rule.id for rule in watched}
        channels = database.execute("select distinct channel, status from notification").fetchall()
        assert channels == [("log", "delivered")]
        told = database.execute(
            "select distinct message->>'rule' from notification where kind = 'fired'"
        )
        assert {rule for (rule,) in told} == fired(database)
        assert world.heard() == 0


def test_the_same_in_a_live_instance_would_be_told(database: Connection, tmp_path: Path) -> None:
    """Two days of it are told by every channel there is."""
    watched = list(rules.load())
    with everybody(tmp_path) as (_, settings):
        people = Correspondence(load(file=Path(settings)).recipients)
        live_through(database, watched, people, 50)
    rows = database.execute(
        "select distinct rule_id from notification_entry join alert on alert.id = alert_id"
    )
    told = {rule for (rule,) in rows}
    assert fired(database) >= told >= {"E1", "H3", "D1"}
    assert "E3" in fired(database) - told, "red explains amber"
    channels = {name for (name,) in database.execute("select distinct channel from notification")}
    assert channels == {"log", "webhook", "email", "notify_email", "notify_text", "teams", "file"}


def _waiting(connection: Connection) -> bool:
    return bool(
        connection.execute("select from notification where status = 'waiting' limit 1").fetchall()
    )
