"""Rule files that change under a running service."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from alerts import rules
from ingest.evaluator import Evaluator
from ingest.rule_watch import EVERY, RuleWatch
from storage.connection import Connection
from storage.rule_versions import refused
from tests.fixtures.readings import HOUR, MONDAY, hourly, store

RULE = """
rules:
  - id: E1
    title: Dust
    observed_property: pm10
    unit: ug/m3
    levels: [{severity: red, threshold: 190}]
    message: Call the site.
"""
SILENT = "rules:\n  - {id: E1, title: None, silence: {}, severity: maintenance, message: Look.}\n"


class Folder:
    """A folder of rules with a watch on it, and a clock that we move."""

    def __init__(self, path: Path) -> None:
        self.now = 0.0
        self.path = path
        self._file = path / "r.yaml"
        self._file.write_text(RULE)
        self.rules = rules.load(path)
        self.watch = RuleWatch(path, self.rules, lambda: self.now)

    def write(self, text: str) -> None:
        """Change the file, and let the watch's time pass."""
        self._file.write_text(text)
        self.now += EVERY

    def threshold(self) -> float | None:
        """Give the new rule's threshold; None: nothing changed."""
        found = self.watch.changed()
        return None if found is None else found[0].levels[0].threshold


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give a folder with one rule."""
    return Folder(tmp_path)


def test_change_is_taken_once(folder: Folder) -> None:
    """A file that changed is read at the next look, and then not again."""
    assert folder.threshold() is None
    folder.write(RULE.replace("190", "80"))
    folder.now -= 1
    assert folder.threshold() is None
    folder.now += 1
    assert folder.threshold() == 80
    folder.now += EVERY
    assert folder.threshold() is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (RULE.replace("pm10", "pm11").replace("ug/m3", "kg"), "`pm11` is not an observed property"),
        (RULE.replace("190", "9000"), "can never be passed"),
        ("rules: [", "line"),
        (SILENT, "E1 watched something else: give it a new id"),
    ],
)
def test_wrong_files_change_nothing_and_say_so(folder: Folder, text: str, reason: str) -> None:
    """The last good rules stay, every mistake is logged once, and mended files are taken."""
    folder.write(text)
    with capture_logs() as logs:
        assert folder.threshold() is None
        folder.now += EVERY
        assert folder.threshold() is None
    [told] = logs
    assert told["event"] == "the rule files are wrong, so the last good rules stay in force"
    assert reason in told["reason"]
    assert folder.watch.refused() == told["reason"]
    assert folder.watch.remark() == f"{told['event']}: {told['reason']}"
    folder.write(RULE.replace("190", "70"))
    assert folder.watch.rules == folder.rules
    folder.now += EVERY
    assert folder.threshold() == 70
    assert folder.watch.remark() == folder.watch.refused() == ""


def test_evaluator_that_begins_beside_wrong_files(folder: Folder, database: Connection) -> None:
    """It goes on by the rules in force, says what is wrong, and takes the files once mended."""
    store(database, hourly([100.0, 200.0, 100.0, 100.0, 100.0]))
    at = [MONDAY + 1.6 * HOUR]
    Evaluator(database, folder.rules, wall=lambda: at[0]).step()
    folder.write("rules: [")
    watch = RuleWatch(folder.path, None, lambda: folder.now, refused="it is no YAML")
    before = watch.rules
    assert before is None
    at[0] = MONDAY + 2.6 * HOUR
    evaluator = Evaluator(
        database, before, wall=lambda: at[0], reload=watch.changed, refused=watch.refused
    )
    evaluator.step()
    assert database.execute("select fired_at from alert").fetchall() == [(MONDAY + HOUR,)]
    noted = refused(database)
    assert noted is not None
    assert (noted.reason, noted.refused_at) == ("it is no YAML", at[0])
    folder.write(RULE.replace("190", "195"))
    evaluator.step()
    assert refused(database) is None
    after = watch.rules
    assert after is not None
    assert [rule.levels[0].threshold for rule in after] == [195]


def test_running_evaluator_takes_new_rules(folder: Folder, database: Connection) -> None:
    """A change holds from the next full hour on; a wrong file leaves the rules as they were."""
    store(database, hourly([100.0] * 10))
    clock = [MONDAY + 3.6 * HOUR]
    evaluator = Evaluator(
        database,
        folder.rules,
        wall=lambda: clock[0],
        reload=folder.watch.changed,
        refused=folder.watch.refused,
    )

    def run() -> list[tuple[object, ...]]:
        while evaluator.step():
            pass
        return database.execute("select fired_at from alert").fetchall()

    assert run() == []
    folder.write(RULE.replace("190", "1900000"))
    clock[0] = MONDAY + 4.6 * HOUR
    assert run() == []
    noted = refused(database)
    assert noted is not None
    assert noted.refused_at == clock[0]
    assert "can never be passed" in noted.reason
    clock[0] += HOUR / 60
    folder.write(RULE.replace("190", "90"))
    assert run() == []
    assert refused(database) is None
    clock[0] = MONDAY + 6.6 * HOUR
    assert run() == [(MONDAY + 5 * HOUR,)]
