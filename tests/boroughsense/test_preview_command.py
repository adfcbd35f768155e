"""`rules preview`, on a database that the evaluator has judged."""

from datetime import timedelta
from pathlib import Path

import pytest

from alerts import rules
from ingest.evaluator import Evaluator
from storage.connection import Connection
from tests.fixtures.commands import ask, run
from tests.fixtures.readings import HOUR, MONDAY, SITE, hourly, store

TRACE = [120.0, 195.0, 185.0, 172.0, 170.0, 169.0, 150.0, 191.0, 160.0, 160.0, 160.0, 165.0]
UNTIL = (MONDAY + 24 * HOUR).isoformat()


@pytest.fixture
def judged(database: Connection) -> Connection:
    """Give a site with dust over a morning, and then silence."""
    store(database, hourly(TRACE))
    evaluator = Evaluator(database, rules.load(), wall=lambda: MONDAY + 24 * HOUR)
    while evaluator.step():
        pass
    return database


def changed(folder: Path, *edits: tuple[str, str]) -> Path:
    """Give the shipped rules with some words altered."""
    for file in rules.rule_files(rules.SHIPPED):
        text = file.read_text()
        for old, new in edits:
            text = text.replace(old, new)
        (folder / file.name).write_text(text)
    return folder


def span() -> list[str]:
    """Give the options of the day."""
    return ["--since", MONDAY.isoformat(), "--until", UNTIL]


def test_threshold_that_was_raised(judged: Connection, dsn: str, tmp_path: Path) -> None:
    """A higher level unmakes the weaker episode; nothing is written for it."""
    before = judged.execute("select * from alert_transition").fetchall()
    folder = changed(tmp_path, ("threshold: 190", "threshold: 192"))
    told = ask(dsn, "rules", "preview", *span(), "--rules", str(folder))
    [row] = told["rules"]
    assert (row["rule"], row["episodes_in_force"], row["episodes_previewed"]) == ("E1", 2, 1)
    assert row["version_in_force"] != row["version_previewed"]
    [gone] = row["no_more"]
    assert gone["fired_at"] == (MONDAY + 7 * HOUR).isoformat()
    assert (gone["dev_eui"], gone["peak"], row["new"]) == (SITE, 191, [])
    assert judged.execute("select * from alert_transition").fetchall() == before
    assert judged.execute("select count(*) from rule_version where rule_id = 'E1'").fetchone() == (
        1,
    )


def test_rules_that_come_go_and_stay(judged: Connection, dsn: str, tmp_path: Path) -> None:
    """A new rule, one that is taken away, and one on silence; what did not change is left out."""
    assert not judged.closed
    edits = (("id: E1", "id: E9"), ("at_least: 1h", "at_least: 5h"))
    told = ask(dsn, "rules", "preview", *span(), "--rules", str(changed(tmp_path, *edits)))
    rows = {row["rule"]: row for row in told["rules"]}
    assert rows.keys() == {"E1", "E9", "D1"}
    assert (rows["E1"]["episodes_in_force"], rows["E1"]["version_previewed"]) == (2, None)
    assert (rows["E9"]["episodes_previewed"], rows["E9"]["version_in_force"]) == (2, None)
    assert [row["fired_at"] for row in rows["D1"]["new"]] == [
        (MONDAY + 16 * HOUR + timedelta(minutes=5)).isoformat()
    ]


def test_nothing_changed(judged: Connection, dsn: str) -> None:
    """The rules in force give nothing to preview, unless one is asked for by its id."""
    assert not judged.closed
    assert "No rule differs" in run(dsn, "rules", "preview", *span()).stdout
    told = ask(dsn, "rules", "preview", *span(), "--rule", "E3")
    [row] = told["rules"]
    assert row["episodes_in_force"] == row["episodes_previewed"] == 1


def test_for_a_person(judged: Connection, dsn: str, tmp_path: Path) -> None:
    """Without JSON each episode that would change is a line."""
    assert not judged.closed
    folder = changed(tmp_path, ("threshold: 190", "threshold: 192"))
    result = run(dsn, "rules", "preview", *span(), "--rules", str(folder))
    assert result.exit_code == 0, result.output
    assert "E1: 2 episodes as in force, 1 as previewed, of 1 series or devices" in result.stdout
    assert f"  - {SITE}  red" in result.stdout


def test_wrong_rules_are_not_previewed(judged: Connection, dsn: str, tmp_path: Path) -> None:
    """A mistake in a file is told with its place, and nothing is run."""
    assert not judged.closed
    folder = changed(tmp_path, ("threshold: 190", "threshold: 19000"))
    result = run(dsn, "rules", "preview", *span(), "--rules", str(folder))
    assert result.exit_code == 1
    assert "can never be passed" in result.stderr
