"""Silences: in which time nobody is told of episodes with some labels. Who is told, never what is.

A matcher is a label with its value; a silence with several needs all of them. An episode's labels
are its device's, its place's, and `rule`, `severity` and `team`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST = timedelta(days=30)
"""A silence that lasts longer is a rule that should be changed."""


@dataclass(frozen=True, slots=True)
class Silence:
    """What is silenced, from when to when."""

    matchers: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime
    """From here on it is told again"""

    def covers(self, labels: Mapping[str, str], at: datetime) -> bool:
        """Say whether an episode with such labels is silenced at a time."""
        return self.starts_at <= at < self.ends_at and self.matches(labels)

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Say whether labels hold all that the silence asks for."""
        return all(labels.get(name) == value for name, value in self.matchers.items())


def silenced_until(
    silences: Iterable[Silence], labels: Mapping[str, str], at: datetime
) -> datetime | None:
    """Give when the last of the silences over an episode ends; None: it is not silenced."""
    ends = [silence.ends_at for silence in silences if silence.covers(labels, at)]
    return max(ends, default=None)


def last_end(
    silences: Iterable[Silence], labels: Mapping[str, str], at: datetime
) -> datetime | None:
    """Give when a silence over an episode last ended, up to a time; None: never."""
    ends = [each.ends_at for each in silences if each.ends_at <= at and each.matches(labels)]
    return max(ends, default=None)
