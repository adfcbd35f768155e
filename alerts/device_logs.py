"""What the network server logs of a device: which of it needs somebody, and until when.

    UPLINK_F_CNT_RESET   its counter began anew: alive, and mute       until it is heard again
    OTAA                 it is refused when it joins                   until it is heard again
    UPLINK_CODEC         the network server's codec fails on it        until a day without it

Everything else is counted and needs nobody: retransmissions and wrong integrity codes are routine
on the air. Computed from what is stored, on event time; the order in which logs came is nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

_A_DAY = timedelta(days=1)
_UNTIL_HEARD: Mapping[str, str] = {
    "UPLINK_F_CNT_RESET": "Let it join again, or reset its frame counter in the network server.",
    "OTAA": "Look at its keys, and at its nonces in the network server.",
}
_CODEC = "UPLINK_CODEC"
_MEND_CODEC = "Mend the codec in the network server, or remove it: this product decodes itself."

CODES = frozenset({*_UNTIL_HEARD, _CODEC})
"""The codes that need somebody"""


@dataclass(frozen=True, slots=True)
class Logged:
    """The logs of one code about one device."""

    dev_eui: str
    name: str | None
    """None: the device was never heard"""
    code: str
    first: datetime
    last: datetime
    number: int
    description: str | None
    """The newest one's"""
    heard_at: datetime | None
    """When an uplink of the device was last accepted"""

    def is_open(self, now: datetime) -> bool:
        """Say whether somebody is needed now."""
        if self.code in _UNTIL_HEARD:
            return self.heard_at is None or self.heard_at <= self.last
        return self.code == _CODEC and now - self.last < _A_DAY

    @property
    def advice(self) -> str:
        """What to do; empty for what needs nobody."""
        return _UNTIL_HEARD.get(self.code, _MEND_CODEC if self.code == _CODEC else "")
