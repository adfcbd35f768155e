"""A file as a channel: each letter is one line of JSON, for tests and for other programs."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from alerts.notify.channel import NotSent, refuse_in_simulation
from alerts.notify.message import Message
from alerts.notify.post import Post


class FileChannel:
    """Appends letters to files.

    Args:
        mode: what the instance is for.
        files: by the recipients' names.

    Raises:
        NobodyToTell: the instance is a simulation.
    """

    name = "file"
    reaches_people = True

    def __init__(self, mode: str, files: Mapping[str, str]) -> None:
        refuse_in_simulation(mode, self.name)
        self._files = files

    def send(self, message: Message | Post, idempotency_key: str) -> None:
        """Append a letter.

        Raises:
            NotSent: the file cannot be written, or the recipient is none any more.
        """
        if not isinstance(message, Post) or message.recipient not in self._files:
            raise NotSent("it has no recipient with a file")
        told = {
            "idempotency_key": idempotency_key,
            "recipient": message.recipient,
            "subject": message.subject,
            "text": message.text,
        }
        try:
            with Path(self._files[message.recipient]).open("ab") as file:
                file.write(msgspec.json.encode(told) + b"\n")
        except OSError as error:
            raise NotSent(f"the file cannot be written: {error.strerror}") from error
