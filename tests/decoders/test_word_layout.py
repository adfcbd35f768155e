"""Groups of words, each switched on by a flag."""

from datetime import UTC, datetime

import pytest

from decoders.block import Block, Field
from decoders.errors import DecodeError, Truncated, UnsupportedVersion
from decoders.model import Observation, Reading
from decoders.wire import U16
from decoders.word_layout import WordLayout

LAYOUT = WordLayout(
    (
        Block(2, (Field("co2", U16),)),
        Block(4, (Field("pm10", U16), Field("pm1", U16, 2))),
        Block(2, (Field("tvoc", U16),)),
    )
)
CO2, PM10, PM1 = Observation("co2", 258.0), Observation("pm10", 9.0), Observation("pm1", 8.0)
TVOC = Observation("tvoc", 7.0)


def decode(text: str) -> Reading:
    """Read a frame given in hex."""
    return LAYOUT.decode(bytes.fromhex(text), 1, None)


@pytest.mark.parametrize(
    ("text", "observations"),
    [
        ("02ffff 0007 0102 0009 0008 0007", (CO2, PM10, PM1, TVOC)),
        ("020000 0002 0009 0008", (PM10, PM1)),
        ("020000 0005 0102 0007", (CO2, TVOC)),
        ("020000 0000", ()),
    ],
)
def test_flags(text: str, observations: tuple[Observation, ...]) -> None:
    """A block is there when its flag is set, the lowest flag's first."""
    assert decode(text) == Reading(observations)


def test_a_newer_device() -> None:
    """Blocks behind the known ones are warned of, and do not hide the known."""
    reading = decode("020000 0009 0102 aabb")
    assert reading == Reading((CO2,), ("2 bytes behind the known blocks are unread",))


@pytest.mark.parametrize(
    ("text", "error", "detail", "observations"),
    [
        ("01", UnsupportedVersion, "version 1 is not 2, the only known one", ()),
        ("02000000", Truncated, "4 bytes of a header of 5", ()),
        ("0200000003010200", Truncated, "block 1 needs 4 bytes, 1 are left", (CO2,)),
    ],
)
def test_refused(
    text: str, error: type[DecodeError], detail: str, observations: tuple[Observation, ...]
) -> None:
    """Another version, a cut header and a cut block are refused by name."""
    reading = decode(text)
    assert type(reading.error) is error
    assert reading.error.detail == detail
    assert reading.observations == observations


def test_encode() -> None:
    """Only the blocks that are needed are written, with their flags."""
    assert LAYOUT.encode([TVOC, CO2]) == (1, bytes.fromhex("020000000501020007"))
    assert LAYOUT.encode([PM1, PM10]) == (1, bytes.fromhex("020000000200090008"))


@pytest.mark.parametrize(
    "said",
    [
        Observation("temperature", 1.0),
        Observation("tvoc", 1.0, datetime(2026, 1, 31, tzinfo=UTC)),
        Observation("tvoc", 1.0, channel="external"),
    ],
)
def test_what_cannot_be_said(said: Observation) -> None:
    """What no block says, and anything of the past, is refused."""
    with pytest.raises(ValueError, match="cannot be said"):
        LAYOUT.encode([CO2, said])


def test_half_a_block_cannot_be_said() -> None:
    """A block is sent whole."""
    with pytest.raises(ValueError, match="pm1 is missing"):
        LAYOUT.encode([PM10])
