"""Rule files: what they say becomes a rule, and every mistake is told at once, with its place."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from alerts import rules
from alerts.model import AlertRule, Level, Severity, Watches
from alerts.rules import Problem, RulesWrong

HOUR = timedelta(hours=1)

GOOD = """
rules:
  - id: E1
    title: Dust
    observed_property: pm10
    unit: ug/m3
    levels:
      - {severity: red, threshold: 190, deadband: 19, off_delay: 2h}
    message: Call the site.
"""


def load(folder: Path, **texts: str) -> tuple[AlertRule, ...]:
    """Write the files and read them."""
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return rules.load(folder)


def problems(folder: Path, **texts: str) -> dict[str, str]:
    """Give the messages of the mistakes by their places."""
    with pytest.raises(RulesWrong) as caught:
        load(folder, **texts)
    return {f"{problem.file} {problem.path}": problem.message for problem in caught.value.problems}


def broken(folder: Path, *changes: tuple[str, str]) -> dict[str, str]:
    """Give the mistakes, by path, of the good rule after changes of its text."""
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    found = problems(folder, r=text)
    return {place.removeprefix("r.yaml rules[0]."): message for place, message in found.items()}


def test_least_rule(tmp_path: Path) -> None:
    """What a rule leaves out has its default."""
    (rule,) = load(tmp_path, dust=GOOD)
    assert rule == AlertRule(
        id="E1",
        version=rule.version,
        title="Dust",
        observed_property="pm10",
        environment="",
        levels=(Level(Severity.RED, 190, 171, off_delay=2 * HOUR),),
        flap_pairs=5,
        message="Call the site.",
    )


def test_flapping_is_checked(tmp_path: Path) -> None:
    """Its mistakes are told with their places, all at once."""
    wrong = "flapping: {pairs: -1, window: 0m, holds: 6h}\n    message: Call the site."
    assert set(broken(tmp_path, ("message: Call the site.", wrong))) == {
        "flapping.pairs",
        "flapping.window",
        "flapping.holds",
    }


def test_whole_rule(tmp_path: Path) -> None:
    """Every field of a rule on values is taken."""
    text = """
rules:
  - id: H7
    title: Cold
    observed_property: temperature
    unit: Cel
    environment: indoor
    breach: below
    window: 1d
    capture: 0.5
    max_gap: 0
    flapping: {pairs: 3, window: 2d, hold: 8h}
    months: [10, 11, 12, 1, 2, 3, 4]
    levels:
      - {severity: amber, threshold: 18, clear: 18.5, on_delay: 1d, off_delay: 6h}
      - {severity: red, threshold: 12, on_delay: 2h}
    reopen_within: 1d12h
    group_by: dwelling
    message: Ask whether the home can be heated.
    source: WHO
"""
    (rule,) = load(tmp_path, cold=text)
    assert rule == AlertRule(
        id="H7",
        version=rule.version,
        title="Cold",
        observed_property="temperature",
        environment="indoor",
        levels=(
            Level(Severity.AMBER, 18, 18.5, 24 * HOUR, 6 * HOUR),
            Level(Severity.RED, 12, 12, 2 * HOUR),
        ),
        above=False,
        window=24 * HOUR,
        capture=0.5,
        max_gap=0,
        flap_pairs=3,
        flap_window=48 * HOUR,
        flap_hold=8 * HOUR,
        reopen_within=36 * HOUR,
        group_by="dwelling",
        message="Ask whether the home can be heated.",
        source="WHO",
        months=frozenset({10, 11, 12, 1, 2, 3, 4}),
    )


def test_deadband_of_a_low_limit(tmp_path: Path) -> None:
    """Below a threshold, the deadband lies above it."""
    text = GOOD.replace("    levels", "    breach: below\n    levels")
    assert load(tmp_path, r=text)[0].levels[0].clear == 209


@pytest.mark.parametrize(
    ("breach", "above", "inclusive"),
    [
        ("above", True, False),
        ("below", False, False),
        ("at_or_above", True, True),
        ("at_or_below", False, True),
    ],
)
def test_side_of_a_breach(tmp_path: Path, breach: str, *, above: bool, inclusive: bool) -> None:
    """A rule says on which side a breach lies, and whether the threshold itself is one."""
    (rule,) = load(tmp_path, r=GOOD.replace("unit", f"breach: {breach}\n    unit"))
    assert (rule.above, rule.inclusive) == (above, inclusive)


def test_window_is_one_step_unless_told(tmp_path: Path) -> None:
    """A rule on quarters of an hour looks at one of them when it names no window."""
    (rule,) = load(tmp_path, r=GOOD.replace("unit", "step: 15m\n    unit"))
    assert (rule.step, rule.window) == (HOUR / 4, HOUR / 4)
    (longer,) = load(tmp_path, r=GOOD.replace("unit", "step: 15m\n    window: 1h\n    unit"))
    assert longer.window == HOUR


def test_limit_that_itself_breaches(tmp_path: Path) -> None:
    """The highest possible value can be such a threshold, the least is no clear level of it."""
    inclusive = ("unit", "breach: at_or_above\n    unit")
    text = GOOD.replace(*inclusive)
    assert load(tmp_path, r=text.replace("190", "2000"))[0].levels[0].threshold == 2000
    higher = broken(tmp_path, inclusive, ("190", "2001"))
    assert "2001 can never be passed" in higher["levels[0].threshold"]
    lowest = broken(tmp_path, inclusive, ("deadband: 19", "clear: 0"))
    assert "the clear level 0 can never be reached" in lowest["levels[0].clear"]


def test_rule_on_silence(tmp_path: Path) -> None:
    """A rule on silence has no property, and one level of its severity."""
    text = """
rules:
  - id: D1
    title: No data
    environment: any
    silence: {intervals: 4, at_least: 1d}
    severity: maintenance
    message: Look.
"""
    (rule,) = load(tmp_path, device=text)
    assert rule == AlertRule(
        id="D1",
        version=rule.version,
        title="No data",
        observed_property="",
        environment="",
        levels=(Level(Severity.MAINTENANCE, 0, 0),),
        silence=True,
        silence_intervals=4,
        silence_at_least=24 * HOUR,
        message="Look.",
    )


def test_shipped_rules() -> None:
    """The rules that come with the product load, and are those of the catalogue."""
    shipped = {rule.id: rule for rule in rules.load()}
    dust, damp, silent = shipped["E1"], shipped["H3"], shipped["D1"]
    assert (dust.levels[0].threshold, dust.levels[0].clear) == (190, 171)
    assert (dust.window, dust.levels[0].off_delay) == (HOUR, 2 * HOUR)
    assert (damp.levels[0].threshold, damp.levels[0].clear) == (85, 82)
    assert (damp.window, damp.levels[0].off_delay, damp.capture) == (24 * HOUR, 6 * HOUR, 0.75)
    assert (silent.silence_intervals, silent.silence_at_least) == (3, HOUR)
    assert all(rule.message and rule.source for rule in shipped.values())


def test_version_is_what_decides(tmp_path: Path) -> None:
    """A wording does not make another version; whatever decides does."""
    (rule,) = load(tmp_path, r=GOOD)
    assert len(rule.version) == 12
    same = [("Dust", "Dirt"), ("Call", "Ring"), ("E1", "E9")]
    assert {load(tmp_path, r=GOOD.replace(*change))[0].version for change in same} == {rule.version}
    decides = [("190", "189"), ("19,", "18,"), ("2h", "3h"), ("red", "amber")]
    added = ["window: 2h", "capture: 0.8", "max_gap: 2", "months: [1]", "reopen_within: 1h"]
    changes = decides + [("unit", f"{line}\n    unit") for line in added]
    versions = {load(tmp_path, r=GOOD.replace(*change))[0].version for change in changes}
    assert len(versions | {rule.version}) == len(changes) + 1


MISTAKES = [
    ("id: E1", "id: 1", "id", "`1` is wrong: input should be a valid string"),
    ("id: E1", "id: E 1", "id", "`E 1` is wrong: string should match pattern"),
    ("title: Dust", "title: ''", "title", "should have at least 1 character"),
    ("title: Dust\n", "tittle: Dust\n", "tittle", "is not a field here; did you mean `title`?"),
    ("title: Dust\n", "tittle: Dust\n", "title", "is missing"),
    ("pm10", "pm_10", "observed_property", "not an observed property; did you mean `pm10`?"),
    ("pm10", "7", "observed_property", "`7` is wrong: input should be a valid string"),
    ("ug/m3", "ppb", "unit", "`ppb` is not the unit of pm10: write `ug/m3`"),
    ("unit", "window: 90m\n    unit", "window", "1h30m is not a whole number of hours"),
    ("unit", "window: 30m\n    unit", "window", "30m is not a whole number of hours"),
    ("unit", "window: 0\n    unit", "window", "0 is not a whole number of hours"),
    (
        "unit",
        "step: 15m\n    window: 20m\n    unit",
        "window",
        "not a whole number of steps of 15m",
    ),
    (
        "unit",
        "step: 20m\n    window: 1h\n    unit",
        "step",
        "pm10 is judged by 15m or 1h, not by 20m: write `step: 1h`",
    ),
    ("unit", "window: long\n    unit", "window", "`long` is not a duration: write 90m, 2h"),
    ("unit", "capture: 1.2\n    unit", "capture", "`1.2` is wrong: input should be less than"),
    ("unit", "capture: 75%\n    unit", "capture", "`75%` is wrong: input should be a valid number"),
    ("unit", "max_gap: -1\n    unit", "max_gap", "`-1` is wrong: input should be greater"),
    ("unit", "months: []\n    unit", "months", "without a month the rule can never fire"),
    ("unit", "months: [13]\n    unit", "months[0]", "`13` is wrong: input should be less than"),
    ("unit", "breach: over\n    unit", "breach", "`over` is none of above, below"),
    ("unit", "environment: indor\n    unit", "environment", "outdoor, any; did you mean `indoor`?"),
    ("unit", "group_by: sight\n    unit", "group_by", "did you mean `site`?"),
    ("red", "redd", "levels[0].severity", "info, maintenance, amber, red; did you mean `red`?"),
    ("190", "'190'", "levels[0].threshold", "`190` is wrong: input should be a valid number"),
    ("190", "yes", "levels[0].threshold", "`True` is wrong: input should be a valid number"),
    ("190", ".nan", "levels[0].threshold", "should be a finite number"),
    ("190", "2000", "levels[0].threshold", "2000 can never be passed: pm10 goes from 0 to 2000 ug"),
    ("deadband: 19", "deadband: -1", "levels[0].deadband", "should be greater than or equal to 0"),
    ("deadband: 19", "clear: 195", "levels[0].clear", "195 lies beyond the threshold 190"),
    ("deadband: 19", "clear: -1", "levels[0].clear", "-1 can never be reached: pm10 goes from 0"),
    ("deadband: 19", "deadband: 191", "levels[0].deadband", "so the alert would never resolve"),
    ("deadband", "clear: 180, deadband", "levels[0].clear", "the deadband, not both"),
    ("deadband", "deadbnd", "levels[0].deadbnd", "is not a field here; did you mean `deadband`?"),
    ("2h", "-2h", "levels[0].off_delay", "`-2h` is not a duration"),
    ("2h", "2 hours", "levels[0].off_delay", "`2 hours` is not a duration"),
    ("levels:", "levels: []\n    lvls:", "levels", "without a level the rule can never fire"),
    ("levels:", "levels: 3\n    lvls:", "lvls", "is not a field here; did you mean `levels`?"),
    ("unit", "silence: {}\n    severity: info\n    unit", "levels", "is not a field here"),
    ("unit", "silence: {atleast: 1h}\n    unit", "silence.atleast", "did you mean `at_least`?"),
    ("unit", "silence: {at_least: 10m}\n    unit", "silence.at_least", "not a whole number of"),
    (
        "unit",
        "silence: {intervals: 0}\n    unit",
        "silence.intervals",
        "greater than or equal to 1",
    ),
]


@pytest.mark.parametrize(("old", "new", "path", "message"), MISTAKES)
def test_mistakes(tmp_path: Path, old: str, new: str, path: str, message: str) -> None:
    """Each mistake is told at its own field, in words that say what to write."""
    assert message in broken(tmp_path, (old, new))[path]


def test_rule_on_logs(tmp_path: Path) -> None:
    """A rule on logs has a code that there is, and what ends it; another one's version stays."""
    text = """
rules:
  - id: D7
    title: Refused
    log: {code: OTAA, until: quiet, quiet: 2d}
    severity: maintenance
    message: Look.
"""
    (rule,) = load(tmp_path, device=text)
    assert (rule.log, rule.log_until_heard, rule.log_quiet) == ("OTAA", False, 48 * HOUR)
    assert rule.watches is Watches.LOGS
    (other,) = load(tmp_path, device=text.replace("2d", "3d"))
    assert other.version != rule.version
    wrong = text.replace("OTAA", "OTA").replace("2d", "10m").replace("quiet,", "tired,")
    with pytest.raises(RulesWrong) as raised:
        load(tmp_path, device=wrong)
    told = {problem.path: problem.message for problem in raised.value.problems}
    assert told["rules[0].log.code"] == "`OTA` is no code of a log; did you mean `OTAA`?"
    assert {"rules[0].log.until", "rules[0].log.quiet"} <= told.keys()


def test_limit_below_what_can_be(tmp_path: Path) -> None:
    """A low limit at the lowest possible value never fires, and one may never clear."""
    below = ("    levels", "    breach: below\n    levels")
    assert "0 can never be passed" in broken(tmp_path, below, ("190", "0"))["levels[0].threshold"]
    high = broken(tmp_path, below, ("deadband: 19", "deadband: 1811"))
    assert "the clear level 2001 can never be reached" in high["levels[0].deadband"]
    beyond = broken(tmp_path, below, ("deadband: 19", "clear: 189"))
    assert "189 lies beyond the threshold 190" in beyond["levels[0].clear"]


AMBER = "- {severity: amber, threshold: 150}\n      - {severity: red, threshold: 190"
FIRST = "- {severity: red, threshold: 190"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("amber", "red", "levels go from mild to severe, and red comes after red"),
        ("150", "200", "amber could never show: red breaches at 190 already"),
        ("150", "190", "amber could never show: red breaches at 190 already"),
    ],
)
def test_order_of_levels(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Levels that contradict each other are refused."""
    assert broken(tmp_path, (FIRST, AMBER.replace(old, new))) == {"levels": message}


def test_levels_in_order(tmp_path: Path) -> None:
    """A milder level first is right; so is the same threshold for longer."""
    assert len(load(tmp_path, r=GOOD.replace(FIRST, AMBER))[0].levels) == 2
    longer = AMBER.replace("150", "190").replace("threshold: 190", "on_delay: 3h, threshold: 190")
    longer = longer.replace("on_delay: 3h, ", "", 1)
    assert len(load(tmp_path, r=GOOD.replace(FIRST, longer))[0].levels) == 2


def test_two_levels_of_one_severity(tmp_path: Path) -> None:
    """A worse value may be as severe as a milder one, when it is so sooner."""
    later = AMBER.replace("amber, threshold: 150", "red, threshold: 150, on_delay: 1d")
    sooner, clear = load(tmp_path, r=GOOD.replace(FIRST, later))[0].levels
    assert (sooner.severity, sooner.on_delay) == (clear.severity, 24 * HOUR)
    same = later.replace("threshold: 190", "on_delay: 1d, threshold: 190")
    assert broken(tmp_path, (FIRST, same)) == {
        "levels": "levels go from mild to severe, and red comes after red"
    }


def test_everything_at_once(tmp_path: Path) -> None:
    """All mistakes of all rules of all files are told together, in order."""
    bad = GOOD.replace("pm10", "pm11").replace("19,", "-19,").replace("Dust", "''")
    twice = GOOD + GOOD.replace("rules:\n", "").replace("ug/m3", "ug")
    found = problems(tmp_path, a=bad, b=twice, c="rules: [1]\nrule: []", d="- 1", e="rules:")
    assert list(found) == [
        "a.yaml rules[0].title",
        "a.yaml rules[0].observed_property",
        "a.yaml rules[0].levels[0].deadband",
        "b.yaml rules[0].id",
        "b.yaml rules[1].unit",
        "b.yaml rules[1].id",
        "c.yaml rule",
        "c.yaml rules[0]",
        "d.yaml ",
        "e.yaml rules",
    ]
    assert found["b.yaml rules[1].id"] == "`E1` is the id of a.yaml rules[0] already"
    assert found["c.yaml rule"] == "is not a field here; did you mean `rules`?"
    assert found["c.yaml rules[0]"] == "`1` is not a mapping of fields"
    assert found["d.yaml "] == "holds no `rules:` with a list"


def test_without_a_property_the_rest_is_checked(tmp_path: Path) -> None:
    """An unknown property does not hide a clear level beyond its threshold."""
    found = broken(tmp_path, ("pm10", "pm11"), ("deadband: 19", "clear: 195"))
    assert set(found) == {"observed_property", "levels[0].clear"}
    assert set(broken(tmp_path, ("pm10", "pm11"), ("deadband: 19", "clear: 1"))) == {
        "observed_property"
    }
    assert set(broken(tmp_path, ("190", "x"), ("deadband: 19", "clear: 1"))) == {
        "levels[0].threshold"
    }


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("rules: [", "r.yaml line 1, column 9", "expected the node content"),
        ("rules: []\nrules: []", "r.yaml line 2, column 1", "`rules` stands twice"),
        ("rules:\n- {id: a, id: b}", "r.yaml line 2, column 11", "`id` stands twice"),
        ("? [a]\n: 1", "r.yaml line 1, column 3", "unhashable"),
        ("rules: !!python/name:os.system", "r.yaml line 1, column 8", "could not determine"),
    ],
)
def test_not_yaml(tmp_path: Path, text: str, place: str, message: str) -> None:
    """Text that is no YAML, or says a thing twice, is told with its line."""
    assert message in problems(tmp_path, r=text)[place]


def test_not_text(tmp_path: Path) -> None:
    """A file that is not text is a problem, not a crash."""
    (tmp_path / "r.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RulesWrong, match="not UTF-8 text"):
        rules.load(tmp_path)


def test_no_rules(tmp_path: Path) -> None:
    """A folder without a rule file is a mistake; a test file is none."""
    (tmp_path / "dust.test.yaml").write_text("tests: []")
    with pytest.raises(RulesWrong, match=r"holds no rule file, \*\.yaml"):
        rules.load(tmp_path)


def test_problem_as_a_line() -> None:
    """A mistake reads as file, path, message; a file as a whole has no path."""
    assert str(Problem("a.yaml", "rules[0].unit", "is missing")) == (
        "a.yaml: rules[0].unit: is missing"
    )
    assert str(RulesWrong([Problem("a.yaml", "", "x"), Problem("b.yaml", "", "y")])) == (
        "a.yaml: x\nb.yaml: y"
    )


def test_shipped_units_are_stated() -> None:
    """Each shipped threshold stands beside its unit, as text that a person reads."""
    for file in rules.rule_files(rules.SHIPPED):
        for rule in yaml.safe_load(file.read_text())["rules"]:
            assert "silence" in rule or "log" in rule or rule["unit"]


def test_text_that_somebody_wrote() -> None:
    """A text is read as a file is: its rules, or every mistake of it with its place."""
    (rule,) = rules.read(GOOD)
    assert rule.id == "E1"
    twice = GOOD + GOOD.replace("rules:", "").replace("190", "19O")
    with pytest.raises(RulesWrong) as caught:
        rules.read(twice, "mine")
    assert [(problem.file, problem.path) for problem in caught.value.problems] == [
        ("mine", "rules[1].levels[0].threshold"),
        ("mine", "rules[1].id"),
    ]
