"""What the network server logs of a device: which of it needs somebody, and until when.

    UPLINK_F_CNT_RESET   its counter began anew: alive, and mute       until it is heard again
    OTAA                 it is refused when it joins                   until it is heard again
    UPLINK_CODEC         the network server's codec fails on it        until a day without it

The rules D6 to D8 make alerts of them, see `alerts.log_watch`: those of the first two end after a
week without such a log, too, since a device that stays away is silent. This is the list of all.

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
CODEC = "UPLINK_CODEC"
"""Of the codec, so of the device profile, not of one device"""
_MEND_CODEC = "Mend the codec in the network server, or remove it: this product decodes itself."

CODES = frozenset({*_UNTIL_HEARD, CODEC})
"""The codes that need somebody"""
UNTIL_HEARD = frozenset(_UNTIL_HEARD)
"""Those of a device that is alive and not let through: why it is not heard"""
ALL_CODES = (
    "DOWNLINK_CODEC",
    "DOWNLINK_GATEWAY",
    "DOWNLINK_PAYLOAD_SIZE",
    "EXPIRED",
    "F_CNT_DOWN",
    "OTAA",
    "RELAY_NEW_END_DEVICE",
    "UPLINK_CODEC",
    "UPLINK_F_CNT_RESET",
    "UPLINK_F_CNT_RETRANSMISSION",
    "UPLINK_MIC",
)
"""The codes of ChirpStack v4 that a rule can watch"""


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
        return self.code == CODEC and now - self.last < _A_DAY

    @property
    def advice(self) -> str:
        """What to do; empty for what needs nobody."""
        return _UNTIL_HEARD.get(self.code, _MEND_CODEC if self.code == CODEC else "")
