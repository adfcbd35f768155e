"""The environment team sees which site is over its limit, whether it is the site's, and the log."""

from datetime import UTC, datetime, time, timedelta

import pytest

from alerts import figures as practice
from storage.pages_hours import Hour
from storage.pages_sites import Position
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.web import form_token_of
from web import sites
from web.identity import Role
from web.pages.site import cause, summary
from web.pages.sites import sentence
from web.sites import Readings, SiteHour

DUST = practice.load().dust
TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)
NORTH = Position(1, "n", 9, "North", {"bearing": 0})
SOUTH = Position(2, "s", 9, "South", {"bearing": 180})
NOWHERE = Position(3, "x", 9, "Gate", {})


def _hours(value: float) -> dict[datetime, Hour]:
    return {TEN: Hour(TEN, 6, 6, value, value, value, valid=True)}


def _hour(north: float, south: float, wind_from: float | None, speed: float = 3.0) -> SiteHour:
    measured = {(1, "pm10"): _hours(north), (2, "pm10"): _hours(south), (3, "pm10"): _hours(20)}
    measured[1, "pm2_5"] = _hours(0.3 * north)
    wind = ({}, {}) if wind_from is None else (_hours(speed), _hours(wind_from))
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
    assert cause([over]).endswith("in 1 of 1 with wind the site was the cause.")
    assert "without wind nobody can say" in cause([windless, windless])
    assert cause([_hour(30, 40, wind_from=180)]) == "No hour of this time was over the trigger."
    assert summary([over, windless], []).startswith("2 hours over 190 µg/m³, of 2 valid ones")
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
    empty = {"csrf": data["csrf"], "alert": alert}
    assert browser.post(f"{address}/log", data=empty).status_code == 422
    assert browser.post(f"{address}/log", data={**data, "alert": "x"}).status_code == 404


def test_who_only_reads_writes_nothing(visit: Visit, shared_borough: Borough) -> None:
    """Somebody who reads only sees the site and no form."""
    browser = visit(shared_borough)(Role.READ_ONLY)
    address = f"/sites/{shared_borough.places['Quayside works']}"
    assert "Write down what was found" not in browser.get(address).text
    data = {"csrf": "x", "alert": "x"}
    assert browser.post(f"{address}/log", data=data).status_code == 403
    assert visit(shared_borough)(Role.PARKING).get("/sites").status_code == 403
