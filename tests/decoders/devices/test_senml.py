"""Packs that we write: units, versions, times and channels; and what no pack can say."""

import json
from datetime import UTC, datetime, timedelta
from math import isfinite

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from decoders import registry
from decoders.clock import EARLIEST, UNTIMED
from decoders.codec import LONGEST_PAYLOAD
from decoders.model import Observation
from decoders.properties import PROPERTIES

CODEC = registry.codec("senml")
NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
LABELS = ["bver", "bn", "bt", "bu", "bv", "n", "u", "t", "v", "vb", "vs", "vd", "s", "x", "x_"]


def _text(*seen: Observation) -> str:
    return CODEC.encode(seen)[1].decode()


@pytest.mark.parametrize("name", CODEC.measures)
def test_every_property_is_written_and_read(name: str) -> None:
    """Each property has a unit that SenML knows, and comes back in ours."""
    seen = (Observation(name, 12.25),)
    port, run = CODEC.encode(seen)
    assert CODEC.decode(run, port).observations == seen


def test_only_what_is_measured_is_sent() -> None:
    """What is derived from other properties is no device's to send."""
    derived = {name for name, entry in PROPERTIES.items() if entry.derived}
    assert set(CODEC.measures) == PROPERTIES.keys() - derived


def test_the_text() -> None:
    """A pack is short: whole numbers as such, one base time for what was measured together."""
    assert _text(Observation("temperature", 21.0)) == '[{"n":"temperature","u":"Cel","v":21}]'
    assert _text(Observation("o3", 29.0)) == '[{"bver":26,"n":"o3","u":"ppm","v":0.029}]'
    assert _text(
        Observation("temperature", 4.5, NOW, "external"),
        Observation("motion", 1.0, NOW),
        Observation("motion", 0.0),
    ) == (
        '[{"n":"motion","v":0},'
        '{"bt":1769846400,"n":"external/temperature","u":"Cel","v":4.5},{"n":"motion","v":1}]'
    )


@given(
    st.timedeltas(timedelta(), timedelta(days=9000)).map(lambda age: EARLIEST + age),
    st.timedeltas(timedelta(microseconds=1), timedelta(days=9)),
)
def test_times_come_back_to_the_microsecond(moment: datetime, step: timedelta) -> None:
    """A time is exact although the format writes it as a number of seconds."""
    seen = {Observation("co2", 400.0, moment), Observation("co2", 401.0, moment + step)}
    port, run = CODEC.encode(tuple(seen))
    assert set(CODEC.decode(run, port).observations) == seen


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(Observation("sound_level", 50.0, qualifier="A fast"), id="a qualifier"),
        pytest.param(Observation("co2", 400.0, None, "", UNTIMED), id="a time nobody knows"),
        pytest.param(Observation("co2", 400.0, None, "outlet"), id="another channel"),
        pytest.param(Observation("dew_point", 8.0), id="what is derived"),
        pytest.param(Observation("co2", 400.0, datetime(1975, 1, 1, tzinfo=UTC)), id="1975"),
        pytest.param(Observation("co2", float("inf")), id="no number"),
    ],
)
def test_what_no_pack_can_say(seen: Observation) -> None:
    """What would be read as something else, or not at all, is not written."""
    with pytest.raises(ValueError, match=r"cannot be said|before 1978"):
        CODEC.encode([seen])


def test_more_than_a_frame_holds() -> None:
    """A pack of more than 242 bytes is never made."""
    seen = [Observation("temperature", 20.0, None, f"external{place}") for place in range(2, 9)]
    with pytest.raises(ValueError, match="do not fit a frame of 242"):
        CODEC.encode(seen)


@st.composite
def _packs(draw: st.DrawFn) -> list[dict[str, object]]:
    """Draw records that are nearly right: now and then a label more, or one of any type."""
    right: list[dict[str, object]] = [
        {"n": "temperature", "u": "Cel", "v": 21.5},
        {"n": "external/co2", "u": "ppm", "v": 400},
        {"n": "a:motion", "vb": True},
        {"n": "dew_point", "u": "K", "v": 280},
        {"bu": "/", "n": "o3", "v": 1},
    ]
    more: list[dict[str, object]] = [
        {},
        {"bn": "urn:dev:"},
        {"bv": draw(FINITE)},
        {"v": draw(FINITE)},
        {"bt": 1769846400.5},
        {"t": draw(st.sampled_from([-60, 60, 1769846400, 1e300]))},
        {"bver": draw(st.sampled_from([10, 26, 11]))},
        {draw(st.sampled_from(LABELS)): draw(JSON)},
    ]
    pairs = st.tuples(st.sampled_from(right), st.sampled_from(more))
    return [record | label for record, label in draw(st.lists(pairs, max_size=3))]


@given(_packs() | JSON, st.sampled_from([None, NOW]))
def test_any_json_is_read_or_refused(document: object, received_at: datetime | None) -> None:
    """Whatever the labels and their types, there are sound observations or a named error."""
    payload = json.dumps(document, separators=(",", ":")).encode()
    reading = CODEC.decode(payload, 1, received_at=received_at)
    event(reading.error.reason if reading.error else "read")
    assert reading.observations or reading.error
    assert all(isfinite(seen.result) for seen in reading.observations)
    assert len(payload) <= LONGEST_PAYLOAD or not reading.observations
