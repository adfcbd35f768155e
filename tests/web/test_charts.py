"""Charts tell what was measured, and show gaps as gaps."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from web.charts import Chart, Limit, Line, Mark, Point, runs, ticks, time_ticks

START = datetime(2026, 3, 28, tzinfo=UTC)


def _points(values: list[float | None]) -> list[Point]:
    return [Point(START + timedelta(hours=n), value) for n, value in enumerate(values)]


def _chart(values: list[float | None], hours: int = 72) -> Chart:
    return Chart(
        title="Room humidity",
        unit="%",
        lines=[Line("Bedroom <b>", _points(values))],
        start=START,
        end=START + timedelta(hours=hours),
        limits=[Limit("Limit", 85)],
        marks=[Mark("Repair", START + timedelta(hours=5))],
    )


def test_gap_breaks_the_line() -> None:
    """A missing hour ends a stretch and begins another; nothing is joined over it."""
    drawn = _chart([50, 51, None, 52, None, None, 53, 54]).svg()
    path = drawn.split('class="app-line" d="')[1].split('"')[0]
    assert path.count("M") == 3
    assert path.count("h2") == 1
    assert [len(run) for run in runs(_points([50, 51, None, 52]))] == [2, 1]


def test_names_are_escaped() -> None:
    """A device's name cannot bring markup onto the page."""
    assert "<b>" not in _chart([50.0]).html
    assert "Bedroom &lt;b&gt;" in _chart([50.0]).html


def test_limit_and_repair_are_named_in_the_key() -> None:
    """The threshold and the repair stand in words beside the drawing."""
    key = _chart([50.0]).key
    assert "Limit: 85 %" in key
    assert "Repair: 28 Mar 05:00" in key


def test_chart_without_a_value_is_still_a_chart() -> None:
    """No reading at all draws axes and no line."""
    assert 'd=""' in _chart([None, None]).svg()


@given(st.lists(st.floats(-50, 900).map(lambda value: round(value, 9)), min_size=1, max_size=20))
def test_ticks_span_the_values(values: list[float]) -> None:
    """The axis reaches from below the least to above the greatest value, in a few steps."""
    given_ticks = list(ticks(values))
    assert given_ticks[0] <= min(values)
    assert given_ticks[-1] >= max(values)
    assert 2 <= len(given_ticks) <= 9
    assert given_ticks == sorted(set(given_ticks))


def test_days_of_the_clock_change_have_local_midnights() -> None:
    """Around the last Sunday of March every tick is a midnight in London."""
    found = list(time_ticks(START, START + timedelta(days=3), 8))
    assert [text for _, text in found] == ["28 Mar", "29 Mar", "30 Mar", "31 Mar"]
    assert [time.astimezone(UTC).hour for time, _ in found] == [0, 0, 23, 23]


def test_short_stretch_has_hours() -> None:
    """A day is told in hours of the clock on the wall."""
    found = list(time_ticks(START, START + timedelta(hours=24), 8))
    assert [text for _, text in found][:3] == ["00:00", "03:00", "06:00"]
