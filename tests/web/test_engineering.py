"""The page of health says in one sentence whether all is well."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from storage.account import PossibleGap
from storage.pages_health import AccountHour, Evaluation, Fleet
from storage.rule_versions import Refusal
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.borough_world import NOW
from web import wording
from web.identity import Role
from web.pages.engineering import Health, Period, complaints, sentence

WELL = Health(
    Fleet(17, 16, 1, 0, 4, 2),
    Evaluation(0, NOW + timedelta(minutes=5)),
    (),
    NOW - timedelta(minutes=1),
    date(2026, 12, 28),
    (),
)
REFUSED = (
    f"the rule files are wrong since {wording.when(NOW - timedelta(hours=3))}, "
    "so the last good rules stay in force (a: one; b: two)"
)
GAP = PossibleGap(NOW - timedelta(hours=2), NOW - timedelta(hours=1), "QoS 0")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (WELL, None),
        (replace(WELL, last_commit=None, weeks_until=None), None),
        (replace(WELL, gaps=(GAP, GAP)), "messages may be lost in 2 stretches of time, below"),
        (replace(WELL, last_commit=NOW - timedelta(hours=3)), "no message came for 3 hours"),
        (
            replace(WELL, evaluation=Evaluation(7, NOW - timedelta(minutes=90))),
            "the evaluation of rules is 1 hour 30 minutes behind",
        ),
        (
            replace(WELL, evaluation=Evaluation(100_001, None)),
            "more than 100,000 hours wait to be computed",
        ),
        (
            replace(WELL, weeks_until=date(2026, 11, 30)),
            "there is room for readings until 30 Nov 2026 only",
        ),
        (
            replace(WELL, refusal=Refusal(NOW - timedelta(hours=3), "a: one\nb: two")),
            REFUSED,
        ),
        (replace(WELL, faults=["the style sheet was not made"]), "the style sheet was not made"),
    ],
)
def test_complaints(found: Health, said: str | None) -> None:
    """Each thing that can be wrong is named; nothing is named when nothing is."""
    assert complaints(found, NOW, NOW) == ([said] if said else [])


def test_sentence_adds_up() -> None:
    """The first sentence gives the books and, if need be, what is wrong."""
    hours = [AccountHour(NOW, 5, 1, 2, 9), AccountHour(NOW - timedelta(hours=1), 4)]
    said = sentence([], hours, Period.DAY)
    assert said.startswith("Of 12 messages in the last 24 hours, 9 were stored, 1 refused")
    assert said.endswith("every one is accounted for, and everything keeps up.")
    assert sentence(["it is late"], hours, Period.WEEK).endswith("not all is well: it is late.")


def test_page(visit: Visit, shared_borough: Borough) -> None:
    """An engineer sees the books of each hour, the reasons, the gap and the fleet in numbers."""
    page = visit(shared_borough)(Role.ENGINEER).get("/engineering").text
    assert "messages may be lost in 1 stretch of time" in page
    assert "the broker lost our session" in page
    assert 'href="/engineering/quarantine?reason=truncated"' in page
    assert page.count('<time datetime="2026-11-24') >= 12


def test_books_are_the_same_once_added_up(visit: Visit, borough: Borough) -> None:
    """Hours that are added up and kept say what their entries said, and an hour without any too."""
    browser = visit(borough)(Role.READ_ONLY)
    first = browser.get("/engineering", params={"csv": "hours", "period": "7d"}).text
    again = browser.get("/engineering", params={"csv": "hours", "period": "7d"}).text
    assert first == again
    assert len(first.splitlines()) == 1 + 7 * 24 + 1
    with borough.connect() as connection:
        kept = connection.execute("select count(distinct hour) from account_1h").fetchone()
        assert kept == (8 * 24,)
        at = datetime(2026, 11, 24, 12, 1, tzinfo=UTC)
        connection.execute(
            "insert into account_entry (at, outcome, messages) values (%s, 'stored', 1000)", [at]
        )
    newest = browser.get("/engineering", params={"csv": "hours"}).text.splitlines()[1]
    assert int(newest.split(",")[2]) > 1000


@pytest.mark.parametrize("role", [Role.HOUSING, Role.ENVIRONMENT, Role.PARKING])
def test_other_teams_do_not_see_it(visit: Visit, shared_borough: Borough, role: Role) -> None:
    """Engineering is for engineers, those who read only, and administrators."""
    assert visit(shared_borough)(role).get("/engineering").status_code == 403


def test_unknown_csv_is_said(visit: Visit, shared_borough: Borough) -> None:
    """A table that the page does not have is a 404."""
    answer = visit(shared_borough)(Role.ADMIN).get("/engineering", params={"csv": "nothing"})
    assert answer.status_code == 404
