"""A recording holds every message whole, and says where it cannot be read."""

import gzip
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.recording import Heard, RecordingWrong, note, opened, read
from simulators.replay import Choice, RecordingReplay, taken

START = datetime(2026, 2, 2, 10, tzinfo=UTC)
MESSAGES = st.builds(
    Heard,
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.text(min_size=1),
    st.one_of(st.binary(), st.text().map(str.encode)),
    st.integers(0, 2),
    st.booleans(),
    st.text(),
)


def heard(number: int, topic: str = "application/a/device/b/event/up") -> Heard:
    """Give the message of a minute."""
    return Heard(START + timedelta(minutes=number), topic, b"%d" % number)


def written(file: Path, *lines: str) -> Path:
    """Write lines to a recording."""
    with opened(file, "a") as sink:
        sink.writelines(f"{line}\n" for line in lines)
    return file


@pytest.mark.parametrize("name", ["feed.jsonl", "feed.jsonl.gz"])
@given(messages=st.lists(MESSAGES, max_size=5))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, name: str, messages: list[Heard]
) -> None:
    """Any message comes back as it was, from a plain and from a compressed file."""
    file = written(tmp_path_factory.mktemp("feed") / name, *(m.line() for m in messages))
    assert list(read(file)) == messages


def test_text_stays_readable() -> None:
    """A JSON message is text in the file, a binary one base64."""
    assert '"text": "{\\"a\\": 1}"' in Heard(START, "t", b'{"a": 1}').line()
    assert '"base64": "AAEC"' in Heard(START, "t", b"\0\1\2").line()
    assert '"base64": ""' in Heard(START, "t", b"").line()


def test_a_recording_can_be_continued(tmp_path: Path) -> None:
    """What is appended later, compressed or not, follows what was there; notes are left out."""
    for name in ("feed.jsonl", "feed.jsonl.gz"):
        file = written(tmp_path / name, heard(1).line(), note(START, "connected again"), "")
        written(file, heard(2).line())
        assert list(read(file)) == [heard(1), heard(2)]


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    """So is every time that has one, once it is read."""
    zone = timezone(timedelta(hours=2))
    moved = Heard(START.astimezone(zone), "t", b"1").line()
    bare = '{"at": "2026-02-02T10:00:00", "topic": "t", "text": "1"}'
    file = written(tmp_path / "feed.jsonl", moved, bare)
    assert [entry.at for entry in read(file)] == [START, START]
    assert [entry.origin for entry in read(file)] == ["live", "live"]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "7",
        "{}",
        '{"at": "soon", "topic": "t", "text": ""}',
        '{"at": "2026-02-02T10:00:00Z", "topic": "t"}',
        '{"at": "2026-02-02T10:00:00Z", "topic": "t", "base64": "?"}',
        '{"at": "2026-02-02T10:00:00Z", "topic": "t", "text": "", "qos": "high"}',
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    """The message says file and line; what stands before it is given."""
    file = written(tmp_path / "feed.jsonl", heard(1).line(), line)
    lines = read(file)
    assert next(lines) == heard(1)
    with pytest.raises(RecordingWrong, match=r"feed\.jsonl:2: is not a line"):
        next(lines)


def test_a_file_that_breaks_off_is_named(tmp_path: Path) -> None:
    """A compressed file without its end, and one that is not compressed, are no recordings."""
    file = tmp_path / "feed.jsonl.gz"
    whole = gzip.compress("\n".join(heard(n).line() for n in range(2000)).encode())
    file.write_bytes(whole[:-200])
    with pytest.raises(RecordingWrong, match="breaks off"):
        list(read(file))
    file.write_text("{}")
    with pytest.raises(RecordingWrong, match="breaks off"):
        list(read(file))
    file = tmp_path / "feed.jsonl"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(RecordingWrong, match="breaks off or is no text"):
        list(read(file))


def test_a_choice_takes_topics_and_times() -> None:
    """From and until and the filters, all of them; the first so many can be left out."""
    feed = [heard(n) for n in range(10)] + [heard(5, "eu868/gateway/g/event/stats")]
    choice = Choice(("application/#", "+/other"), heard(2).at, heard(8).at)
    assert [m.payload for m in taken(feed, choice)] == [b"2", b"3", b"4", b"5", b"6", b"7"]
    later = list(taken(feed, choice, skip=4))
    assert [(m.number, m.payload) for m in later] == [(4, b"6"), (5, b"7")]
    assert len(list(taken(feed, Choice()))) == 11


def test_how_far_it_came_counts_what_is_safe_from_the_start() -> None:
    """A message whose acknowledgement is missing holds the position before it."""
    run = RecordingReplay([heard(n) for n in range(6)], Choice(), None, skip=1)
    messages = list(taken([heard(n) for n in range(6)], Choice(), skip=1))
    for place in (1, 0, 3):
        run.safe(messages[place])
    assert run.reached == 3
    run.safe(messages[2])
    assert run.reached == 5
