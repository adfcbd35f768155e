"""What is logged of a device needs somebody until it is over, and most of it nobody."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.device_logs import CODES, Logged

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def logged(code: str, heard_at: datetime | None = None) -> Logged:
    """Give three logs of a code, the last at noon."""
    return Logged("02c17a0000000103", "room", code, NOON - HOUR, NOON, 3, "it says", heard_at)


@pytest.mark.parametrize("code", ["UPLINK_F_CNT_RESET", "OTAA"])
def test_until_the_device_is_heard_again(code: str) -> None:
    """An uplink that the network server accepted ends it, and nothing else does."""
    later = NOON + 1000 * HOUR
    assert logged(code).is_open(later)
    assert logged(code, NOON - HOUR).is_open(later)
    assert logged(code, NOON).is_open(later)
    assert not logged(code, NOON + timedelta(seconds=1)).is_open(later)
    assert logged(code).advice


def test_a_codec_fails_until_a_day_passed_without() -> None:
    """Uplinks come all the same, so they end nothing."""
    failing = logged("UPLINK_CODEC", NOON + HOUR)
    assert failing.is_open(NOON + 23 * HOUR)
    assert not failing.is_open(NOON + 24 * HOUR)
    assert failing.advice.startswith("Mend the codec")


@pytest.mark.parametrize("code", ["UPLINK_MIC", "UPLINK_F_CNT_RETRANSMISSION", "F_CNT_DOWN"])
def test_the_rest_needs_nobody(code: str) -> None:
    """It is routine on the air."""
    assert code not in CODES
    assert not logged(code).is_open(NOON)
    assert logged(code).advice == ""
