"""What a channel is: something that can send one message, and knows nothing else.

NotSent               the message was not taken; it is tried again
NobodyToTell          a channel that reaches people was asked for in a simulation
"""

from typing import Literal, Protocol

from alerts.notify.message import Message
from alerts.notify.post import Post

Mode = Literal["live", "simulation"]
"""What an instance is for; in a simulation nobody is told."""


class NotSent(Exception):
    """The message was not taken by the other side; the same call may succeed later."""


class NobodyToTell(Exception):
    """In a simulation there is no way to reach a person."""


class Channel(Protocol):
    """Sends one message."""

    @property
    def name(self) -> str:
        """The name that the outbox knows it by."""

    @property
    def reaches_people(self) -> bool:
        """Whether somebody outside this program learns of it."""

    def send(self, message: Message | Post, idempotency_key: str) -> None:
        """Send a message; the key is the same when it is sent again.

        Raises:
            NotSent: it was not taken.
        """


def refuse_in_simulation(mode: str, channel: str) -> None:
    """Stop the making of a channel that reaches people, anywhere but in a live instance.

    Raises:
        NobodyToTell: the instance is not a live one.
    """
    if mode != "live":
        raise NobodyToTell(f"a {mode} instance tells nobody: no {channel} can be made")
