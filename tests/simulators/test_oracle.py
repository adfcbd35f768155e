"""The oracle against series small enough to be worked out by hand."""

from simulators import oracle
from simulators.oracle import HOUR, Episode, Hour, Rule

MINUTE = HOUR // 60
TEN = 10 * MINUTE
E1 = oracle.RULES[0]
H3 = next(rule for rule in oracle.RULES if rule.id == "H3")


def told(rule: Rule, *values: float | None) -> list[tuple[int, int | None, float | None, int]]:
    """Give (hour fired, hour resolved, peak, reopened) of the episodes of hourly values."""
    return [
        (
            episode.fired_at // HOUR,
            None if episode.resolved_at is None else episode.resolved_at // HOUR - 1,
            episode.peak,
            episode.reopened,
        )
        for episode in oracle.episodes(rule, enumerate(values))
    ]


def test_trace_a_of_the_dust_rule() -> None:
    """Fire above 190, clear at or below 171 for two valid hours, gaps hold."""
    trace = [120, 195, 185, 172, 170, 169, 150, 191, None, None, 160, 165]
    rule = Rule("E1", "pm10", "outdoor", 1, 190, 171, off_hours=2)
    assert told(rule, *trace) == [(1, 5, 195, 0), (7, 11, 191, 0)]


def test_trace_b_of_a_rule_with_an_on_delay() -> None:
    """Fire above 80 after six hours in a row, clear at or below 76 for six hours."""
    trace = [81, 82, 83, 79, 81, 82, 83, 84, 85, 86, 85, 77, 76, 75, 74, 73, 72, 71]
    rule = Rule("B", "relative_humidity", "indoor", 1, 80, 76, on_hours=6, off_hours=6)
    assert told(rule, *trace) == [(9, 17, 86, 0)]


def test_a_breach_is_strict_and_the_clear_level_is_not() -> None:
    """190.0 does not fire, 171.0 clears, and between them the off-delay begins again."""
    assert told(E1, 190.0, 190.0) == []
    assert told(E1, 190.1, 171.0, 171.1, 171.0, 171.0) == [(0, 4, 190.1, 0)]


def test_a_missing_hour_neither_advances_nor_resets() -> None:
    """The two cleared hours may have a gap of any length between them."""
    assert told(E1, 200, 100, None, 100) == [(0, 3, 200, 0)]
    assert told(E1, 200, 100, *[None] * 9, 100) == [(0, 11, 200, 0)]
    assert told(E1, 200, *[None] * 9) == [(0, None, 200, 0)]


def test_pending_is_dropped_by_a_gap_that_is_too_long() -> None:
    """Three missing hours hold what is pending; the fourth drops it."""
    rule = Rule("P", "pm10", "outdoor", 1, 190, 171, on_hours=2)
    assert told(rule, 200, None, None, None, 200) == [(4, None, 200, 0)]
    assert told(rule, 200, None, None, None, None, 200) == []
    assert told(rule, 200, 100, 200) == []


def test_a_breach_inside_the_reopen_window_continues_the_episode() -> None:
    """Known less than 24 hours after the resolution it is the same episode; then a new one."""
    fall = [90.0] + [80.0] * 6
    assert told(H3, *fall, *[80.0] * 22, 95.0) == [(0, None, 95.0, 1)]
    assert told(H3, *fall, *[80.0] * 23, 95.0) == [(0, 6, 90.0, 0), (30, None, 95.0, 0)]
    assert told(E1, 200, 100, 100, 300) == [(0, 2, 200, 0), (3, None, 300, 0)]


def test_reopening_needs_no_on_delay() -> None:
    """What fires again within the window fires at once."""
    rule = Rule("R", "pm10", "outdoor", 1, 190, 171, on_hours=2, off_hours=1, reopen_hours=5)
    assert told(rule, 200, 200, 100, 200) == [(1, None, 200, 1)]


def test_three_quarters_of_the_readings_make_an_hour_valid() -> None:
    """12 -> 9, 6 -> 5, 4 -> 3, 3 -> 3, 2 -> 2, 1 -> 1, and one for a device of one a day."""
    minutes = {5: 9, 10: 5, 15: 3, 20: 3, 30: 2, 60: 1, 1440: 1}
    assert {m: oracle.needed(m * MINUTE) for m in minutes} == minutes
    assert oracle.promised(25 * MINUTE) == 2


def test_hourly_means_count_one_reading_of_a_time() -> None:
    """Two readings of one time are one; hours are UTC's, the start belongs to the hour."""
    readings = [(0, 1.0), (0, 9.0), (TEN, 2.0), (HOUR - 1, 3.0), (HOUR, 7.0)]
    assert oracle.hourly(readings, 15 * MINUTE) == {
        0: Hour(3, 2.0, valid=True),
        1: Hour(1, 7.0, valid=False),
    }


def test_an_hour_is_closed_two_intervals_after_its_end() -> None:
    """And 30 minutes after it at the latest."""
    assert oracle.closed(HOUR + 2 * TEN, TEN) == 1
    assert oracle.closed(HOUR + 2 * TEN - 1, TEN) == 0
    assert oracle.closed(HOUR + 30 * MINUTE, 60 * MINUTE) == 1


def test_a_running_mean_needs_18_of_24_hours() -> None:
    """It runs over the valid hourly means, from the first known hour on, through gaps too."""
    hours = {h: Hour(6, float(h), valid=h % 4 != 0) for h in range(40)}
    values = dict(oracle.windows(hours, H3, 42))
    assert values[22] is None
    assert values[23] == sum(h for h in range(24) if h % 4) / 18
    assert values[40] == sum(h for h in range(17, 40) if h % 4) / 18
    assert values[41] is None
    assert list(oracle.windows({}, H3, 41)) == []


def test_silence_fires_three_intervals_after_the_last_word() -> None:
    """One hour at least; it is resolved by the next word, and open without one."""
    heard = [0, TEN, TEN + HOUR, TEN + 2 * HOUR + 1]
    assert oracle.silences(heard, TEN, heard[-1] + 1) == [Episode(TEN + 2 * HOUR, heard[-1])]
    assert oracle.silences(heard, TEN, heard[-1]) == [Episode(TEN + 2 * HOUR)]
    assert oracle.silences([0], 30 * MINUTE, 90 * MINUTE) == []
    assert oracle.silences([0], 30 * MINUTE, 90 * MINUTE + 1) == [Episode(90 * MINUTE)]
    assert oracle.silences([], TEN, HOUR) == []
