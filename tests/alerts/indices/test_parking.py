"""Bays: sessions from events in any order, flickers, silences, and no event refused."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from alerts import figures
from alerts.indices.parking import Bay, Event, Session, Span, Timeline, timeline

FIGURES = figures.load().parking
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HEARTBEAT = timedelta(hours=1)


def events(text: str) -> list[Event]:
    """Read `0F 10O 45F`: minutes after the start and the state."""
    words = text.split()
    return [
        Event(START + float(word[:-1]) * MINUTE, index, word[-1] == "O")
        for index, word in enumerate(words)
    ]


def bay(text: str, until: float = 120) -> Timeline:
    """Give the timeline up to so many minutes after the start."""
    return timeline(events(text), HEARTBEAT, START + until * MINUTE, FIGURES)


def minutes(moment: datetime) -> float:
    """Give the minutes after the start."""
    return (moment - START) / MINUTE


def sessions(found: Timeline) -> list[tuple[float, float | None, bool]]:
    """Give each session as beginning, end and whether it was seen whole."""
    return [
        (minutes(one.start), None if one.end is None else minutes(one.end), one.whole)
        for one in found.sessions
    ]


def spans(found: Timeline) -> list[tuple[str, float, float]]:
    """Give each span as state, beginning and end."""
    return [(span.state, minutes(span.start), minutes(span.end)) for span in found.spans]


def test_session() -> None:
    """A session opens when the bay is taken and closes when it is left."""
    found = bay("0F 10O 45F")
    assert sessions(found) == [(10, 45, True)]
    assert spans(found) == [("free", 0, 10), ("occupied", 10, 45), ("free", 45, 120)]
    assert found.state is Bay.FREE
    assert found.sessions[0].lasted(START) == 35 * MINUTE


def test_session_that_lasts() -> None:
    """An open session has no end, and lasts up to now."""
    found = bay("0F 10O")
    assert sessions(found) == [(10, None, True)]
    assert found.state is Bay.OCCUPIED
    assert found.sessions[0].lasted(START + 120 * MINUTE) == 110 * MINUTE


def test_heartbeats() -> None:
    """The same state again changes no session."""
    assert sessions(bay("0F 10O 20O 30O 45F 60F")) == [(10, 45, True)]


def test_change_at_the_very_end() -> None:
    """A change at the moment itself counts."""
    found = bay("0F 10O 120F")
    assert sessions(found) == [(10, 120, True)]
    assert found.state is Bay.FREE
    assert spans(found)[-1] == ("occupied", 10, 120)


def test_beginning_not_seen() -> None:
    """A bay that was taken when it was first heard has a session of unknown beginning."""
    assert sessions(bay("0O 45F")) == [(0, 45, False)]


@pytest.mark.parametrize(
    ("text", "expected", "flickers"),
    [
        ("0F 10O 10.9F", [], 1),
        ("0F 10O 11F", [(10, 11, True)], 0),
        ("0F 10O 30F 30.5O 45F", [(10, 45, True)], 1),
        ("0F 10O 10.5F 10.9O 11.1F", [], 2),
        ("0F 10O 10.5F 10.6O 45F", [(10.6, 45, True)], 1),
    ],
)
def test_flickers(text: str, expected: list[tuple[float, float, bool]], flickers: int) -> None:
    """A change taken back within a minute is no session, and is counted."""
    found = bay(text)
    assert sessions(found) == expected
    assert len(found.flickers) == flickers


def test_silence_is_unknown() -> None:
    """After three missed heartbeats the bay is unknown, until it is heard again."""
    found = bay("0F 10O 400F", until=700)
    assert spans(found) == [
        ("free", 0, 10),
        ("occupied", 10, 190),
        ("unknown", 190, 400),
        ("free", 400, 580),
        ("unknown", 580, 700),
    ]
    assert sessions(found) == [(10, 400, False)]
    assert found.state is Bay.UNKNOWN


def test_exactly_three_heartbeats() -> None:
    """Three intervals are not yet too long."""
    assert bay("0F", until=180).state is Bay.FREE
    assert bay("0F", until=180.1).state is Bay.UNKNOWN


def test_silence_beside_a_session() -> None:
    """A silence before a session does not touch it."""
    assert sessions(bay("0F 300O 330F", until=400)) == [(300, 330, True)]


def test_nothing_heard() -> None:
    """A bay without an event is unknown, and events after the moment are not looked at."""
    assert bay("") == Timeline()
    assert bay("200O", until=120) == Timeline()
    assert Timeline().state is Bay.UNKNOWN


def test_counter_decides() -> None:
    """Of two events at one time the later frame holds."""
    assert bay("0F 10O 10F").state is Bay.FREE
    swapped = [Event(START, 2, occupied=True), Event(START, 1, occupied=False)]
    assert timeline(swapped, HEARTBEAT, START + MINUTE, FIGURES).state is Bay.OCCUPIED


EVENTS = st.lists(
    st.builds(
        Event,
        st.one_of(st.integers(0, 40), st.integers(0, 3000)).map(lambda m: START + m * MINUTE / 4),
        st.integers(0, 3),
        st.booleans(),
    ),
    max_size=30,
)


@given(EVENTS, st.randoms())
def test_any_order(several: list[Event], chance: object) -> None:
    """Any order, with repeats, gives the same timeline."""
    until = START + 800 * MINUTE
    whole = timeline(several, HEARTBEAT, until, FIGURES)
    mixed = several + several[: len(several) // 2]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert timeline(mixed, HEARTBEAT, until, FIGURES) == whole


def is_tight(spans_found: Sequence[Span], until: datetime) -> bool:
    """Say whether spans follow each other up to the moment."""
    ends = [span.end for span in spans_found]
    starts = [span.start for span in spans_found[1:]]
    return all(span.start < span.end for span in spans_found) and ends == [*starts, until]


@given(EVENTS)
def test_time_is_spent_once(several: list[Event]) -> None:
    """Spans leave no hole and do not overlap; sessions are in order, and none too short."""
    until = START + 800 * MINUTE
    found = timeline(several, HEARTBEAT, until, FIGURES)
    note(f"sessions: {min(len(found.sessions), 5)}, flickers: {min(len(found.flickers), 5)}")
    assert not found.spans or is_tight(found.spans, until)
    for session in found.sessions:
        if session.end is not None and session.start > min(event.at for event in several):
            assert session.end - session.start >= FIGURES.shortest_session
    ends = [session.end or until for session in found.sessions]
    assert all(end < after.start for end, after in zip(ends, found.sessions[1:], strict=False))


def test_open_session_is_the_last() -> None:
    """At most the last session has no end."""
    found = bay("0O 10F 20O")
    assert [session.end is None for session in found.sessions] == [False, True]
    assert isinstance(found.sessions[0], Session)
