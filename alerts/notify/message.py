"""One message to people or to another system, complete: a channel needs nothing else to send it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from alerts.model import Severity
from alerts.notices import NoticeKind


@dataclass(frozen=True, slots=True)
class Message:
    """What is told of one episode."""

    episode: str
    """The episode's id"""
    kind: NoticeKind
    severity: Severity
    rule: str
    rule_version: str
    title: str
    advice: str
    """What to do"""
    fired_at: datetime
    at: datetime | None
    """Start of the interval that made us tell; None for a withdrawal"""
    known_at: datetime | None
    """Its end"""
    value: float | None
    labels: Mapping[str, str] = field(default_factory=dict)
    """The device, where it is, what it measures"""

    @property
    def subject(self) -> str:
        """One line: what happened, to what."""
        name = self.labels.get("device_name") or self.labels.get("dev_eui", "")
        return f"{self.kind} ({self.severity}): {self.title} - {name}".rstrip(" -")
