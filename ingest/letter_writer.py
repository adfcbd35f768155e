"""A loop on stored data: what is stored about episodes and cases in, letters in the outbox out.

Each step decides anew from what is stored (`alerts.letters`), in one transaction under a lock that
one writer holds: whoever dies in the middle has written nothing, and any number of writers write
what one does. A simulation writes no letter to anybody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerts import bank_holidays, telling_policy
from alerts.case_clocks import Clock, State
from alerts.clocks import HolidaysUnknown
from alerts.concerns import LetterKind
from alerts.hazards import Category, hazard
from alerts.letters import Item, Letter, World, letters
from alerts.model import Severity
from alerts.notify.post import Post, PostItem
from alerts.recipients import Recipient, Team
from alerts.telling_policy import Policy
from decoders.properties import PROPERTIES
from storage import alert_actions, cases
from storage import letters as stored
from storage.cases import HazardCase
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
                for letter in (*self._of_alerts(now), *self._of_cases(now)):
                    stored.write(self._connection, letter, now)
        return False

    def _of_alerts(self, now: datetime) -> list[OutgoingLetter]:
        known = alert_actions.silences(self._connection, now - SILENCES_KEPT)
        world = World(
            concerns=stored.concerns(self._connection, now, self._policy.chatter_window),
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

    def _of_cases(self, now: datetime) -> list[OutgoingLetter]:
        """Tell housing officers once that a deadline is near, and once that it was missed."""
        readers = [each for each in self._recipients if _reads_cases(each)]
        if not readers:
            return []
        opened = cases.cases(self._connection)
        already = stored.told_of_cases(self._connection, [case.id for case in opened])
        found = []
        for case in opened:
            for clock in _pressing(case, now):
                found += [
                    self._deadline(case, clock, reader)
                    for reader in readers
                    if _case_key(case, clock, reader.name) not in already
                    and (
                        _is_urgent(case, clock)
                        or reader.hours.contain(now, bank_holidays.england())
                    )
                ]
        return found

    def _deadline(self, case: HazardCase, clock: Clock, reader: Recipient) -> OutgoingLetter:
        told = f"{hazard(case.hazard).name}: {clock.deadline.step}"
        missed = clock.state is State.MISSED
        item = PostItem(
            kind=LetterKind.CASE_DEADLINE,
            severity=Severity.RED if missed else Severity.AMBER,
            title=f"{told}{' - missed' if missed else ''}",
            spot="",
            since=case.aware_at,
            value=None,
            unit="",
            advice="",
            path=f"/cases/{case.id}",
            due=clock.deadline.due,
        )
        post = Post(reader.name, case.place, "", (item,), self._link)
        key = _case_key(case, clock, reader.name)
        line = Told(key, item.kind, item.severity, 0, case_id=case.id)
        return OutgoingLetter(reader.channel, f"case:{case.id}", post, (line,))


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
    )


def _told(item: Item, recipient: str) -> Told:
    key = f"{item.concern.id}:{item.kind}:{item.step}:{recipient}"
    return Told(key, item.kind, item.severity, item.step, alert_id=item.concern.id)


def _reads_cases(recipient: Recipient) -> bool:
    return Team.HOUSING in recipient.teams and not recipient.escalation


def _pressing(case: HazardCase, now: datetime) -> list[Clock]:
    """Give the deadlines that are near, or missed with what they ask for undone."""
    try:
        clocks = case.clocks(bank_holidays.england(), now)
    except HolidaysUnknown:
        return []
    return [
        clock
        for clock in clocks
        if clock.state in {State.NEAR, State.MISSED} and clock.done_at is None
    ]


def _is_urgent(case: HazardCase, clock: Clock) -> bool:
    return case.category is Category.EMERGENCY or clock.state is State.MISSED


def _case_key(case: HazardCase, clock: Clock, recipient: str) -> str:
    step = f"{clock.deadline.step.name.lower()}-{clock.state}"
    return f"{case.id}:{LetterKind.CASE_DEADLINE}:{step}:{recipient}"
