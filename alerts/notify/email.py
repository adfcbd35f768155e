"""E-mail: each letter as one plain message, by SMTP.

Port 587 and 25 begin in clear and are made secure by STARTTLS; port 465 is secure from the start.
The message id is made of the idempotency key, so that a copy that is sent again can be told.
"""

import hashlib
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal

from alerts.notify.channel import NotSent, refuse_in_simulation
from alerts.notify.message import Message
from alerts.notify.post import Post

TIMEOUT_SECONDS = 15.0
_POLICY = SMTP.clone(max_line_length=990)
"""A subject stands in one line: folded, some readers show a space before it"""


@dataclass(frozen=True, slots=True)
class MailServer:
    """How the council's mail server is reached."""

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` for a server on this machine alone"""
    username: str = ""
    """Empty: no login"""
    password: str = ""
    sender: str = ""
    """The address that letters come from"""
    authorities: str = ""
    """A file of certificates to trust; empty: the machine's own"""


class EmailChannel:
    """Sends letters to recipients by their addresses.

    Args:
        mode: what the instance is for.
        server: the mail server.
        addresses: by the recipients' names.

    Raises:
        NobodyToTell: the instance is a simulation.
    """

    name = "email"
    reaches_people = True

    def __init__(self, mode: str, server: MailServer, addresses: Mapping[str, str]) -> None:
        refuse_in_simulation(mode, self.name)
        self._server = server
        self._addresses = addresses

    def send(self, message: Message | Post, idempotency_key: str) -> None:
        """Send a letter.

        Raises:
            NotSent: no server, it refuses, or the recipient is none any more.
        """
        if not isinstance(message, Post) or message.recipient not in self._addresses:
            raise NotSent("it has no recipient with an address of e-mail")
        mail = self._mail(message, idempotency_key)
        try:
            with self._session() as session:
                session.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            why = str(error) or type(error).__name__
            raise NotSent(f"{self._server.host}: {why}") from error

    def _mail(self, post: Post, key: str) -> EmailMessage:
        mail = EmailMessage(policy=_POLICY)
        mail["Subject"] = " ".join(post.subject.split())
        mail["From"] = self._server.sender
        mail["To"] = self._addresses[post.recipient]
        domain = self._server.sender.rpartition("@")[2]
        mail["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(post.text)
        return mail

    def _session(self) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context(cafile=server.authorities or None)
        if server.security == "tls":
            session: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            session = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        try:
            if server.security == "starttls":
                session.starttls(context=context)
            if server.username:
                session.login(server.username, server.password)
        except BaseException:
            session.close()
            raise
        return session
