"""Alerts on what the network server logs of devices, from stored events to letters."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import cycle

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from alerts import log_watch, rules
from alerts.figures import load as figures
from alerts.model import Activity, AlertState, Severity
from alerts.recipients import Recipient, Team
from decoders.model import NetworkEvent
from ingest.evaluator import Evaluator, Portions
from ingest.explaining import explain, in_force
from ingest.letter_writer import Correspondence, LetterWriter
from ingest.previewing import Change, preview
from storage import explaining as stored
from storage.connection import Connection, connect
from storage.instance import Mode
from storage.model import Arrival, Batch, EventRecord, Record
from storage.rule_versions import RuleVersions
from storage.silent_devices import logged as listed
from storage.uplinks import Writer
from tests.fixtures.effort import cases
from tests.fixtures.postgres import Server
from tests.fixtures.readings import HOUR, MONDAY, ROOM, SITE, reading

MINUTE = timedelta(minutes=1)
MORNING = MONDAY + 8 * HOUR
RULES = [rule for rule in rules.load() if rule.log]
MUTE, JOIN, CODEC = "UPLINK_F_CNT_RESET", "OTAA", "UPLINK_CODEC"
ENGINEER = Recipient(
    "engineer",
    "file",
    "letters.jsonl",
    frozenset({Team.SERVICE}),
    frozenset({Severity.MAINTENANCE}),
)


def log(code: str, minute: int, dev_eui: str = SITE, says: str = "it says") -> EventRecord:
    """Give a log so many minutes after eight."""
    at = MORNING + minute * MINUTE
    told = {"code": code, "level": "ERROR", "description": says}
    key = f"{dev_eui}-{code}-{minute}"
    network = NetworkEvent("chirpstack-v4", "log", key, dev_eui, "town", at, told)
    return EventRecord(Arrival("application/1/device/2/event/log", b"{}", at), network)


def heard(minute: int, dev_eui: str = SITE) -> Record:
    """Give an uplink so many minutes after eight."""
    return reading(MORNING + minute * MINUTE, {"pressure": 1000.0}, dev_eui=dev_eui)


def put(connection: Connection, *records: Record) -> None:
    """Store a batch."""
    Writer(connection).store(Batch(tuple(records)))


def judge(connection: Connection, minute: int, portions: Portions | None = None) -> None:
    """Evaluate at so many minutes after eight until there is nothing left to do."""
    at = MORNING + minute * MINUTE
    evaluator = Evaluator(connection, RULES, wall=lambda: at, portions=portions)
    while evaluator.step():
        pass


def alerts(connection: Connection) -> list[tuple[object, ...]]:
    """Read the episodes that stand, in minutes after eight."""
    rows = connection.execute(
        "select rule_id, labels->>'dev_eui', status, fired_at, resolved_at from alert"
        " where status <> 'withdrawn' order by fired_at, 1, 2"
    )
    return [(*row[:3], *(at and (at - MORNING) // MINUTE for at in row[3:])) for row in rows]


def write(connection: Connection, minute: int) -> None:
    """Let letters be written so many minutes after eight."""
    at = MORNING + minute * MINUTE
    LetterWriter(connection, Correspondence((ENGINEER,)), wall=lambda: at).step()


def test_counter_that_began_anew_once_is_one_alert(database: Connection) -> None:
    """It fires at the log, is over at the full hour after an uplink, and is told once each."""
    put(database, heard(5), log(MUTE, 20))
    judge(database, 21)
    assert alerts(database) == [("D6", SITE, "firing", 20, None)]
    put(database, heard(35))
    for minute in (36, 59, 60, 61, 200):
        judge(database, minute)
    assert alerts(database) == [("D6", SITE, "resolved", 20, 60)]
    rows = database.execute("select kind, channel, message->'labels' from notification order by id")
    told = rows.fetchall()
    assert [row[:2] for row in told] == [("fired", "log"), ("resolved", "log")]
    labels = told[0][2]
    assert (labels["log"], labels["group"], labels["device_profile"]) == (MUTE, "any", "any")


def test_logs_of_a_mute_device_are_one_alert(database: Connection) -> None:
    """A log with each frame opens nothing more, also when the same message comes again."""
    put(database, heard(5))
    for minute in range(20, 600, 145):
        logs = [log(MUTE, each) for each in range(minute, minute + 145, 15)]
        put(database, *logs, *logs)
        judge(database, minute + 144)
    assert alerts(database) == [("D6", SITE, "firing", 20, None)]
    put(database, heard(605))
    judge(database, 660)
    assert alerts(database) == [("D6", SITE, "resolved", 20, 660)]


def test_late_uplink_takes_the_rest_back(database: Connection) -> None:
    """An uplink that comes late ends the alert when it did, not when it came."""
    put(database, heard(5), log(MUTE, 20))
    judge(database, 200)
    put(database, heard(30))
    judge(database, 201)
    assert alerts(database) == [("D6", SITE, "resolved", 20, 60)]


def test_device_that_was_never_heard(database: Connection) -> None:
    """One that is refused when it joins has an alert, and is still listed as never heard."""
    put(database, log(JOIN, 10, says="DevNonce has already been used"))
    judge(database, 11)
    assert alerts(database) == [("D7", SITE, "firing", 10, None)]
    assert [each.is_open(MORNING + HOUR) for each in listed(database, MONDAY)] == [True]
    seen = "select first_seen_at, last_seen_at, codec from device"
    assert database.execute(seen).fetchall() == [(MORNING, MORNING, "")]
    put(database, heard(70))
    judge(database, 125)
    assert alerts(database) == [("D7", SITE, "resolved", 10, 120)]
    assert database.execute(seen).fetchall() == [(MORNING, MORNING + 70 * MINUTE, "any")]


def test_codec_that_fails_on_a_fleet_is_one_letter(database: Connection) -> None:
    """Each device has its alert; people get one letter: what the codec says, and of how many."""
    fleet = [f"02c17a00000002{number:02x}" for number in range(20)]
    put(database, *(heard(1, device) for device in fleet))
    put(database, *(log(CODEC, 5, device, "TypeError: x is undefined") for device in fleet))
    judge(database, 6)
    assert len(alerts(database)) == len(fleet)
    for minute in (8, 30, 90):
        write(database, 60 + minute)
    rows = database.execute(
        "select message->>'where', message->'items'->0->>'why',"
        " jsonb_array_length(message->'items') from notification where recipient = 'engineer'"
    ).fetchall()
    why = "TypeError: x is undefined; so it is of 19 more, of which no letter comes"
    assert rows == [("devices any", why, 1)]
    judge(database, 25 * 60)
    assert {row[2] for row in alerts(database)} == {"resolved"}


def test_silence_of_a_mute_device_is_explained(database: Connection) -> None:
    """The log says why it is not heard, so its silence is no letter of its own."""
    put(database, heard(5), heard(5, ROOM), log(MUTE, 65))
    at = MORNING + 190 * MINUTE
    evaluator = Evaluator(database, rules.load(), wall=lambda: at)
    while evaluator.step():
        pass
    assert [row[:2] for row in alerts(database)] == [("D6", SITE), ("D1", SITE), ("D1", ROOM)]
    for minute in (191, 220, 250):
        write(database, minute)
    rows = database.execute(
        "select rule_id, labels->>'dev_eui' from notification_entry"
        " join alert on alert.id = alert_id order by 1"
    )
    assert rows.fetchall() == [("D1", ROOM), ("D6", SITE)]


def test_old_log_is_told_to_nobody(database: Connection) -> None:
    """What is found over six hours late is recorded, and no channel hears of it."""
    put(database, log(MUTE, 0))
    judge(database, 6 * 60 + 1)
    assert alerts(database) == [("D6", SITE, "firing", 0, None)]
    assert database.execute("select count(*) from notification").fetchone() == (0,)


def test_simulation_tells_nobody(simulation_dsn: str) -> None:
    """In a simulation the alerts are the same, and no letter is written."""
    with connect(simulation_dsn) as connection:
        put(connection, heard(5), log(MUTE, 20), heard(30, ROOM))
        judge(connection, 30)
        assert alerts(connection) == [("D6", SITE, "firing", 20, None)]
        write(connection, 120)
        channels = connection.execute("select distinct channel from notification")
        assert channels.fetchall() == [("log",)]


def test_explained_and_previewed(database: Connection) -> None:
    """`explain` names the last log and what it says; `preview` counts what a change would do."""
    put(database, heard(5), log(MUTE, 20), heard(30), log(MUTE, 130, says="counter was reset"))
    judge(database, 150)
    histories = in_force(RuleVersions(database).histories(), RULES)
    named = stored.find(database, SITE, MORNING + 140 * MINUTE)
    (found,) = explain(database, histories, "D6", named, figures())
    assert found.reason.startswith("It fires since 2026-05-11T08:20Z: the network server logged")
    assert (found.inputs["logs"], found.inputs["says"]) == (2, "counter was reset")
    assert found.episode is not None
    (mute,) = (rule for rule in RULES if rule.id == "D6")
    change = Change("D6", mute, replace(mute, version="2", reopen_within=0 * HOUR))
    seen = preview(database, change, MONDAY, MORNING + 3 * HOUR, figures())
    assert (len(seen.before), len(seen.after)) == (1, 2)


@dataclass(frozen=True, slots=True)
class Play:
    """Logs and uplinks of two devices, and how they arrive."""

    told: list[tuple[str, int, bool]]
    """What (empty: an uplink), at which minute, of which of two devices"""
    delays: list[int]
    """How many minutes each comes late, over and over"""
    clocks: list[int]

    def records(self) -> list[tuple[int, Record]]:
        """Give each record with the minute of its arrival."""
        found = []
        for (code, minute, other), late in zip(self.told, cycle(self.delays), strict=False):
            device = ROOM if other else SITE
            record = log(code, minute, device) if code else heard(minute, device)
            found.append((minute + late, record))
        return found

    def concluded(self) -> Counter[object]:
        """Give the episodes' moments by the pure rules over all at once."""
        found: Counter[object] = Counter()
        for rule in RULES:
            for other, device in enumerate((SITE, ROOM)):
                mine = [(code, at) for code, at, whose in self.told if whose == bool(other)]
                logs = [MORNING + at * MINUTE for code, at in mine if code == rule.log]
                uplinks = [MORNING + at * MINUTE for code, at in mine if not code]
                heard_at = [Activity(at, at) for at in sorted(uplinks)]
                begin = AlertState(MONDAY - HOUR)
                last = log_watch.evaluate(rule, begin, logs, heard_at, MORNING + END * MINUTE)
                found.update((rule.id, device, told.kind, told.at) for told in last.transitions)
        return found


END = 4000
MINUTES = st.one_of(st.integers(0, 3900), st.integers(0, 300), st.sampled_from([60, 120, 960]))
PLAYS = st.builds(
    Play,
    st.lists(
        st.tuples(st.sampled_from(["", "", MUTE, MUTE, JOIN, CODEC]), MINUTES, st.booleans()),
        min_size=1,
        max_size=25,
        unique_by=lambda told: told,
    ),
    st.lists(st.sampled_from([0, 0, 0, 3, 70, 600, 2500]), min_size=1, max_size=7),
    st.lists(st.integers(1, END), max_size=6),
)


def perform(connection: Connection, play: Play) -> Counter[object]:
    """Let it arrive as the play says, look at the clocks, and give the transitions that stand."""
    arriving = sorted(play.records(), key=lambda each: each[0])
    before = -1
    for clock in [*sorted(play.clocks), 10_000]:
        batch = [record for at, record in arriving if before < at <= clock]
        if batch:
            put(connection, *batch)
        judge(connection, min(clock, END), Portions(marks=5, subjects=2))
        before = clock
    rows = connection.execute(
        "select rule_id, dev_eui, kind, at from alert_transition"
        " join device on device.id = subject_id where withdrawn_at is null"
    )
    return Counter(tuple(row) for row in rows)


@settings(
    max_examples=cases(15, here=15), suppress_health_check=[HealthCheck.too_slow], deadline=None
)
@given(play=PLAYS)
def test_any_order_ends_in_the_same_alerts(postgres_server: Server, play: Play) -> None:
    """Order, batches, lateness and new evaluators change nothing that stands."""
    with postgres_server.database(Mode.LIVE) as dsn, connect(dsn) as connection:
        found = perform(connection, play)
        event(f"withdrawn {bool(_withdrawn(connection))}")
        assert found == play.concluded()


def _withdrawn(connection: Connection) -> int:
    query = "select count(*) from alert_transition where withdrawn_at is not null"
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
