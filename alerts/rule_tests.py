"""The tests of rules: beside `dust.yaml` stands `dust.test.yaml`, time series and what must happen.

    tests:
      - name: fires above the level
        rule: E1
        start: 2026-03-02T08:00Z
        hours: 120 190.1 100x2            # one mean an hour
        expect:
          - 1h fired red                  # the interval that begins one hour after the start
          - 3h resolved red

A rule by another step than the hour has `values`, one for each step, in place of `hours`.

A rule on silence has `heard`, `until` and `interval` (how often the device reports) in place of
`hours`; a rule on logs has `logged`, when the device was logged, `heard` and `until`. Every
transition is compared, so a test also says what must not happen. A rule without a test is itself a
failed test. The notation is that of `alerts.rule_series`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    model_validator,
)

from alerts import durations, log_watch, rule_series, rules, silence
from alerts.evaluate import evaluate
from alerts.intervals import HOUR
from alerts.model import Activity, AlertRule, AlertState, Evaluation, Interval, Watches
from alerts.problems import Problem, RulesWrong, entries, explain, suggest
from alerts.rule_series import Told
from alerts.rule_text import Duration, Text


@dataclass(frozen=True, slots=True)
class Result:
    """How one test ended."""

    file: str
    name: str
    rule: str
    difference: tuple[str, ...] = ()
    """What was expected and did not happen, and what happened and was not expected"""

    @property
    def passed(self) -> bool:
        """True when exactly what was expected happened."""
        return not self.difference


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None or moment != moment.replace(minute=0, second=0, microsecond=0):
        raise ValueError("a series starts at a whole hour, written like 2026-03-02T08:00Z")
    return moment.astimezone(UTC)


def _expected(lines: object) -> tuple[Told, ...]:
    if not isinstance(lines, list):
        raise ValueError("is a list of lines like `2h fired red`, and may be empty")  # noqa: TRY004 - what pydantic collects
    return tuple(rule_series.told(str(line)) for line in lines)


class _Case(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    rule: Text
    start: Annotated[datetime, AfterValidator(_utc)]
    expect: Annotated[tuple[Told, ...], BeforeValidator(_expected)]


_Series = Annotated[
    tuple[float | None, ...], BeforeValidator(lambda text: rule_series.values(str(text)))
]


class ValueCase(_Case):
    """A test of a rule on values."""

    hours: _Series | None = None
    values: _Series | None = None

    @model_validator(mode="after")
    def _has_one_series(self) -> Self:
        if (self.hours is None) == (self.values is None):
            raise ValueError("has `hours`, or `values` where the rule's step is another, not both")
        return self

    def evaluate(self, rule: AlertRule) -> Evaluation:
        """Run the series through the rule."""
        means = self.hours or self.values or ()
        starts = [self.start + index * rule.step for index in range(len(means))]
        known = {
            start: Interval(start, mean, mean is not None)
            for start, mean in zip(starts, means, strict=True)
        }
        return evaluate(rule, AlertState(), known, self.start + len(starts) * rule.step)

    def fits(self, rule: AlertRule) -> bool:
        """Say whether its series is of the rule's step."""
        is_on_values = rule.watches is Watches.VALUES
        return is_on_values and (self.hours is not None) == (rule.step == HOUR)


_Moments = Annotated[
    tuple[timedelta, ...], BeforeValidator(lambda text: rule_series.moments(str(text)))
]


class _HeardCase(_Case):
    heard: _Moments
    until: Duration

    def activity(self) -> list[Activity]:
        """Give when the device is heard, by the hour."""
        by_hour: dict[datetime, list[datetime]] = {}
        for moment in (self.start + offset for offset in self.heard):
            by_hour.setdefault(moment.replace(minute=0), []).append(moment)
        return [Activity(moments[0], moments[-1]) for moments in by_hour.values()]


class SilenceCase(_HeardCase):
    """A test of a rule on silence."""

    interval: Duration

    def evaluate(self, rule: AlertRule) -> Evaluation:
        """Let the device be heard, and the clock run up to `until`."""
        end = self.start + self.until
        return silence.evaluate(rule, AlertState(), self.activity(), self.interval, end)

    def fits(self, rule: AlertRule) -> bool:
        """Say whether the rule is on silence."""
        return rule.silence


class LogCase(_HeardCase):
    """A test of a rule on logs."""

    logged: _Moments

    def evaluate(self, rule: AlertRule) -> Evaluation:
        """Let the device be logged and heard, and the clock run up to `until`."""
        logs = [self.start + offset for offset in self.logged]
        begin = AlertState(self.start - timedelta(microseconds=1))
        return log_watch.evaluate(rule, begin, logs, self.activity(), self.start + self.until)

    def fits(self, rule: AlertRule) -> bool:
        """Say whether the rule is on logs."""
        return rule.watches is Watches.LOGS


Case = ValueCase | SilenceCase | LogCase


def kind(written: Mapping[str, Any]) -> type[SilenceCase] | type[LogCase] | type[ValueCase]:
    """Give what a test is, by its fields."""
    if "logged" in written:
        return LogCase
    return SilenceCase if "heard" in written else ValueCase


def run(folder: Path | None = None) -> tuple[Result, ...]:
    """Run every test of a folder of rules, the shipped ones without one.

    Raises:
        RulesWrong: a rule or a test is wrong in itself; nothing is run then.
    """
    where = folder or rules.SHIPPED
    known = {rule.id: rule for rule in rules.load(where)}
    problems: list[Problem] = []
    results: list[Result] = []
    for file in sorted(where.glob("*.test.yaml")):
        for path, written in entries(file, "tests", problems):
            results += _run(file.name, path, written, known, problems)
    if problems:
        raise RulesWrong(problems)
    return (*results, *_untested(known, results))


def _untested(known: Mapping[str, AlertRule], results: Sequence[Result]) -> list[Result]:
    tested = {result.rule for result in results}
    return [
        Result("", "has a test", rule, (f"no test speaks of {rule}",))
        for rule in known
        if rule not in tested
    ]


def _run(
    file: str,
    path: str,
    written: Mapping[str, Any],
    known: Mapping[str, AlertRule],
    problems: list[Problem],
) -> list[Result]:
    model = kind(written)
    try:
        case = model.model_validate(written)
    except ValidationError as error:
        problems += explain(file, path, error, {"": model})
        return []
    rule = known.get(case.rule)
    if rule is None or not case.fits(rule):
        problems.append(Problem(file, *_not_for_it(path, case.rule, rule, known)))
        return []
    return [Result(file, case.name, case.rule, difference(case, rule))]


def difference(case: Case, rule: AlertRule) -> tuple[str, ...]:
    """Run one test, and say what happened otherwise than expected."""
    told = case.evaluate(rule).transitions
    found = [(moved.at - case.start, moved.kind, moved.severity) for moved in told]
    return _difference(case.expect, found)


def _not_for_it(
    path: str, named: str, rule: AlertRule | None, known: Mapping[str, AlertRule]
) -> tuple[str, str]:
    if rule is None:
        return f"{path}.rule", f"`{named}` is no rule here{suggest(named, known)}"
    series = "`hours`" if rule.step == HOUR else f"`values`, one for {durations.write(rule.step)}"
    fields = {
        Watches.SILENCE: "`heard`, `until` and `interval`",
        Watches.LOGS: "`logged`, `heard` and `until`",
    }
    return path, f"a test of {named} needs {fields.get(rule.watches, series)}"


def _difference(expected: Sequence[Told], found: Sequence[Told]) -> tuple[str, ...]:
    if list(expected) == list(found):
        return ()
    missing = [f"expected, did not happen: {_line(told)}" for told in expected if told not in found]
    surplus = [f"happened, not expected: {_line(told)}" for told in found if told not in expected]
    return (*missing, *surplus) or ("the same happened in another order or number",)


def _line(told: Told) -> str:
    offset, kind, severity = told
    return f"{durations.write(offset)} {kind} {severity}"
