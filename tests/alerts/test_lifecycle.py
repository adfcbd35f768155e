"""The state machine, transition by transition."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts import lifecycle
from alerts.model import AlertRule, AlertState, Kind, Severity, Status
from tests.fixtures.traces import DUST, HOUR, HUMIDITY, START, level, rule, samples, walk


def test_trace_a() -> None:
    """Dust: fires at once, holds between clear level and threshold and through a gap."""
    trace = [120, 195, 185, 172, 170, 169, 150, 191, None, None, 160, 165]
    assert walk(DUST, trace) == [
        *("inactive", "fired", "firing", "firing", "firing", "resolved"),
        *("inactive", "fired", "firing", "firing", "firing", "resolved"),
    ]


def test_trace_b() -> None:
    """Humidity: a dropped start, six hours to fire, six clear hours to resolve."""
    trace = [81, 82, 83, 79, 81, 82, 83, 84, 85, 86, 85, 77, 76, 75, 74, 73, 72, 71]
    assert walk(HUMIDITY, trace) == [
        *("pending", "pending", "pending", "dropped"),
        *("pending", "pending", "pending", "pending", "pending", "fired"),
        *("firing",) * 7,
        "resolved",
    ]


@pytest.mark.parametrize(
    ("watched", "breach", "edge"),
    [(DUST, 190.001, 190.0), (rule(level(18, 18.5), above=False), 17.999, 18.0)],
    ids=["above", "below"],
)
def test_breach_is_strict(watched: AlertRule, breach: float, edge: float) -> None:
    """The threshold itself does not breach, in either direction."""
    assert walk(watched, [edge]) == ["inactive"]
    assert walk(watched, [breach]) == ["fired"]


def test_clear_level_is_clear() -> None:
    """The clear level itself counts as clear, just before it does not."""
    assert walk(DUST, [191, 171, 171]) == ["fired", "firing", "resolved"]
    assert walk(DUST, [191, 171, 171.1, 171, 171]) == [*("fired", *("firing",) * 3), "resolved"]
    low = rule(level(18, 18.5), above=False)
    assert walk(low, [17, 18.4, 18.5]) == ["fired", "firing", "resolved"]


def test_inclusive_threshold_breaches_and_clear_level_does_not_clear() -> None:
    """Where the threshold itself breaches, only a value past the clear level clears."""
    mould = rule(level(1, 0.8), inclusive=True)
    assert walk(mould, [0.99, 1, 0.8, 0.79]) == ["inactive", "fired", "firing", "resolved"]
    low = rule(level(75, 80), above=False, inclusive=True)
    assert walk(low, [75.1, 75, 80, 80.1]) == ["inactive", "fired", "firing", "resolved"]


def test_breach_restarts_the_off_delay() -> None:
    """Only clear hours in a row end an episode."""
    assert walk(DUST, [191, 100, 191, 100, 100]) == [*("fired", *("firing",) * 3), "resolved"]


def test_gap_neither_advances_nor_resets() -> None:
    """Up to three missing hours leave on-delay and off-delay where they were."""
    quick = rule(level(80, 76, on=3, off=2))
    trace = [81, 82, None, None, None, 83, 70, None, None, None, 70]
    assert walk(quick, trace) == [*("pending",) * 5, *("fired",) + ("firing",) * 4, "resolved"]


def test_long_gap_drops_what_is_pending() -> None:
    """The fourth missing hour drops a pending alert, and the delay begins anew."""
    trace = [81, 82, None, None, None, None, 83]
    assert walk(HUMIDITY, trace) == [*("pending",) * 5, "dropped", "pending"]


def test_silence_never_resolves() -> None:
    """The fourth missing hour makes a firing alert stale, once; only values end it."""
    trace = [191, *[None] * 30, 100, 100]
    words = walk(DUST, trace)
    assert words[:5] == ["fired", "firing", "firing", "firing", "stale"]
    assert set(words[5:31]) == {"firing"}
    assert words[31:] == ["fresh", "resolved"]


def test_gaps_while_nothing_is_wrong() -> None:
    """Missing hours leave no trace in a quiet state."""
    assert set(walk(DUST, [None] * 10)) == {"inactive"}
    state, _ = lifecycle.step(DUST, AlertState(), next(samples([None])))
    assert state == AlertState(START + HOUR)


def episode(watched: AlertRule, values: list[float | None]) -> list[tuple[str, str]]:
    """Fold, and give each transition with its severity."""
    folded = lifecycle.run(watched, AlertState(), samples(values))
    return [(transition.kind, transition.severity) for transition in folded.transitions]


TWO = rule(level(150, 135, Severity.AMBER, off=2), level(190, 171, Severity.RED, off=2))


def test_levels_raise_and_lower() -> None:
    """The severity is the highest firing level's; the episode lasts until all are clear."""
    trace: list[float | None] = [160, 200, 165, 165, 140, 130, 130]
    assert episode(TWO, trace) == [
        ("fired", "amber"),
        ("raised", "red"),
        ("lowered", "amber"),
        ("resolved", "amber"),
    ]


def test_two_levels_at_once() -> None:
    """A value past both thresholds fires once, at the higher severity."""
    assert episode(TWO, [200, 100, 100]) == [("fired", "red"), ("resolved", "red")]


def test_each_level_has_its_own_delay() -> None:
    """A level that waits while another fires says nothing until it fires itself."""
    cold = rule(
        level(18, 18.5, Severity.AMBER, on=4, off=1),
        level(12, 12.5, Severity.RED, on=2, off=1),
        above=False,
    )
    assert episode(cold, [17, 11, 11, 11, 13, 19]) == [
        ("pending", "amber"),
        ("fired", "red"),
        ("lowered", "amber"),
        ("resolved", "amber"),
    ]


def test_milder_level_waits_beyond_the_episode() -> None:
    """When the firing level clears while a milder one is still pending, the episode is over."""
    cold = rule(
        level(18, 18.5, Severity.AMBER, on=9, off=1),
        level(12, 12.5, Severity.RED, on=2, off=1),
        above=False,
        reopen_within=3 * HOUR,
    )
    values: list[float | None] = [11, 11, 13, 13, 13, 13, 13, 13, 13]
    assert episode(cold, values) == [
        ("pending", "red"),
        ("fired", "red"),
        ("resolved", "red"),
        ("pending", "amber"),
        ("fired", "amber"),
    ]
    assert episode(replace(cold, reopen_within=24 * HOUR), values)[-1] == ("reopened", "amber")
    assert episode(cold, [*values[:4], None, 19]) == [
        *episode(cold, values)[:4],
        ("dropped", "amber"),
    ]


def test_stale_drops_a_level_that_waits() -> None:
    """A long gap lets the red level's delay begin anew while amber goes on."""
    watched = rule(level(150, 135, Severity.AMBER), level(190, 171, Severity.RED, on=3))
    trace: list[float | None] = [200, 200, None, None, None, None, 200, 200, 200]
    assert episode(watched, trace) == [
        ("fired", "amber"),
        ("stale", "amber"),
        ("fresh", "amber"),
        ("raised", "red"),
    ]


def test_reopens_strictly_within_the_window() -> None:
    """A breach known less than the window after the resolution continues the episode."""
    day = replace(DUST, reopen_within=5 * HOUR)
    trace: list[float | None] = [200, 100, 100, 100, 100, 100, 195]
    folded = lifecycle.run(day, AlertState(), samples(trace))
    reopened = folded.transitions[-1]
    assert reopened.kind is Kind.REOPENED
    assert reopened.fired_at == START
    assert folded.state.reopened == 1
    assert folded.state.peak == 200
    later = lifecycle.run(day, AlertState(), samples([*trace[:6], 100, 195]))
    assert later.transitions[-1].kind is Kind.FIRED
    assert later.transitions[-1].fired_at == START + 7 * HOUR
    assert later.state.peak == 195


def test_hourly_rule_with_an_hour_never_reopens() -> None:
    """With a window of one hour the next hour's breach is a new episode."""
    hourly = replace(DUST, reopen_within=HOUR)
    assert walk(hourly, [200, 100, 100, 200]) == ["fired", "firing", "resolved", "fired"]
    assert walk(replace(hourly, reopen_within=2 * HOUR), [200, 100, 100, 200])[-1] == "reopened"


def test_reopening_does_not_wait_again() -> None:
    """Within the window a breach fires at once; a level that had not fired serves its delay."""
    watched = rule(
        level(80, 76, Severity.AMBER, on=3, off=1),
        level(90, 86, Severity.RED, on=3, off=1),
        reopen_within=24 * HOUR,
    )
    trace: list[float | None] = [81, 81, 81, 70, 95, 95, 95]
    assert episode(watched, trace) == [
        ("pending", "amber"),
        ("fired", "amber"),
        ("resolved", "amber"),
        ("reopened", "amber"),
        ("raised", "red"),
    ]


def test_resolved_becomes_inactive_again() -> None:
    """After the window nothing is left of the episode."""
    day = replace(DUST, reopen_within=4 * HOUR)
    folded = lifecycle.run(day, AlertState(), samples([200, 100, 100, 100]))
    assert folded.state.status is Status.RESOLVED
    assert folded.state.resolved_at == START + 3 * HOUR
    for quiet in (100, None):
        folded = lifecycle.run(
            day, AlertState(), samples([200, 100, 100, 100, quiet, quiet, quiet])
        )
        assert folded.state == AlertState(START + 7 * HOUR)


WINTER = rule(level(80, 76, on=2, off=1), months=frozenset({10, 11, 12, 1, 2, 3, 4}))


def test_out_of_season_nothing_begins() -> None:
    """Outside its months an inactive rule stays inactive."""
    assert set(walk(WINTER, [90] * 5, datetime(2026, 7, 1, tzinfo=UTC))) == {"inactive"}
    assert walk(WINTER, [90] * 2, datetime(2026, 1, 1, tzinfo=UTC)) == ["pending", "fired"]


def test_season_ends_by_london_months() -> None:
    """The last hour of April in London is 22:00 to 23:00 UTC: what is pending then is dropped."""
    evening = datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert walk(WINTER, [90, 90, 90], evening) == ["pending", "dropped", "inactive"]


def test_out_of_season_an_open_alert_resolves_by_values() -> None:
    """What fires when the season ends goes on until it is clear."""
    evening = datetime(2026, 4, 30, 21, tzinfo=UTC)
    assert walk(WINTER, [90, 90, 90, 90, 70], evening) == [
        *("pending", "fired", "firing", "firing", "resolved")
    ]


def test_out_of_season_nothing_reopens() -> None:
    """A breach outside the months does not reopen an episode either."""
    lasting = replace(WINTER, reopen_within=24 * HOUR)
    evening = datetime(2026, 4, 30, 20, tzinfo=UTC)
    assert walk(lasting, [90, 90, 70, 90, 90], evening) == [
        *("pending", "fired", "resolved", "resolved", "resolved")
    ]


def test_times_and_values_of_transitions() -> None:
    """A transition is at its interval's start, known at its end, and carries the worst so far."""
    folded = lifecycle.run(DUST, AlertState(), samples([100, 195, 240, 100, 100]))
    fired, resolved = folded.transitions
    assert (fired.at, fired.known_at) == (START + HOUR, START + 2 * HOUR)
    assert (fired.value, fired.peak, fired.fired_at) == (195, 195, START + HOUR)
    assert (resolved.at, resolved.known_at) == (START + 4 * HOUR, START + 5 * HOUR)
    assert (resolved.value, resolved.peak, resolved.fired_at) == (100, 240, START + HOUR)
    pending = lifecycle.run(HUMIDITY, AlertState(), samples([81])).transitions[0]
    assert (pending.kind, pending.fired_at, pending.peak) == (Kind.PENDING, None, None)


def test_lowest_value_is_the_peak_of_a_low_limit() -> None:
    """For a rule below a threshold the worst value is the lowest."""
    cold = rule(level(18, 18.5), above=False)
    assert lifecycle.run(cold, AlertState(), samples([17, 11, 16])).state.peak == 11


def test_counted_samples_change_nothing() -> None:
    """A sample from before `until` is passed over, by step as by run."""
    first = lifecycle.run(DUST, AlertState(), samples([195, 100]))
    again = lifecycle.run(DUST, first.state, samples([195, 100]))
    assert again.state == first.state
    assert again.transitions == ()
    assert lifecycle.step(DUST, first.state, next(samples([500]))) == (first.state, ())


def test_checkpoints_stand_at_midnights() -> None:
    """Each UTC midnight in an episode has its state, a quiet one has none."""
    evening = datetime(2026, 3, 2, 22, tzinfo=UTC)
    quiet: list[float | None] = [100] * 24
    values = [100, 195, *[185] * 24, 100, 100, *quiet]
    folded = lifecycle.run(DUST, AlertState(), samples(values, evening))
    assert [state.until for state in folded.checkpoints] == [
        datetime(2026, 3, 3, tzinfo=UTC),
        datetime(2026, 3, 4, tzinfo=UTC),
    ]
    assert all(state.status is Status.FIRING for state in folded.checkpoints)


FLAPPING = [191, 171, 171]
"""Fires, and is over two clear hours later: three hours a pair"""
GUARDED = replace(DUST, flap_pairs=5)


def test_sixth_pair_ends_and_what_fires_after_it_is_held() -> None:
    """More than five pairs in 24 hours: from the seventh on it ends after six clear hours."""
    words = walk(GUARDED, [*FLAPPING * 6, 191, *[171] * 7])
    assert words[:18] == ["fired", "firing", "resolved"] * 6
    assert words[18:] == ["fired", *("firing",) * 5, "resolved", "inactive"]


def test_held_begins_its_clear_hours_anew() -> None:
    """A breach, a value above the clear level and a gap count as in every rule."""
    words = walk(GUARDED, [*FLAPPING * 6, 191, *[171] * 5, 172, *[171] * 3, None, *[171] * 3])
    assert words[18:] == ["fired", *("firing",) * 12, "resolved"]


def test_five_pairs_are_not_too_many() -> None:
    """After five pairs all is as before, and so it is after six of which one is a day old."""
    assert walk(GUARDED, [*FLAPPING * 6])[15:] == ["fired", "firing", "resolved"]
    # The first of six ends is known at 3 h, and the next fires in the hour that ends at 27 h.
    late = [*FLAPPING * 6, *[171] * 8, *FLAPPING]
    assert walk(GUARDED, late)[26:] == ["fired", "firing", "resolved"]
    sooner = [*FLAPPING * 6, *[171] * 7, *FLAPPING, *[171] * 4]
    assert walk(GUARDED, sooner)[25:] == ["fired", *("firing",) * 5, "resolved"]


def test_held_episode_that_reopens_is_judged_anew() -> None:
    """Reopened episodes count their ends, too: one episode that comes and goes is held in time."""
    reopening = replace(GUARDED, reopen_within=2 * HOUR)
    words = walk(reopening, [*FLAPPING * 7, *[171] * 4])
    assert words[:3] == ["fired", "firing", "resolved"]
    assert words[3:18] == ["reopened", "firing", "resolved"] * 5
    assert words[18:] == ["reopened", *("firing",) * 5, "resolved"]


def test_rule_without_the_guard_never_holds() -> None:
    """Versions of rules from before the guard are judged as they were."""
    words = walk(DUST, FLAPPING * 9)
    assert words == ["fired", "firing", "resolved"] * 9
    state = lifecycle.run(DUST, AlertState(), samples([*FLAPPING, 171])).state
    assert state == AlertState(START + 4 * HOUR)
