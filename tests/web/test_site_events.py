"""Episodes of dust at one site that are one event."""

import re
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from storage.pages_sites import Exceedance
from tests.fixtures.borough import Borough, Visit
from web.identity import Role
from web.pages.site_events import events
from web.pages.site_tables import Told

NO_TAG = Markup("")
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def told(name: str, severity: str, first: float, last: float | None) -> Told:
    """Give an episode by its hours after nine; without an end it goes on."""
    fired = NINE + timedelta(hours=first)
    ended = None if last is None else NINE + timedelta(hours=last)
    status = "firing" if last is None else "resolved"
    told_of = (name, name.split(maxsplit=1)[0], "Dust", severity, status, fired, ended, 200.0)
    rest = (None, None, None, None, None, None)
    return Told(Exceedance(*told_of, 1, 2, "North", *rest), "200 µg/m³", None, None, None, NO_TAG)


def shown(*episodes: Told) -> list[tuple[float, float | None, list[str]]]:
    """Give the events by their hours after nine, with the names of what is in them."""
    hour = timedelta(hours=1)
    return [
        (
            (event.since - NINE) / hour,
            None if event.until is None else (event.until - NINE) / hour,
            [each.episode.id for each in event.episodes],
        )
        for event in events(episodes)
    ]


def test_one_bout_of_three_rules_is_one_event() -> None:
    """E3 from nine, E1 an hour later and the day's mean E4 in the evening: the gravest first."""
    bout = (told("E3", "amber", 0, 5), told("E1", "red", 1, 4), told("E4", "info", 3, 20))
    assert shown(*bout) == [(0, 5, ["E1", "E3", "E4"])]
    assert shown(*reversed(bout)) == shown(*bout)


def test_what_lasts_for_days_joins_no_bouts() -> None:
    """Two bouts under one day's mean stay two events, the newer first."""
    found = shown(
        told("E1", "red", 0, 3),
        told("E4", "info", 2, 40),
        told("E1 again", "red", 24, 27),
        told("E3", "amber", 26, None),
    )
    assert found == [(24, None, ["E1 again", "E3"]), (0, 3, ["E1", "E4"])]


def test_what_belongs_to_nothing_stands_alone() -> None:
    """A day's mean without a bout, and bouts that do not touch."""
    assert shown(told("E4", "info", 10, 20), told("E1", "red", 0, 3)) == [
        (10, 20, ["E4"]),
        (0, 3, ["E1"]),
    ]
    assert len(shown(told("E1", "red", 0, 3), told("E1 again", "red", 3.5, 5))) == 2
    assert len(shown(told("E1", "red", 0, 3), told("E3", "amber", 3, 5))) == 1
    assert shown() == []
    assert len(shown(told("E4", "info", 0, 3), told("E4 again", "info", 1, 5))) == 2


def test_site_page_shows_one_event(visit: Visit, shared_borough: Borough) -> None:
    """The bout of the borough's site, over three rules, stands under one heading."""
    address = f"/sites/{shared_borough.places['Quayside works']}"
    page = visit(shared_borough)(Role.ENVIRONMENT).get(address).text
    assert page.count("One event, ") == 1
    [number] = re.findall(r": (\d+) alerts</h3>", page)
    assert page.count("<h4 ") == int(number) > 1
    report = visit(shared_borough)(Role.ENVIRONMENT).get(f"{address}/report?month=2026-11").text
    assert "One event, " in report
