"""The evaluator on a real database: stored readings in, episodes out."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.model import AlertRule, Level, Severity
from alerts.silences import Silence
from ingest.evaluator import Evaluator, Portions
from storage import account, alert_actions, audit, rollups, schedules
from storage.connection import Connection, connect
from storage.errors import DatabaseRefused, DatabaseUnavailable
from tests.fixtures.readings import (
    DAMP,
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

TRACE_A = [120.0, 195.0, 185.0, 172.0, 170.0, 169.0, 150.0, 191.0, None, None, 160.0, 165.0]


def evaluate(connection: Connection, *rules: AlertRule, at: datetime) -> None:
    """Evaluate until there is nothing left to do, in a live instance at a time."""
    evaluator = Evaluator(connection, rules, wall=lambda: at)
    while evaluator.step():
        pass


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    """Read what a query gives."""
    return connection.execute(query.encode()).fetchall()


def episodes(connection: Connection) -> list[tuple[Any, ...]]:
    """Read the episodes that stand, in order."""
    return rows(
        connection,
        "select rule_id, fired_at, resolved_at, status, severity, peak, reopened from alert"
        " where status <> 'withdrawn' order by rule_id, device_id, fired_at",
    )


def kinds(connection: Connection) -> list[str]:
    """Read the kinds of the transitions that stand, in order."""
    told = rows(
        connection,
        "select kind from alert_transition where withdrawn_at is null order by known_at, id",
    )
    return [kind for (kind,) in told]


def test_dust_fires_and_resolves_on_stored_hours(database: Connection) -> None:
    """The trace of the specification ends in the two episodes that it names."""
    store(database, hourly(TRACE_A))
    evaluate(database, DUST, at=MONDAY + 12.6 * HOUR)
    assert episodes(database) == [
        ("E1", MONDAY + HOUR, MONDAY + 6 * HOUR, "resolved", "red", 195, 0),
        ("E1", MONDAY + 7 * HOUR, MONDAY + 12 * HOUR, "resolved", "red", 191, 0),
    ]


def test_hour_is_judged_when_it_waits_for_nothing_more(database: Connection) -> None:
    """An hour is judged at its end and half an hour for an hourly device, not a second before."""
    store(database, hourly([195.0]))
    evaluate(database, DUST, at=MONDAY + 1.5 * HOUR - timedelta(seconds=1))
    assert episodes(database) == []
    evaluate(database, DUST, at=MONDAY + 1.5 * HOUR)
    assert episodes(database) == [("E1", MONDAY, None, "firing", "red", 195, 0)]


def test_open_episode_follows_its_peak_and_severity(database: Connection) -> None:
    """An episode shows its worst value and its severity hour by hour while it fires."""
    values = [160.0, 180.0, 195.0, 160.0, 165.0]
    store(database, hourly(values))
    seen = []
    for hour in range(1, 6):
        evaluate(database, replace(TWO_LEVELS, id="E1"), at=MONDAY + (hour + 0.6) * HOUR)
        seen += rows(database, "select severity, worst, peak from alert")
    assert seen == [
        ("amber", "amber", 160),
        ("amber", "amber", 180),
        ("red", "red", 195),
        ("red", "red", 195),
        ("amber", "red", 195),
    ]


def test_damp_counts_where_people_live(database: Connection) -> None:
    """The rule on rooms speaks about a room, on 18 valid hours of 24, and not about a site."""
    for dev_eui in (ROOM, SITE):
        store(database, hourly([90.0] * 24, name="relative_humidity", dev_eui=dev_eui))
    evaluate(database, DAMP, at=MONDAY + 25 * HOUR)
    [(rule, device, channel, fired_at)] = rows(
        database, "select rule_id, labels->>'dev_eui', labels->>'channel', fired_at from alert"
    )
    assert (rule, device, channel, fired_at) == ("H3", ROOM, "", MONDAY + 17 * HOUR)


def test_labels_say_what_and_where(database: Connection) -> None:
    """An episode carries what the device's tags say, and the group that its rule asks for."""
    told = reading(MONDAY, {"pm10": 195}, tags={"site": "Quay", "dev_eui": "forged"})
    store(database, [told])
    evaluate(database, replace(DUST, group_by="site"), at=MONDAY + 2 * HOUR)
    [(labels,)] = rows(database, "select labels from alert")
    assert labels == {
        "dev_eui": SITE,
        "device_name": "sensor 1",
        "device_profile": "any",
        "application": "town",
        "environment": "outdoor",
        "channel": "",
        "observed_property": "pm10",
        "site": "Quay",
        "group": "Quay",
    }


def test_late_hour_before_the_checkpoint_withdraws_what_it_contradicts(
    database: Connection,
) -> None:
    """A reading of the day before last, come late, takes an episode back and leaves a trace."""
    evening = MONDAY + 22 * HOUR
    store(database, hourly([195.0, 160.0, None, 195.0, *[180.0, 181.0] * 15], start=evening))
    rule = replace(DUST, max_gap=5)
    evaluate(database, rule, at=MONDAY + 58 * HOUR)
    assert episodes(database) == [("E1", evening, None, "firing", "red", 195, 0)]
    store(database, [reading(evening + 2.1 * HOUR, {"pm10": 165})])
    evaluate(database, rule, at=MONDAY + 58 * HOUR)
    assert episodes(database) == [
        ("E1", evening, evening + 3 * HOUR, "resolved", "red", 195, 0),
        ("E1", evening + 3 * HOUR, None, "firing", "red", 195, 0),
    ]
    assert kinds(database) == ["fired", "resolved", "fired"]


def test_episode_that_never_was_stays_in_the_history(database: Connection) -> None:
    """A mean that later readings lower withdraws its episode; nothing is deleted."""
    quarter = timedelta(minutes=15)
    first = [reading(MONDAY + k * quarter, {"pm10": 200}, every=quarter) for k in range(3)]
    store(database, first)
    evaluate(database, DUST, at=MONDAY + 2 * HOUR)
    assert len(episodes(database)) == 1
    store(database, [reading(MONDAY + 3 * quarter, {"pm10": 20}, every=quarter)])
    evaluate(database, DUST, at=MONDAY + 2 * HOUR)
    assert episodes(database) == []
    assert rows(database, "select status from alert") == [("withdrawn",)]
    assert rows(database, "select kind, withdrawn_why from alert_transition") == [
        ("fired", "later data contradict it")
    ]


def test_mean_that_changes_corrects_the_value(database: Connection) -> None:
    """A late reading that changes a mean and nothing else corrects the value of the transition."""
    quarter = timedelta(minutes=15)
    store(database, [reading(MONDAY + k * quarter, {"pm10": 200}, every=quarter) for k in range(3)])
    evaluate(database, DUST, at=MONDAY + 2 * HOUR)
    store(database, [reading(MONDAY + 3 * quarter, {"pm10": 240}, every=quarter)])
    evaluate(database, DUST, at=MONDAY + 2 * HOUR)
    assert rows(database, "select value, withdrawn_why from alert_transition order by id") == [
        (200, "later data changed its value"),
        (210, None),
    ]
    assert episodes(database) == [("E1", MONDAY, None, "firing", "red", 210, 0)]


def test_device_that_falls_silent_and_is_heard_again(database: Connection) -> None:
    """Silence fires at the last uplink and the threshold, and resolves at the next uplink."""
    store(database, hourly([1.0, 1.0]))
    last = MONDAY + 1 * HOUR + timedelta(minutes=5)
    evaluate(database, SILENCE, at=last + 3 * HOUR)
    assert episodes(database) == []
    evaluate(database, SILENCE, at=last + 3 * HOUR + timedelta(seconds=1))
    assert episodes(database) == [("D1", last + 3 * HOUR, None, "firing", "maintenance", None, 0)]
    again = last + 5 * HOUR
    store(database, [reading(again, {})])
    evaluate(database, SILENCE, at=again + timedelta(minutes=1))
    assert episodes(database) == [
        ("D1", last + 3 * HOUR, again, "resolved", "maintenance", None, 0)
    ]


def test_maintenance_that_is_undone_is_judged_again(database: Connection) -> None:
    """A window over the two hours of 400 takes the alert away; undone, the same alert is back.

    Nobody is told of it a second time, and what was done stays written down.
    """
    at = MONDAY + 6.6 * HOUR
    store(database, hourly([100.0, 400.0, 400.0, 100.0, 100.0, 100.0]))
    evaluate(database, DUST, at=at)
    found = episodes(database)
    assert [(rule, fired) for rule, fired, *_ in found] == [("E1", MONDAY + HOUR)]
    count = "select count(*) from notification"
    told = rows(database, count)
    assert told == [(2,)]
    window = Silence({"dev_eui": SITE}, MONDAY + HOUR, MONDAY + 3 * HOUR)
    number = alert_actions.silence(
        database, window, author="A. Officer", reason="Filter", at=at, maintenance=True
    )
    evaluate(database, DUST, at=at)
    assert episodes(database) == []
    plain = alert_actions.silence(database, window, author="A. Officer", reason="Noise", at=at)

    def undo(number: int) -> bool:
        return alert_actions.undo_maintenance(
            database, number, actor="B. Officer", reason="The wrong device", at=at + HOUR
        )

    assert [undo(plain), undo(number), undo(number)] == [False, True, False]
    evaluate(database, DUST, at=at + 2 * HOUR)
    assert episodes(database) == found
    assert rows(database, count) == told
    assert [each.id for each in alert_actions.silences(database, MONDAY)] == [plain]
    written = audit.read(database, f"silence {number}")
    assert [(entry.actor, entry.action) for entry in written] == [
        ("B. Officer", "maintenance undone"),
        ("A. Officer", "maintenance added"),
    ]
    assert written[0].detail == {"reason": "The wrong device"}


def test_uplink_that_came_late_takes_a_silence_back(database: Connection) -> None:
    """A device that was heard in time after all, by an uplink that came late, was not silent."""
    store(database, hourly([1.0, 1.0]))
    evaluate(database, SILENCE, at=MONDAY + 6 * HOUR)
    assert len(episodes(database)) == 1
    store(database, [reading(MONDAY + 3 * HOUR, {}), reading(MONDAY + 5 * HOUR, {})])
    evaluate(database, SILENCE, at=MONDAY + 6 * HOUR)
    assert episodes(database) == []


def test_silence_that_ended_in_the_same_hour_is_taken_back(database: Connection) -> None:
    """A late uplink counts although the device was judged, silent and heard again, in its hour."""
    often = timedelta(minutes=10)
    store(database, [reading(MONDAY + timedelta(minutes=5), {}, every=often)])
    evaluate(database, SILENCE, at=MONDAY + timedelta(minutes=75))
    store(database, [reading(MONDAY + timedelta(minutes=80), {}, every=often)])
    evaluate(database, SILENCE, at=MONDAY + timedelta(minutes=85))
    assert kinds(database) == ["fired", "resolved"]
    store(database, [reading(MONDAY + timedelta(minutes=62), {}, every=often)])
    evaluate(database, SILENCE, at=MONDAY + timedelta(minutes=86))
    assert kinds(database) == []


def test_reading_ahead_of_the_clock_waits_for_it(database: Connection) -> None:
    """An uplink with a time ahead of ours ends a silence when the clock has come there."""
    store(database, hourly([1.0]))
    evaluate(database, SILENCE, at=MONDAY + 5 * HOUR)
    store(database, [reading(MONDAY + 6 * HOUR, {})])
    evaluate(database, SILENCE, at=MONDAY + 5.5 * HOUR)
    assert kinds(database) == ["fired"]
    evaluate(database, SILENCE, at=MONDAY + 6 * HOUR)
    assert kinds(database) == ["fired"]
    evaluate(database, SILENCE, at=MONDAY + 6 * HOUR + timedelta(seconds=1))
    assert kinds(database) == ["fired", "resolved"]


def test_simulation_goes_by_its_newest_reading(simulation_dsn: str) -> None:
    """The clock of a simulation is its newest reading, of whatever year, and none stops it."""
    with connect(simulation_dsn) as connection:
        evaluator = Evaluator(connection, [DUST])
        assert not evaluator.step()
        store(connection, hourly([195.0, 100.0]))
        evaluator.step()
        assert episodes(connection) == []
        store(connection, hourly([100.0], start=MONDAY + 3 * HOUR))
        evaluator.step()
        assert [row[1:4] for row in episodes(connection)] == [
            (MONDAY, None, "firing"),
        ]


def test_nothing_happens_when_the_transaction_fails(dsn: str, database: Connection) -> None:
    """A step whose connection dies leaves everything to the next evaluator, the rules too."""
    store(database, hourly(TRACE_A))
    with connect(dsn) as doomed:
        evaluator = Evaluator(doomed, [DUST], wall=lambda: _die(doomed))
        with pytest.raises(DatabaseUnavailable):
            evaluator.step()
    wait_for_the_dead(database)
    assert rows(database, "select count(*) from rule_version") == [(0,)]
    evaluate(database, DUST, at=MONDAY + 12.6 * HOUR)
    assert len(episodes(database)) == 2


def _die(connection: Connection) -> datetime:
    connection.close()
    return MONDAY + 12.6 * HOUR


def test_only_one_evaluates_at_a_time(dsn: str, database: Connection) -> None:
    """An evaluator that finds another at work does nothing, and is not busy."""
    store(database, hourly(TRACE_A))
    evaluator = Evaluator(database, [DUST], wall=lambda: MONDAY + 13 * HOUR)
    with connect(dsn) as other, other.transaction():
        assert schedules.lock(other)
        assert not evaluator.step()
        assert rows(database, "select count(*) from dirty_interval") == [(10,)]
    evaluator.step()
    assert len(episodes(database)) == 2


def test_two_evaluators_at_once_conclude_what_one_does(dsn: str, database: Connection) -> None:
    """Two evaluators that race while readings come in end in the same history, without doubles."""
    euis = [f"02c17a00000001{number:02x}" for number in range(6)]
    stop = threading.Event()

    def work() -> None:
        with connect(dsn) as connection:
            evaluator = Evaluator(
                connection,
                [DUST, SILENCE],
                portions=Portions(marks=5, subjects=2, patience=2),
                wall=lambda: MONDAY + 12.6 * HOUR,
            )
            while evaluator.step() or not stop.is_set():
                pass

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for chunk in _chunks([record for eui in euis for record in hourly(TRACE_A, dev_eui=eui)], 7):
        store(database, chunk)
    stop.set()
    for thread in threads:
        thread.join()
    evaluate(database, DUST, SILENCE, at=MONDAY + 12.6 * HOUR)
    fired = [(MONDAY + HOUR, MONDAY + 6 * HOUR), (MONDAY + 7 * HOUR, MONDAY + 12 * HOUR)]
    assert [row[1:3] for row in episodes(database) if row[0] == "E1"] == fired * len(euis)
    assert rows(
        database,
        "select count(*) - count(distinct (subject_id, rule_id, kind, at)) from alert_transition"
        " where withdrawn_at is null",
    ) == [(0,)]


def _chunks(records: Sequence[Any], length: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(records), length):
        yield records[start : start + length]


def test_due_series_are_judged_though_marks_never_end(database: Connection) -> None:
    """A backlog of marks puts judging off, but not for ever."""
    store(database, hourly(TRACE_A))
    portions = Portions(marks=1, subjects=10, patience=4)
    evaluator = Evaluator(database, [DUST], portions=portions, wall=lambda: MONDAY + 13 * HOUR)
    busy = [evaluator.step() for _ in range(3)]
    assert busy == [True] * 3
    assert rows(database, "select until from series_schedule") == [(MONDAY,)]
    assert evaluator.step()
    assert rows(database, "select until from series_schedule") == [(MONDAY + 12 * HOUR,)]


class TestRuleChanges:
    """A change of the rules holds from the next full hour on, and the past keeps its verdicts."""

    def test_old_episodes_keep_their_version(self, database: Connection) -> None:
        """A lower threshold fires from the change on, and late data are judged by what held."""
        store(database, hourly([100.0, 195.0, *[160.0] * 6]))
        evaluate(database, DUST, at=MONDAY + 5.6 * HOUR)
        stricter = replace(DUST, version="2", levels=(Level(Severity.RED, 150, 140),))
        evaluate(database, stricter, at=MONDAY + 5.7 * HOUR)
        evaluate(database, stricter, at=MONDAY + 8.6 * HOUR)
        assert rows(database, "select rule_version, fired_at from alert order by fired_at") == [
            ("1", MONDAY + HOUR),
            ("2", MONDAY + 6 * HOUR),
        ]
        late = timedelta(minutes=6)
        store(database, [reading(MONDAY + late, {"pm10": 101})])
        evaluate(database, stricter, at=MONDAY + 8.6 * HOUR)
        assert [row[1] for row in episodes(database)] == [MONDAY + HOUR, MONDAY + 6 * HOUR]

    def test_open_episode_goes_on_under_the_new_version(self, database: Connection) -> None:
        """A level of the same severity goes on firing; one that is no more ends with a value."""
        store(database, hourly([195.0, 160.0, 160.0, 160.0]))
        evaluate(database, TWO_LEVELS, at=MONDAY + 1.6 * HOUR)
        amber = replace(TWO_LEVELS, version="2", levels=TWO_LEVELS.levels[:1])
        evaluate(database, amber, at=MONDAY + 1.7 * HOUR)
        evaluate(database, amber, at=MONDAY + 4.6 * HOUR)
        assert rows(database, "select rule_version, severity, status from alert") == [
            ("1", "amber", "firing")
        ]
        assert kinds(database) == ["fired", "lowered"]

    def test_rule_taken_away_ends_what_it_fired(self, database: Connection) -> None:
        """Without its rule an episode is resolved at the change, and nothing fires any more."""
        store(database, hourly([195.0, 195.0, 195.0, 195.0]))
        evaluate(database, DUST, SILENCE, at=MONDAY + 1.6 * HOUR)
        evaluate(database, at=MONDAY + 1.7 * HOUR)
        evaluate(database, at=MONDAY + 48 * HOUR)
        assert episodes(database) == [("E1", MONDAY, MONDAY + 2 * HOUR, "resolved", "red", 195, 0)]

    def test_silence_rule_taken_away_and_brought_back(self, database: Connection) -> None:
        """A device that is silent when the rule goes is not silent for it, nor when it returns."""
        store(database, hourly([1.0]))
        evaluate(database, SILENCE, at=MONDAY + 5 * HOUR)
        assert kinds(database) == ["fired"]
        evaluate(database, at=MONDAY + 5.5 * HOUR)
        evaluate(database, at=MONDAY + 6.5 * HOUR)
        assert kinds(database) == ["fired", "resolved"]
        evaluate(database, SILENCE, at=MONDAY + 8.5 * HOUR)
        evaluate(database, SILENCE, at=MONDAY + 30 * HOUR)
        assert [row[1:3] for row in episodes(database)] == [
            (MONDAY + 3 * HOUR + timedelta(minutes=5), MONDAY + 6 * HOUR),
            (MONDAY + 9 * HOUR, None),
        ]

    def test_rule_on_something_else_needs_a_new_name(self, database: Connection) -> None:
        """A rule cannot turn from values to silence under its old id."""
        store(database, hourly([1.0]))
        evaluate(database, DUST, at=MONDAY + 5 * HOUR)
        with pytest.raises(DatabaseRefused, match="give it a new id"):
            evaluate(database, replace(SILENCE, id="E1", version="2"), at=MONDAY + 6 * HOUR)

    def test_device_moved_indoors_is_no_site_any_more(self, database: Connection) -> None:
        """What fires about a device that the rule does not speak about any more is resolved."""
        store(database, hourly([195.0, 195.0]))
        evaluate(database, DUST, at=MONDAY + 2.6 * HOUR)
        database.execute("update device set environment = 'indoor'")
        evaluate(database, DUST, at=MONDAY + 4.6 * HOUR)
        assert [row[2:4] for row in episodes(database)] == [(MONDAY + 2 * HOUR, "resolved")]


def test_marks_that_commit_meanwhile_stay(dsn: str, database: Connection) -> None:
    """A reading that commits while its hour is computed keeps a mark of its own."""
    store(database, hourly([100.0]))
    with connect(dsn) as other, other.transaction():
        store(other, hourly([None, 100.0]))
        with database.transaction():
            assert rollups.recompute(database, 100).marks == 1
    assert rollups.recompute(database, 100).marks == 1
    assert account.account(database, None).stored == 2
