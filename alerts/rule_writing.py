"""A rule as the text of its file: what is written reads back as the same rule."""

from collections.abc import Mapping
from typing import Any

import yaml

from alerts import durations
from alerts.model import AlertRule, Level
from decoders.properties import PROPERTIES

_SIDES = {
    (True, False): "above",
    (False, False): "below",
    (True, True): "at_or_above",
    (False, True): "at_or_below",
}
_WIDTH = 100
_YEAR = frozenset(range(1, 13))


def fields(rule: AlertRule) -> dict[str, Any]:
    """Give the fields of a rule as `alerts.rule_text` reads them, in the order of the files."""
    return {
        "id": rule.id,
        "title": rule.title,
        **_watched(rule),
        "environment": rule.environment or "any",
        "reopen_within": durations.write(rule.reopen_within),
        "group_by": rule.group_by,
        "message": rule.message,
        "source": rule.source,
    }


def _watched(rule: AlertRule) -> dict[str, Any]:
    if rule.silence:
        return _silence(rule)
    return _log(rule) if rule.log else _values(rule)


def _log(rule: AlertRule) -> dict[str, Any]:
    return {
        "severity": str(rule.levels[0].severity),
        "log": {
            "code": rule.log,
            "until": "heard" if rule.log_until_heard else "quiet",
            "quiet": durations.write(rule.log_quiet),
        },
    }


def _silence(rule: AlertRule) -> dict[str, Any]:
    return {
        "severity": str(rule.levels[0].severity),
        "silence": {
            "intervals": rule.silence_intervals,
            "at_least": durations.write(rule.silence_at_least),
        },
    }


def _values(rule: AlertRule) -> dict[str, Any]:
    months = {} if rule.months == _YEAR else {"months": sorted(rule.months)}
    return {
        "observed_property": rule.observed_property,
        "unit": PROPERTIES[rule.observed_property].unit_of_measurement,
        "breach": _SIDES[rule.above, rule.inclusive],
        "step": durations.write(rule.step),
        "window": durations.write(rule.window),
        "capture": _number(rule.capture),
        "max_gap": rule.max_gap,
        **months,
        "levels": [_level(level) for level in rule.levels],
    }


def _level(level: Level) -> dict[str, Any]:
    return {
        "severity": str(level.severity),
        "threshold": _number(level.threshold),
        "clear": _number(level.clear),
        "on_delay": durations.write(level.on_delay),
        "off_delay": durations.write(level.off_delay),
    }


def _number(value: float) -> float:
    """Write `190`, not `190.0`."""
    return int(value) if value == int(value) else value


def text(rule: Mapping[str, Any]) -> str:
    """Write the fields of one rule as a file of rules."""
    return yaml.safe_dump(
        {"rules": [dict(rule)]}, sort_keys=False, allow_unicode=True, width=_WIDTH
    )
