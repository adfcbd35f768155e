"""The words of what is worked out: the values that a theme gives, by property and by channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

DAY = timedelta(days=1)

Hours = Mapping[datetime, float]
"""Valid means by the start of their hour"""
Output = tuple[str, str]
"""Observed property and channel"""


@dataclass(slots=True)
class Values:
    """What was worked out for one owner, by what it is and when it begins."""

    found: dict[Output, dict[datetime, float]] = field(default_factory=dict)

    def put(self, name: str, start: datetime, value: float | None, channel: str = "") -> None:
        """Add a value; None is none."""
        if value is not None:
            self.found.setdefault((name, channel), {})[start] = float(value)

    def of(self, name: str, channel: str = "") -> Mapping[datetime, float]:
        """Give the values of one kind."""
        return self.found.get((name, channel), {})


def midnight(moment: datetime) -> datetime:
    """Give the beginning of the UTC day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
