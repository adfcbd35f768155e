"""A device's own clock, and whether it is believed."""

from datetime import UTC, datetime, timedelta

import pytest

from decoders.clock import AHEAD, EARLIEST, OLDEST, Clock, is_believable

RECEIVED_AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ADEUNIS = Clock(0, datetime(2013, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "believed"),
    [
        (RECEIVED_AT, True),
        (RECEIVED_AT - OLDEST, True),
        (RECEIVED_AT - OLDEST - SECOND, False),
        (RECEIVED_AT + AHEAD, True),
        (RECEIVED_AT + AHEAD + SECOND, False),
        (datetime(1970, 1, 1, tzinfo=UTC), False),
    ],
)
def test_believed_near_the_reception(moment: datetime, believed: bool) -> None:  # noqa: FBT001
    """A clock is believed from 90 days before to 10 minutes after the frame was received."""
    assert is_believable(moment, RECEIVED_AT) is believed


def test_believed_since_lorawan() -> None:
    """Without a time of reception everything since 2015 is believed; nothing before ever is."""
    assert is_believable(EARLIEST, None)
    assert is_believable(datetime(2106, 1, 1, tzinfo=UTC), None)
    assert not is_believable(EARLIEST - SECOND, None)
    assert not is_believable(EARLIEST - SECOND, EARLIEST + SECOND)


@pytest.mark.parametrize(
    ("clock", "seconds", "moment"),
    [
        (Clock(0), 1_769_846_400, datetime(2026, 1, 31, 8, tzinfo=UTC)),
        (Clock(0), 0x8000_0001, datetime(2038, 1, 19, 3, 14, 9, tzinfo=UTC)),
        (Clock(0), 0xFFFF_FFFF, datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC)),
        (ADEUNIS, 0x14AB_A3E9, datetime(2023, 12, 28, 19, 22, 17, tzinfo=UTC)),
    ],
)
def test_seconds_without_a_sign(clock: Clock, seconds: int, moment: datetime) -> None:
    """The seconds are counted from the clock's epoch, beyond 2038 too, and written alike."""
    assert clock.moment(seconds) == moment
    assert clock.seconds(moment) == seconds


@pytest.mark.parametrize(
    "moment", [datetime(2012, 12, 31, tzinfo=UTC), datetime(2150, 1, 1, tzinfo=UTC)]
)
def test_a_time_beyond_the_clock(moment: datetime) -> None:
    """A time before the epoch, or after 32 bits of seconds, cannot be written."""
    with pytest.raises(ValueError, match="not a time that the device's clock can say"):
        ADEUNIS.seconds(moment)
