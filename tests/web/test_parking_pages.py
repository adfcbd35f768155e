"""The parking team sees which bays are free, overstayed or stuck."""

from datetime import UTC, datetime, timedelta

from alerts import figures as practice
from alerts.indices.parking import Bay as State
from alerts.indices.parking_measures import Doubt
from storage.pages_parking import Bay
from tests.fixtures.borough import Borough, Visit
from web import bays
from web.identity import Role
from web.pages.parking import sentence
from web.pages.zone import sentence as zone_sentence

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PARKING = practice.load().parking
BAY = Bay(1, 9, "Bay 1", {"limit_minutes": 60}, "02c17a0000000121", HOUR)
FREE = Bay(2, 9, "Bay 2", {}, None, HOUR)


def _heartbeats(since: datetime, value: float) -> list[tuple[datetime, float]]:
    return [(since + n * HOUR, value) for n in range((NOW - since) // HOUR + 1)]


def test_overstay_counts_beyond_the_grace() -> None:
    """A stay of two hours in a bay of one hour is an hour over; one of 65 minutes is none yet."""
    readings = {
        (1, bays.MEASURED): [(NOW - 9 * HOUR, 0.0), *_heartbeats(NOW - 2 * HOUR, 1.0)],
        (2, bays.MEASURED): _heartbeats(NOW - 3 * HOUR, 0.0),
    }
    taken, free = bays.bays_now([BAY, FREE], readings, NOW, PARKING)
    assert taken.overstay == HOUR
    assert (free.overstay, free.timeline.state) == (timedelta(0), State.FREE)
    short = {(1, bays.MEASURED): [(NOW - HOUR - timedelta(minutes=5), 1.0)]}
    assert bays.bays_now([BAY], short, NOW, PARKING)[0].overstay == timedelta(0)
    assert zone_sentence([taken, free]) == "1 of 2 bays are taken; 1 overstayed."
    assert zone_sentence([free]) == "0 of 1 bay is taken."


def test_bay_that_stays_taken_is_doubtful() -> None:
    """A bay with a limit that was taken two days ago is probably stuck, and its stay no stay."""
    readings = {(1, bays.MEASURED): _heartbeats(NOW - 48 * HOUR, 1.0)}
    (found,) = bays.bays_now([BAY], readings, NOW, PARKING)
    assert Doubt.STUCK_OCCUPIED in found.doubts
    assert bays.verified(found, PARKING) == []


def test_bay_that_was_never_heard_is_unknown() -> None:
    """Without a reading nothing is assumed."""
    (found,) = bays.bays_now([FREE], {}, NOW, PARKING)
    assert (found.timeline.state, found.since) == (State.UNKNOWN, None)
    assert bays.bays_now([], {}, NOW, PARKING) == []


def test_sentences() -> None:
    """What is not known is said."""
    assert sentence([]) == "No bay has a sensor."
    assert sentence([State.OCCUPIED, State.FREE]) == "1 of 2 known bays are taken."
    assert "1 bay cannot be known" in sentence([State.FREE, State.UNKNOWN])


def test_zones_and_a_zone(visit: Visit, shared_borough: Borough) -> None:
    """The list gives the counts; the zone its bays, use and stays, for each period."""
    browser = visit(shared_borough)(Role.PARKING)
    page = browser.get("/parking").text
    assert "High Street" in page
    assert "1 bay cannot be known" in page
    address = f"/parking/{shared_borough.places['High Street']}"
    for period in ("24h", "7d", "30d"):
        zone = browser.get(address, params={"period": period}).text
        assert "overstayed" in zone
        assert Doubt.STUCK_OCCUPIED.value in zone
    assert browser.get(address, params={"csv": "bays"}).text.count("\n") == 9
    assert browser.get("/parking/none").status_code == 404
    assert visit(shared_borough)(Role.HOUSING).get("/parking").status_code == 403
