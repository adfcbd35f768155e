"""Which time of an event is believed, and how times are read and written."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders import event_time
from decoders.errors import BadField
from decoders.event_time import STANDARD, TimeRule
from decoders.model import TimeSource

SERVER = datetime(2026, 11, 3, 7, 15, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
TIMES = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("lag", "believed"),
    [
        (timedelta(0), True),
        (timedelta(minutes=-5), True),
        (timedelta(minutes=-5) - MICROSECOND, False),
        (timedelta(minutes=5), True),
        (timedelta(days=7), True),
        (timedelta(days=7) + MICROSECOND, False),
        (timedelta(days=365 * 46), False),
    ],
)
def test_tolerances(lag: timedelta, *, believed: bool) -> None:
    """The event's time may be 5 minutes ahead of the server's clock, and 7 days behind it."""
    time, source = STANDARD.choose(SERVER - lag, [SERVER], gateway=True)
    assert time == (SERVER - lag if believed else SERVER)
    assert source is (TimeSource.GATEWAY if believed else TimeSource.SERVER)


def test_earliest_server_time_is_the_reference() -> None:
    """The first gateway whose copy reached the server tells when that was."""
    later = [SERVER + timedelta(minutes=n) for n in (3, 0, 1)]
    assert STANDARD.choose(None, later, gateway=True) == (SERVER, TimeSource.SERVER)
    early = SERVER + timedelta(minutes=5) + MICROSECOND
    assert STANDARD.choose(early, later, gateway=True) == (SERVER, TimeSource.SERVER)


def test_without_a_reference_the_time_stands() -> None:
    """With no server time to hold it against, the event's time is taken as it is."""
    absurd = datetime(1980, 1, 6, tzinfo=UTC)
    assert STANDARD.choose(absurd, [], gateway=True) == (absurd, TimeSource.GATEWAY)
    assert STANDARD.choose(absurd, [], gateway=False) == (absurd, TimeSource.SERVER)
    assert STANDARD.choose(None, [], gateway=False) == (None, None)


def test_limits_can_be_set() -> None:
    """A rule without buffering believes nothing beyond its tolerance, before or behind."""
    rule = TimeRule(tolerance=timedelta(seconds=30), buffering=timedelta(0))
    assert rule.believes(SERVER - timedelta(seconds=30), SERVER)
    assert not rule.believes(SERVER - timedelta(seconds=31), SERVER)
    assert not rule.believes(SERVER + timedelta(seconds=31), SERVER)


@given(TIMES, TIMES)
def test_any_two_times_can_be_compared(time: datetime, server: datetime) -> None:
    """However far apart two clocks are, one of the two times is chosen."""
    assert STANDARD.choose(time, [server], gateway=True)[0] in {time, server}


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-03T07:15:00Z", SERVER),
        ("2026-11-03T07:15:00+00:00", SERVER),
        ("2026-11-03T08:15:00+01:00", SERVER),
        ("2026-11-03T07:15:00.123456789Z", SERVER + timedelta(microseconds=123_456)),
        (None, None),
    ],
)
def test_text_times(text: str | None, time: datetime | None) -> None:
    """RFC 3339 is read to UTC and cut to microseconds; an absent time is None."""
    assert event_time.from_text("time", text) == time


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-03T07:15:00",
        "2026-11-03",
        "1793690100",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-02-30T00:00:00Z",
        "\0" * 100,
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    """What is no time, has no zone, or lies outside the calendar is refused by its field's name."""
    with pytest.raises(BadField, match=r"^gwTime '"):
        event_time.from_text("gwTime", text)


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    """Whatever stands for a time is a time in UTC, or refused."""
    try:
        time = event_time.from_text("time", text)
    except BadField:
        return
    assert time is not None
    assert time.tzinfo is UTC


@given(TIMES)
def test_protobuf_times(time: datetime) -> None:
    """A time of the calendar survives the seconds and nanoseconds of protobuf."""
    seconds, nanos = event_time.as_seconds(time)
    assert 0 <= nanos < 1_000_000_000
    assert event_time.from_seconds("time", seconds, nanos) == time


@pytest.mark.parametrize(
    ("seconds", "nanos"),
    [(0, -1), (0, 1_000_000_000), (2**63 - 1, 0), (-(2**63), 0), (253_402_300_800, 0)],
)
def test_other_protobuf_times_are_refused(seconds: int, nanos: int) -> None:
    """Nanoseconds beyond the second and years beyond the calendar are refused."""
    with pytest.raises(BadField, match=r"^nsTime .* is not a time$"):
        event_time.from_seconds("nsTime", seconds, nanos)


def test_gps_time_is_ahead_of_utc() -> None:
    """GPS counts from 6 January 1980 without the 18 leap seconds since."""
    assert event_time.since_gps_epoch(datetime(1980, 1, 6, tzinfo=UTC)) == timedelta(seconds=18)
    time = datetime(2026, 11, 3, 7, 15, 2, 250_750, tzinfo=UTC)
    assert event_time.since_gps_epoch(time).total_seconds() == pytest.approx(1_477_725_320.25075)
