"""Fixed structs by port and marks."""

from datetime import UTC, datetime, timedelta

import pytest

from decoders.block import Block, Field
from decoders.clock import UNTIMED, Clock
from decoders.errors import BadLength, BadValue, DecodeError, Truncated
from decoders.fixed_layout import FixedLayout, Frame, Mark, Tail
from decoders.model import Observation, Reading
from decoders.wire import U8

AT = datetime(2026, 1, 31, 8, tzinfo=UTC)
SECONDS = int(AT.timestamp())
CO2 = Field("co2", U8, 1)


def record(mark: int, *fields: Field) -> Frame:
    """Give a record of port 2: a mark, a value, the time."""
    return Frame(2, (Block(6, fields, clock=Clock(2)),), (Mark(0, (mark,)),), Tail.RECORDS)


LAYOUT = FixedLayout(
    f_port=1,
    frames=(
        Frame(
            1,
            (Block(2, (CO2,)),),
            (Mark(0, (0xA0, 0xA1), 0xF1), Mark(-1, (0x5A,))),
            padding=b"\0",
            tail=Tail.UNUSED,
        ),
        Frame(1, (Block(2, (CO2,)), Block(1, (Field("tvoc", U8),))), (Mark(0, (0xB0,)),)),
        record(0x01, CO2),
        record(0x02, CO2, Field("co2", U8, 0, channel="external")),
        Frame(3, (Block(1, (Field("co2", U8),)),), tail=Tail.WARNED, spoken=False),
        Frame(4, (Block(1, ()), Block(2, (CO2,))), tail=Tail.SAMPLES, spoken=False),
        Frame(5, tail=Tail.UNUSED),
    ),
)


def decode(text: str, f_port: int) -> Reading:
    """Read a frame given in hex."""
    return LAYOUT.decode(bytes.fromhex(text), f_port, None)


def values(text: str, f_port: int) -> list[tuple[str, float]]:
    """Give what a frame without fault or warning says."""
    reading = decode(text, f_port)
    assert (reading.error, reading.warnings) == (None, ())
    return [(seen.observed_property, seen.result) for seen in reading.observations]


def test_ports() -> None:
    """A layout speaks on the ports of its frames, and says what they say."""
    assert LAYOUT.ports == {1, 2, 3, 4, 5}
    assert set(LAYOUT.series) == {("co2", ""), ("co2", "external"), ("tvoc", "")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a0075a", [("co2", 7.0)]),
        ("af075a", [("co2", 7.0)]),
        ("a007ff005a", [("co2", 7.0)]),
        ("b00708", [("co2", 7.0), ("tvoc", 8.0)]),
    ],
)
def test_marks(text: str, said: list[tuple[str, float]]) -> None:
    """The marks choose the frame; a mark can stand at the end, and have bits that do not count."""
    assert values(text, 1) == said


@pytest.mark.parametrize(
    ("text", "f_port", "error", "detail"),
    [
        ("a0", 1, Truncated, "1 bytes of a frame of 2"),
        ("b007", 1, Truncated, "2 bytes of a frame of 3"),
        ("b0070809", 1, BadLength, "4 bytes where a frame has 3"),
        ("c007", 1, BadValue, "c007 is not how a frame of this port begins"),
        ("a007", 1, BadValue, "a007 has not the marks of a frame of its length"),
        ("03070000", 2, BadValue, "03070000 is not how a frame of this port begins"),
        ("01", 2, Truncated, "1 bytes of a frame of 6"),
    ],
)
def test_refused(text: str, f_port: int, error: type[DecodeError], detail: str) -> None:
    """A frame that is none of its port is refused by what is wrong with it."""
    reading = decode(text, f_port)
    assert type(reading.error) is error
    assert reading.error.detail == detail
    assert reading.observations == ()


def test_two_lengths_are_both_named() -> None:
    """When several lengths are possible the detail lists them."""
    frames = tuple(Frame(1, (Block(size, ()),)) for size in (2, 4))
    error = FixedLayout(1, frames).decode(b"123", 1, None).error
    assert isinstance(error, BadLength)
    assert error.detail == "3 bytes where a frame has 2 or 4"


def test_records_of_several_kinds() -> None:
    """Each record is of the kind that its own marks say."""
    reading = decode(f"0107{SECONDS:08x} 0208{SECONDS + 60:08x}", 2)
    later = AT + timedelta(minutes=1)
    assert reading == Reading(
        (
            Observation("co2", 7.0, AT),
            Observation("co2", 8.0, later),
            Observation("co2", 2.0, later, "external"),
        )
    )


@pytest.mark.parametrize(
    ("rest", "error", "detail"),
    [
        ("0107", Truncated, "2 bytes of a frame of 6"),
        ("0907697dc200", BadValue, "0907697d is not how a frame of this port begins"),
    ],
)
def test_records_that_break_off(rest: str, error: type[DecodeError], detail: str) -> None:
    """A record that is cut, or of no kind, ends the frame; those before are there to look at."""
    reading = decode(f"0107{SECONDS:08x} {rest}", 2)
    assert reading.observations == (Observation("co2", 7.0, AT),)
    assert type(reading.error) is error
    assert reading.error.detail == detail


def test_more_than_is_known() -> None:
    """Bytes behind the known ones are warned of where a newer firmware may send them."""
    assert values("07", 3) == [("co2", 7.0)]
    reading = decode("07aabb", 3)
    assert reading.observations == (Observation("co2", 7.0),)
    assert reading.warnings == ("2 bytes behind the known 1 are unread",)


def test_one_sample() -> None:
    """A single sample is of now."""
    assert values("000007", 4) == [("co2", 7.0)]


def test_several_samples() -> None:
    """Several samples have no times, and nothing is said to be of now."""
    reading = decode("00 0007 0008", 4)
    assert reading == Reading(
        (
            Observation("co2", 7.0, qualifier=UNTIMED),
            Observation("co2", 8.0, qualifier=UNTIMED),
        ),
        ("several samples without a time",),
    )


def test_a_cut_sample() -> None:
    """A sample that is cut is not read; whole ones may be of any time, since more were meant."""
    reading = decode("00 0007 00", 4)
    assert reading.observations == (Observation("co2", 7.0, qualifier=UNTIMED),)
    assert isinstance(reading.error, Truncated)
    assert reading.error.detail == "1 bytes are left of a sample of 2"


def test_a_frame_without_a_measurement() -> None:
    """On a port about the device nothing is read, whatever the length."""
    assert decode("0102030405", 5) == Reading()


def test_encode() -> None:
    """The first frame that says exactly this is written, with its marks and padding."""
    assert LAYOUT.encode([Observation("co2", 7.0)]) == (1, bytes.fromhex("a0075a"))
    both = [Observation("co2", 7.0), Observation("tvoc", 8.0)]
    assert LAYOUT.encode(both) == (1, bytes.fromhex("b00708"))


def test_encode_records() -> None:
    """Observations of the past are records, one for each time."""
    past = [Observation("co2", 7.0, AT), Observation("co2", 8.0, qualifier=UNTIMED)]
    assert LAYOUT.encode(past) == (2, bytes.fromhex(f"0107{SECONDS:08x} 010800000000"))


@pytest.mark.parametrize(
    "said",
    [
        [Observation("tvoc", 7.0)],
        [Observation("co2", 7.0), Observation("co2", 7.0, AT)],
        [Observation("tvoc", 7.0, AT)],
    ],
)
def test_what_cannot_be_said(said: list[Observation]) -> None:
    """Half a frame, now and past in one, and what no record says are refused."""
    with pytest.raises(ValueError, match="cannot be said"):
        LAYOUT.encode(said)
