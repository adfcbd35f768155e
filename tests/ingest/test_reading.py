"""Batches are read one ahead of the writer: in order, whole, and no fault is swallowed."""

from collections.abc import Sequence
from itertools import count

import pytest

from ingest.pipeline import Policy
from ingest.reading import Incoming, Reader
from ingest.session import Delivery
from storage.instance import Mode
from tests.fixtures import uplinks
from tests.ingest.test_pipeline import delivery

LIVE = Policy(Mode.LIVE)


class Feed:
    """A receiver without a broker: batches of two, and then a fault."""

    serving = alive = True
    held = 0

    def __init__(self, batches: int) -> None:
        self._batches = batches
        self._numbers = count()

    def start(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Do nothing."""

    def batch(self, limit: int, linger: float) -> list[Delivery]:
        """Give the next batch; linger is no time here."""
        if not self._batches:
            raise ZeroDivisionError(f"{limit} {linger}")
        self._batches -= 1
        return [delivery(uplinks.event(next(self._numbers))) for _ in range(2)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_batches_come_in_order_and_a_fault_ends_the_service() -> None:
    """Each batch is read whole; what broke the thread breaks the one who asks it."""
    reader = Reader(Feed(20), 2, 0.0)
    reader.start(LIVE)
    batches: list[Incoming] = [reader.next() for _ in range(20)]
    with pytest.raises(ZeroDivisionError):
        reader.next()
    reader.stop()
    numbered = [each for batch in batches for each in batch.deliveries]
    assert [each.payload for each in numbered] == [
        delivery(uplinks.event(number)).payload for number in range(40)
    ]
    assert all(
        record.arrival.payload == each.payload
        for batch in batches
        for each, record in zip(batch.deliveries, batch.records, strict=True)
    )


def test_what_is_ahead_is_forgotten_at_a_stop() -> None:
    """A reader that nobody asks any more ends, with a batch that it cannot hand over."""
    reader = Reader(Feed(5), 2, 0.0)
    reader.start(LIVE)
    assert len(reader.next().records) == 2
    reader.stop()
    assert not reader._thread.is_alive()
