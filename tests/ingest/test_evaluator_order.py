"""Episodes are a function of what is stored: not of order, batches, lateness, restarts or number.

The oracle is the pure rule over all readings at once. Planted mistakes show that the property can
fail.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import cycle

import pytest
from hypothesis import HealthCheck, Phase, event, find, given, settings
from hypothesis import strategies as st

from alerts import evaluate, quality_settings, silence
from alerts.episodes import episode
from alerts.history import Finding
from alerts.intervals import closed_until
from alerts.model import (
    Activity,
    AlertRule,
    AlertState,
    Evaluation,
    Interval,
    Kind,
    Severity,
    Transition,
)
from alerts.quality import GOOD
from alerts.quality_series import Reading, judge
from decoders.model import Environment
from ingest import judging, telling
from ingest.court import Stretch
from ingest.evaluator import Evaluator, Portions
from storage import alert_states, alerts
from storage.connection import Connection, connect
from storage.errors import StorageError
from storage.instance import Mode
from storage.model import UplinkRecord
from storage.schedules import Subject
from tests.fixtures.effort import cases
from tests.fixtures.postgres import Server
from tests.fixtures.readings import DUST, HOUR, MONDAY, SILENCE, SITE, TWO_LEVELS, hourly, store

DUST_QUALITY = quality_settings.load().of("pm10", Environment.OUTDOOR)
"""Runs of equal values may fail for standing still"""
OTHER = "02c17a0000000003"
EVENING = MONDAY + 20 * HOUR
RULES = (
    replace(DUST, reopen_within=3 * HOUR),
    replace(
        TWO_LEVELS,
        id="E3",
        levels=tuple(replace(level, on_delay=2 * HOUR) for level in TWO_LEVELS.levels),
        max_gap=1,
    ),
    replace(DUST, id="E4", window=6 * HOUR, max_gap=0),
    replace(DUST, id="E5", window=24 * HOUR, capture=0.25),
    replace(SILENCE, reopen_within=4 * HOUR),
)

NEAR_THE_LEVELS = st.sampled_from([None, None, 100.0, 140.0, 160.0, 172.0, 190.0, 191.0, 400.0])
RUNS = st.lists(st.tuples(NEAR_THE_LEVELS, st.integers(1, 9)), min_size=2, max_size=8)
SERIES = RUNS.map(lambda runs: [value for value, times in runs for _ in range(times)])


@dataclass(frozen=True, slots=True)
class Play:
    """Two devices' readings, and how they arrive."""

    series: tuple[list[float | None], list[float | None]]
    cuts: list[int]
    """After so many readings, in order of time, the next batch begins"""
    delays: list[int]
    """By how many batches each reading comes late, over and over"""
    steps: list[int]
    """How often an evaluator steps after each batch, over and over; 0: a new one is made"""

    @property
    def devices(self) -> list[tuple[str, list[UplinkRecord]]]:
        """Give the readings of each device."""
        return [
            (dev_eui, hourly(values, start=EVENING, dev_eui=dev_eui, minute=minute))
            for dev_eui, minute, values in zip((SITE, OTHER), (5, 50), self.series, strict=True)
        ]

    def arrivals(self) -> list[list[UplinkRecord]]:
        """Give the batches."""
        records = sorted(
            (record for _, records in self.devices for record in records),
            key=lambda record: record.time,
        )
        starts = sorted({cut for cut in self.cuts if cut < len(records)})
        batches: list[list[UplinkRecord]] = [[] for _ in range(len(starts) + max(self.delays) + 1)]
        for place, record in enumerate(records):
            number = sum(cut <= place for cut in starts)
            batches[number + self.delays[place % len(self.delays)]].append(record)
        return [batch for batch in batches if batch]


PLAYS = st.builds(
    Play,
    st.tuples(SERIES, SERIES),
    st.lists(st.integers(1, 80), max_size=8),
    st.lists(st.sampled_from([0, 0, 0, 0, 0, 0, 1, 2, 5, 8]), min_size=1, max_size=25),
    st.lists(st.integers(0, 8), min_size=1, max_size=6),
)


def readings(records: Sequence[UplinkRecord]) -> Iterator[Reading]:
    """Give the readings of a device in the order of time."""
    for record in sorted(records, key=lambda record: record.time):
        yield Reading(record.time, record.observations[0].result, GOOD)


def conclude(rule: AlertRule, records: Sequence[UplinkRecord], clock: datetime) -> Evaluation:
    """Judge all readings of a device at once, by the pure rule."""
    if rule.silence:
        heard = [Activity(record.time, record.time) for record in records]
        return silence.evaluate(rule, AlertState(), heard, HOUR, clock)
    hours = {}
    for flags in judge(readings(records), DUST_QUALITY, lambda _: HOUR):
        if not flags.fails_beside_others:
            start = flags.reading.time.replace(minute=0)
            hours[start] = Interval(start, flags.reading.value, valid=True)
    return evaluate.evaluate(rule, AlertState(), hours, closed_until(clock, HOUR))


def expected(play: Play) -> tuple[Counter[object], Counter[object]]:
    """Give the transitions and the episodes there must be, each with its rule and device."""
    clock = max(record.time for _, records in play.devices for record in records)
    transitions: Counter[object] = Counter()
    episodes: Counter[object] = Counter()
    for rule in RULES:
        for dev_eui, records in play.devices:
            if not records:
                continue
            concluded = conclude(rule, records, clock)
            transitions.update((rule.id, dev_eui, each) for each in concluded.transitions)
            for fired_at in {each.fired_at for each in concluded.transitions if each.fired_at}:
                told = [
                    Finding(each, rule.version)
                    for each in concluded.transitions
                    if each.fired_at == fired_at
                ]
                found = episode(told)
                assert found
                peak = concluded.state.peak if found.status == "firing" else found.peak
                worst = (found.severity, found.worst, peak, found.reopened, found.stale)
                times = (fired_at, found.known_at, found.resolved_at)
                episodes[rule.id, dev_eui, str(found.status), worst, times] += 1
    return transitions, episodes


def stored(connection: Connection) -> tuple[Counter[object], Counter[object]]:
    """Read what stands in the database, in the same words."""
    transitions = connection.execute(
        "select rule_id, coalesce(device.dev_eui, silent.dev_eui), kind, at, known_at, severity,"
        " value, fired_at, peak from alert_transition"
        " left join series on rule_id <> 'D1' and series.id = subject_id"
        " left join device on device.id = series.device_id"
        " left join device as silent on rule_id = 'D1' and silent.id = subject_id"
        " where withdrawn_at is null"
    )
    episodes = connection.execute(
        "select rule_id, labels->>'dev_eui', status, severity, worst, peak, reopened, stale,"
        " fired_at, known_at, resolved_at from alert where status <> 'withdrawn'"
    )
    return (
        Counter(
            (
                rule,
                dev_eui,
                Transition(Kind(kind), at, known_at, Severity(severity), value, fired_at, peak),
            )
            for rule, dev_eui, kind, at, known_at, severity, value, fired_at, peak in transitions
        ),
        Counter((*row[:3], tuple(row[3:8]), tuple(row[8:])) for row in episodes),
    )


def perform(connection: Connection, play: Play) -> None:
    """Store and evaluate as the play says, and then to the end; every calm counts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "_WORTH_KNOWING", HOUR)
        _perform(connection, play)


def _perform(connection: Connection, play: Play) -> None:
    portions = Portions(marks=7, subjects=3, patience=2)
    evaluators: list[Evaluator] = []
    for batch, steps in zip(play.arrivals(), cycle(play.steps), strict=False):
        store(connection, batch)
        if steps == 0 or not evaluators:
            evaluators.append(Evaluator(connection, RULES, portions=portions))
        for number in range(steps):
            evaluators[-1 - number % len(evaluators)].step()
    last = Evaluator(connection, RULES, portions=portions)
    while last.step():
        pass


def note(connection: Connection) -> dict[str, int]:
    """Count the hard cases that a play led to."""
    (counts,) = connection.execute(
        "select (select count(*) from alert_calm),"
        " count(*) filter (where status = 'withdrawn'),"
        " count(*) filter (where status = 'withdrawn' and exists (select from alert as other"
        "   where other.key = alert.key and other.status <> 'withdrawn'"
        "   and other.fired_at < coalesce(alert.resolved_at, 'infinity')"
        "   and alert.fired_at < coalesce(other.resolved_at, 'infinity'))),"
        " count(*) filter (where status <> 'withdrawn'),"
        " (select count(*) from alert_transition where withdrawn_why like '%value')"
        " from alert"
    )
    return dict(zip(("calm", "withdrawn", "moved", "standing", "corrected"), counts, strict=True))


@contextmanager
def town(server: Server) -> Iterator[Connection]:
    """Give a fresh simulation."""
    with server.database(Mode.SIMULATION) as dsn, connect(dsn) as connection:
        yield connection


def is_sound(play: Play) -> bool:
    """Leave out plays in which nothing is ever measured."""
    return any(records for _, records in play.devices)


def agrees(server: Server, play: Play) -> bool:
    """Perform a play and say whether the database holds what the pure rules conclude."""
    with town(server) as connection:
        try:
            perform(connection, play)
        except StorageError:
            return False
        return stored(connection) == expected(play)


@settings(
    max_examples=cases(120, here=40), suppress_health_check=[HealthCheck.too_slow], deadline=None
)
@given(play=PLAYS.filter(is_sound))
def test_the_same_readings_end_in_the_same_episodes(postgres_server: Server, play: Play) -> None:
    """Any order, batches, lateness, restarts and evaluators end in what the pure rules conclude."""
    with town(postgres_server) as connection:
        perform(connection, play)
        for case, count in note(connection).items():
            if count:
                event(case)
        assert stored(connection) == expected(play)


def _as_if_nothing_came_late(subject: Subject, until: datetime) -> Stretch:
    return Stretch(subject, subject.until, max(subject.until, until), is_again=False)


def _nothing(*_: object) -> None:
    """Do nothing."""


def _no_states(*_: object) -> dict[object, object]:
    return {}


@pytest.mark.parametrize(
    ("place", "name", "mistake"),
    [
        (judging, "stretch", _as_if_nothing_came_late),
        (alert_states, "checkpoints", _no_states),
        (alert_states, "clear_checkpoints", _nothing),
        (alert_states, "clear_states", _nothing),
        (alerts, "withdraw", _nothing),
        (telling, "_with_peak", lambda _, found: found),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_planted_mistake_is_found(
    postgres_server: Server,
    monkeypatch: pytest.MonkeyPatch,
    place: object,
    name: str,
    mistake: object,
) -> None:
    """An evaluator that forgets late data, checkpoints, or to take back, does not pass for one."""
    monkeypatch.setattr(place, name, mistake)
    find(
        PLAYS.filter(is_sound),
        lambda play: not agrees(postgres_server, play),
        settings=settings(
            max_examples=400,
            phases=[Phase.generate],
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
