"""What is published, with what a correct system must make of it."""

from dataclasses import dataclass
from datetime import datetime

from decoders.model import Observation

Series = tuple[str, str, str]
"""dev_eui, observed property, channel"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one message says, as its sender means it."""

    key: tuple[str, str]
    """The event type and what makes it unique: published again, it is a duplicate"""
    dev_eui: str = ""
    time: datetime | None = None
    """When the frame was received, by the event's best clock"""
    observations: tuple[Observation, ...] = ()
    """Quantised as sent; one without a time of its own is of `time`"""
    refused: str = ""
    """The reason for which it must be refused; empty: it must be stored"""
    again: tuple[str, str] | None = None
    """The key of the same radio frame under its other id: of the two one is a duplicate"""


@dataclass(frozen=True, slots=True)
class Message:
    """One publication."""

    due: float
    """When the network server publishes it: Unix time on the virtual clock"""
    topic: str
    payload: bytes
    meaning: Meaning
