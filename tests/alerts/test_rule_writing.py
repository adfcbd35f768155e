"""A rule that is written as a file reads back as the same rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import rule_writing, rules
from alerts.model import AlertRule

SHIPPED = rules.load()


def test_shipped_rules_hold_every_kind() -> None:
    """The rules below are on silence and on values, on both sides, of all months and of some."""
    assert {rule.silence for rule in SHIPPED} == {True, False}
    assert {(rule.above, rule.inclusive) for rule in SHIPPED} >= {(True, False), (False, False)}
    assert {len(rule.months) == 12 for rule in SHIPPED} == {True, False}


@pytest.mark.parametrize("rule", SHIPPED, ids=lambda rule: rule.id)
def test_shipped_rule_reads_back(rule: AlertRule) -> None:
    """Each rule that comes with the product, with its version."""
    assert rules.read(rule_writing.text(rule_writing.fields(rule))) == (rule,)


@given(
    threshold=st.floats(1, 900, allow_nan=False),
    deadband=st.floats(0, 1),
    seconds=st.integers(0, 10**6),
    title=st.text(min_size=1, max_size=80),
)
def test_numbers_and_words_read_back(
    threshold: float, deadband: float, seconds: int, title: str
) -> None:
    """Any number to its last digit, any delay, and any words that YAML can hold."""
    fields = rule_writing.fields(next(rule for rule in SHIPPED if rule.id == "E1"))
    level = {"threshold": threshold, "clear": threshold - deadband, "off_delay": f"{seconds}s"}
    fields |= {"levels": [{"severity": "red", **level}], "title": title}
    (rule,) = rules.read(rule_writing.text(fields))
    assert rule.title == title
    assert rules.read(rule_writing.text(rule_writing.fields(rule))) == (rule,)
