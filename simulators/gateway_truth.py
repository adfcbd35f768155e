"""What must be concluded from frames that went through gateways, as far as that can be known.

A network server gives each frame an id of its own and tells of joins and downlinks as it likes, so
the number of messages is not told. It dates a frame by a gateway's GNSS, to the millisecond, and
whoever reads it believes that for a week (`decoders.event_time`). A device with a frame that no
such gateway heard, or that was older when it was sent, has a time that only the network server
knows: of such a device the readings are counted, and no mean and no episode is told.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from decoders.event_time import STANDARD
from simulators.device import Frame
from simulators.identity import Identity
from simulators.message import Meaning, Message
from simulators.on_air import OnAir
from simulators.truth import Truth

_MARGIN = timedelta(minutes=10)
"""What the network server may need to tell a frame"""
_MEANS = ("closed_until", "valid_hours", "sum_of_means", "hours")
_MESSAGES = ("published", "stored", "refused", "duplicates", "events")


class GatewayTruth:
    """Gathers what gateways told the network server.

    Args:
        identities: every device that may speak.
    """

    def __init__(self, identities: Iterable[Identity]) -> None:
        self._truth = Truth(identities)
        self._undated: set[str] = set()
        self._number = 0

    def add(self, sent: OnAir, frame: Frame, now: datetime) -> None:
        """Take a frame that at least one gateway has told.

        Args:
            sent: the transmission.
            frame: what was said.
            now: the wall's clock, which is the network server's.
        """
        dev_eui = sent.member.identity.dev_eui
        times = [copy.gateway_time for copy in sent.heard.receptions if copy.gateway_time]
        time = _milliseconds(times[0]) if times else None
        if time is None or not STANDARD.believes(time, now + _MARGIN):
            self._undated.add(dev_eui)
            time = now
        self._number += 1
        key = ("up", f"{dev_eui}:{self._number}")
        meaning = Meaning(key, dev_eui, time, frame.observations)
        self._truth.add(Message(sent.due, "", b"", meaning))

    def document(self, about: Mapping[str, object]) -> dict[str, object]:
        """Give the truth file; `about` says which run it is."""
        whole: dict[str, Any] = self._truth.document(about)
        told = {name: value for name, value in whole.items() if name not in _MESSAGES}
        told["series"] = [self._readings(entry) for entry in whole["series"]]
        told["alerts"] = [a for a in whole["alerts"] if a["dev_eui"] not in self._undated]
        return {**told, "through": "gateways", "undated": sorted(self._undated)}

    def _readings(self, entry: dict[str, Any]) -> dict[str, Any]:
        if entry["dev_eui"] not in self._undated:
            return entry
        return {name: value for name, value in entry.items() if name not in _MEANS}


def _milliseconds(time: datetime) -> datetime:
    """Cut a time as the packet forwarder does."""
    return time.astimezone(UTC).replace(microsecond=time.microsecond // 1000 * 1000)
