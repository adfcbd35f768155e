"""Several samples in a frame: their times, and frames that hold them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders import registry
from decoders.clock import UNTIMED
from decoders.codec import Device
from decoders.devices.adeunis_comfort import SampleLayout
from decoders.model import Observation
from tests.decoders.frames import said

SPACING = timedelta(minutes=10)
NEWEST = datetime(2026, 1, 31, 8, tzinfo=UTC)
RECEIVED_AT = NEWEST + timedelta(seconds=20)
LOW = Observation("battery_low", 1.0)


def device(variant: str = "comfort", spacing: timedelta | None = SPACING) -> Device:
    """Give the codec of a device whose samples are so far apart."""
    codec = registry.codec(f"adeunis-comfort/{variant}")
    assert isinstance(codec, Device)
    return codec if spacing is None else codec.spaced(spacing)


def sample(temperature: float, time: datetime | None = None) -> list[Observation]:
    """Give one sample of a COMFORT."""
    return [
        Observation("temperature", temperature, time),
        Observation("relative_humidity", 47.0, time),
    ]


def times(codec: Device, text: str, received_at: datetime | None) -> list[datetime | None]:
    """Give the times of the temperatures of a frame given in hex."""
    reading = codec.decode(bytes.fromhex(text), 1, received_at=received_at)
    assert reading.error is None
    return [
        seen.phenomenon_time
        for seen in reading.observations
        if seen.observed_property == "temperature"
    ]


THREE = "4c80 00d62f 00d730 00d831"


def test_counted_back_from_the_reception() -> None:
    """With the spacing known each sample has a time, to the minute where it is counted back."""
    expected = [NEWEST, NEWEST - SPACING, NEWEST - 2 * SPACING]
    assert times(device(), THREE, RECEIVED_AT) == expected
    assert times(device(), THREE, NEWEST - timedelta(seconds=29)) == expected


def test_repeated_samples_fall_on_each_other() -> None:
    """What a frame repeats of the one before has the same time, though the radio was slower."""
    first = times(device(), "4c80 00d62f 00d730", RECEIVED_AT)
    later = RECEIVED_AT + SPACING + timedelta(seconds=3.4)
    second = times(device(), "4ca0 00d52e 00d62f", later)
    assert second[1] == first[0]


def test_samples_less_than_a_minute_apart() -> None:
    """Times are rounded to no more than the spacing itself."""
    half = timedelta(seconds=30)
    found = times(device(spacing=half), "4c80 00d62f 00d730", RECEIVED_AT)
    assert found == [NEWEST + half, NEWEST]


def test_counted_back_from_the_newest() -> None:
    """With a time in the frame the others are counted back from it, to the second."""
    newest = NEWEST + timedelta(seconds=7)
    seconds = (newest - datetime(2013, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    frame = f"4c84 00d62f 00d730 {seconds:08x}"
    assert times(device(), frame, RECEIVED_AT) == [newest, newest - SPACING]
    assert times(device(), frame, None) == [newest, newest - SPACING]


def test_without_spacing_or_reception() -> None:
    """Without the spacing, or any time to count from, only the newest is of now."""
    for codec, received_at in ((device(spacing=None), RECEIVED_AT), (device(), None)):
        reading = codec.decode(bytes.fromhex(THREE), 1, received_at=received_at)
        untimed = [seen.qualifier == UNTIMED for seen in reading.observations]
        assert untimed == [False, False, False, True, True, True, True]
        assert {seen.phenomenon_time for seen in reading.observations} == {None}


def test_an_absurd_clock_is_not_counted_from() -> None:
    """Samples with an absurd clock are counted back from the reception, with a warning."""
    reading = device().decode(bytes.fromhex("4c84 00d62f 00000001"), 1, received_at=RECEIVED_AT)
    assert [seen.phenomenon_time for seen in reading.observations] == [None, NEWEST, NEWEST]
    assert len(reading.warnings) == 1


@pytest.mark.parametrize(
    ("observations", "text"),
    [
        (sample(-3.5), "4c00ffdd2f"),
        ([*sample(-3.5), LOW], "4c02ffdd2f"),
        (sample(21.4, NEWEST), "4c0400d62f189b8f80"),
        (
            [*sample(21.5, NEWEST - SPACING), *sample(21.4, NEWEST)],
            "4c0400d62f00d72f189b8f80",
        ),
    ],
)
def test_encode(observations: Sequence[Observation], text: str) -> None:
    """A periodic frame holds one sample, or several with the newest first and its time."""
    f_port, payload = device().encode(observations)
    assert (f_port, payload.hex()) == (1, text)


@pytest.mark.parametrize(
    ("codec", "observations"),
    [
        (device(), [LOW]),
        (device(), [*sample(1.0), Observation("co2", 400.0)]),
        (device(), [*sample(1.0), *sample(2.0, NEWEST)]),
        (device(), [*sample(1.0, NEWEST), *sample(2.0, NEWEST - timedelta(minutes=9))]),
        (device(spacing=None), [*sample(1.0, NEWEST), *sample(2.0, NEWEST - SPACING)]),
        (device(), [replace(seen, qualifier=UNTIMED) for seen in sample(1.0)]),
        (
            device("breath"),
            [Observation(name, 1.0, NEWEST) for name in ("tvoc", "pm10", "pm2_5", "pm1")],
        ),
    ],
)
def test_what_cannot_be_said(codec: Device, observations: Sequence[Observation]) -> None:
    """No sample, another device's value, and times that no frame can hold are refused."""
    with pytest.raises(ValueError, match="cannot be said"):
        codec.encode(observations)


@given(st.data(), st.integers(1, 12), st.sampled_from(["comfort", "comfort-co2"]))
def test_any_samples_come_back(data: st.DataObject, count: int, variant: str) -> None:
    """Any samples, each a spacing before the other, come back with their times."""
    codec = device(variant)
    assert isinstance(codec.layout, SampleLayout)
    samples = [data.draw(said(codec.layout.kind.sample)) for _ in range(count)]
    told = [
        replace(seen, phenomenon_time=NEWEST - place * SPACING)
        for place, group in enumerate(samples)
        for seen in group
    ]
    f_port, payload = codec.encode(told[::-1])
    reading = codec.decode(payload, f_port, received_at=RECEIVED_AT)
    assert [s for s in reading.observations if s.observed_property != "battery_low"] == told
