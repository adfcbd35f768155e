"""What letters are decided from, and the letters in the outbox with what each tells.

A letter and what it tells are written in one transaction, so nobody is told twice: what was told
is read back from there, by whoever decides next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from alerts.concerns import Assignment, Concern, LetterKind, Rise, Said, Where, team_of
from alerts.episodes import EpisodeStatus
from alerts.indices.dust import site_hours
from alerts.model import Severity
from alerts.notices import is_late
from alerts.notify.post import Post
from alerts.recipients import Team
from storage import alert_actions
from storage.alert_actions import Action, ActionKind
from storage.connection import Connection, translated
from storage.packing import to_json
from storage.queries import SQL
from storage.redecoding import quiet_until

_LABELS = msgspec.json.Decoder(dict[str, str])


class _Rise(msgspec.Struct):
    severity: Severity
    recorded_at: datetime
    known_at: datetime


_RISES = msgspec.json.Decoder(list[_Rise])


@dataclass(frozen=True, slots=True)
class Told:
    """What a letter tells of one episode or case, for the record."""

    key: str
    """Unique for ever: what is told twice is refused"""
    kind: LetterKind
    severity: Severity
    step: int
    alert_id: str | None = None
    case_id: str | None = None
    about_id: int | None = None
    """The message that could not be delivered"""


@dataclass(frozen=True, slots=True)
class OutgoingLetter:
    """A letter for the outbox."""

    channel: str
    group: str
    post: Post
    told: tuple[Told, ...]
    """The first one's key is the letter's"""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the query, in its order."""

    id: str
    key: str
    rule: str
    title: str
    advice: str
    severity: str
    status: str
    fired_at: datetime
    changed_at: datetime
    peak: float | None
    labels: str
    device: int
    environment: str | None
    place_kind: str | None
    place_id: str | None
    place: str | None
    area: str | None
    parent_id: str | None
    parent: str | None
    parent_area: str | None
    patch: str | None
    hours: str | None
    rises: str
    ends: int
    ended_at: datetime | None
    replaced: bool


def lock(connection: Connection) -> bool:
    """Become the one who writes letters until the transaction ends; False: somebody else is."""
    row = connection.execute(SQL["letters_lock"]).fetchone()
    return row is not None and bool(row[0])


def concerns(connection: Connection, now: datetime, chatter_window: timedelta) -> list[Concern]:
    """Read the episodes that anybody may have to be told of.

    Of what decoding stored uplinks again brought to light nobody is told: its rises count as late.
    """
    asked = {"now": now, "chatter_since": now - chatter_window}
    with translated():
        rows = [_Row(*row) for row in connection.execute(SQL["concerns_read"], asked)]
        quiet = quiet_until(connection, sorted({row.device for row in rows}))
        ids = [row.id for row in rows]
        told = said(connection, ids)
        acts = alert_actions.actions(connection, ids)
    found = []
    for row in rows:
        concern = _concern(row, quiet.get(row.device))
        found.append(_with_people(concern, acts[row.id], told.get(row.id, ())))
    return found


def _with_people(concern: Concern, acts: Sequence[Action], told: Sequence[Said]) -> Concern:
    """Add what people did, and what they were told."""
    acknowledged = [act.severity for act in acts if act.kind is ActionKind.ACKNOWLEDGED]
    last = next((act for act in reversed(acts) if act.kind is ActionKind.ASSIGNED), None)
    given = last is not None and last.actor != last.assignee
    return replace(
        concern,
        acknowledged=tuple(acknowledged),
        assigned=Assignment(last.assignee, last.at) if last and given else None,
        said=tuple(told),
    )


def said(connection: Connection, ids: Sequence[str]) -> dict[str, list[Said]]:
    """Read what was told of episodes by letter, also of what each takes the place of."""
    found: dict[str, list[Said]] = {}
    for row in connection.execute(SQL["letters_said"], {"alerts": list(ids)}):
        alert, episode, recipient, kind, severity, at, step, undelivered = row
        told = Said(episode, recipient, LetterKind(kind), Severity(severity), at, step, undelivered)
        found.setdefault(alert, []).append(told)
    return found


def _concern(row: _Row, quiet: datetime | None) -> Concern:
    severity = Severity(row.severity)
    team = team_of(severity, row.place_kind, row.environment)
    labels = _LABELS.decode(row.labels)
    where = _of_device(labels) if team is Team.SERVICE else _where(row, labels)
    own = {"rule": row.rule, "severity": severity, "team": team, "place": row.place_id or ""}
    return Concern(
        id=row.id,
        key=row.key,
        rule=row.rule,
        title=row.title,
        advice=row.advice,
        team=team,
        where=where,
        measure=labels.get("observed_property", ""),
        labels={**labels, **own, "within": row.parent_id or ""},
        severity=severity,
        status=EpisodeStatus(row.status),
        fired_at=row.fired_at,
        over_at=None if row.status == EpisodeStatus.FIRING else row.changed_at,
        peak=row.peak,
        rises=tuple(_rise(rise, quiet) for rise in _RISES.decode(row.rises)),
        ends=row.ends,
        ended_at=row.ended_at,
        replaced=row.replaced,
    )


def _rise(rise: _Rise, quiet: datetime | None) -> Rise:
    hushed = quiet is not None and rise.known_at <= quiet
    return Rise(rise.severity, rise.recorded_at, hushed or is_late(rise.known_at, rise.recorded_at))


def _where(row: _Row, labels: dict[str, str]) -> Where:
    """Group by dwelling, site or zone; what is at no place by its profile."""
    patch, hours = row.patch or "", site_hours(row.hours)
    if row.parent_id:
        area = row.parent_area or row.area or ""
        group, name = f"place:{row.parent_id}", row.parent or ""
        return Where(group, name, area, row.place or "", patch, hours)
    if row.place_id:
        group, name = f"place:{row.place_id}", row.place or ""
        return Where(group, name, row.area or "", "", patch, hours)
    return _of_device(labels)


def _of_device(labels: dict[str, str]) -> Where:
    """Group by the device's profile, and name no place: who runs devices need not know a home."""
    profile, name = labels.get("device_profile", ""), labels.get("device_name", "")
    eui = labels.get("dev_eui", "")
    spot = f"{name} ({eui})" if name else eui
    return Where(f"device_profile:{profile}", f"devices {profile}".rstrip(), "", spot)


def last_letters(connection: Connection, since: datetime) -> dict[tuple[str, str], datetime]:
    """Read when recipients last got a letter about each group, after a time."""
    with translated():
        rows = connection.execute(SQL["letters_last"], {"since": since})
        return {(recipient, group): at for recipient, group, at in rows}


def told_of_cases(connection: Connection, cases: Sequence[str]) -> set[str]:
    """Read the keys of what was told of cases."""
    with translated():
        rows = connection.execute(SQL["letters_of_cases"], {"cases": list(cases)})
        return {key for (key,) in rows}


def told_of_failures(connection: Connection, lost: Sequence[int]) -> set[str]:
    """Read the keys of what was told of messages that could not be delivered."""
    with translated():
        rows = connection.execute(SQL["letters_of_failures"], {"lost": list(lost)})
        return {key for (key,) in rows}


def write(connection: Connection, letter: OutgoingLetter, now: datetime) -> None:
    """Put a letter in the outbox, with what it tells; to be called in a transaction.

    Raises:
        DatabaseRefused: some of it was told already, or the instance is a simulation.
    """
    lead, recipient = letter.told[0], letter.post.recipient
    row = {
        "key": lead.key,
        "alert": lead.alert_id,
        "kind": lead.kind,
        "channel": letter.channel,
        "recipient": recipient,
        "message": to_json(letter.post).decode(),
        "now": now,
    }
    with translated():
        written = connection.execute(SQL["letter_write"], row).fetchone()
        assert written is not None  # noqa: S101 - an insert that returns
        connection.execute(
            SQL["letter_entries_write"],
            {
                "letter": written[0],
                "recipient": recipient,
                "group": letter.group,
                "now": now,
                "keys": [told.key for told in letter.told],
                "alerts": [told.alert_id for told in letter.told],
                "cases": [told.case_id for told in letter.told],
                "about": [told.about_id for told in letter.told],
                "kinds": [told.kind for told in letter.told],
                "steps": [told.step for told in letter.told],
                "severities": [told.severity for told in letter.told],
            },
        )
