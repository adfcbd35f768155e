"""Who can be told, checked when it is read."""

from datetime import time

import pytest
from pydantic import TypeAdapter, ValidationError

from alerts.model import Severity
from alerts.recipients import Recipient, Recipients, Team

READ = TypeAdapter(Recipient)
OFFICER = {
    "name": "duty-officer",
    "channel": "email",
    "address": "duty@croydon.example",
    "teams": ["environment"],
}


def test_recipient_is_told_of_their_teams_alerts() -> None:
    """A recipient hears of amber and red of their team, unless they say otherwise."""
    officer = READ.validate_python(OFFICER)
    assert officer.wants(Team.ENVIRONMENT, Severity.AMBER)
    assert not officer.wants(Team.ENVIRONMENT, Severity.INFO)
    assert not officer.wants(Team.HOUSING, Severity.RED)
    assert officer.hours.starts == time(8)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Duty Officer"),
        ("channel", "pigeon"),
        ("address", "duty"),
        ("address", "@croydon.example"),
        ("address", "a@b@croydon.example"),
        ("address", "duty@croydon.example\nBcc: x@y.example"),
        ("address", "a@x.example,b@y.example"),
        ("teams", []),
        ("teams", ["gardens"]),
        ("severities", ["mauve"]),
        ("escalation", -1),
        ("ends", "07:00"),
        ("phone", "123"),
    ],
)
def test_wrong_recipient_is_refused(field: str, value: object) -> None:
    """A recipient who could not be told is refused when the settings are read."""
    with pytest.raises(ValidationError):
        READ.validate_python({**OFFICER, field: value})


def test_workflow_needs_a_url() -> None:
    """A Teams workflow is reached at a URL."""
    with pytest.raises(ValidationError, match="should be a URL"):
        READ.validate_python({**OFFICER, "channel": "teams"})
    there = {**OFFICER, "channel": "teams", "address": "https://example.org/flow"}
    assert READ.validate_python(there).address == "https://example.org/flow"


def test_name_stands_once() -> None:
    """Two recipients of one name would share what was told."""
    officer = READ.validate_python(OFFICER)
    with pytest.raises(ValueError, match="two recipients are called duty-officer"):
        Recipients.of((officer, officer))
    assert Recipients.of((officer,)).addresses("email") == {"duty-officer": "duty@croydon.example"}
    assert Recipients.of((officer,)).addresses("file") == {}
