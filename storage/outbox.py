"""The outbox: what people are to be told, written together with what it tells of.

A message is sent at least once: it is claimed, sent and marked in one transaction, so whoever dies
on the way leaves it for the next. The idempotency key lets the other side drop a second copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from alerts.model import Severity
from alerts.notices import NoticeKind
from alerts.notify.message import Message
from alerts.notify.post import Post
from storage.connection import Connection, translated
from storage.packing import to_json
from storage.queries import SQL

_MESSAGE = msgspec.json.Decoder(Message)
_POST = msgspec.json.Decoder(Post)


@dataclass(frozen=True, slots=True)
class OutgoingNotice:
    """A message for one channel."""

    idempotency_key: str
    alert_id: str
    channel: str
    message: Message
    hold: timedelta = timedelta(0)
    """It is not sent before: what proves wrong meanwhile is never sent"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours until the transaction ends."""

    id: int
    idempotency_key: str
    message: Message | Post
    created_at: datetime
    attempts: int
    """So many failed"""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that was given up."""

    id: int
    idempotency_key: str
    alert_id: str
    """Empty: it is about a case"""
    kind: str
    channel: str
    title: str
    created_at: datetime
    attempts: int
    failure: str
    settled_at: datetime
    recipient: str
    """Empty: a channel that has no recipients"""
    severity: Severity


@dataclass(frozen=True, slots=True)
class Listed:
    """A message in a list."""

    id: int
    idempotency_key: str
    alert_id: str
    """Empty: it is not about an alert"""
    kind: str
    severity: str
    title: str
    channel: str
    recipient: str
    """Empty: a channel that has no recipients"""
    status: str
    created_at: datetime
    settled_at: datetime | None
    """When it was delivered or given up"""
    attempts: int
    failure: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a channel has before it."""

    channel: str
    messages: int
    oldest: datetime


def write(connection: Connection, notices: Sequence[OutgoingNotice], now: datetime) -> None:
    """Put messages in the outbox, in the order in which they are to be sent."""
    if notices:
        connection.execute(
            SQL["notices_write"],
            {
                "keys": [notice.idempotency_key for notice in notices],
                "alerts": [notice.alert_id for notice in notices],
                "kinds": [notice.message.kind for notice in notices],
                "channels": [notice.channel for notice in notices],
                "messages": [to_json(notice.message).decode() for notice in notices],
                "holds": [notice.hold for notice in notices],
                "now": now,
            },
        )


def cancel(connection: Connection, alerts: Sequence[str], now: datetime) -> set[tuple[str, str]]:
    """Do not send what waits of episodes; give those, by channel, that nobody ever heard of."""
    if not alerts:
        return set()
    rows = connection.execute(SQL["notices_cancel"], {"alerts": list(alerts), "now": now})
    return {(alert, channel) for alert, channel, kind in rows if kind == NoticeKind.FIRED}


def claim(connection: Connection, channel: str, now: datetime) -> Claimed | None:
    """Take the message of a channel that waits longest; to be called in a transaction."""
    row = connection.execute(SQL["notice_claim"], {"channel": channel, "now": now}).fetchone()
    if row is None:
        return None
    message = _POST.decode(row[2]) if row[5] else _MESSAGE.decode(row[2])
    return Claimed(row[0], row[1], message, row[3], row[4])


def delivered(connection: Connection, notice: Claimed, now: datetime) -> None:
    """Remember that the message was taken."""
    connection.execute(SQL["notice_delivered"], {"id": notice.id, "now": now})


def failed(
    connection: Connection, notice: Claimed, failure: str, after: timedelta, now: datetime
) -> None:
    """Remember why the message was not taken; it is tried again after some time."""
    connection.execute(
        SQL["notice_failed"], {"id": notice.id, "failure": failure, "next": now + after}
    )


def give_up(connection: Connection, notice: Claimed, failure: str, now: datetime) -> None:
    """Put the message on the list of those that could not be delivered."""
    connection.execute(SQL["notice_given_up"], {"id": notice.id, "failure": failure, "now": now})


def abandon(
    connection: Connection, channels: Sequence[str], before: datetime, now: datetime
) -> int:
    """Give up what was written before a time for channels that are not set; give how many."""
    asked = {"channels": list(channels), "before": before, "now": now}
    row = connection.execute(SQL["notices_abandon"], asked).fetchone()
    return int(row[0]) if row else 0


def undelivered(connection: Connection, limit: int = 1000) -> list[Undelivered]:
    """List the messages that were given up, the newest first."""
    rows = connection.execute(SQL["notices_undelivered"], {"limit": limit})
    return [Undelivered(*(*row[:-1], Severity(row[-1]))) for row in rows]


def listed(connection: Connection, statuses: Sequence[str], limit: int) -> list[Listed]:
    """List messages of some statuses, the newest first."""
    with translated():
        rows = connection.execute(
            SQL["notices_listed"], {"statuses": list(statuses), "limit": limit}
        )
        return [Listed(*row) for row in rows]


def waiting(connection: Connection) -> list[Waiting]:
    """Count the messages that wait on channels."""
    return [Waiting(*row) for row in connection.execute(SQL["notices_waiting"])]
