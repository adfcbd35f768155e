"""Who is told what, when, by letter: a pure function of what is stored and of the time.

Each recipient gets one letter for all that is new at one place. It waits a moment for what else
happens there, and some time after the last letter; what becomes worse, what nobody acknowledges
and what must be told again does not wait. What is below red waits for working hours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.clocks import Holidays
from alerts.concerns import (
    ENDS,
    Concern,
    LetterKind,
    Rise,
    Said,
    is_acknowledged,
    is_chattering,
    is_deaf,
    is_explained,
)
from alerts.episodes import EpisodeStatus
from alerts.indices.dust import is_working
from alerts.model import Severity
from alerts.recipients import Recipient
from alerts.silences import Silence, last_end, silenced_until
from alerts.telling_policy import Cadence, Policy

Last = Mapping[tuple[str, str], datetime]
"""When a recipient, by name, last got a letter about a group."""


@dataclass(frozen=True, slots=True)
class World:
    """All that decides beside the concern itself."""

    concerns: Sequence[Concern]
    silences: Sequence[Silence]
    policy: Policy
    holidays: Holidays
    now: datetime
    last: Last


@dataclass(frozen=True, slots=True)
class Item:
    """What a letter says of one episode."""

    concern: Concern
    kind: LetterKind
    severity: Severity
    step: int
    """Counts what the recipient is told of the episode"""
    ready_at: datetime | None
    """From when on it need not wait for others; None: it waits for nothing"""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one recipient, about one group; the most urgent item first."""

    recipient: Recipient
    group: str
    items: tuple[Item, ...]


def letters(world: World, recipients: Iterable[Recipient]) -> tuple[Letter, ...]:
    """Give the letters that are due."""
    world = replace(world, concerns=[_told_of(concern, world) for concern in world.concerns])
    found: list[Letter] = []
    for recipient in recipients:
        groups: dict[str, list[Item]] = {}
        for concern in sorted(world.concerns, key=lambda each: each.id):
            item = _item(concern, recipient, world)
            if item and not _is_quiet(item, recipient, world):
                groups.setdefault(concern.where.group, []).append(item)
        for group, items in sorted(groups.items()):
            due = _together(items, world.last.get((recipient.name, group)), world)
            if due:
                found.append(Letter(recipient, group, tuple(sorted(due, key=_urgency))))
    return tuple(found)


def _told_of(concern: Concern, world: World) -> Concern:
    """Let what is silenced stand for no others: by the same outage, or that it explains."""
    stands = concern.outage or concern.log
    if not (stands and silenced_until(world.silences, concern.labels, world.now)):
        return concern
    return replace(concern, outage="", rises=() if concern.log else concern.rises)


def _urgency(item: Item) -> tuple[int, datetime, str]:
    return -item.severity.rank, item.concern.fired_at, item.concern.id


def _is_quiet(item: Item, recipient: Recipient, world: World) -> bool:
    """Below red, a letter waits for the recipient's next working day."""
    below = item.severity is not Severity.RED
    return below and not recipient.hours.contain(world.now, world.holidays)


def _together(items: list[Item], last: datetime | None, world: World) -> list[Item]:
    """Give what of a group goes in a letter now: what cannot wait, and the rest when it is time."""
    waits = [item.ready_at for item in items if item.ready_at is not None]
    if not waits:
        return items
    ready = min(waits)
    if last is not None:
        ready = max(ready, last + world.policy.group_interval)
    if world.now >= ready:
        return items
    return [item for item in items if item.ready_at is None]


def _item(concern: Concern, recipient: Recipient, world: World) -> Item | None:
    """Give what a recipient is to be told of an episode now, as far as it is due alone."""
    if silenced_until(world.silences, concern.labels, world.now):
        return None
    said = concern.to(recipient.name)
    if _is_newly_theirs(concern, recipient, said):
        step = concern.step(recipient.name)
        return Item(concern, LetterKind.ASSIGNED, concern.severity, step, None)
    if is_chattering(concern, world.policy) and not _rests(concern, world):
        return _chatter(concern, recipient, world)
    if not concern.fires:
        return _end(concern, recipient, said, world)
    news = concern.news
    told = news is not None and _wants(recipient, concern, news.severity)
    if news is None or not told or is_explained(concern, world.concerns):
        return None
    return _firing(concern, recipient, said, news, world)


def _wants(recipient: Recipient, concern: Concern, severity: Severity) -> bool:
    return recipient.wants(concern.team, severity, concern.where.patch)


def _is_newly_theirs(concern: Concern, recipient: Recipient, said: Sequence[Said]) -> bool:
    """Say whether it was assigned to them and they were not told so since."""
    assigned = concern.assigned
    if not concern.fires or assigned is None or assigned.to != recipient.name:
        return False
    return not any(each.kind is LetterKind.ASSIGNED and each.at >= assigned.at for each in said)


def _rests(concern: Concern, world: World) -> bool:
    """Say whether what came and went has been over for so long that its end can be told."""
    if any(other.fires and other.key == concern.key for other in world.concerns):
        return False
    return concern.ended_at is None or world.now >= concern.ended_at + world.policy.chatter_hold


def _chatter(concern: Concern, recipient: Recipient, world: World) -> Item | None:
    """Say once in the guard's window, of all episodes of the alert, that it comes and goes."""
    if not concern.fires or not _wants(recipient, concern, concern.severity):
        return None
    since = world.now - world.policy.chatter_window
    for other in world.concerns:
        for each in other.to(recipient.name) if other.key == concern.key else ():
            if each.kind is LetterKind.CHATTERING and each.at > since:
                return None
    step = concern.step(recipient.name)
    return Item(concern, LetterKind.CHATTERING, concern.severity, step, None)


def _end(concern: Concern, recipient: Recipient, said: Sequence[Said], world: World) -> Item | None:
    """Tell the end to those who believe that it fires."""
    believed = [each for each in said if not each.undelivered]
    if concern.replaced or not believed or said[-1].kind in ENDS:
        return None
    gone = concern.status is EpisodeStatus.WITHDRAWN
    kind = LetterKind.WITHDRAWN if gone else LetterKind.RESOLVED
    ready = (concern.over_at or world.now) + world.policy.group_wait
    return Item(concern, kind, _worst(said), concern.step(recipient.name), ready)


def _firing(
    concern: Concern, recipient: Recipient, said: Sequence[Said], news: Rise, world: World
) -> Item | None:
    cadence = world.policy.cadence(concern.team, news.severity)
    acknowledged = is_acknowledged(concern.acknowledged, news.severity)
    step = concern.step(recipient.name)
    if recipient.escalation and not said:
        if acknowledged or not _is_escalated(concern, recipient, news, cadence, world):
            return None
        return Item(concern, LetterKind.ESCALATED, news.severity, step, None)
    if not said:
        wait = world.policy.group_wait if concern.measure else world.policy.silence_wait
        ready = news.recorded_at + wait
        return Item(concern, LetterKind.FIRED, news.severity, step, ready)
    if news.severity.rank > _worst(said).rank:
        return Item(concern, LetterKind.RAISED, news.severity, step, None)
    if acknowledged or not _is_reminded(concern, recipient, said, cadence, world):
        return None
    return Item(concern, LetterKind.REMINDER, news.severity, step, None)


def _is_escalated(
    concern: Concern, recipient: Recipient, news: Rise, cadence: Cadence, world: World
) -> bool:
    """Say whether nobody has acknowledged for so long that this recipient is told."""
    if recipient.escalation > len(cadence.escalate):
        return False
    ended = last_end(world.silences, concern.labels, world.now)
    since = max(news.recorded_at, ended) if ended else news.recorded_at
    delay = cadence.escalate[recipient.escalation - 1]
    return world.now >= delay.after(since, world.holidays)


def _is_reminded(
    concern: Concern,
    recipient: Recipient,
    said: Sequence[Said],
    cadence: Cadence,
    world: World,
) -> bool:
    """Say whether it is time to tell again: some time after the last, or a silence has ended."""
    if is_deaf(concern, world.concerns):
        return False
    if cadence.in_hours and not _is_at_work(concern, recipient, world):
        return False
    ended = last_end(world.silences, concern.labels, world.now)
    if ended and ended > said[-1].at and not recipient.escalation:
        return True
    if cadence.remind is None or recipient.escalation:
        return False
    return world.now >= said[-1].at + cadence.remind


def _is_at_work(concern: Concern, recipient: Recipient, world: World) -> bool:
    """Say whether the site works, when its hours are known; else whether the recipient does."""
    if concern.where.hours is None:
        return recipient.hours.contain(world.now, world.holidays)
    return is_working(world.now, concern.where.hours, world.holidays.days)


def _worst(said: Sequence[Said]) -> Severity:
    return max((each.severity for each in said), key=lambda severity: severity.rank)
