"""One rule, and what it would have done with other numbers."""

import re
from threading import Barrier, Thread
from urllib.parse import quote

import pytest

from alerts import rule_writing, rules
from alerts.model import AlertRule
from boroughsense import previews
from storage.connection import Connection
from tests.fixtures import borough_world as world
from tests.fixtures.borough import Borough, Visit
from web.identity import Role
from web.pages.rule import _in_turn, basis
from web.pages.rule_preview import Turns

RULES = {rule.id: rule for rule in rules.load()}
PREVIEW = "/engineering/rules/{}/preview?since=2026-11-20"


def text_of(rule: AlertRule, *changes: tuple[str, str]) -> str:
    """Give a rule as its file has it, with some words altered."""
    text = rule_writing.text(rule_writing.fields(rule))
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return quote(text)


def test_rule(visit: Visit, shared_borough: Borough) -> None:
    """Its numbers, what they rest on, its open alerts and its versions stand on one page."""
    browser = visit(shared_borough)(Role.ENGINEER)
    page = browser.get("/engineering/rules/E2").text
    assert "Dust high for a quarter of an hour" in page
    assert "250 ug/m3 as 15-minute mean" in page
    assert "Practice, known but not confirmed" in page
    assert RULES["E2"].version in page
    rows = browser.get("/engineering/rules/E2?json=levels").json()["rows"]
    assert rows == [
        {"risk": "amber", "fires_above": "250", "after": None, "over_at": "225", "for": "30m"}
    ]
    open_now = browser.get("/engineering/rules/E1?json=open").json()["rows"]
    assert [row["where"] for row in open_now] == ["Mill Lane depot, East boundary"]
    assert browser.get("/engineering/rules/D1?json=levels").status_code == 404
    assert browser.get("/engineering/rules/Z1").status_code == 404


def test_rule_of_homes_says_no_home_to_an_engineer(visit: Visit, shared_borough: Borough) -> None:
    """An engineer learns how many alerts are open in homes, and nothing else of them."""
    page = visit(shared_borough)(Role.ENGINEER).get("/engineering/rules/H3").text
    assert "1 alert is open, since Sun 22 Nov 2026, 19:00" in page
    assert "1 more open alert of this rule is not in the list" in page
    assert "Acacia" not in page
    assert world.BEDROOM.dev_eui not in page
    assert (
        "12 Acacia Road, Bedroom"
        in visit(shared_borough)(Role.ADMIN).get("/engineering/rules/H3").text
    )


def test_rule_that_was_taken_away(visit: Visit, borough: Borough) -> None:
    """It keeps its page and its versions, and nothing of it can be previewed."""
    with borough.connect() as connection:
        connection.execute(
            "insert into rule_version (rule_id, since, version, definition)"
            " values ('E3', %s, '', '{}')",
            [world.NOW],
        )
    browser = visit(borough)(Role.ENGINEER)
    assert "It was taken away" in browser.get("/engineering/rules/E3").text
    assert browser.get(PREVIEW.format("E3")).status_code == 404


def test_months_and_sureness_are_words() -> None:
    """A season that runs over New Year begins in autumn; a source says how sure it is."""
    assert _in_turn(frozenset({1, 2, 3, 4, 10, 11, 12})) == [10, 11, 12, 1, 2, 3, 4]
    assert _in_turn(frozenset({5})) == [5]
    assert basis(RULES["E1"]) == ""
    assert "Practice" in basis(RULES["H5"])
    assert "A decision" in basis(RULES["H5"])


def test_lower_threshold_makes_alerts_and_writes_nothing(visit: Visit, borough: Borough) -> None:
    """A number in the address makes the episodes that it would have made; the books stay shut."""
    with borough.connect() as connection:
        before = _books(connection)
        browser = visit(borough)(Role.READ_ONLY)
        first = browser.get("/engineering/rules/E1/preview").text
        page = browser.get(f"{PREVIEW.format('E1')}&threshold=25&clear=20").text
        assert _books(connection) == before
    assert "Nothing is written, and nobody is told" in first
    shown = dict(re.findall(r'id="(\w+)-1" name="\w+" type="text" value="([^"]*)"', first))
    assert shown == {"threshold": "190", "clear": "171", "on_delay": "0", "off_delay": "2h"}
    assert "Fires above (µg/m³)" in first
    assert "instead of 2" in page
    rows = browser.get(f"{PREVIEW.format('E1')}&threshold=25&clear=20&json=new").json()["rows"]
    assert {row["where"] for row in rows} == {
        "Quayside works, North gate",
        "Quayside works, South fence",
        "Mill Lane depot, East boundary",
        "Mill Lane depot, West boundary",
    }
    same = browser.get(f"{PREVIEW.format('E1')}&threshold=190").text
    assert "Nothing that decides was changed" in same


def _books(connection: Connection) -> list[tuple[int]]:
    tables = ("alert", "alert_transition", "notification", "rule_version", "audit")
    return [
        row
        for table in tables
        for row in connection.execute(f"select count(*) from {table}")  # noqa: S608
    ]


def test_homes_in_a_preview(visit: Visit, shared_borough: Borough) -> None:
    """An engineer is told how many differences are in homes; an administrator sees which."""
    address = f"{PREVIEW.format('H3')}&threshold=50&clear=45"
    page = visit(shared_borough)(Role.ENGINEER).get(address).text
    assert "are in homes" in page
    assert "None of them that you may see" in page
    assert not any(word in page for word in ("Acacia", "Mill Lane", world.BEDROOM.dev_eui))
    admin = visit(shared_borough)(Role.ADMIN).get(f"{address}&json=new").json()["rows"]
    assert {row["where"] for row in admin} >= {
        "7 Mill Lane, Bedroom",
        "12 Acacia Road, Living room",
    }


def test_logs_in_a_preview(visit: Visit, shared_borough: Borough) -> None:
    """A rule on the network server's logs has a page, and its time without them may be tried."""
    browser = visit(shared_borough)(Role.ENGINEER)
    assert "UPLINK_F_CNT_RESET" in browser.get("/engineering/rules/D6").text
    page = browser.get(f"{PREVIEW.format('D6')}&quiet=1d").text
    assert "quiet: 1d" in page
    assert "There is a problem" not in page


def test_silence_in_a_preview(visit: Visit, shared_borough: Borough) -> None:
    """Fewer missed intervals; a home's device is an engineer's own, and its home stays unnamed."""
    browser = visit(shared_borough)(Role.ENGINEER)
    address = f"{PREVIEW.format('D1')}&intervals=1&at_least=1h"
    rows = browser.get(f"{address}&json=new").json()["rows"]
    assert rows
    assert {row["where"] for row in rows if "room" in str(row["where"])} == set()
    gone = browser.get(f"{PREVIEW.format('D1')}&intervals=400&json=no_more").json()["rows"]
    assert "a home" in {row["where"] for row in gone}


@pytest.mark.parametrize(
    ("rule", "asked", "said"),
    [
        ("E1", "&threshold=lots", "levels[0].threshold: `lots` is wrong"),
        ("E1", "&threshold=9000", "9000 can never be passed: pm10 goes from 0 to 2000"),
        ("E1", "&threshold=100", "the clear level 171 lies beyond the threshold 100"),
        ("E1", "&threshold=195&off_delay=soon", "`soon` is not a duration: write 90m"),
        ("D1", "&intervals=0", "silence.intervals: `0` is wrong"),
        ("D1", "&at_least=90m", "1h30m is not a whole number of hours"),
        ("E1", "&threshold=195&since=2027-01-01", "Give a day that is past"),
        ("E1", "&threshold=195&since=1999-01-01", "Give a day of the last year"),
        ("E1", "&text=" + text_of(RULES["E3"]), "Keep to the one rule E1: the text has E3"),
        ("E1", "&text=rules%3A%20%5B", "line 1, column 9"),
        (
            "E1",
            "&text=" + text_of(RULES["E1"], ("window:", "windw:"), ("pm10", "pm1O")),
            "did you mean `pm1`?",
        ),
        (
            "E1",
            "&text=" + text_of(RULES["D1"], ("id: D1", "id: E1")),
            "It is a rule on values, and stays one",
        ),
        ("D6", "&quiet=soon", "`soon` is not a duration"),
    ],
)
def test_mistake_is_told_and_nothing_run(
    visit: Visit, shared_borough: Borough, rule: str, asked: str, said: str
) -> None:
    """What is wrong stands in the summary, beside its field, with what to write instead."""
    answer = visit(shared_borough)(Role.ENGINEER).get(
        f"/engineering/rules/{rule}/preview?{asked[1:]}"
    )
    assert answer.status_code == 200
    assert "There is a problem" in answer.text
    assert said.replace("`", "") in answer.text.replace("`", "")
    assert "Nothing was run" in answer.text


def test_every_mistake_of_a_text_at_once(visit: Visit, shared_borough: Borough) -> None:
    """A text with several mistakes has them all in the summary."""
    text = text_of(RULES["E1"], ("window:", "windw:"), ("off_delay: 2h", "off_delay: 2"))
    page = visit(shared_borough)(Role.ENGINEER).get(f"{PREVIEW.format('E1')}&text={text}").text
    assert "did you mean `window`?" in page
    assert "`2` is not a duration" in page


def test_preview_that_takes_too_long(
    visit: Visit, borough: Borough, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends in time, and says how far it came."""
    monkeypatch.setattr(previews, "SECONDS", -1.0)
    monkeypatch.setattr(previews, "PORTION", 1)
    page = visit(borough)(Role.ENGINEER).get(f"{PREVIEW.format('E1')}&threshold=25&clear=20").text
    assert "The time was up after the first 1 series or devices" in page


def test_only_some_previews_run_at_once() -> None:
    """One too many is sent away instead of waiting; a turn that ended is free again."""
    turns = Turns(1)
    inside, done = Barrier(2), Barrier(2)

    def busy() -> None:
        with turns.one() as free:
            assert free
            inside.wait(5)
            done.wait(5)

    thread = Thread(target=busy)
    thread.start()
    inside.wait(5)
    with turns.one() as free:
        assert not free
    done.wait(5)
    thread.join()
    with turns.one() as free:
        assert free


def test_preview_is_refused_while_others_run(visit: Visit, borough: Borough) -> None:
    """The page says to try again, and keeps what was written."""
    browser = visit(borough)(Role.ENGINEER)
    browser.app.state.previews = Turns(0)  # type: ignore[attr-defined]
    answer = browser.get(f"{PREVIEW.format('E1')}&threshold=177&clear=150")
    assert answer.status_code == 503
    assert "try again in some seconds" in answer.text
    assert 'value="177"' in answer.text
