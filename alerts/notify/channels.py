"""Which channels an instance has, by what it is for and what is set."""

from dataclasses import dataclass

from alerts.notify.channel import Channel
from alerts.notify.log_channel import LogChannel
from alerts.notify.webhook import WebhookChannel


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What an operator may set."""

    webhook_url: str = ""
    """Empty: no webhook"""
    webhook_secret: str = ""


def channels(mode: str, settings: ChannelSettings) -> tuple[Channel, ...]:
    """Make the channels; a simulation has the log, whatever is set."""
    if mode == "live" and settings.webhook_url:
        webhook = WebhookChannel(mode, settings.webhook_url, settings.webhook_secret)
        return (LogChannel(), webhook)
    return (LogChannel(),)
