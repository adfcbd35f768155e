"""Which channels an instance has, by what it is for and what is set."""

from dataclasses import dataclass, field

from alerts.notify.channel import Channel
from alerts.notify.email import EmailChannel, MailServer
from alerts.notify.file_channel import FileChannel
from alerts.notify.gov_notify import NotifyChannel, NotifyService
from alerts.notify.log_channel import LogChannel
from alerts.notify.teams import TeamsChannel
from alerts.notify.webhook import WebhookChannel
from alerts.recipients import Recipients


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What an operator may set."""

    webhook_url: str = ""
    """Empty: no webhook"""
    webhook_secret: str = ""
    recipients: Recipients = field(default_factory=Recipients)
    mail: MailServer | None = None
    """None: no letters by e-mail"""
    notify: NotifyService | None = None
    """None: no letters through GOV.UK Notify"""


@dataclass(frozen=True, slots=True)
class Channels:
    """All channels of an instance."""

    notices: tuple[Channel, ...]
    """Take a message for each change of an episode: the log, other systems"""
    letters: tuple[Channel, ...]
    """Take letters to people"""


def channels(mode: str, settings: ChannelSettings) -> Channels:
    """Make the channels; a simulation has the log, whatever is set.

    Raises:
        LacksNotify: somebody is told by GOV.UK Notify, and its library is not installed.
    """
    if mode != "live":
        return Channels((LogChannel(),), ())
    notices: tuple[Channel, ...] = (LogChannel(),)
    if settings.webhook_url:
        notices += (WebhookChannel(mode, settings.webhook_url, settings.webhook_secret),)
    return Channels(notices, _letters(mode, settings))


def _letters(mode: str, settings: ChannelSettings) -> tuple[Channel, ...]:
    found: list[Channel] = []
    addresses = settings.recipients.addresses
    if settings.mail and addresses("email"):
        found.append(EmailChannel(mode, settings.mail, addresses("email")))
    if settings.notify and addresses("notify_email"):
        found.append(
            NotifyChannel(mode, "notify_email", settings.notify, addresses("notify_email"))
        )
    if settings.notify and addresses("notify_text"):
        found.append(NotifyChannel(mode, "notify_text", settings.notify, addresses("notify_text")))
    if addresses("teams"):
        found.append(TeamsChannel(mode, addresses("teams")))
    if addresses("file"):
        found.append(FileChannel(mode, addresses("file")))
    return tuple(found)
