"""Which episodes a silence covers, and from when to when."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.silences import Silence, last_end, silenced_until

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SITE = Silence({"site": "Surrey Street", "rule": "E1"}, NOON, NOON + HOUR)
LABELS = {"site": "Surrey Street", "rule": "E1", "dev_eui": "02c17a0000000001"}


@pytest.mark.parametrize(
    ("labels", "at", "covered"),
    [
        (LABELS, NOON, True),
        (LABELS, NOON + HOUR, False),
        (LABELS, NOON - timedelta(seconds=1), False),
        ({**LABELS, "rule": "E3"}, NOON, False),
        ({"site": "Surrey Street"}, NOON, False),
    ],
)
def test_silence_needs_all_its_labels_and_its_time(
    labels: dict[str, str],
    at: datetime,
    covered: bool,  # noqa: FBT001 - a case of the table
) -> None:
    """An episode is silenced from the start until the end, when each matcher is its label."""
    assert SITE.covers(labels, at) is covered


def test_the_last_end_counts() -> None:
    """Of several silences the one that ends last says until when nobody is told."""
    longer = Silence({"rule": "E1"}, NOON - HOUR, NOON + 5 * HOUR)
    assert silenced_until([SITE, longer], LABELS, NOON) == NOON + 5 * HOUR
    assert silenced_until([SITE], LABELS, NOON + HOUR) is None
    assert last_end([SITE, longer], LABELS, NOON + 2 * HOUR) == NOON + HOUR
    assert last_end([SITE], {}, NOON + 2 * HOUR) is None
