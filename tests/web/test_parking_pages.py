"""The parking team sees which bays are free, overstayed or stuck."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from alerts.indices import parking
from alerts.indices.parking import Bay as State
from alerts.indices.parking import Event
from alerts.indices.parking_measures import Doubt, occupancy_over
from storage import pages_parking
from storage.pages_parking import Bay, States
from tests.fixtures import borough_world as world
from tests.fixtures.borough import Borough, Visit
from web import bays
from web.identity import Role
from web.pages.parking import sentence
from web.pages.zone import sentence as zone_sentence

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY_AGO = NOW - 24 * HOUR
BAY = Bay(1, 9, "Bay 1", {"limit_minutes": 60}, "02c17a0000000121", HOUR)
FREE = Bay(2, 9, "Bay 2", {}, None, HOUR)


def _heartbeats(since: datetime, *, taken: bool) -> list[tuple[datetime, bool]]:
    return [(since + n * HOUR, taken) for n in range((NOW - since) // HOUR + 1)]


def test_overstay_counts_beyond_the_grace() -> None:
    """A stay of two hours in a bay of one hour is an hour over; one of 65 minutes is none yet."""
    readings = {
        1: [(NOW - 9 * HOUR, False), *_heartbeats(NOW - 2 * HOUR, taken=True)],
        2: _heartbeats(NOW - 3 * HOUR, taken=False),
    }
    taken, free = bays.bays_now([BAY, FREE], readings, DAY_AGO, NOW)
    assert taken.overstay == HOUR
    assert (free.overstay, free.timeline.state) == (timedelta(0), State.FREE)
    short = {1: [(NOW - HOUR - timedelta(minutes=5), True)]}
    assert bays.bays_now([BAY], short, DAY_AGO, NOW)[0].overstay == timedelta(0)
    assert zone_sentence([taken, free]) == "1 of 2 bays are taken; 1 overstayed."
    assert zone_sentence([free]) == "0 of 1 bay is taken."


def test_bay_that_stays_taken_is_doubtful() -> None:
    """A bay with a limit that was taken two days ago is probably stuck, and its stay no stay."""
    readings = {1: _heartbeats(NOW - 48 * HOUR, taken=True)}
    (found,) = bays.bays_now([BAY], readings, DAY_AGO, NOW)
    assert Doubt.STUCK_OCCUPIED in found.doubts
    assert bays.verified(found) == []


def test_state_goes_on_over_what_is_unknown() -> None:
    """A bay says since when it is taken, as its stay counts, however long it was silent between."""
    readings = {1: [(NOW - 120 * HOUR, True), *_heartbeats(NOW - 48 * HOUR, taken=True)]}
    (found,) = bays.bays_now([BAY], readings, DAY_AGO, NOW)
    assert found.since == NOW - 120 * HOUR
    assert found.overstay == 119 * HOUR
    readings = {1: [(NOW - 9 * HOUR, False), *_heartbeats(NOW - 2 * HOUR, taken=True)]}
    (found,) = bays.bays_now([BAY], readings, DAY_AGO, NOW)
    assert found.since == NOW - 2 * HOUR


def test_bay_that_was_never_heard_is_unknown() -> None:
    """Without a reading nothing is assumed."""
    (found,) = bays.bays_now([FREE], {}, DAY_AGO, NOW)
    assert (found.timeline.state, found.since) == (State.UNKNOWN, None)
    assert bays.bays_now([], {}, DAY_AGO, NOW) == []


def test_sentences() -> None:
    """What is not known is said."""
    assert sentence([]) == "No bay has a sensor."
    assert sentence([States(1, 0, 1), States(0, 1, 1)]) == "1 of 2 known bays are taken."
    assert "1 bay cannot be known" in sentence([States(0, 1, 2)])


def test_zones_and_a_zone(visit: Visit, shared_borough: Borough) -> None:
    """The list gives the counts; the zone its bays, use and stays, for each period."""
    browser = visit(shared_borough)(Role.PARKING)
    page = browser.get("/parking").text
    assert "High Street" in page
    assert "1 bay cannot be known" in page
    zones = browser.get("/parking", params={"csv": "zones"}).text
    assert zones.splitlines()[1] == "High Street,Centre,2,5,7,8,28.571428571428573"
    address = f"/parking/{shared_borough.places['High Street']}"
    for period in ("24h", "7d"):
        zone = browser.get(address, params={"period": period}).text
        assert "overstayed" in zone
        assert Doubt.STUCK_OCCUPIED.value in zone
    assert browser.get(address, params={"csv": "bays"}).text.count("\n") == 9
    assert browser.get("/parking/none").status_code == 404
    assert browser.get(address, params={"period": "30d"}).status_code == 422
    assert visit(shared_borough)(Role.HOUSING).get("/parking").status_code == 403


@given(
    st.lists(st.tuples(st.integers(0, 30 * 60), st.booleans()), max_size=25),
    st.integers(5, 600),
)
def test_hours_in_one_pass_are_those_one_by_one(
    said: list[tuple[int, bool]], heartbeat: int
) -> None:
    """The occupancy of each hour is what the measure gives for that hour alone."""
    start = NOW - 30 * HOUR
    events = [Event(start + timedelta(minutes=m), 0, taken) for m, taken in said]
    lines = [parking.timeline(events, timedelta(minutes=heartbeat), NOW, bays.FIGURES)]
    found = bays.occupancy_by_hour(lines, start, NOW)
    expected = [
        (start + n * HOUR, occupancy_over(lines, start + n * HOUR, start + (n + 1) * HOUR))
        for n in range(30)
    ]
    event("unknown hours" if any(value is None for _, value in found) else "all known")
    assert found == [(hour, v if v is None else pytest.approx(v)) for hour, v in expected]


def test_state_that_began_long_ago_has_its_whole_length(borough: Borough) -> None:
    """A bay that was taken before the window is told with when that began, and its last word."""
    with borough.connect() as connection:
        zone = pages_parking.zones(connection)[0]
        listed = pages_parking.bays(connection, [zone.id])
        since, now = world.NOW - 24 * HOUR, world.NOW
        said = pages_parking.events(connection, [bay.id for bay in listed], since, now)
        stuck = next(bay for bay in listed if bay.name == "Bay 8")
        first, second, *within = sorted(said[stuck.id])
        assert first == (world.STREET + 4 * timedelta(days=1) + 9 * HOUR, True)
        assert second[0] < since <= within[0][0]
        assert second[0] > since - 2 * HOUR
        assert all(taken for _, taken in said[stuck.id])
        (found,) = bays.bays_now([stuck], said, since, now)
        assert found.doubts == (Doubt.STUCK_OCCUPIED,)
        assert found.timeline.sessions[-1].start == first[0]
