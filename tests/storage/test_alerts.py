"""What is stored of alerts comes back as it was, and the past cannot be rewritten."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.episodes import Episode, EpisodeStatus
from alerts.history import Finding
from alerts.model import AlertRule, AlertState, Kind, LevelState, Severity, Status, Transition
from alerts.notices import Told
from storage import alert_states, alerts
from storage.alerts import AlertRow
from storage.connection import Connection, connect, translated
from storage.errors import DatabaseRefused
from storage.instance import Mode
from storage.rule_versions import RuleVersions
from tests.fixtures.effort import cases
from tests.fixtures.postgres import AnyServer
from tests.fixtures.readings import DUST, HOUR, MONDAY, SILENCE, TWO_LEVELS

TIMES = st.timedeltas(timedelta(0), timedelta(days=900)).map(lambda after: MONDAY + after)
LEVELS = st.builds(
    LevelState,
    firing=st.booleans(),
    since=st.none() | TIMES,
    breached_for=st.timedeltas(timedelta(0), timedelta(days=40)),
    cleared_for=st.timedeltas(timedelta(0), timedelta(days=40)),
)
STATES = st.builds(
    AlertState,
    until=TIMES,
    status=st.sampled_from(Status),
    severity=st.none() | st.sampled_from(Severity),
    levels=st.lists(LEVELS, max_size=3).map(tuple),
    gap=st.integers(0, 99),
    stale=st.booleans(),
    fired_at=st.none() | TIMES,
    resolved_at=st.none() | TIMES,
    peak=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    reopened=st.integers(0, 9),
)
FIRED = Transition(Kind.FIRED, MONDAY, MONDAY + HOUR, Severity.RED, 195.0, MONDAY, 195.0)


@settings(max_examples=cases(60, here=20), suppress_health_check=[HealthCheck.too_slow])
@given(first=STATES, second=STATES)
def test_state_comes_back_to_the_bit(
    postgres_server: AnyServer, first: AlertState, second: AlertState
) -> None:
    """Where a rule stands, now and at midnights, is read as it was written, and replaced whole."""
    with postgres_server.database(Mode.SIMULATION) as dsn, connect(dsn) as connection:
        for state in (first, second):
            alert_states.write_states(connection, {(1, "E1"): state})
            assert alert_states.states(connection, [1, 2], ["E1", "D1"]) == {(1, "E1"): state}
        alert_states.write_checkpoints(connection, [((1, "E1"), first)])
        found = alert_states.checkpoints(connection, [(1, first.until)], ["E1"])
        assert found == {(1, "E1"): first}


def test_checkpoints_after_a_time_are_forgotten(database: Connection) -> None:
    """Judging again from a midnight forgets the later ones of that rule and subject alone."""
    points = [
        ((subject, rule), AlertState(MONDAY + day * 24 * HOUR, Status.PENDING))
        for subject in (1, 2)
        for rule in ("E1", "E3")
        for day in range(3)
    ]
    alert_states.write_checkpoints(database, points)
    alert_states.clear_checkpoints(database, {(1, "E1"): MONDAY})
    left = database.execute(
        "select subject_id, rule_id, count(*) from alert_checkpoint group by 1, 2 order by 1, 2"
    ).fetchall()
    assert left == [(1, "E1", 1), (1, "E3", 3), (2, "E1", 3), (2, "E3", 3)]


@pytest.mark.parametrize(
    "statement",
    [
        "update alert_transition set value = 1",
        "delete from alert_transition",
        "update alert_transition set withdrawn_at = now(), value = 1",
        "update alert_transition set withdrawn_why = 'because'",
    ],
)
def test_history_cannot_be_rewritten(database: Connection, statement: str) -> None:
    """The database itself refuses to change or delete a transition."""
    alerts.append(database, [((1, "E1"), Finding(FIRED, "1"))], MONDAY)
    with pytest.raises(DatabaseRefused, match="a transition is history"), translated():
        database.execute(statement.encode())


def test_withdrawal_is_for_good(database: Connection) -> None:
    """What is withdrawn stands no more, and cannot be brought back."""
    key = (1, "E1")
    alerts.append(database, [(key, Finding(FIRED, "1"))], MONDAY)
    [stored] = alerts.standing(database, {key: MONDAY - HOUR})[key]
    assert stored.finding == Finding(FIRED, "1")
    alerts.withdraw(database, [(stored, "it was fog")], MONDAY)
    assert alerts.standing(database, {key: MONDAY - HOUR}) == {}
    with pytest.raises(DatabaseRefused, match="a transition is history"), translated():
        database.execute("update alert_transition set withdrawn_at = null")


def test_end_comes_last_at_its_moment(database: Connection) -> None:
    """An episode is read in the order of time, though its end was recorded first."""
    key = (1, "E1")
    fresh = replace(FIRED, kind=Kind.FRESH, known_at=MONDAY + 5 * HOUR)
    told = [FIRED, replace(fresh, kind=Kind.RESOLVED), fresh]
    alerts.append(database, [(key, Finding(each, "1")) for each in told], MONDAY)
    found = alerts.of_episodes(database, [(*key, MONDAY), (*key, MONDAY + HOUR)])
    kinds = [finding.transition.kind for finding in found[*key, MONDAY]]
    assert kinds == [Kind.FIRED, Kind.FRESH, Kind.RESOLVED]
    assert found[*key, MONDAY + HOUR] == []


def row(name: str) -> AlertRow:
    """Give an episode that fires."""
    return AlertRow(
        id=name,
        key="one key",
        rule_id="E1",
        subject_id=1,
        device_id=1,
        place_id=None,
        series_id=1,
        labels={"dev_eui": "02c17a0000000001"},
        title="Dust",
        episode=Episode(
            fired_at=MONDAY,
            known_at=MONDAY + HOUR,
            version="1",
            status=EpisodeStatus.FIRING,
            severity=Severity.RED,
            worst=Severity.RED,
            resolved_at=None,
            peak=195.0,
            reopened=0,
            stale=False,
        ),
        late=False,
        told={"log": Told(Severity.RED, notices=1)},
    )


def test_key_has_one_open_episode(database: Connection) -> None:
    """Two episodes of one key cannot fire at once, whatever the program believes."""
    alerts.write_alerts(database, [row("first")], MONDAY)
    known = alerts.known(database, ["first"], [(1, "E1")])
    assert known["first"].told == {"log": Told(Severity.RED, notices=1)}
    with pytest.raises(DatabaseRefused), translated():
        alerts.write_alerts(database, [row("second")], MONDAY)


@pytest.mark.parametrize("rule", [DUST, TWO_LEVELS, SILENCE, replace(DUST, months=frozenset({1}))])
def test_rule_comes_back_as_it_was(database: Connection, rule: AlertRule) -> None:
    """A version of a rule is read as it was adopted, by every program alike."""
    RuleVersions(database).adopt([rule], None)
    [history] = RuleVersions(database).histories()
    assert history.latest == rule
    assert len(history.entries) == 1
