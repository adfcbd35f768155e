"""GOV.UK Notify: each letter as an e-mail or a text message, through a template of the council's.

The template for e-mail has the fields ((subject)) and ((message)), that for text messages the field
((message)) alone. Notify takes a copy as a further message, so before one is sent it is asked
whether it has the message already: the idempotency key is Notify's `reference`.

LacksNotify           the library is not installed; it is the extra `notify`
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from alerts.notify.channel import NotSent, refuse_in_simulation
from alerts.notify.message import Message
from alerts.notify.post import Post

API = "https://api.notifications.service.gov.uk"
TIMEOUT_SECONDS = 15
LONGEST_TEXT = 459
"""Characters of a text message: Notify charges for three"""


class LacksNotify(Exception):
    """The library is not installed."""


@dataclass(frozen=True, slots=True)
class NotifyService:
    """The council's account at GOV.UK Notify."""

    api_key: str
    email_template: str = ""
    """The template's id; empty: no e-mail through Notify"""
    text_template: str = ""
    url: str = API


class NotifyChannel:
    """Sends letters through GOV.UK Notify.

    Args:
        mode: what the instance is for.
        name: whether it sends e-mail or text messages.
        service: the account.
        addresses: addresses of e-mail or telephone numbers, by the recipients' names.

    Raises:
        NobodyToTell: the instance is a simulation.
        LacksNotify: the library is not installed.
    """

    reaches_people = True

    def __init__(
        self,
        mode: str,
        name: Literal["notify_email", "notify_text"],
        service: NotifyService,
        addresses: Mapping[str, str],
    ) -> None:
        refuse_in_simulation(mode, name)
        if find_spec("notifications_python_client") is None:
            raise LacksNotify("GOV.UK Notify needs its library: pip install 'boroughsense[notify]'")
        from notifications_python_client.notifications import (  # noqa: PLC0415 - an extra
            NotificationsAPIClient,
        )

        self.name = name
        self._client = NotificationsAPIClient(service.api_key, service.url, TIMEOUT_SECONDS)
        self._service = service
        self._addresses = addresses

    def send(self, message: Message | Post, idempotency_key: str) -> None:
        """Send a letter, unless Notify has it already.

        Raises:
            NotSent: no connection, Notify refuses, or the recipient is none any more.
        """
        from notifications_python_client.errors import APIError  # noqa: PLC0415 - an extra

        if not isinstance(message, Post) or message.recipient not in self._addresses:
            raise NotSent("it has no recipient at GOV.UK Notify")
        address = self._addresses[message.recipient]
        try:
            if self._has(idempotency_key):
                return
            if self.name == "notify_text":
                self._send_text(address, message, idempotency_key)
            else:
                self._send_email(address, message, idempotency_key)
        except APIError as error:
            raise NotSent(f"GOV.UK Notify: {error.status_code} {_words(error.message)}") from error

    def _has(self, reference: str) -> bool:
        found = self._client.get_all_notifications(reference=reference)
        return isinstance(found, dict) and bool(found.get("notifications"))

    def _send_text(self, number: str, post: Post, reference: str) -> None:
        self._client.send_sms_notification(
            phone_number=number,
            template_id=self._service.text_template,
            personalisation={"message": text(post)},
            reference=reference,
        )

    def _send_email(self, address: str, post: Post, reference: str) -> None:
        self._client.send_email_notification(
            email_address=address,
            template_id=self._service.email_template,
            personalisation={"subject": " ".join(post.subject.split()), "message": post.text},
            reference=reference,
        )


def text(post: Post) -> str:
    """Give a letter as a text message: what and where, how high, and the link; nobody's name."""
    lead = post.items[0]
    said = [" ".join(post.subject.split())]
    if lead.value is not None:
        said.append(f"Worst: {lead.value:g} {lead.unit}".rstrip())
    said += [line for line in post.lines(lead) if line.startswith(("Due: ", "More: "))]
    return "\n".join(said)[:LONGEST_TEXT]


def _words(message: object) -> str:
    """Give Notify's own words: a sentence, or a list of errors."""
    if isinstance(message, list):
        return "; ".join(str(each.get("message", each)) for each in message)
    return str(message)
