"""`rules check` and `rules test`, as an operator and a program see them."""

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from alerts import rules
from boroughsense.commands import alerts

app = typer.Typer()
alerts.register(app)
runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a copy of the shipped rules."""
    return Path(shutil.copytree(rules.SHIPPED, tmp_path / "rules"))


def alter(file: Path, old: str, new: str) -> None:
    """Change the text of a file."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_shipped_rules_are_right() -> None:
    """The rules that come with the product are listed with their versions, exit code 0."""
    outcome = runner.invoke(app, ["rules", "check"])
    assert outcome.exit_code == 0
    assert all(rule.version in outcome.stdout for rule in rules.load())


def test_check_as_json() -> None:
    """A program gets the rules, and an empty list of problems."""
    outcome = runner.invoke(app, ["rules", "check", "--json"])
    assert outcome.exit_code == 0
    document = json.loads(outcome.stdout)
    assert {row["id"] for row in document["rules"]} >= {"E1", "H3", "D1"}
    assert document["problems"] == []
    assert document["rules"][0].keys() == {
        *("id", "title", "observed_property", "severity", "version")
    }


def test_wrong_rules(folder: Path) -> None:
    """Each mistake is one line on standard error, exit code 1."""
    alter(folder / "dust.yaml", "deadband: 19", "deadband: -19")
    alter(folder / "warmth.yaml", "observed_property: temperature", "observed_property: temprature")
    outcome = runner.invoke(app, ["rules", "check", "--rules", str(folder)])
    assert outcome.exit_code == 1
    assert outcome.stdout == ""
    dust, warmth = outcome.stderr.splitlines()
    assert warmth == (
        "warmth.yaml: rules[0].observed_property: `temprature` is not an observed property; "
        "did you mean `temperature`?"
    )
    assert dust.startswith("dust.yaml: rules[0].levels[0].deadband: `-19` is wrong: ")


@pytest.mark.parametrize("command", ["check", "test"])
def test_wrong_rules_as_json(folder: Path, command: str) -> None:
    """A program gets each mistake with file, path and message, and exit code 1."""
    alter(folder / "warmth.yaml", "unit: Cel", "unit: K")
    outcome = runner.invoke(app, ["rules", command, "--rules", str(folder), "--json"])
    assert outcome.exit_code == 1
    assert json.loads(outcome.stdout)["problems"] == [
        {
            "file": "warmth.yaml",
            "path": "rules[0].unit",
            "message": "`K` is not the unit of temperature: write `Cel`",
        }
    ]


def test_shipped_tests_pass() -> None:
    """The tests of the shipped rules pass, exit code 0, and are counted."""
    outcome = runner.invoke(app, ["rules", "test"])
    assert outcome.exit_code == 0
    assert outcome.stdout.endswith("tests passed\n")
    document = json.loads(runner.invoke(app, ["rules", "test", "--json"]).stdout)
    assert document["failed"] == 0
    assert document["passed"] == len(document["tests"]) > 0
    assert document["tests"][0].keys() == {"file", "name", "rule", "passed", "difference"}


def test_failing_tests(folder: Path) -> None:
    """A rule that was altered fails its test: what differs on standard error, exit code 1."""
    alter(folder / "dust.yaml", "threshold: 190", "threshold: 189")
    outcome = runner.invoke(app, ["rules", "test", "--rules", str(folder)])
    assert outcome.exit_code == 1
    assert "failed: E1 fires above the level, not at it dust.test.yaml" in outcome.stderr
    assert "  happened, not expected: 1h fired red" in outcome.stderr
    assert "tests passed" in outcome.stdout
    as_json = runner.invoke(app, ["rules", "test", "--rules", str(folder), "--json"])
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["failed"] >= 1


def test_wrong_tests(folder: Path) -> None:
    """A mistake in a test file is told like one in a rule file."""
    alter(folder / "dust.test.yaml", "2h fired red", "2h fired rde")
    outcome = runner.invoke(app, ["rules", "test", "--rules", str(folder)])
    assert outcome.exit_code == 1
    assert "dust.test.yaml: tests[0].expect: `rde` is none of" in outcome.stderr


def test_no_such_folder(tmp_path: Path) -> None:
    """A folder that is not there is wrong use."""
    outcome = runner.invoke(app, ["rules", "check", "--rules", str(tmp_path / "none")])
    assert outcome.exit_code == 2
