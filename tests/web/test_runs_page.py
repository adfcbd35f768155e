"""Engineers see what is read again while it is, what was cut off, and what was imported."""

from dataclasses import replace
from datetime import timedelta

from storage import imports, pages_runs, redecoding, replay_runs
from storage.imports import ImportRun
from storage.pages_runs import Redecoding
from tests.fixtures.borough import Borough, Visit
from tests.fixtures.borough_world import HOUR, NOW
from web.identity import Role

WANTED = {
    "since": (NOW - timedelta(days=2)).isoformat(),
    "until": NOW.isoformat(),
    "model": "",
    "dev_eui": "02c17a0000000101",
    "as": "decentlab-dl-pm",
}
COUNTS = {"uplinks": 1200, "added": 30, "removed": 4, "changed": 2}


def test_run_is_followed_from_its_beginning_to_its_end(visit: Visit, borough: Borough) -> None:
    """Under way, cut off, done: the page says which, and how far it came."""
    browser = visit(borough)(Role.ENGINEER)
    place = "/engineering/runs"
    assert (
        "Nothing is under way; 0 runs, 0 replays and 0 imports are listed."
        in browser.get(place).text
    )
    with borough.connect() as connection:
        before = pages_runs.redecoding_mark(connection)
        with redecoding.alone(connection):
            run = redecoding.begin_run(connection, "Eddie Eze", WANTED)
            redecoding.note_run(connection, run, COUNTS, done=False)
            page = browser.get(place).text
            assert f"Run {run} is under way: 1,200 uplinks so far." in page
            assert "of device 02c17a0000000101, read as decentlab-dl-pm" in page
            assert pages_runs.redecoding_mark(connection) != before
        assert f"Run {run} was cut off" in browser.get(place).text
        redecoding.note_run(connection, run, {**COUNTS, "uplinks": 2400}, done=True)
    page = browser.get(place).text
    assert "Nothing is under way; 1 run, 0 replays and 0 imports are listed." in page
    rows = browser.get(f"{place}?json=redecodings").json()["rows"]
    assert [(row["state"], row["uplinks"], row["added"]) for row in rows] == [("done", 2400, 30)]


def test_fraction_and_expected_end(visit: Visit, borough: Borough) -> None:
    """What is counted beforehand is told as a fraction, with the end at the pace so far."""
    browser = visit(borough)(Role.ENGINEER)
    with borough.connect() as connection, redecoding.alone(connection):
        run = redecoding.begin_run(connection, "Eddie Eze", WANTED, 4800)
        redecoding.note_run(connection, run, COUNTS, done=False)
        connection.execute("update redecode_run set started_at = %s", [NOW - timedelta(minutes=10)])
        page = browser.get("/engineering/runs").text
        assert f"Run {run} is under way: 25%, 1,200 uplinks of 4,800" in page
        assert "it should end at about Tue 24 Nov 2026, 13:10." in page
        (row,) = browser.get("/engineering/runs?json=redecodings").json()["rows"]
        assert (row["done"], row["should_end"]) == (25.0, "2026-11-24T13:10:00+00:00")


def test_fraction_is_whole_at_the_end_alone() -> None:
    """A run with more to do than was counted is not told as done; without a count nothing is."""
    run = Redecoding(1, NOW - HOUR, None, "", WANTED, 900, 800, 0, 0, 0, under_way=True)
    assert run.fraction == 0.99
    assert replace(run, uplinks=0).ends(NOW) is None
    assert replace(run, expected=None).fraction is None
    assert replace(run, finished_at=NOW, under_way=False).fraction == 1
    assert replace(run, under_way=False).ends(NOW) is None
    assert run.ends(NOW - 2 * HOUR) is None


def test_import_is_listed(visit: Visit, borough: Borough) -> None:
    """A file that was stored stands with who gave it and what of it was taken."""
    told = ImportRun(
        actor="Eddie Eze", file="marylebone.csv", sha256="ab" * 32, given=9, added=7, left_out=2
    )
    with borough.connect() as connection:
        imports.note(connection, told)
    page = visit(borough)(Role.READ_ONLY).get("/engineering/runs").text
    assert "marylebone.csv" in page
    assert "0 runs, 0 replays and 1 import are listed" in page


def test_replay_is_followed(visit: Visit, borough: Borough) -> None:
    """Under way with its fraction and its end, done, stopped, cut off."""
    browser = visit(borough)(Role.ENGINEER)
    place = "/engineering/runs"
    told = {"actor": "Eddie Eze", "origin": "replay", "speed": "60"}
    with borough.connect() as connection:
        first, other, lost, last = (
            replay_runs.begin(connection, source=f"{name}.jsonl", **told)
            for name in ("monday", "tuesday", "wednesday", "thursday")
        )
        before = replay_runs.mark(connection)
        replay_runs.end(connection, first, 90, stopped=False)
        replay_runs.end(connection, other, 7, stopped=True)
        connection.execute(
            "update replay_run set told_at = now() - interval '2 minutes' where id = %s", [lost]
        )
        replay_runs.note(connection, last, 1200, 0.25)
        connection.execute(
            "update replay_run set started_at = %s where id = %s",
            [NOW - timedelta(minutes=10), last],
        )
        assert replay_runs.mark(connection) != before
    assert (
        "A replay of thursday.jsonl is under way: 25%, 1,200 messages; it should end at about"
        " Tue 24 Nov 2026, 13:10." in browser.get(place).text
    )
    rows = browser.get(f"{place}?json=replays").json()["rows"]
    assert [(row["state"], row["done"], row["messages"]) for row in rows] == [
        ("under way", 25, 1200),
        ("cut off", None, 0),
        ("stopped", None, 7),
        ("done", 100, 90),
    ]
