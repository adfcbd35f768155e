"""The settings of letters: who is told, and by which mail server or service."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationInfo, field_validator

from alerts.notify.email import MailServer
from alerts.notify.gov_notify import API, NotifyService
from alerts.recipients import Recipient, Recipients
from boroughsense.addresses import web_url

_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_API_KEY = re.compile(rf".+-{_UUID}-{_UUID}")


def _api_key(key: SecretStr) -> SecretStr:
    if not _API_KEY.fullmatch(key.get_secret_value()):
        raise ValueError("should be a key as GOV.UK Notify shows it: name-service-secret")
    return key


class LetterSettings(BaseModel):
    """Who is told by letter, and how; a part of the settings."""

    mail_host: str = ""
    """The mail server that letters go through; empty: no letters by e-mail."""
    mail_port: Annotated[int, Field(ge=1, le=65_535)] = 587
    mail_security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` for a server on this machine alone."""
    mail_username: str = ""
    mail_password: SecretStr | None = None
    mail_sender: Annotated[str, Field(pattern=r"^([^@\s,<>]+@[^@\s,<>]+)?$")] = ""
    """The address that letters come from."""
    mail_authorities: Path | None = None
    """A file of certificates to trust; absent: the machine's own."""
    notify_api_key: Annotated[SecretStr, AfterValidator(_api_key)] | None = None
    """Of GOV.UK Notify; absent: no letters through it."""
    notify_email_template: str = ""
    """The template's id; it has the fields ((subject)) and ((message))."""
    notify_text_template: str = ""
    """The template's id; it has the field ((message))."""
    notify_url: Annotated[str, AfterValidator(web_url)] = API
    letter_links: Annotated[str, AfterValidator(web_url)] | None = None
    """The pages' own address, for the links in letters; absent: letters have none."""
    telling: Path | None = None
    """How people are told: waits, reminders, escalation. Absent: as the product ships it."""
    recipients: tuple[Recipient, ...] = ()
    """Who is told. They come last, since they are checked against all above."""

    @field_validator("recipients")
    @classmethod
    def _can_be_reached(
        cls, each: tuple[Recipient, ...], info: ValidationInfo
    ) -> tuple[Recipient, ...]:
        Recipients.of(each)
        needs = {
            "email": ("mail_host", "mail_sender"),
            "notify_email": ("notify_api_key", "notify_email_template"),
            "notify_text": ("notify_api_key", "notify_text_template"),
        }
        lacking = [
            f"{recipient.name} is told by {recipient.channel}, which needs {name}"
            for recipient in each
            for name in needs.get(recipient.channel, ())
            if name in info.data and not info.data[name]
        ]
        if lacking:
            raise ValueError("; ".join(lacking))
        return each

    def nobody_is_told(self, mode: str) -> str:
        """Say in a sentence that no person is told of alerts; empty: somebody is, or none may be.

        Args:
            mode: of the instance; in a simulation nobody can be told.
        """
        if self.recipients or mode != "live":
            return ""
        return (
            "this live instance has no [[recipients]], so no person is told of an alert by letter: "
            "name some in the settings (docs/letters.md)"
        )

    def mail_server(self) -> MailServer | None:
        """Give the mail server, when there is one."""
        if not self.mail_host:
            return None
        return MailServer(
            host=self.mail_host,
            port=self.mail_port,
            security=self.mail_security,
            username=self.mail_username,
            password=self.mail_password.get_secret_value() if self.mail_password else "",
            sender=self.mail_sender,
            authorities=str(self.mail_authorities or ""),
        )

    def notify_service(self) -> NotifyService | None:
        """Give the account at GOV.UK Notify, when there is one."""
        if self.notify_api_key is None:
            return None
        return NotifyService(
            api_key=self.notify_api_key.get_secret_value(),
            email_template=self.notify_email_template,
            text_template=self.notify_text_template,
            url=self.notify_url,
        )
