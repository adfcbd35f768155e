"""The log as a channel: it reaches nobody by itself, so every instance has it."""

import structlog

from alerts.notify.message import Message
from alerts.notify.post import Post

LOG = "log"
"""The channel that every instance has."""

log = structlog.get_logger(__name__)


class LogChannel:
    """Writes each message as one line of the service's log."""

    name = LOG
    reaches_people = False

    def send(self, message: Message | Post, idempotency_key: str) -> None:
        """Write the line; a letter is not written here, since others read the log."""
        if isinstance(message, Post):
            log.info("letter", recipient=message.recipient, idempotency_key=idempotency_key)
            return
        log.info(
            "alert",
            subject=message.subject,
            kind=str(message.kind),
            severity=str(message.severity),
            rule=message.rule,
            episode=message.episode,
            fired_at=message.fired_at.isoformat(),
            value=message.value,
            idempotency_key=idempotency_key,
        )
