"""Who can be told: the recipients, as the settings list them, each checked when it is read."""

import re
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field

from alerts.model import Severity
from alerts.working_hours import Hours


class Team(StrEnum):
    """Whose work an alert is."""

    HOUSING = "housing"
    ENVIRONMENT = "environment"
    PARKING = "parking"
    SERVICE = "service"
    """Those who run the devices and this product"""


_TELEPHONE = re.compile(r"(\+44|0)[0-9 ]{9,14}|\+[0-9 ]{8,20}")
CHANNELS = ("email", "notify_email", "notify_text", "teams", "file")
"""By these people are reached."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody, or a mailbox or channel of several people, who is told by letter."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    """Stands in the records; never the name of a resident"""
    channel: Literal["email", "notify_email", "notify_text", "teams", "file"]
    address: Annotated[str, Field(min_length=1)]
    """An address of e-mail; a telephone number; the URL of a workflow; a file's path"""
    teams: Annotated[frozenset[Team], Field(min_length=1)]
    severities: Annotated[frozenset[Severity], Field(min_length=1)] = frozenset(
        {Severity.AMBER, Severity.RED}
    )
    patches: frozenset[str] = frozenset()
    """The housing patches that they are told of; empty: all"""
    escalation: Annotated[int, Field(ge=0, le=9)] = 0
    """0: told at once; 1, 2, ...: told when nobody has acknowledged for long"""
    starts: time = time(8)
    ends: time = time(18)
    """Between these hours of a working day they are told of what is below red"""

    def __post_init__(self) -> None:
        """Check what one field cannot tell.

        Raises:
            ValueError: the address is none of the channel, or the hours end before they start.
        """
        if self.ends <= self.starts:
            raise ValueError("the hours should end after they start")
        if self.channel in {"email", "notify_email"} and not _is_mailbox(self.address):
            raise ValueError(f"`{self.address}` is no address of e-mail")
        if self.channel == "notify_text" and not _TELEPHONE.fullmatch(self.address):
            raise ValueError(f"`{self.address}` is no telephone number")
        if self.channel == "teams" and not _is_url(self.address):
            raise ValueError("the address of a Teams workflow should be a URL")

    @property
    def hours(self) -> Hours:
        """When they work."""
        return Hours(self.starts, self.ends)

    def wants(self, team: Team, severity: Severity, patch: str = "") -> bool:
        """Say whether they are told of a team's alerts of a severity, in a patch.

        What stands in no patch is told to all of a team: better to one too many than to nobody.
        """
        return team in self.teams and severity in self.severities and self.covers(patch)

    def covers(self, patch: str) -> bool:
        """Say whether a patch is theirs."""
        return not patch or not self.patches or patch in self.patches


def _is_url(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_mailbox(address: str) -> bool:
    name, at, domain = address.rpartition("@")
    plain = address.isascii() and address.isprintable() and " " not in address
    return bool(name and at and domain) and plain and "@" not in name and "," not in address


@dataclass(frozen=True, slots=True)
class Recipients:
    """All recipients, no name twice."""

    each: tuple[Recipient, ...] = ()

    @classmethod
    def of(cls, listed: tuple[Recipient, ...]) -> Self:
        """Take a list of recipients.

        Raises:
            ValueError: a name stands twice.
        """
        names = [recipient.name for recipient in listed]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two recipients are called {', '.join(twice)}")
        return cls(listed)

    def addresses(self, channel: str) -> dict[str, str]:
        """Give the addresses of a channel by the recipients' names."""
        return {each.name: each.address for each in self.each if each.channel == channel}
