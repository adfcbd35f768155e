"""Chains of items."""

from datetime import UTC, datetime

import pytest

from decoders.block import Block, Field
from decoders.channel_layout import ChannelLayout, Item, unread
from decoders.clock import Clock
from decoders.errors import Truncated, UnknownChannel
from decoders.model import Observation, Reading
from decoders.wire import U8, U16

AT = datetime(2026, 1, 31, 8, tzinfo=UTC)
SECONDS = f"{int(AT.timestamp()):08x}"


def probe(channel: str) -> Block:
    """Give the block of a probe."""
    return Block(1, (Field("temperature", U8, channel=channel),))


LAYOUT = ChannelLayout(
    (
        Item(b"\x01\xaa", Block(2, (Field("co2", U16),))),
        Item(b"\x02\xaa", Block(2, (Field("sound_level", U8), Field("sound_level_peak", U8, 1)))),
        Item(b"\x03\xaa", probe("external"), further=(probe("external2"), probe("external3"))),
        Item(b"\x04\xaa", Block(5, (Field("co2", U8, 4, absent=(0xFF,)),), clock=Clock(0))),
        unread("05aa", 3),
    ),
    f_port=5,
    ends=(b"\xfe",),
    silent_ports=frozenset({6}),
)


def decode(text: str, f_port: int = 5) -> Reading:
    """Read a chain given in hex."""
    return LAYOUT.decode(bytes.fromhex(text), f_port, None)


CO2 = Observation("co2", 258.0)


def test_items_in_any_order() -> None:
    """Each item is read by its kind, wherever it stands; one without a measurement is passed."""
    reading = decode("03aa07 05aa010203 01aa0102")
    assert reading == Reading((Observation("temperature", 7.0, channel="external"), CO2))


def test_stored_records() -> None:
    """Records keep their own time, behind the readings of now."""
    reading = decode(f"04aa{SECONDS}09 01aa0102")
    assert reading.observations == (CO2, Observation("co2", 9.0, AT))


def test_a_silent_port() -> None:
    """On a port of settings nothing is read."""
    assert decode("01aa0102", f_port=6) == Reading()
    assert 6 in LAYOUT.ports
    assert 0 not in LAYOUT.ports
    assert 224 not in LAYOUT.ports


def test_an_end() -> None:
    """Behind a reply to a downlink nothing is read, and that is no warning."""
    assert decode("01aa0102 fe0102 03aa07") == Reading((CO2,))
    assert decode("fe") == Reading()


def test_an_unknown_item() -> None:
    """What stands before an unknown item is kept, with a warning that says where it is."""
    reading = decode("01aa0102 09bb01aa0203")
    assert reading == Reading((CO2,), ("09bb at byte 4 is unknown: nothing is read from there on",))


def test_an_unknown_item_first() -> None:
    """A frame that begins with an unknown item is refused whole."""
    error = decode("09bb").error
    assert isinstance(error, UnknownChannel)
    assert error.detail == "09bb is not an item this device sends"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("01aa0102 03", "the frame ends after 03, in the middle of an item"),
        ("01aa0102 02aa09", "02aa needs 2 bytes, 1 are left"),
        ("01aa0102 02aa", "02aa needs 2 bytes, 0 are left"),
    ],
)
def test_a_cut_item(text: str, detail: str) -> None:
    """A frame that ends in an item is truncated; what stood before is there to be looked at."""
    reading = decode(text)
    assert reading.observations == (CO2,)
    assert isinstance(reading.error, Truncated)
    assert reading.error.detail == detail


def test_an_item_that_says_another_thing_each_time() -> None:
    """The first, second, third probe are three channels; a fourth is warned of."""
    reading = decode("03aa01 03aa02 03aa03 03aa04")
    assert [(seen.channel, seen.result) for seen in reading.observations] == [
        ("external", 1.0),
        ("external2", 2.0),
        ("external3", 3.0),
    ]
    assert reading.warnings == ("03aa comes more often than a frame can hold",)


def test_encode() -> None:
    """Readings of now are written in the table's order, then the records."""
    said = (
        Observation("co2", 9.0, AT),
        Observation("temperature", 2.0, channel="external2"),
        Observation("temperature", 1.0, channel="external"),
        CO2,
    )
    f_port, payload = LAYOUT.encode(said)
    assert f_port == 5
    assert payload == bytes.fromhex(f"01aa0102 03aa01 03aa02 04aa{SECONDS}09")


@pytest.mark.parametrize(
    "said",
    [
        Observation("tvoc", 1.0),
        Observation("tvoc", 1.0, AT),
        Observation("sound_level", 1.0),
        Observation("temperature", 1.0, channel="external2"),
    ],
)
def test_what_cannot_be_said(said: Observation) -> None:
    """What no item says, half an item, and a second probe without a first are refused."""
    with pytest.raises(ValueError, match=said.observed_property.split("_")[0]):
        LAYOUT.encode([CO2, said])


def test_series() -> None:
    """Everything the items can say is listed."""
    assert LAYOUT.series == (
        ("co2", ""),
        ("sound_level", ""),
        ("sound_level_peak", ""),
        ("temperature", "external"),
        ("temperature", "external2"),
        ("temperature", "external3"),
        ("co2", ""),
    )
