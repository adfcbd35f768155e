"""How people are told, as a file says it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.bank_holidays import england
from alerts.model import Severity
from alerts.recipients import Team
from alerts.telling_policy import NEVER, SHIPPED, Delay, PolicyWrong, load


def test_shipped_policy_says_what_was_decided() -> None:
    """Red dust is told again each hour and escalates twice, red damp after a working day."""
    policy = load()
    dust = policy.cadence(Team.ENVIRONMENT, Severity.RED)
    assert (dust.remind, dust.in_hours) == (timedelta(hours=1), True)
    assert dust.escalate == (Delay(timedelta(minutes=30)), Delay(timedelta(hours=2)))
    damp = policy.cadence(Team.HOUSING, Severity.RED)
    assert (damp.remind, damp.escalate) == (timedelta(days=1), (Delay(working_days=1),))
    assert policy.cadence(Team.PARKING, Severity.RED) is NEVER


def test_delay_in_working_days() -> None:
    """A working day from Friday ends on Monday; half an hour is half an hour."""
    friday = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert Delay(working_days=1).after(friday, england()) == friday + timedelta(days=3)
    assert Delay(timedelta(minutes=30)).after(friday, england()) == friday + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("group_wait: 1m", "group_wait: 1 minute"),
        ("group_wait: 1m", "group_pause: 1m"),
        ("1wd", "xwd"),
        ("look_every: 10s", "look_every: 10"),
        ("team: housing", "team: gardens"),
        ("regional_history: 30d", "regional_history: ["),
    ],
)
def test_malformed_policy_is_told(tmp_path: Path, before: str, after: str) -> None:
    """A policy that cannot be read is refused with the file's name."""
    file = tmp_path / "telling.yaml"
    file.write_text(SHIPPED.read_text().replace(before, after))
    with pytest.raises(ValueError, match=r"telling\.yaml: "):
        load(file)


def test_policy_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A file that cannot be read is named, with why."""
    with pytest.raises(PolicyWrong, match=r"none\.yaml: cannot be read: No such file"):
        load(tmp_path / "none.yaml")


def test_all_mistakes_of_a_policy_are_told_at_once(tmp_path: Path) -> None:
    """Each mistake is a line with the place in the file."""
    file = tmp_path / "telling.yaml"
    text = SHIPPED.read_text().replace("group_wait: 1m", "group_wait: soon")
    file.write_text(text.replace("chatter_pairs: 5", "chatter_pairs: 0"))
    with pytest.raises(PolicyWrong) as wrong:
        load(file)
    first, second = str(wrong.value).splitlines()
    assert first.startswith("telling.yaml: group_wait: `soon` is not a duration")
    assert second.startswith("telling.yaml: chatter_pairs: ")
