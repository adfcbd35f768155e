"""The environment team sees which site is over its limit, whether it is the site's, and the log."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from psycopg.errors import RaiseException

from alerts import figures as practice
from alerts.indices.wind import Wind, by_hour, mean_direction
from storage.pages_hours import Hour
from storage.pages_sites import Exceedance, Position, Site
from tests.fixtures import borough_world as world
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.web import form_token_of
from web import quarters, sites
from web.identity import Role
from web.pages.site import Written, read_entry
from web.pages.site_report import summary
from web.pages.sites import sentence, state
from web.site_story import Story, cause, last_hour, standing, whose
from web.sites import Readings, SiteHour

HOUR = timedelta(hours=1)
DUST = practice.load().dust
TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)
NORTH = Position(1, "n", 9, "North", {"bearing": 0})
SOUTH = Position(2, "s", 9, "South", {"bearing": 180})
SITE = Site(9, "w", "Works", "Quay", {}, 3)
EPISODE = Exceedance(
    *("a", "E1", "Dust", "red", "firing", TEN, None, 200.0, 9, 1, "North"),
    *(None, None, None, None, None, None),
)
NOWHERE = Position(3, "x", 9, "Gate", {})


def _hours(value: float) -> dict[datetime, Hour]:
    return {TEN: Hour(TEN, 6, 6, value, value, value, valid=True)}


def _hour(north: float, south: float, wind_from: float | None, speed: float = 3.0) -> SiteHour:
    measured = {(1, "pm10"): _hours(north), (2, "pm10"): _hours(south), (3, "pm10"): _hours(20)}
    measured[1, "pm2_5"] = _hours(0.3 * north)
    wind = {} if wind_from is None else {TEN: Wind(speed, wind_from)}
    works = sites.working_hours({"hours": "Mon-Fri 08:00-18:00; Sat 08:00-13:00"})
    found = Readings((NORTH, SOUTH, NOWHERE), measured, wind, works)
    (hour,) = sites.hours(found, DUST, TEN, TEN + timedelta(hours=1))
    return hour


def test_wind_tells_whose_dust_it_is() -> None:
    """Downwind less upwind is what the site adds, when the wind blows over it."""
    hour = _hour(300, 40, wind_from=180)
    assert (hour.contribution, hour.is_the_sites, hour.highest) == (260, True, 300)
    assert hour.ratio == pytest.approx(0.3)
    assert hour.working is True
    assert _hour(300, 280, wind_from=180).is_the_sites is False
    assert _hour(300, 40, wind_from=90).contribution is None
    assert _hour(300, 40, wind_from=180, speed=0.1).contribution is None
    assert _hour(300, 40, wind_from=None).is_the_sites is None


@pytest.mark.parametrize("text", ["weekdays", "Mon-Fri", "Mon 8-9", None, 7])
def test_hours_that_are_not_hours(text: object) -> None:
    """What is not written as hours is no hours, and no fault."""
    assert sites.working_hours({"hours": text}) is None  # type: ignore[dict-item]


def test_hours_of_single_days() -> None:
    """A day may stand alone."""
    hours = sites.working_hours({"hours": "Sat 08:00-13:00"})
    assert hours is not None
    assert hours.days == {5: (time(8), time(13))}


def test_sentences() -> None:
    """What is not known is said, and nothing is blamed on a site without wind."""
    over, windless = _hour(300, 40, wind_from=180), _hour(300, 40, wind_from=None)
    assert cause([over]).endswith("in 1 of 1 with wind across it the site was the cause.")
    assert "without wind across the site nobody can say" in cause([windless, windless])
    assert cause([_hour(30, 40, wind_from=180)]) == "No hour of this time was over the trigger."
    story = Story(SITE, [], {}, [over, windless], TEN, TEN + timedelta(hours=2))
    assert summary(story, []).startswith("2 hours over 190 µg/m³, of 2 valid ones")
    assert sentence([], []) == "No site is registered."


def test_list_of_sites(visit: Visit, shared_borough: Borough) -> None:
    """The site that is over its limit now is named first of all."""
    page = visit(shared_borough)(Role.ENVIRONMENT).get("/sites").text
    assert "Mill Lane depot is over the limit, of 2 sites." in page
    assert "Within limits" in page


def test_site_page(visit: Visit, shared_borough: Borough) -> None:
    """A site shows its dust, wind, log and calibration, for a day and for a month."""
    browser = visit(shared_borough)(Role.ENVIRONMENT)
    address = f"/sites/{shared_borough.places['Quayside works']}"
    for period in ("24h", "7d", "30d"):
        page = browser.get(address, params={"period": period}).text
        assert "The site is within its limits." in page
        assert "Mon-Fri 08:00-18:00" in page
    assert "the site was the cause" in browser.get(address, params={"period": "7d"}).text
    assert "Working hour" in browser.get(address, params={"csv": "hours"}).text
    assert browser.get("/sites/none").status_code == 404
    depot = browser.get(f"/sites/{shared_borough.places['Mill Lane depot']}").text
    assert "The site is over its limit at East boundary." in depot


def test_list_tells_the_last_hour(visit: Visit, shared_borough: Borough) -> None:
    """The last valid hour's highest mean stands against the trigger, with the age of the data."""
    text = visit(shared_borough)(Role.ENVIRONMENT).get("/sites", params={"csv": "sites"}).text
    depot, works = list(csv.reader(io.StringIO(text)))[1:]
    assert depot[:3] == ["Mill Lane depot", "Hill", "Red"]
    assert float(depot[3]) == pytest.approx(240)
    assert float(depot[4]) == pytest.approx(100 * 240 / 190)
    assert float(depot[5]) == pytest.approx(9, abs=1)
    assert works[2] == "Within limits"


@pytest.mark.parametrize(
    ("recent", "age", "word"),
    [
        ([EPISODE], None, "Red"),
        ([replace(EPISODE, severity="amber")], timedelta(0), "Amber"),
        ([replace(EPISODE, status="resolved")], timedelta(minutes=9), "Within limits"),
        ([replace(EPISODE, site=8)], timedelta(hours=4), "No data"),
        ([], None, "No data"),
    ],
)
def test_state_of_a_site(recent: list[Exceedance], age: timedelta | None, word: str) -> None:
    """The worst open episode, or that nothing newer than three hours is known."""
    assert state(9, recent, age).text == word


def test_how_a_site_stands() -> None:
    """Over its limit, in amber or within, and where."""
    assert standing([EPISODE]) == "The site is over its limit at North."
    assert "amber level at North" in standing([replace(EPISODE, severity="amber")])
    assert standing([replace(EPISODE, status="resolved")]) == "The site is within its limits."
    assert standing([replace(EPISODE, severity="info")]) == "The site is within its limits."


def test_whose_dust() -> None:
    """Downwind of the site or not, or without wind across it, or nothing known of the hour."""
    assert whose(None) is None
    assert whose(_hour(300, 40, wind_from=180)) == "the site's"
    assert whose(_hour(300, 280, wind_from=180)) == "not shown to be the site's"
    assert whose(_hour(300, 40, wind_from=None)) == "no wind across the site"


def test_last_valid_hour() -> None:
    """An hour that lacks readings, or is three hours old, is not the state now."""
    found = _hours(120)
    assert last_hour(found, TEN + timedelta(hours=2)) == (TEN, 120)
    assert last_hour(found, TEN + timedelta(hours=4)) is None
    assert last_hour({TEN: replace(found[TEN], valid=False)}, TEN) is None


@pytest.mark.parametrize(
    ("angles", "mean"),
    [([350, 10], 0), ([90], 90), ([0, 90], 45), ([], None), ([0, 180], None), ([270, 280], 275)],
)
def test_mean_direction(angles: list[float], mean: float | None) -> None:
    """Directions are arrows: about north the mean is north, and those that cancel have none."""
    found = mean_direction(angles)
    if mean is None:
        assert found is None
    else:
        assert found is not None
        assert (found - mean + 180) % 360 - 180 == pytest.approx(0, abs=1e-9)


@given(st.lists(st.floats(0, 360), min_size=1, max_size=8), st.floats(0, 360))
def test_mean_direction_turns_with_the_wind(angles: list[float], turn: float) -> None:
    """Turning every direction turns the mean by as much."""
    before = mean_direction(angles)
    after = mean_direction([(angle + turn) % 360 for angle in angles])
    event("cancels" if before is None else "has a mean")
    assume(before is not None and after is not None)
    assert before is not None
    assert after is not None
    assert (after - before - turn + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)


def test_wind_needs_a_valid_hour() -> None:
    """An hour without a mean of the speed has no wind."""
    found = by_hour({TEN: 3.0}, [(TEN + timedelta(minutes=n), 180.0) for n in (20, 80)])
    assert list(found) == [TEN]
    assert found[TEN].speed == 3
    assert found[TEN].comes_from == pytest.approx(180)


def test_quarters() -> None:
    """A quarter of an hour counts with three quarters of its readings; a gap is a gap."""
    five = timedelta(minutes=5)
    readings = [(TEN + n * five, float(n)) for n in (0, 1, 2, 3, 4, 6)]
    points = quarters.means(readings, five, TEN, TEN + HOUR)
    assert [point.value for point in points] == [1, None, None, None]
    assert quarters.expected(timedelta(minutes=10)) == 1
    rare = quarters.means(readings, timedelta(minutes=20), TEN, TEN + HOUR)
    assert [point.value for point in rare] == [None] * 4


@pytest.mark.parametrize(("name", "shown"), [("Quayside works", False), ("Mill Lane depot", True)])
def test_quarters_where_devices_report_often(
    visit: Visit, shared_borough: Borough, name: str, *, shown: bool
) -> None:
    """Where devices report every ten minutes there are 15-minute means; every 20, it is said."""
    browser = visit(shared_borough)(Role.READ_ONLY)
    page = browser.get(f"/sites/{shared_borough.places[name]}").text
    assert ("Means of 15 minutes of the last day." in page) is shown
    assert ("No device here reports often enough" in page) is not shown


def test_episode_is_told_with_its_circumstances(visit: Visit, shared_borough: Borough) -> None:
    """Each episode says whether it was a working hour, how coarse the dust was, and whose."""
    browser = visit(shared_borough)(Role.ENVIRONMENT)
    address = f"/sites/{shared_borough.places['Quayside works']}"
    text = browser.get(address, params={"csv": "log"}).text.removeprefix("\ufeff")
    heading, *rows = list(csv.reader(io.StringIO(text)))
    by_risk = {row[3]: dict(zip(heading, row, strict=True)) for row in rows}
    assert by_risk.keys() == {"Info", "Amber", "Red"}
    told = by_risk["Red"]
    assert told["Position"] == "North gate"
    assert told["Working hour"] == "yes"
    assert float(told["PM2.5 to PM10"]) == pytest.approx(0.27, abs=0.02)
    assert told["Whose dust"] == "the site's"
    assert float(told["Peak"]) > 190
    assert told["Unit"] == "µg/m³"
    bands = [row for row in rows if row[4].startswith("Indicative band")]
    assert {row[heading.index("Unit")] for row in bands} == {""}
    assert "at most 5.0; in working hours" in browser.get(address).text


def test_why_a_site_fired_is_logged_and_printed(visit: Visit, borough: Borough) -> None:
    """The team writes down cause and action; the month's report has it; nothing is changed."""
    browser = visit(borough)(Role.ENVIRONMENT)
    address = f"/sites/{borough.places['Quayside works']}"
    page = browser.get(address).text
    alert = page.split('<option value="')[1].split('"')[0]
    data = {
        "csrf": form_token_of(page),
        "alert": alert,
        "cause": "Concrete broken without water",
        "action": "Work stopped, water brought",
        "stopped": "2026-11-23T11:20",
        "restarted": "2026-11-23T14:00",
        "closes": "true",
    }
    assert "Concrete broken" in browser.post(f"{address}/log", data=data).text
    report = browser.get(f"{address}/report", params={"month": "2026-11"}).text
    assert "Work stopped, water brought" in report
    assert "1 closed" in report
    assert browser.get(f"{address}/report", params={"month": "November"}).status_code == 422
    earlier = browser.get(f"{address}/report", params={"month": "2026-10"}).text
    assert "0 episodes, 0 closed" in earlier
    assert "month=2026-11" in earlier


WRITTEN = Written(alert="a", cause="Concrete", stopped="2026-11-23T11:20", restarted="")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"alert": "b"}, ["alert"]),
        ({"cause": " ", "stopped": ""}, ["cause"]),
        ({"cause": "", "stopped": "", "closes": True}, []),
        ({"stopped": "at noon"}, ["stopped"]),
        ({"restarted": "later"}, ["restarted"]),
        ({"restarted": "2026-11-23T11:00"}, ["restarted"]),
        ({"restarted": "2026-11-23T14:00", "stopped": ""}, ["restarted"]),
        ({"restarted": "2026-11-23T14:00Z"}, []),
    ],
)
def test_entry_is_read_or_said_to_be_wrong(changes: dict[str, object], fields: list[str]) -> None:
    """Each mistake is told at its field, and nothing half right is written down."""
    written = WRITTEN.model_copy(update=changes)
    entry, errors = read_entry(written, "Ewan", [EPISODE])
    assert [name for name, _ in errors] == fields
    assert (entry is None) is bool(fields)


def test_mistake_is_shown_with_what_was_written(visit: Visit, borough: Borough) -> None:
    """A form that is wrong comes back with its words and a summary of what is wrong."""
    browser = visit(borough)(Role.ENVIRONMENT)
    address = f"/sites/{borough.places['Quayside works']}"
    page = browser.get(address).text
    data = {
        "csrf": form_token_of(page),
        "alert": page.split('<option value="')[1].split('"')[0],
        "action": "Sprayed <b>water</b>",
        "restarted": "2026-11-23T14:00",
    }
    answer = browser.post(f"{address}/log", data=data)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert 'href="#restarted"' in answer.text
    assert "Sprayed &lt;b&gt;water&lt;/b&gt;" in answer.text
    with borough.connect() as connection:
        assert connection.execute("select count(*) from exceedance_entry").fetchone() == (0,)


def test_log_is_history(borough: Borough) -> None:
    """What was written down is never changed, deleted or emptied."""
    with borough.connect() as connection:
        connection.execute(
            "insert into exceedance_entry (alert_id, recorded_at, author, cause, action, closes)"
            " select id, now(), 'Ewan', 'x', '', false from alert limit 1"
        )
        for change in (
            "update exceedance_entry set cause = 'y'",
            "delete from exceedance_entry",
            "truncate exceedance_entry",
        ):
            with pytest.raises(RaiseException, match="is history"):
                connection.execute(change)


def test_calibration(visit: Visit, borough: Borough) -> None:
    """The page says how readings are corrected and where that comes from, or that they are not."""
    browser = visit(borough)(Role.ENVIRONMENT)
    address = f"/sites/{borough.places['Quayside works']}/calibration"
    assert "Not at all: no comparison" in browser.get(address).text
    with borough.connect() as connection:
        connection.execute(
            'insert into calibration (dev_eui, property_id, name, slope, "offset", valid_from,'
            " source, r2, pairs) select %s, id, 'spring', 1.21, -2, %s,"
            " 'co-location March 2026 at Town hall', 0.83, 412 from observed_property"
            " where name = 'pm10'",
            [world.NORTH.dev_eui, world.BEGIN],
        )
    page = browser.get(address).text
    assert "1 calibration of 1 device" in page
    assert "co-location March 2026 at Town hall" in page
    assert "1.210" in page


def test_who_only_reads_writes_nothing(visit: Visit, shared_borough: Borough) -> None:
    """Somebody who reads only sees the site and no form."""
    browser = visit(shared_borough)(Role.READ_ONLY)
    address = f"/sites/{shared_borough.places['Quayside works']}"
    assert "Write down what was found" not in browser.get(address).text
    data = {"csrf": "x", "alert": "x"}
    assert browser.post(f"{address}/log", data=data).status_code == 403
    assert visit(shared_borough)(Role.PARKING).get("/sites").status_code == 403
