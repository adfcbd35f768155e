"""What every codec keeps to, whichever the device."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from math import isfinite
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from decoders import devices, registry
from decoders.block import Block, Field
from decoders.codec import Codec, Device
from decoders.errors import DecodeError
from decoders.fixed_layout import FixedLayout, Frame
from decoders.model import Environment, Observation, Reading
from decoders.properties import PROPERTIES
from decoders.scale import Linear
from decoders.wire import S16
from tests.decoders.frames import observations, runs
from tests.fixtures.effort import cases

MODELS = registry.models()
RECEIVED_AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
every_codec = pytest.mark.parametrize("codec", MODELS, ids=[codec.model for codec in MODELS])


def layout_of(codec: Codec) -> Device:
    """Give a codec as what all of ours are: a device around a layout."""
    assert isinstance(codec, Device)
    return codec


def _comes_back(codec: Codec, said: Iterable[Observation]) -> None:
    said = tuple(said)
    f_port, payload = codec.encode(said)
    reading = codec.decode(payload, f_port)
    assert reading.error is None
    assert Counter(reading.observations) == Counter(said)
    event(f"{len(said)} observations")


@every_codec
@settings(max_examples=cases(60, here=15))
@given(data=st.data())
def test_what_is_encoded_is_decoded(codec: Codec, data: st.DataObject) -> None:
    """Whatever the fields can carry comes back from the frame as it was said."""
    _comes_back(codec, data.draw(observations(layout_of(codec).layout)))


class _OneTooMany(Linear):
    """A scale whose way back is wrong at one place only: at the lowest value."""

    def value(self, result: float) -> int:
        value = super().value(result)
        return value + 1 if value == S16.lowest else value


def test_the_search_finds_a_wrong_edge() -> None:
    """A table that is wrong at one end of one field does not pass."""
    block = Block(2, (Field("temperature", S16, 0, _OneTooMany(divide=10)),))
    layout = FixedLayout(f_port=1, frames=(Frame(1, (block,)),))
    mutant = Device("a/b", "", Environment.INDOOR, timedelta(hours=1), layout)

    @settings(max_examples=200, database=None, derandomize=True)
    @given(observations(layout))
    def search(said: tuple[Observation, ...]) -> None:
        _comes_back(mutant, said)

    with pytest.raises(AssertionError):
        search()


def _is_sound(reading: Reading) -> None:
    assert reading.error is None or isinstance(reading.error, DecodeError)
    assert reading.error is None or reading.error.detail
    for seen in reading.observations:
        assert isfinite(seen.result)
        assert not PROPERTIES[seen.observed_property].derived
        assert seen.phenomenon_time is None or seen.phenomenon_time.tzinfo is UTC
    assert all(reading.warnings)


@every_codec
@settings(max_examples=cases(10_000, here=500) // len(MODELS) + 1)
@given(data=st.data())
def test_any_bytes_are_read_or_refused(codec: Codec, data: st.DataObject) -> None:
    """Whatever the bytes and the port, there are sound observations or a named error."""
    f_port = data.draw(st.just(codec.f_port) | st.integers(0, 255))
    size = data.draw(st.integers(0, 60))
    payload = data.draw(
        st.sampled_from(_frames(codec.model.split("/")[0])) | runs(size) | st.binary(max_size=242)
    )
    payload += data.draw(st.just(b"") | runs(data.draw(st.integers(0, 12))))
    received_at = data.draw(st.sampled_from([None, RECEIVED_AT]))
    reading = codec.decode(payload, f_port, received_at=received_at)
    event(reading.error.reason if reading.error else "read" if reading.observations else "nothing")
    _is_sound(reading)


@cache
def _frames(family: str) -> list[bytes]:
    """Give the frames of the vectors beside the codec, of any variant."""
    file = Path(devices.__file__).parent / f"{family.replace('-', '_')}.vectors.json"
    return [bytes.fromhex(vector["hex"]) for vector in json.loads(file.read_text())]


def _values(reading: Reading) -> Counter[tuple[str, str, float]]:
    return Counter((s.observed_property, s.channel, s.result) for s in reading.observations)


def _no_value_of_missing_bytes(codec: Codec, payload: bytes, f_port: int) -> None:
    whole = _values(codec.decode(payload, f_port))
    for length in range(len(payload)):
        cut = _values(codec.decode(payload[:length], f_port))
        assert cut <= whole, f"cut to {length} bytes: {cut - whole}"


@every_codec
@settings(max_examples=cases(25, here=8))
@given(data=st.data())
def test_a_cut_frame_says_nothing_new(codec: Codec, data: st.DataObject) -> None:
    """A frame cut anywhere gives no value that the whole frame does not give."""
    said = data.draw(observations(layout_of(codec).layout))
    f_port, payload = codec.encode(said)
    _no_value_of_missing_bytes(codec, payload, f_port)


@dataclass(frozen=True, slots=True)
class _Padded:
    """A layout that takes missing bytes for zeros, as many a vendor's codec does."""

    layout: FixedLayout

    f_port = 1
    ports = frozenset({1})
    series = (("temperature", ""),)

    def decode(self, payload: bytes, f_port: int, received_at: datetime | None) -> Reading:
        return self.layout.decode(payload.ljust(2, b"\0"), f_port, received_at)

    def encode(self, said: Iterable[Observation]) -> tuple[int, bytes]:
        return self.layout.encode(tuple(said))


def test_the_cuts_find_a_padded_value() -> None:
    """A codec that takes missing bytes for zeros does not pass."""
    block = Block(2, (Field("temperature", S16, 0, Linear(divide=10)),))
    layout = _Padded(FixedLayout(f_port=1, frames=(Frame(1, (block,)),)))
    mutant = Device("a/b", "", Environment.INDOOR, timedelta(hours=1), layout)
    with pytest.raises(AssertionError, match="cut to 1 bytes"):
        _no_value_of_missing_bytes(mutant, b"\x01\x02", 1)


@every_codec
def test_identity(codec: Codec) -> None:
    """A codec says what it is in the project's words, and speaks on a port of an application."""
    assert codec.model == codec.model.lower()
    assert codec.title
    assert codec.version
    assert codec.interval >= timedelta(minutes=1)
    assert codec.measures
    assert set(codec.measures) <= {n for n, entry in PROPERTIES.items() if not entry.derived}
    assert 1 <= codec.f_port <= 223


@every_codec
def test_nothing_cannot_be_said(codec: Codec) -> None:
    """A frame of no observation, of none of its own, or of no number is refused."""
    alien = Observation("dew_point", 1.0)
    own = Observation(codec.measures[0], float("nan"))
    for said in ((), (alien,), (own,), (own, own)):
        with pytest.raises(ValueError, match=r"\w"):
            codec.encode(said)
