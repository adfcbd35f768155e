"""A device around a layout, and what layouts share."""

from datetime import UTC, datetime, timedelta

import pytest

from decoders.block import Block, Field
from decoders.clock import UNTIMED
from decoders.codec import NOTHING, Device, by_moment, is_stored, one_each, unsayable
from decoders.devices.adeunis_comfort import SampleLayout
from decoders.errors import UnexpectedPort
from decoders.fixed_layout import FixedLayout, Frame
from decoders.model import Environment, Observation
from decoders.registry import codec
from decoders.wire import U8

AT = datetime(2026, 1, 31, 8, tzinfo=UTC)
FRAME = Frame(7, (Block(2, (Field("co2", U8), Field("co2", U8, 1, channel="external"))),))
DEVICE = Device(
    "maker-thing/small",
    "Maker Small Thing",
    Environment.INDOOR,
    timedelta(minutes=10),
    FixedLayout(f_port=7, frames=(FRAME,)),
)


def test_identity() -> None:
    """A device says what it measures, each property once, and the port of its readings."""
    assert DEVICE.measures == ("co2",)
    assert DEVICE.f_port == 7
    assert DEVICE.version == "1"


@pytest.mark.parametrize(("payload", "f_port"), [(b"", 7), (b"", 9), (b"\x01\x02", 0)])
def test_nothing_to_read(payload: bytes, f_port: int) -> None:
    """An empty payload, and a frame of the network's own, say nothing and are no error."""
    assert DEVICE.decode(payload, f_port) == NOTHING


def test_a_port_it_does_not_speak_on() -> None:
    """Another port is refused by name, and the detail names the device."""
    error = DEVICE.decode(b"\x01\x02", 8).error
    assert isinstance(error, UnexpectedPort)
    assert error.detail == "f_port 8 is not one maker-thing/small speaks on"


def test_a_reading_of_nothing_cannot_be_sent() -> None:
    """Nothing to say is no frame."""
    with pytest.raises(ValueError, match="reading of nothing"):
        DEVICE.encode([])


def test_spacing() -> None:
    """The distance of samples is given to layouts that need it, and does not touch others."""
    spacing = timedelta(minutes=10)
    assert DEVICE.spaced(spacing) is DEVICE
    comfort = codec("adeunis-comfort")
    assert isinstance(comfort, Device)
    layout = comfort.spaced(spacing).layout
    assert isinstance(layout, SampleLayout)
    assert layout.spacing == spacing


@pytest.mark.parametrize(
    ("seen", "stored"),
    [
        (Observation("co2", 1.0), False),
        (Observation("co2", 1.0, qualifier="A fast"), False),
        (Observation("co2", 1.0, AT), True),
        (Observation("co2", 1.0, qualifier=UNTIMED), True),
    ],
)
def test_is_stored(seen: Observation, stored: bool) -> None:  # noqa: FBT001
    """What has a time of its own, or is known to have none, is of the past."""
    assert is_stored(seen) is stored


def test_by_moment() -> None:
    """Observations are sorted by their time, and each time's by series."""
    now, past = Observation("co2", 1.0), Observation("co2", 2.0, AT)
    beside = Observation("tvoc", 3.0, AT)
    assert by_moment([now, past, beside]) == {
        None: {("co2", ""): now},
        AT: {("co2", ""): past, ("tvoc", ""): beside},
    }


def test_one_each() -> None:
    """Two observations of one series are not one frame's."""
    with pytest.raises(ValueError, match="2 observations are of 1 series only"):
        one_each([Observation("co2", 1.0), Observation("co2", 2.0)])


def test_unsayable_names_all() -> None:
    """What cannot be said is named, in an order that does not change."""
    error = unsayable([Observation("tvoc", 1.0), Observation("co2", 1.0, channel="external")])
    assert str(error) == "co2 (external), tvoc cannot be said in one frame of this device"
