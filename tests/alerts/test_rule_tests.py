"""The tests of rules: they pass on the shipped rules, and fail on any rule that was altered."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts import durations, rule_series, rule_tests, rules, yaml_text
from alerts.model import Kind, Severity
from alerts.rules import RulesWrong

HOUR = timedelta(hours=1)
EQUIVALENT = {
    ("E1", "reopen_within", "0"),
    ("E3", "reopen_within", "0"),
    ("E5", "reopen_within", "0"),
}
"""With one value an hour a new episode begins an hour after the last in any case"""


@pytest.mark.parametrize("result", rule_tests.run(), ids=lambda result: result.name)
def test_shipped_rules(result: rule_tests.Result) -> None:
    """Each test of the shipped rules passes."""
    assert result.difference == ()


def test_every_shipped_file_has_its_test() -> None:
    """Beside each rule file stands its test file."""
    for file in rules.rule_files(rules.SHIPPED):
        assert file.with_suffix(".test.yaml").is_file()


def nudged(name: str, value: object) -> list[object]:
    """Give values a little to both sides of a field's own."""
    if name == "months":
        assert isinstance(value, list)
        return [[month for month in value if month != left] for left in value] + [
            [*value, month] for month in (value[0] - 1, value[-1] + 1)
        ]
    if name in ("threshold", "deadband", "clear"):
        assert isinstance(value, int | float)
        levels = [value - 1, value - 0.5, value + 0.5, value + 1]
        return [nudge for nudge in levels if nudge >= 0 or name != "deadband"]
    if name == "capture":
        assert isinstance(value, int | float)
        return [round(value - 0.05, 2), round(value + 0.05, 2)]
    if name in ("max_gap", "intervals"):
        assert isinstance(value, int)
        return [value - 1, value + 1]
    if name in ("on_delay", "off_delay", "window", "reopen_within", "at_least", "quiet"):
        duration = durations.read(value)
        several = [duration - HOUR, duration + HOUR]
        shortest = HOUR if name in ("window", "at_least") else 0 * HOUR
        return [durations.write(nudge) for nudge in several if nudge >= shortest]
    return []


def mutants(file: Path) -> Iterator[tuple[str, str, object, str]]:
    """Give each number of each rule, altered: the rule, the field, the value, the rule's file."""
    for rule in yaml.safe_load(file.read_text())["rules"]:
        for holder in (rule, *rule.get("levels", []), rule.get("silence", {}), rule.get("log", {})):
            for name, value in list(holder.items()):
                for altered in [] if _is_all_of_it(rule, name) else nudged(name, value):
                    holder[name] = altered
                    yield rule["id"], name, altered, yaml.safe_dump({"rules": [rule]})
                holder[name] = value


def _is_all_of_it(rule: dict[str, Any], name: str) -> bool:
    """Say whether a share of the window does not matter: it is of one interval."""
    return name == "capture" and rule.get("window", "1h") == rule.get("step", "1h")


def all_mutants() -> list[Any]:
    """Give a case for each alteration of each shipped rule."""
    return [
        pytest.param(file, rule, text, id=f"{rule}-{name}-{value}")
        for file in rules.rule_files(rules.SHIPPED)
        for rule, name, value, text in mutants(file)
        if (rule, name, str(value)) not in EQUIVALENT
    ]


@cache
def cases(rule: str, file: Path) -> list[rule_tests.Case]:
    """Give the shipped tests of one rule alone."""
    written = yaml_text.parse(file.with_suffix(".test.yaml").read_bytes())
    assert isinstance(written, dict)
    return [
        rule_tests.kind(case).model_validate(case)
        for case in written["tests"]
        if case["rule"] == rule
    ]


@pytest.mark.parametrize(("file", "rule", "text"), all_mutants())
def test_altered_rules_fail(tmp_path: Path, file: Path, rule: str, text: str) -> None:
    """Alter one threshold, deadband, delay, window or count of a shipped rule: its test fails.

    A rule that could never fire or resolve is refused before.
    """
    (tmp_path / file.name).write_text(text)
    try:
        (altered,) = rules.load(tmp_path)
    except RulesWrong:
        return
    assert any(rule_tests.difference(case, altered) for case in cases(rule, file))


RULE = """
rules:
  - id: E1
    title: Dust
    observed_property: pm10
    unit: ug/m3
    levels: [{severity: red, threshold: 190}]
    message: Call the site.
"""
SILENT = """
rules:
  - {id: D1, title: No data, silence: {}, severity: maintenance, message: Look.}
"""


def run(folder: Path, tests: str, rule: str = RULE) -> tuple[rule_tests.Result, ...]:
    """Write a rule with its tests and run them."""
    (folder / "r.yaml").write_text(rule)
    (folder / "r.test.yaml").write_text(tests)
    return rule_tests.run(folder)


def case(line: str = "hours: 100 200", expect: str = "[1h fired red]", rule: str = "E1") -> str:
    """Write one test."""
    return (
        f"tests:\n- name: n\n  rule: {rule}\n  start: 2026-03-02T08:00Z\n"
        f"  {line}\n  expect: {expect}\n"
    )


BY_DAY = """
rules:
  - id: D9
    title: Capture
    observed_property: data_capture
    breach: below
    unit: "%"
    step: 1d
    levels: [{severity: maintenance, threshold: 75}]
    message: Look.
"""


def test_series_of_another_step(tmp_path: Path) -> None:
    """A rule by the day has values, one for each day; its times are days too."""
    line = "values: 80 70"
    (result,) = run(tmp_path, case(line, "[1d fired maintenance]", "D9"), BY_DAY)
    assert not result.difference


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("hours: 80 70", "needs `values`, one for 1d"),
        ("hours: 80\n  values: 80", "`values` where the rule's step is another, not both"),
    ],
)
def test_series_must_fit_the_step(tmp_path: Path, line: str, message: str) -> None:
    """A series by another step than the rule's is a mistake that says what to write."""
    with pytest.raises(RulesWrong, match=message):
        run(tmp_path, case(line, "[]", "D9"), BY_DAY)


def test_difference(tmp_path: Path) -> None:
    """A failed test says what was expected and what happened."""
    (result,) = run(tmp_path, case(expect="[0 fired red, 1h fired amber]"))
    assert not result.passed
    assert result.difference == (
        "expected, did not happen: 0 fired red",
        "expected, did not happen: 1h fired amber",
        "happened, not expected: 1h fired red",
    )


def test_same_in_another_number(tmp_path: Path) -> None:
    """The same transition twice is not once."""
    (result,) = run(tmp_path, case(expect="[1h fired red, 1h fired red]"))
    assert result.difference == ("the same happened in another order or number",)


def test_rule_without_a_test(tmp_path: Path) -> None:
    """A rule that no test speaks of is a failed test."""
    (result,) = run(tmp_path, "tests: []")
    assert not result.passed
    assert result.difference == ("no test speaks of E1",)


def test_offset_of_the_start(tmp_path: Path) -> None:
    """A start may be written with any offset."""
    text = case().replace("08:00Z", "09:00+01:00")
    assert all(result.passed for result in run(tmp_path, text))


SILENCE = "interval: 10m\n  heard: 0\n  until: 2h"


@pytest.mark.parametrize(
    ("text", "rule", "message"),
    [
        (case("hours: 1 a"), RULE, r"tests\[0\].hours: `a` is not of a series: write 120, _"),
        (case("hurs: 1"), RULE, r"tests\[0\].hurs: is not a field here; did you mean `hours`\?"),
        (case(expect="1h"), RULE, r"tests\[0\].expect: is a list of lines like `2h fired red`"),
        (case(expect="[1h fired]"), RULE, "`1h fired` is not like `2h fired red`"),
        (case(expect="[1h fird red]"), RULE, "`fird` is none of .*; did you mean `fired`"),
        (case(expect="[1h fired rde]"), RULE, "`rde` is none of .*; did you mean `red`"),
        (case(expect="[x fired red]"), RULE, "`x` is not a duration"),
        (case(rule="E1x"), RULE, r"tests\[0\].rule: `E1x` is no rule here; did you mean `E1`\?"),
        (case().replace("08:00Z", "08:30Z"), RULE, "a series starts at a whole hour"),
        (case().replace("08:00Z", "08:00"), RULE, "a series starts at a whole hour"),
        (case(SILENCE), RULE, r"tests\[0\]: a test of E1 needs `hours`"),
        (case(rule="D1"), SILENT, "a test of D1 needs `heard`, `until` and `interval`"),
        (case(SILENCE.replace("0\n", "x y\n"), rule="D1"), SILENT, "`x` is not a duration"),
        ("tests: [", RULE, r"r\.test\.yaml: line 1, column 9: expected"),
    ],
)
def test_wrong_tests(tmp_path: Path, text: str, rule: str, message: str) -> None:
    """A mistake in a test is told like one in a rule."""
    with pytest.raises(RulesWrong, match=message):
        run(tmp_path, text, rule)


def test_series() -> None:
    """Values, repeats, ramps and missing hours."""
    assert rule_series.values("120 _ 85.1x2 80+2x3 1-0.1x3 -4 _x2") == (
        *(120, None, 85.1, 85.1, 80, 82, 84, 1, 0.9, 0.8, -4, None, None),
    )
    assert rule_series.values("") == ()


@pytest.mark.parametrize("word", ["x3", "1x0", "1+x2", "_+1", "1e3", "nan"])
def test_no_series(word: str) -> None:
    """What is not of the notation is refused."""
    with pytest.raises(ValueError, match="is not of a series"):
        rule_series.values(word)


def test_moments() -> None:
    """Times and ranges, in order whatever the order of writing."""
    minutes = [moment // timedelta(minutes=1) for moment in rule_series.moments("2h 0..20m/10m 5m")]
    assert minutes == [0, 5, 10, 20, 120]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("1h..2h", "is no time heard"),
        ("1h..2h/0", "does not go forward"),
        ("2h..1h/10m", "does not go forward"),
        ("?", "is no time heard"),
    ],
)
def test_no_moment(word: str, message: str) -> None:
    """A range needs its step, and goes forward."""
    with pytest.raises(ValueError, match=message):
        rule_series.moments(word)


def test_told() -> None:
    """A line is a time after the start, what happens, and how severe."""
    assert rule_series.told("1d2h raised amber") == (26 * HOUR, Kind.RAISED, Severity.AMBER)
