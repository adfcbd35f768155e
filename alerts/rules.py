"""Rules from YAML: every mistake of every file at once, each with its place and what to write.

A file holds `rules:`, a list. A rule is refused when a field is unknown or has an impossible
value, when it could never fire or never resolve, when it contradicts itself, and when its
property or its unit is not the catalogue's. The fields are those of `alerts.rule_text`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from alerts.model import AlertRule, Level
from alerts.problems import Problem, RulesWrong, entries, entries_of, explain
from alerts.rule_text import (
    Around,
    FlappingText,
    LevelText,
    LogRuleText,
    LogText,
    SilenceRuleText,
    SilenceText,
    ValueRuleText,
)

__all__ = ["SHIPPED", "Problem", "RulesWrong", "load", "read", "rule_files"]

SHIPPED = Path(__file__).with_name("rules")
"""The rules that come with the product"""

_OF_LOGS = ("log", "log_until_heard", "log_quiet")
"""Not part of what other rules are"""
_NOT_DECIDING = ("id", "version", "title", "group_by", "message", "source")


def load(folder: Path | None = None) -> tuple[AlertRule, ...]:
    """Read every rule of a folder, the shipped ones without one, in the order of the files.

    Raises:
        RulesWrong: anything at all is wrong; nothing is loaded then.
    """
    rules: list[AlertRule] = []
    problems: list[Problem] = []
    owners: dict[str, str] = {}
    for file in rule_files(folder or SHIPPED):
        for path, written in entries(file, "rules", problems):
            rules += _read(file.name, path, written, problems)
            problems += _taken(owners, file.name, path, written)
    if problems:
        raise RulesWrong(problems)
    return tuple(rules)


def read(text: str, name: str = "") -> tuple[AlertRule, ...]:
    """Read the rules of one text, as somebody wrote it; `name` is what its mistakes call it.

    Raises:
        RulesWrong: anything at all is wrong.
    """
    rules: list[AlertRule] = []
    problems: list[Problem] = []
    owners: dict[str, str] = {}
    for path, written in entries_of(text.encode(), name, "rules", problems):
        rules += _read(name, path, written, problems)
        problems += _taken(owners, name, path, written)
    if problems:
        raise RulesWrong(problems)
    return tuple(rules)


def rule_files(folder: Path) -> list[Path]:
    """Give the rule files of a folder, by name.

    Raises:
        RulesWrong: there is none.
    """
    files = sorted(path for path in folder.glob("*.yaml") if not path.name.endswith(".test.yaml"))
    if not files:
        raise RulesWrong([Problem(str(folder), "", "holds no rule file, *.yaml")])
    return files


def _taken(
    owners: dict[str, str], file: str, path: str, written: Mapping[str, Any]
) -> list[Problem]:
    here, named = f"{file} {path}", str(written.get("id", path))
    owner = owners.setdefault(named, here)
    if owner == here:
        return []
    return [Problem(file, f"{path}.id", f"`{named}` is the id of {owner} already")]


def _read(
    file: str, path: str, written: dict[str, Any], problems: list[Problem]
) -> list[AlertRule]:
    kind = _kind(written)
    around = Around.of(written)
    try:
        text = kind.model_validate(written, context=around)
    except ValidationError as error:
        models = {
            "": kind,
            "levels": LevelText,
            "silence": SilenceText,
            "flapping": FlappingText,
            "log": LogText,
        }
        problems += explain(file, path, error, models)
        return []
    if isinstance(text, SilenceRuleText):
        return [_versioned(_silence_rule(text))]
    if isinstance(text, LogRuleText):
        return [_versioned(_log_rule(text))]
    return [_versioned(_value_rule(text, around))]


def _kind(
    written: Mapping[str, Any],
) -> type[SilenceRuleText] | type[LogRuleText] | type[ValueRuleText]:
    if "silence" in written:
        return SilenceRuleText
    return LogRuleText if "log" in written else ValueRuleText


def _silence_rule(text: SilenceRuleText) -> AlertRule:
    return AlertRule(
        id=text.id,
        version="",
        title=text.title,
        observed_property="",
        environment=text.environment.replace("any", ""),
        levels=(Level(text.severity, 0, 0),),
        reopen_within=text.reopen_within,
        silence=True,
        silence_intervals=text.silence.intervals,
        silence_at_least=text.silence.at_least,
        group_by=text.group_by,
        message=text.message,
        source=text.source,
    )


def _log_rule(text: LogRuleText) -> AlertRule:
    return AlertRule(
        id=text.id,
        version="",
        title=text.title,
        observed_property="",
        environment=text.environment.replace("any", ""),
        levels=(Level(text.severity, 0, 0),),
        reopen_within=text.reopen_within,
        log=text.log.code,
        log_until_heard=text.log.until == "heard",
        log_quiet=text.log.quiet,
        group_by=text.group_by,
        message=text.message,
        source=text.source,
    )


def _value_rule(text: ValueRuleText, around: Around) -> AlertRule:
    return AlertRule(
        id=text.id,
        version="",
        title=text.title,
        observed_property=text.observed_property,
        environment=text.environment.replace("any", ""),
        levels=tuple(_level(level, around) for level in text.levels),
        above=around.above,
        inclusive=around.inclusive,
        step=text.step,
        window=text.window or text.step,
        capture=text.capture,
        max_gap=text.max_gap,
        flap_pairs=text.flapping.pairs,
        flap_window=text.flapping.window,
        flap_hold=text.flapping.hold,
        reopen_within=text.reopen_within,
        group_by=text.group_by,
        message=text.message,
        source=text.source,
        months=text.months,
    )


def _level(text: LevelText, around: Around) -> Level:
    clear = text.clear_level(around)
    return Level(text.severity, text.threshold, clear, text.on_delay, text.off_delay)


def _versioned(rule: AlertRule) -> AlertRule:
    """Give the rule its version: 12 hex digits of SHA-256 over all that decides."""
    ignored = _NOT_DECIDING if rule.log else (*_NOT_DECIDING, *_OF_LOGS)
    deciding = {name: value for name, value in asdict(rule).items() if name not in ignored}
    deciding["months"] = sorted(rule.months)
    canonical = json.dumps(deciding, sort_keys=True, separators=(",", ":"), default=str)
    return replace(rule, version=hashlib.sha256(canonical.encode()).hexdigest()[:12])
