"""A device's own clock: seconds since a day, and whether to believe them.

A stored record tells its own time. The network server's reference rule believes a device's clock
from 90 days before to 10 minutes after the frame was received; without a time of reception only
what lies before LoRaWAN itself (2015) is refused. A clock that was never set counts from 1970.

A record whose time is unknown is kept and not believed: the codec gives its values with no
phenomenon time, the qualifier `UNTIMED` and a warning, and the write path stores them at the time
of their uplink with the quality flag FAIL, unless the frame has a reading of now of the same
property. So the value can be looked at, and no mean and no alert counts it as of now.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

UNTIMED = "no time"
"""The qualifier of a value that was not measured when its frame was sent, nobody knows when."""

UNIX = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
"""The year of the first LoRaWAN specification: no device was there before."""
OLDEST = timedelta(days=90)
AHEAD = timedelta(minutes=10)


def is_believable(moment: datetime, received_at: datetime | None) -> bool:
    """Say whether a device's clock can be right, given when its frame was received."""
    if received_at is None:
        return moment >= EARLIEST
    return max(EARLIEST, received_at - OLDEST) <= moment <= received_at + AHEAD


def to_the_step(moment: datetime, step: timedelta) -> datetime:
    """Give the nearest whole step since 1970.

    Samples that are counted back from the reception and that the device repeats in its next frame
    fall on each other by it, although frames do not come to the second.
    """
    return UNIX + round((moment - UNIX) / step) * step


@dataclass(frozen=True, slots=True)
class Clock:
    """Four bytes of a block that hold its time, in the block's byte order."""

    at: int
    """Byte offset in the block"""
    epoch: datetime = UNIX
    """What the seconds are counted from"""
    stored: bool = True
    """True for a record of the past; False for a live reading, which without a believable clock
    is simply of the time of its uplink."""

    def moment(self, seconds: int) -> datetime:
        """Give the time that the seconds mean, in UTC."""
        return self.epoch + timedelta(seconds=seconds)

    def seconds(self, moment: datetime) -> int:
        """Give the whole seconds of a time.

        Raises:
            ValueError: the clock cannot say it, being 32 bits wide and without a sign.
        """
        seconds = (moment - self.epoch) // timedelta(seconds=1)
        if not 0 <= seconds < 1 << 32:
            raise ValueError(f"{moment.isoformat()} is not a time that the device's clock can say")
        return seconds
