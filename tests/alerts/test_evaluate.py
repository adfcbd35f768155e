"""A rule over stored hours, and the name of what an alert is about."""

import hashlib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from alerts.evaluate import evaluate, key
from alerts.model import AlertState, Evaluation, Kind
from tests.fixtures.traces import DUST, HOUR, START, hours, level, rule


def test_from_the_first_known_hour() -> None:
    """A new state begins at the first hour that is known, and reaches up to `until`."""
    found = evaluate(DUST, AlertState(), hours([100, 195, 100, 100]), START + 6 * HOUR)
    assert [moved.kind for moved in found.transitions] == [Kind.FIRED, Kind.RESOLVED]
    assert found.state == AlertState(START + 6 * HOUR)


def test_from_where_the_state_stands() -> None:
    """A later evaluation goes on where the last one ended; what it knows already is not told."""
    first = evaluate(DUST, AlertState(), hours([100, 195]), START + 2 * HOUR)
    second = evaluate(DUST, first.state, hours([100, 195, 100, 100]), START + 4 * HOUR)
    assert [moved.kind for moved in second.transitions] == [Kind.RESOLVED]
    assert second.transitions[0].fired_at == START + HOUR


def test_windows_reach_back() -> None:
    """A window takes in hours from before the state's time."""
    watched = rule(level(85, 82), window=4 * HOUR)
    values = [90.0, 90.0, 90.0, 90.0, 90.0]
    first = evaluate(watched, AlertState(), hours(values[:2]), START + 2 * HOUR)
    assert first.transitions == ()
    second = evaluate(watched, first.state, hours(values), START + 5 * HOUR)
    assert [moved.at for moved in second.transitions] == [START + 2 * HOUR]


def test_nothing_known() -> None:
    """Without a single hour a new state stays as it is."""
    assert evaluate(DUST, AlertState(), {}, START) == Evaluation(AlertState(), ())


@given(st.permutations(range(30)))
def test_order_of_the_mapping(order: list[int]) -> None:
    """The order in which the hours came does not matter."""
    known = hours([100, 195, None, 60.5, 33.3, 250] * 5)
    stored = list(known.items())
    shuffled = dict(stored[index] for index in order)
    watched = rule(level(90, 80, off=1), window=6 * HOUR)
    until = START + 30 * HOUR
    assert evaluate(watched, AlertState(), shuffled, until) == evaluate(
        watched, AlertState(), known, until
    )


def test_key() -> None:
    """The key is the digest of the canonical JSON of rule, scope and tenant."""
    canonical = '{"rule":"H3","scope":{"dwelling":"d1","room":"Küche"},"tenant":"croydon"}'
    expected = hashlib.sha256(canonical.encode()).hexdigest()[:16]
    assert key("H3", {"room": "Küche", "dwelling": "d1"}, "croydon") == expected
    assert key("H3", {"dwelling": "d1", "room": "Küche"}, tenant="croydon") == expected


def test_keys_differ() -> None:
    """Another rule, scope, label or tenant is another alert."""
    keys = {
        key("E1", {"device": "a"}),
        key("E2", {"device": "a"}),
        key("E1", {"device": "b"}),
        key("E1", {"site": "a"}),
        key("E1", {"device": "a"}, "croydon"),
        key("E1", {}),
    }
    assert len(keys) == 6
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in keys)


def test_states_hold_across_the_year() -> None:
    """The year's end is an hour like any other."""
    start = datetime(2026, 12, 31, 22, tzinfo=UTC)
    found = evaluate(DUST, AlertState(), hours([195] * 4, start), start + 4 * HOUR)
    assert [state.until for state in found.checkpoints] == [datetime(2027, 1, 1, tzinfo=UTC)]
