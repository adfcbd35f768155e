"""Episodes and recipients for the tests of who is told: short to write."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from alerts.bank_holidays import england
from alerts.concerns import Concern, LetterKind, Rise, Said, Where
from alerts.episodes import EpisodeStatus
from alerts.letters import Letter, World, letters
from alerts.model import Severity
from alerts.recipients import Recipient, Team
from alerts.silences import Silence
from alerts.telling_policy import Policy, load

TUESDAY = datetime(2026, 11, 24, 10, tzinfo=UTC)
"""A working day, at work"""
NIGHT = datetime(2026, 11, 24, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SITE = Where("site:abc", "Surrey Street", "Fairfield")
HOME = Where("dwelling:def", "1 Tamworth Road", "Broad Green")
POLICY = load()

OFFICER = Recipient(
    "officer",
    "email",
    "officer@croydon.example",
    frozenset({Team.ENVIRONMENT, Team.HOUSING}),
    frozenset({Severity.AMBER, Severity.RED}),
)
DUTY = replace(OFFICER, name="duty", escalation=1)
MANAGER = replace(OFFICER, name="manager", escalation=2)


def dust(
    at: datetime = TUESDAY,
    severity: Severity = Severity.RED,
    *,
    name: str = "e1",
    rule: str = "E1",
) -> Concern:
    """Give dust that fires at a site since a moment."""
    return Concern(
        id=name,
        key=f"key-{name}",
        rule=rule,
        title="Dust over the site action level",
        advice="Call the site.",
        team=Team.ENVIRONMENT,
        where=SITE,
        measure="pm10",
        labels={"dev_eui": "02c17a0000000001", "rule": rule, "gateway": "g1"},
        severity=severity,
        status=EpisodeStatus.FIRING,
        fired_at=at,
        over_at=None,
        peak=195.0,
        rises=(Rise(severity, at, late=False),),
    )


def silent(at: datetime = TUESDAY) -> Concern:
    """Give the silence of the device that measures the dust."""
    return replace(
        dust(at, Severity.MAINTENANCE, name="d1", rule="D1"), measure="", team=Team.SERVICE
    )


def over(concern: Concern, at: datetime, status: EpisodeStatus = EpisodeStatus.RESOLVED) -> Concern:
    """Let an episode be over."""
    return replace(concern, status=status, over_at=at)


@dataclass
class Desk:
    """Writes letters at one moment after the other, and remembers what was said."""

    concerns: dict[str, Concern] = field(default_factory=dict)
    silences: list[Silence] = field(default_factory=list)
    policy: Policy = POLICY
    recipients: Sequence[Recipient] = (OFFICER,)
    said: list[Said] = field(default_factory=list)
    last: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def put(self, *concerns: Concern) -> None:
        """Let episodes be what they are now."""
        self.concerns |= {concern.id: concern for concern in concerns}

    def write(self, now: datetime) -> list[Letter]:
        """Write the letters of a moment."""
        known = [
            replace(concern, said=tuple(said for said in self.said if said.episode == concern.id))
            for concern in self.concerns.values()
        ]
        world = World(known, self.silences, self.policy, england(), now, self.last)
        written = letters(world, self.recipients)
        for letter in written:
            self.last[letter.recipient.name, letter.group] = now
            self.said += [
                Said(
                    item.concern.id,
                    letter.recipient.name,
                    item.kind,
                    item.severity,
                    now,
                    item.step,
                )
                for item in letter.items
            ]
        return list(written)

    def story(self, moments: Iterable[datetime]) -> list[tuple[int, str, str]]:
        """Write at several moments: in which minute who was told what."""
        return [
            (int((now - TUESDAY) / MINUTE), letter.recipient.name, item.kind.value)
            for now in moments
            for letter in self.write(now)
            for item in letter.items
        ]


def minutes(*numbers: int) -> list[datetime]:
    """Give moments by their minutes after Tuesday, ten o'clock."""
    return [TUESDAY + number * MINUTE for number in numbers]


def kinds(found: Iterable[Letter]) -> list[list[LetterKind]]:
    """Give what letters say, letter by letter."""
    return [[item.kind for item in letter.items] for letter in found]
