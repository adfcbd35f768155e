"""A loop on stored data: what is stored about episodes and cases in, letters in the outbox out.

Each step decides anew from what is stored (`alerts.letters`), in one transaction under a lock that
one writer holds: whoever dies in the middle has written nothing, and any number of writers write
what one does. A simulation writes no letter to anybody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerts import bank_holidays, telling_policy
from alerts.concerns import Concern
from alerts.letters import Item, Letter, World, letters
from alerts.notify.post import Post, PostItem
from alerts.recipients import Recipient
from alerts.telling_policy import Policy
from decoders.properties import PROPERTIES
from ingest import regional
from ingest.letters_of_cases import letters_of_cases
from ingest.letters_of_failures import letters_of_failures
from ingest.outages import Outages
from storage import alert_actions
from storage import letters as stored
from storage.connection import Connection, translated
from storage.instance import Mode, mode
from storage.letters import OutgoingLetter, Told

SILENCES_KEPT = timedelta(days=31)
"""So long after its end a silence still makes people be told of what fires"""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """To whom letters are written, and how."""

    recipients: Sequence[Recipient] = ()
    policy: Policy | None = None
    """None: the one that comes with the product"""
    link: str = ""
    """The address of the pages; empty: letters have no links"""


def _wall() -> datetime:
    return datetime.now(UTC)


class LetterWriter:
    """Writes letters; make a new one with a new connection.

    Args:
        connection: of its own.
        correspondence: to whom, and how.
        wall: the clock.

    Raises:
        DatabaseUnavailable: the connection is lost.
    """

    def __init__(
        self,
        connection: Connection,
        correspondence: Correspondence,
        *,
        wall: Callable[[], datetime] = _wall,
    ) -> None:
        self._connection = connection
        self._recipients = correspondence.recipients
        self._policy = correspondence.policy or telling_policy.load()
        self._link = correspondence.link
        self._pace = self._policy.look_every
        self._wall = wall
        self._outages = Outages(connection)
        self._has_readers = bool(self._recipients) and mode(connection) is Mode.LIVE
        self._next: datetime | None = None

    def step(self) -> bool:
        """Write the letters that are due; never more at once.

        Raises:
            DatabaseUnavailable: nothing is written.
        """
        now = self._wall()
        if not self._has_readers or (self._next and now < self._next):
            return False
        self._next = now + self._pace
        with translated(), self._connection.transaction():
            if stored.lock(self._connection):
                for letter in self._due(now):
                    stored.write(self._connection, letter, now)
        return False

    def _due(self, now: datetime) -> list[OutgoingLetter]:
        return [
            *self._of_alerts(now),
            *letters_of_cases(self._connection, self._recipients, self._policy, self._link, now),
            *letters_of_failures(self._connection, self._recipients, self._link, now),
        ]

    def _of_alerts(self, now: datetime) -> list[OutgoingLetter]:
        concerns = stored.concerns(self._connection, now, self._policy.chatter_window)
        caused = self._outages.explained(concerns, now)
        known = alert_actions.silences(self._connection, now - SILENCES_KEPT)
        world = World(
            concerns=regional.explained(self._connection, caused, self._policy),
            silences=[each.silence for each in known],
            policy=self._policy,
            holidays=bank_holidays.england(),
            now=now,
            last=stored.last_letters(self._connection, now - self._policy.group_interval),
        )
        return [self._outgoing(letter) for letter in letters(world, self._recipients)]

    def _outgoing(self, letter: Letter) -> OutgoingLetter:
        where = letter.items[0].concern.where
        name = letter.recipient.name
        items = tuple(map(_item, letter.items))
        post = Post(name, where.name, where.area, items, self._link)
        told = tuple(_told(item, name) for item in letter.items)
        return OutgoingLetter(letter.recipient.channel, letter.group, post, told)


def _item(item: Item) -> PostItem:
    concern = item.concern
    known = PROPERTIES.get(concern.measure)
    return PostItem(
        kind=item.kind,
        severity=item.severity,
        title=concern.title,
        spot=concern.where.spot,
        since=concern.fired_at,
        value=concern.peak if known else None,
        unit=known.unit_of_measurement if known else "",
        advice=concern.advice,
        path=f"/alerts/{concern.id}",
        why=_why(concern),
    )


def _why(concern: Concern) -> str:
    if not concern.alike:
        return concern.why
    return f"{concern.why}; so it is of {concern.alike} more, of which no letter comes"


def _told(item: Item, recipient: str) -> Told:
    key = f"{item.concern.id}:{item.kind}:{item.step}:{recipient}"
    return Told(key, item.kind, item.severity, item.step, alert_id=item.concern.id)
