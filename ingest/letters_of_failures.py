"""Letters to those who run the service: of what was given up, so that nobody was told of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts import bank_holidays
from alerts.concerns import LetterKind
from alerts.model import Severity
from alerts.notify.post import Post, PostItem
from alerts.recipients import Recipient, Team
from storage import letters as stored
from storage import outbox
from storage.connection import Connection
from storage.letters import OutgoingLetter, Told
from storage.outbox import Undelivered

LOOKED_BACK = timedelta(days=7)
"""What was given up before is told no more"""
MOST = 20
"""Items of a letter; the rest goes in the next"""


def letters_of_failures(
    connection: Connection, recipients: Sequence[Recipient], link: str, now: datetime
) -> list[OutgoingLetter]:
    """Give one letter to each of them, of what they were not told yet.

    That a letter of this kind could not be delivered is told to nobody: it stands on the list.
    """
    readers = [each for each in recipients if Team.SERVICE in each.teams and not each.escalation]
    if not readers:
        return []
    lost = [
        each
        for each in outbox.undelivered(connection)
        if each.kind != LetterKind.UNDELIVERED and each.settled_at > now - LOOKED_BACK
    ]
    already = stored.told_of_failures(connection, [each.id for each in lost])
    found = []
    for reader in readers:
        fresh = [each for each in lost if _key(each, reader.name) not in already]
        if not reader.hours.contain(now, bank_holidays.england()):
            fresh = [each for each in fresh if each.severity is Severity.RED]
        if fresh:
            found.append(_letter(fresh[:MOST], reader, link))
    return found


def _letter(lost: Sequence[Undelivered], reader: Recipient, link: str) -> OutgoingLetter:
    ordered = sorted(lost, key=lambda each: -each.severity.rank)
    items = tuple(_item(each) for each in ordered)
    post = Post(reader.name, "Boroughsense", "", items, link)
    told = tuple(
        Told(_key(each, reader.name), LetterKind.UNDELIVERED, each.severity, 0, about_id=each.id)
        for each in ordered
    )
    return OutgoingLetter(reader.channel, "undelivered", post, told)


def _item(lost: Undelivered) -> PostItem:
    to = f"{lost.recipient} by {lost.channel}" if lost.recipient else lost.channel
    return PostItem(
        kind=LetterKind.UNDELIVERED,
        severity=lost.severity,
        title=lost.title,
        spot=f"to {to}",
        since=lost.created_at,
        value=None,
        unit="",
        advice=f"see why it failed ({lost.failure}), mend it, and tell them yourself.",
        path=f"/alerts/{lost.alert_id}" if lost.alert_id else "/alerts",
    )


def _key(lost: Undelivered, recipient: str) -> str:
    return f"{lost.idempotency_key}:{LetterKind.UNDELIVERED}:{recipient}"
