"""The third loop: the outbox to the channels, at least once, each with an idempotency key.

A message is claimed, sent and marked in one transaction of its own: whoever dies on the way leaves
it to the next, and of several notifiers each sends others. A channel that fails is left alone for
the rest of the step. A message that fails is tried again, later each time, and after a day given
up into the list of what could not be delivered.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from alerts.notify.channel import Channel, NotSent, refuse_in_simulation
from alerts.notify.log_channel import LOG
from storage import outbox
from storage.connection import Connection, translated
from storage.instance import mode
from storage.outbox import Claimed

log = structlog.get_logger(__name__)

_ABANDON_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Retries:
    """When a message that failed is tried again."""

    first: timedelta = timedelta(seconds=5)
    """After the first failure; each further one doubles it"""
    longest: timedelta = timedelta(minutes=30)
    give_up: timedelta = timedelta(hours=24)
    """Counted from when the message was written"""
    portion: int = 100
    """So many messages of a channel in one step"""

    def after(self, failures: int, chance: float) -> timedelta:
        """Give the wait after so many failures, between half of it and all, by a chance of 0..1."""
        doubled: int = 2 ** min(failures - 1, 20)
        return min(self.first * doubled, self.longest) * (0.5 + chance / 2)


def _wall() -> datetime:
    return datetime.now(UTC)


class Notifier:
    """Sends what the outbox holds; make a new one with a new connection.

    Args:
        connection: of its own.
        channels: all there are; messages for others wait a day, and are given up.
        retries: when to try again.
        wall: the clock.

    Raises:
        NobodyToTell: a channel reaches people and the instance is a simulation.
        DatabaseUnavailable: the connection is lost.
    """

    def __init__(
        self,
        connection: Connection,
        channels: Sequence[Channel],
        *,
        retries: Retries | None = None,
        wall: Callable[[], datetime] = _wall,
    ) -> None:
        instance = mode(connection)
        for channel in channels:
            if channel.reaches_people:
                refuse_in_simulation(instance, channel.name)
        self._connection = connection
        self._channels = tuple(channels)
        self._retries = retries or Retries()
        self._wall = wall
        self._chance = random.SystemRandom()
        self._looked: datetime | None = None

    def step(self) -> bool:
        """Send a portion of what is due on each channel; True when there may be more at once.

        Raises:
            DatabaseUnavailable: what was sent last may be sent again, with the same key.
        """
        sent = [self._drain(channel) for channel in self._channels]
        self._abandon()
        return any(count >= self._retries.portion for count in sent)

    def _abandon(self) -> None:
        """Give up what waits for a channel that was taken out of the settings."""
        now = self._wall()
        if self._looked and now < self._looked + _ABANDON_EVERY:
            return
        self._looked = now
        names = [LOG, *(channel.name for channel in self._channels)]
        with translated(), self._connection.transaction():
            lost = outbox.abandon(self._connection, names, now - self._retries.give_up, now)
        if lost:
            log.error("messages given up: their channel is not set any more", messages=lost)

    def _drain(self, channel: Channel) -> int:
        """Send until nothing is due, the portion is sent, or the channel fails."""
        for count in range(self._retries.portion):
            if not self._send_one(channel):
                return count
        return self._retries.portion

    def _send_one(self, channel: Channel) -> bool:
        """Send one message; False when there is none, or it was not taken."""
        with translated(), self._connection.transaction():
            notice = outbox.claim(self._connection, channel.name, self._wall())
            if notice is None:
                return False
            try:
                channel.send(notice.message, notice.idempotency_key)
            except NotSent as error:
                self._put_back(channel, notice, str(error))
                return False
            outbox.delivered(self._connection, notice, self._wall())
            return True

    def _put_back(self, channel: Channel, notice: Claimed, failure: str) -> None:
        now = self._wall()
        failures = notice.attempts + 1
        told = {"channel": channel.name, "message": notice.idempotency_key, "failure": failure}
        if now - notice.created_at >= self._retries.give_up:
            outbox.give_up(self._connection, notice, failure, now)
            log.error("message given up: nobody was told", attempts=failures, **told)
            return
        wait = self._retries.after(failures, self._chance.random())
        outbox.failed(self._connection, notice, failure, wait, now)
        log.warning("message not taken, tried again later", attempts=failures, **told)
