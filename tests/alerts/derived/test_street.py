"""Bays, zones and car parks by five minutes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import figures
from alerts.derived import street
from alerts.indices import parking
from alerts.indices.parking import Event, Timeline
from alerts.indices.parking_measures import Restriction
from alerts.indices.restrictions import restrictions

FIGURES = figures.load().parking
MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def always(limit: timedelta) -> tuple[Restriction, ...]:
    """Give a limit that always holds."""
    return restrictions({"limit_minutes": limit / MINUTE})


AN_HOUR = always(HOUR)


def line(*events: tuple[float, bool], until: datetime = NINE + 4 * HOUR) -> Timeline:
    """Give a bay of which a sensor said something some minutes after nine."""
    told = [Event(NINE + minute * MINUTE, 0, taken) for minute, taken in events]
    return parking.timeline(told, HOUR, until, FIGURES)


def minutes(values: street.Values) -> dict[float, float]:
    """Give values by the minutes after nine that they begin."""
    return {(start - NINE) / MINUTE: value for start, value in values.items()}


def test_overstay_counts_from_the_limit_on() -> None:
    """Minutes over the limit at the end of each five minutes; a bay that is free is not over."""
    bay = line((0, False), (12, True), (60, True), (92, False))
    found = minutes(street.overstay(bay, AN_HOUR, NINE, NINE + 2 * HOUR))
    assert found[65] == 0
    assert found[70] == 3
    assert found[75] == 8
    assert found[85] == 18
    assert found[90] == 0
    assert [*found] == [5 * number for number in range(24)]


def test_overstay_counts_only_while_the_limit_holds() -> None:
    """From 09:30 to 10:45 for half an hour: over from 10:00 on, and no longer at 10:45."""
    bay = line((0, True), (60, True), (120, True))
    limits = restrictions({"limit_minutes": 30, "limit_hours": "Mon 09:30-10:45"})
    found = minutes(street.overstay(bay, limits, NINE, NINE + 2 * HOUR))
    assert [found[minute] for minute in (0, 20, 55, 60, 65, 95, 100, 105)] == [
        *(0, 0, 0, 5, 10, 40, 0, 0)
    ]
    holiday = street.overstay(bay, limits, NINE, NINE + 2 * HOUR, {NINE.date()})
    assert set(holiday.values()) == {0}


def test_overstay_of_a_second_stay() -> None:
    """Each stay is counted by itself."""
    bay = line((0, True), (30, False), (40, True), (95, True))
    found = minutes(street.overstay(bay, AN_HOUR, NINE, NINE + 2 * HOUR))
    assert found[95] == 0
    assert found[105] == 10


def test_silent_bay_is_not_over() -> None:
    """A sensor that was silent for too long tells neither of a stay nor of its end."""
    bay = line((0, True), until=NINE + 6 * HOUR)
    found = minutes(street.overstay(bay, AN_HOUR, NINE + 7 * MINUTE, NINE + 6 * HOUR))
    assert min(found) == 10
    assert max(found) == 175


def test_zone_by_its_known_minutes() -> None:
    """The share of known bay-minutes; with under three quarters known there is none."""
    taken = line((0, True), (60, True), (120, True), (180, True))
    changing = line((0, False), (2.5, True), (60, True))
    found = minutes(street.zone_occupancy([taken, changing], NINE, NINE + 10 * MINUTE, FIGURES))
    assert found == {0: 75, 5: 100}
    unknown = Timeline()
    assert street.zone_occupancy([taken, unknown], NINE, NINE + HOUR, FIGURES) == {}
    silent = line((0, True), (60, True), until=NINE + 5 * HOUR)
    later = street.zone_occupancy([silent], NINE + 3 * HOUR, NINE + 5 * HOUR, FIGURES)
    assert max(later) == NINE + HOUR + 3 * HOUR - 5 * MINUTE


def test_lot_by_its_last_count() -> None:
    """A count speaks for an hour; more cars than spaces are full; an error says nothing."""
    counts = {NINE + minute * MINUTE: free for minute, free in ((2, 50.0), (7, -10.0), (11, -1.0))}
    found = minutes(street.lot_occupancy(counts, 100, NINE, NINE + 20 * MINUTE))
    assert found == {0: 50, 5: 100}
    found = minutes(street.lot_occupancy({NINE: 25.0}, 100, NINE, NINE + 2 * HOUR))
    assert found == dict.fromkeys(range(0, 60, 5), 75)


def test_doubts_of_a_zone() -> None:
    """A bay taken for over a day speaks against itself where a limit is; a silent one does not."""
    hours = range(0, 60 * 30, 60)
    stuck = line(*[(minute, True) for minute in hours], until=NINE + 30 * HOUR)
    used = line(*[(minute, minute % 240 < 120) for minute in hours], until=NINE + 30 * HOUR)
    known = {1: stuck, 2: used, 3: Timeline(), 4: stuck}
    limited = {1: True, 2: True, 3: True, 4: False}
    assert street.bay_doubts(known, limited, NINE + 30 * HOUR, FIGURES) == {1: 1, 2: 0, 4: 0}
    assert street.bay_doubts({}, {}, NINE, FIGURES) == {}


@given(
    changes=st.lists(st.tuples(st.integers(0, 300), st.booleans()), min_size=1, max_size=12),
    cut=st.integers(1, 59),
)
def test_division_gives_the_same(changes: list[tuple[int, bool]], cut: int) -> None:
    """What five minutes say does not depend on when they are worked out."""
    end, part = NINE + 5 * HOUR, NINE + cut * 5 * MINUTE
    whole = line(*changes, until=end)
    limit = 30 * MINUTE
    whole_stay = street.overstay(whole, always(limit), NINE, end)
    limits = always(limit)
    both = street.overstay(whole, limits, NINE, part) | street.overstay(whole, limits, part, end)
    assert both == whole_stay
    first = street.zone_occupancy([whole], NINE, part, FIGURES)
    rest = street.zone_occupancy([whole], part, end, FIGURES)
    assert first | rest == pytest.approx(street.zone_occupancy([whole], NINE, end, FIGURES))
