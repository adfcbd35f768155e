"""What telling people needs to know of an episode: facts alone, as they are stored.

Whether an episode is acknowledged, silenced, explained by another or chattering is computed from
its history each time: no flag can be forgotten.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerts.device_logs import UNTIL_HEARD
from alerts.episodes import EpisodeStatus
from alerts.indices.dust import SiteHours
from alerts.model import Severity
from alerts.recipients import Team
from alerts.telling_policy import Policy


class LetterKind(StrEnum):
    """What a letter says of an episode, or of a case."""

    FIRED = "fired"
    RAISED = "raised"
    REMINDER = "reminder"
    """It still fires, and nobody has acknowledged it"""
    ESCALATED = "escalated"
    """Nobody has acknowledged it, so somebody else is told"""
    CHATTERING = "chattering"
    """It comes and goes; no more letters until it rests"""
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    """It was told, and later data show that it was not so"""
    ASSIGNED = "assigned"
    """Somebody said that it is the recipient's to deal with"""
    CASE_DEADLINE = "case_deadline"
    UNDELIVERED = "undelivered"
    """A message could not be delivered, told to those who run the service"""


ENDS = frozenset({LetterKind.RESOLVED, LetterKind.WITHDRAWN})
"""After these nobody believes any more that it fires."""


@dataclass(frozen=True, slots=True)
class Rise:
    """An episode fired, fired again, or became worse."""

    severity: Severity
    recorded_at: datetime
    late: bool
    """Found so late that nobody is told"""


@dataclass(frozen=True, slots=True)
class Said:
    """What one recipient was told of an episode, or of the one in whose place it stands."""

    episode: str
    recipient: str
    kind: LetterKind
    severity: Severity
    at: datetime
    step: int
    undelivered: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose an episode is to deal with."""

    to: str
    """A recipient's name, or somebody's who gets no letters"""
    at: datetime


@dataclass(frozen=True, slots=True)
class Where:
    """The place that an episode is about."""

    group: str
    """Such as `dwelling:<public id>`: what is told in one letter"""
    name: str
    """For people; never a resident's name"""
    area: str
    spot: str = ""
    """The room, or the position at a site"""
    patch: str = ""
    """Of housing"""
    hours: SiteHours | None = None
    """When a site works; None: it is no site, or nobody registered its hours"""


@dataclass(frozen=True, slots=True)
class Concern:
    """An episode, as far as telling people needs it."""

    id: str
    key: str
    rule: str
    title: str
    advice: str
    team: Team
    where: Where
    measure: str
    """The observed property; empty: the device is not heard, or was logged"""
    labels: Mapping[str, str]
    """What silences are matched with"""
    severity: Severity
    status: EpisodeStatus
    fired_at: datetime
    over_at: datetime | None
    """When its end was recorded"""
    peak: float | None
    rises: tuple[Rise, ...]
    acknowledged: tuple[Severity, ...] = ()
    """The severities at which somebody acknowledged it"""
    assigned: Assignment | None = None
    """The last one, unless somebody took it on themselves"""
    said: tuple[Said, ...] = ()
    ends: int = 0
    """So often it ended in the window of the guard against chatter"""
    ended_at: datetime | None = None
    """When the newest of those ends could be known"""
    replaced: bool = False
    """It was withdrawn, and another that stands takes its place"""
    outage: str = ""
    """What it has in common with others, so that the first is told: of a silence what else than the
    device is down, such as `gateway:7076ff0056030405`; of a codec that fails the profile, such as
    `codec:EM300-TH`; of amber dust `regional`"""
    why: str = ""
    """The cause in a sentence"""
    alike: int = 0
    """So many others it has that in common with"""

    @property
    def is_silence(self) -> bool:
        """Whether it fires because its device is not heard."""
        return self.fires and not self.measure and not self.log

    @property
    def log(self) -> str:
        """The code of the network server's log that it is about; empty for all others."""
        return self.labels.get("log", "")

    @property
    def device(self) -> str:
        """The device that it is about."""
        return self.labels.get("dev_eui", "")

    @property
    def fires(self) -> bool:
        """Whether it goes on."""
        return self.status is EpisodeStatus.FIRING

    @property
    def news(self) -> Rise | None:
        """The rise that people may be told of: that to the present severity; None: all is late."""
        timely = [rise for rise in self.rises if not rise.late]
        if not timely:
            return None
        worst = max(timely, key=lambda rise: (rise.severity.rank, -rise.recorded_at.timestamp()))
        severity = min(worst.severity, self.severity, key=lambda each: each.rank)
        return Rise(severity, worst.recorded_at, late=False)

    def to(self, recipient: str) -> tuple[Said, ...]:
        """Give what a recipient was told, in order, since they last heard that it was not so."""
        told = [said for said in self.said if said.recipient == recipient]
        told.sort(key=lambda said: (said.at, said.step))
        taken_back = [at for at, said in enumerate(told) if said.kind is LetterKind.WITHDRAWN]
        return tuple(told[taken_back[-1] + 1 :] if taken_back else told)

    def step(self, recipient: str) -> int:
        """Count what a recipient was told of this very episode: the number of the next."""
        return sum((said.episode, said.recipient) == (self.id, recipient) for said in self.said)


def team_of(severity: Severity, place_kind: str | None, environment: str | None) -> Team:
    """Say whose work an alert is, by the kind of place that its device is at."""
    if severity is Severity.MAINTENANCE:
        return Team.SERVICE
    if place_kind in {"bay", "zone"}:
        return Team.PARKING
    indoors = environment == "indoor" if place_kind is None else place_kind in {"room", "dwelling"}
    return Team.HOUSING if indoors else Team.ENVIRONMENT


def is_acknowledged(at: Iterable[Severity], severity: Severity) -> bool:
    """Say whether somebody acknowledged an episode at this severity, or at a higher one."""
    return any(each.rank >= severity.rank for each in at)


def is_chattering(concern: Concern, policy: Policy) -> bool:
    """Say whether an episode's alert comes and goes too often to be told each time."""
    return concern.ends > policy.chatter_pairs


def is_explained(concern: Concern, others: Sequence[Concern]) -> bool:
    """Say whether another alert that fires explains this one, so that nobody need hear of it.

    Red explains amber of the same place and measure; the first silence by an outage, say of a
    gateway, the others by it; a log that says why a device is not heard, its silence; dust
    everywhere the amber dust of a site. Nothing explains red.
    """
    return any(
        _explains(other, concern) for other in others if other.fires and other.id != concern.id
    )


def _explains(other: Concern, concern: Concern) -> bool:
    if concern.severity is Severity.RED:
        return False
    first = (other.fired_at, other.id) < (concern.fired_at, concern.id)
    if concern.outage and other.outage == concern.outage and first:
        return True
    says_why = other.log in UNTIL_HEARD and other.news is not None
    if concern.is_silence and says_why and other.device == concern.device:
        return True
    if concern.severity is not Severity.AMBER:
        return False
    same = (other.where.group, other.measure) == (concern.where.group, concern.measure)
    return same and other.severity is Severity.RED


def is_deaf(concern: Concern, others: Sequence[Concern]) -> bool:
    """Say whether the device of a measurement is silent, so that nobody is reminded of it."""
    return bool(concern.measure) and any(
        other.is_silence and other.device == concern.device for other in others
    )
