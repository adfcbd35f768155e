"""A run's line: the bar, the rate of the last seconds, and the time that is left."""

from boroughsense.progress import Progress
from simulators.pace import Standing


def live(published: int, simulated: float) -> Standing:
    """Give where a run is."""
    return Standing("live", published, simulated)


def test_rate_and_time_left() -> None:
    """Both are of the last ten seconds: what was before is forgotten."""
    progress = Progress(until=4000.0)
    assert progress.line(live(0, 0.0), 100.0).startswith("live: [........................] 0 %, 0 ")
    slow = progress.line(live(10, 1000.0), 110.0)
    assert slow == (
        "live: [######..................] 25 %, 10 messages, 1/s, 0:00:30 left, "
        "at 1970-01-01 00:16:40"
    )
    progress.line(live(10, 1000.0), 120.0)
    fast = progress.line(live(1010, 3000.0), 130.0)
    assert "75 %, 1010 messages, 100/s, 0:00:05 left" in fast
    assert "left" not in progress.line(live(1011, 4000.0), 131.0)


def test_a_run_that_stands_still_has_no_time_left() -> None:
    """Nobody divides by nothing, at the same moment or with nothing published."""
    progress = Progress(until=100.0)
    progress.line(live(1, 10.0), 5.0)
    assert progress.line(live(1, 10.0), 5.0).endswith("1 messages, at 1970-01-01 00:00:10")
    assert "1 messages, 0/s, at" in progress.line(live(1, 10.0), 9.0)


def test_an_end_that_nobody_knows() -> None:
    """There is the rate, and neither bar nor time left; an end before the start is none."""
    for progress in (Progress(None), Progress(until=5.0)):
        progress.line(live(0, 10.0), 0.0)
        assert progress.line(live(50, 60.0), 5.0) == (
            "live: 50 messages, 10/s, at 1970-01-01 00:01:00"
        )
