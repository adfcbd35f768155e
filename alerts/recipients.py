"""Who can be told: the recipients, as the settings list them, each checked when it is read."""

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


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody, or a mailbox or channel of several people, who is told by letter."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    """Stands in the records; never the name of a resident"""
    channel: Literal["email", "teams", "file"]
    address: Annotated[str, Field(min_length=1)]
    """An address of e-mail; the URL of a workflow; a file's path"""
    teams: Annotated[frozenset[Team], Field(min_length=1)]
    severities: Annotated[frozenset[Severity], Field(min_length=1)] = frozenset(
        {Severity.AMBER, Severity.RED}
    )
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
        if self.channel == "email" and not _is_mailbox(self.address):
            raise ValueError(f"`{self.address}` is no address of e-mail")
        if self.channel == "teams" and urlsplit(self.address).scheme not in {"http", "https"}:
            raise ValueError(f"`{self.address}` is no URL")

    @property
    def hours(self) -> Hours:
        """When they work."""
        return Hours(self.starts, self.ends)

    def wants(self, team: Team, severity: Severity) -> bool:
        """Say whether they are told of a team's alerts of a severity."""
        return team in self.teams and severity in self.severities


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
