"""A Teams channel: each letter as a card, posted to the URL of a workflow.

The workflow is the one that Teams makes for "When a Teams webhook request is received"; it takes a
message with an adaptive card. The URL is a secret: whoever knows it can write to the channel.
"""

import http.client
import ssl
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import msgspec

from alerts.notify.channel import NotSent, refuse_in_simulation
from alerts.notify.message import Message
from alerts.notify.post import Post
from alerts.notify.webhook import TIMEOUT_SECONDS


class TeamsChannel:
    """Posts letters to workflows.

    Args:
        mode: what the instance is for.
        workflows: URLs by the recipients' names.
        timeout: seconds for the connection, and again for the answer.

    Raises:
        NobodyToTell: the instance is a simulation.
    """

    name = "teams"
    reaches_people = True

    def __init__(
        self, mode: str, workflows: Mapping[str, str], *, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        refuse_in_simulation(mode, self.name)
        self._workflows = workflows
        self._timeout = timeout

    def send(self, message: Message | Post, idempotency_key: str) -> None:
        """Post a letter.

        Raises:
            NotSent: no connection, an answer that is no success, or the recipient is none any more.
        """
        if not isinstance(message, Post) or message.recipient not in self._workflows:
            raise NotSent("it has no recipient with a workflow")
        parts = urlsplit(self._workflows[message.recipient])
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key}
        try:
            status = self._post(parts, msgspec.json.encode(card(message)), headers)
        except (OSError, http.client.HTTPException) as error:
            why = str(error) or type(error).__name__
            raise NotSent(f"{parts.hostname}: {why}") from error
        if not 200 <= status < 300:
            raise NotSent(f"{parts.hostname} answered {status}")

    def _post(self, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> int:
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=self._timeout, context=context
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=self._timeout)
        try:
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request("POST", target, body, dict(headers))
            return connection.getresponse().status
        finally:
            connection.close()


def card(post: Post) -> dict[str, object]:
    """Give a letter as the message that a workflow takes."""
    blocks: list[dict[str, object]] = [
        {"type": "TextBlock", "text": post.subject, "weight": "bolder", "wrap": True}
    ]
    blocks += [
        {"type": "TextBlock", "text": line, "wrap": True}
        for item in post.items
        for line in post.lines(item)
    ]
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "content": content}]}
