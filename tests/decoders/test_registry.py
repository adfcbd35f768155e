"""Which codec reads which device, and what becomes of an uplink."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from decoders import registry
from decoders.block import Block, Field
from decoders.clock import UNTIMED
from decoders.codec import Device
from decoders.errors import DecodeError, Encrypted, Truncated, UnexpectedPort, UnknownDevice
from decoders.fixed_layout import FixedLayout, Frame
from decoders.model import Environment, Observation, TimeSource, Uplink
from decoders.registry import Registry
from decoders.wire import U8

AT = datetime(2026, 1, 31, 9, 30, 20, tzinfo=UTC)
UPLINK = Uplink(
    source="chirpstack-v4",
    deduplication_id="0b1e5a6c-0000-4000-8000-000000000001",
    dev_eui="24e124a1b2c3d4e5",
    device_name="flat 12, bedroom",
    device_profile="damp sensors",
    application="2d9c8e4b-5f10-4a7b-8c33-91e0aa10c001",
    tags=MappingProxyType({"decoder": "milesight-em300-th"}),
    dev_addr="01a2b3c4",
    f_port=85,
    f_cnt=7,
    confirmed=False,
    payload=bytes.fromhex("0367d1ff046865"),
    result_time=AT,
    time_source=TimeSource.SERVER,
)
OWN = Device(
    "our-thing",
    "Our Thing",
    Environment.OUTDOOR,
    timedelta(hours=1),
    FixedLayout(1, (Frame(1, (Block(1, (Field("co2", U8),)),)),)),
    version="7",
)


def profiled(name: str, **tags: str) -> Uplink:
    """Give the uplink of a device with another profile."""
    return replace(UPLINK, device_profile=name, tags=tags)


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("milesight-em300-th/em320-th", "milesight-em300-th/em320-th"),
        ("milesight-em300-th", "milesight-em300-th/em300-th"),
        ("elsys-ers", "elsys-ers"),
        (" Elsys-ERS ", "elsys-ers"),
        ("Elsys ERS, EMS and ELT", "elsys-ers"),
    ],
)
def test_codec(model: str, found: str) -> None:
    """A model is found by its name, its title, and by its family, which is the first variant."""
    assert registry.codec(model).model == found


@pytest.mark.parametrize(
    ("model", "detail"),
    [
        (
            "milesight-em30-th",
            "'milesight-em30-th' is not a model we know; did you mean milesight-em300-th/em300-th?",
        ),
        ("zzz", "'zzz' is not a model we know"),
        ("", "'' is not a model we know"),
    ],
)
def test_an_unknown_model(model: str, detail: str) -> None:
    """An unknown model is refused, and one that is written alike is named."""
    with pytest.raises(UnknownDevice) as caught:
        registry.codec(model)
    assert caught.value.detail == detail


def test_models() -> None:
    """Every codec is listed once, the variants of a family together."""
    names = [codec.model for codec in registry.models()]
    assert len(set(names)) == len(names)
    families = [name.split("/")[0] for name in names]
    assert sorted(families) == families
    assert names.index("milesight-em300-th/em320-th") == (
        names.index("milesight-em300-th/em300-th") + 1
    )


@pytest.mark.parametrize(
    ("uplink", "bindings", "model"),
    [
        (profiled("x", decoder="elsys-ers"), {"x": "bosch-tps110"}, "elsys-ers"),
        (profiled("bosch-tps110", decoder="elsys-ers"), {}, "elsys-ers"),
        (profiled("bosch-tps110"), {"bosch-tps110": "elsys-ers"}, "bosch-tps110"),
        (profiled("Milesight EM320-TH "), {}, "milesight-em300-th/em320-th"),
        (profiled("damp sensors"), {"damp sensors": "elsys-ers"}, "elsys-ers"),
        (profiled("bosch-tps110", decoder=""), {}, "bosch-tps110"),
    ],
)
def test_bind(uplink: Uplink, bindings: Mapping[str, str], model: str) -> None:
    """The tag decides, then the profile's name or title, then the settings."""
    assert registry.bind(uplink, bindings).model == model


@pytest.mark.parametrize(
    ("uplink", "bindings", "detail"),
    [
        (profiled("elsys-ers", decoder="elsys-err"), {}, "'elsys-err' is not a model we know"),
        (profiled("damp"), {"damp": "elsys-err"}, "'elsys-err' is not a model we know"),
        (profiled("damp"), {"other": "elsys-ers"}, "device profile 'damp' is not bound to a model"),
        (profiled("elsys ers"), {}, "did you mean elsys-ers?"),
    ],
)
def test_not_bound(uplink: Uplink, bindings: Mapping[str, str], detail: str) -> None:
    """A name that is no model is refused, never passed over for the next; so is no name."""
    with pytest.raises(UnknownDevice) as caught:
        registry.bind(uplink, bindings)
    assert detail in caught.value.detail


def test_decode() -> None:
    """An uplink is given with its observations, the codec's model and its version."""
    decoded = registry.decode(UPLINK)
    assert decoded.uplink is UPLINK
    assert decoded.observations == (
        Observation("temperature", -4.7),
        Observation("relative_humidity", 50.5),
    )
    assert (decoded.warnings, decoded.error) == ((), None)
    assert (decoded.codec, decoded.codec_version) == ("milesight-em300-th/em300-th", "1")


@pytest.mark.parametrize(
    ("uplink", "error", "codec"),
    [
        (profiled("damp"), UnknownDevice, ""),
        (replace(UPLINK, encrypted=True), Encrypted, "milesight-em300-th/em300-th"),
        (replace(UPLINK, payload=b"\x03\x67"), Truncated, "milesight-em300-th/em300-th"),
        (replace(UPLINK, f_port=224), UnexpectedPort, "milesight-em300-th/em300-th"),
    ],
)
def test_refused(uplink: Uplink, error: type[DecodeError], codec: str) -> None:
    """What cannot be decoded is given with a named error, and nothing is raised."""
    decoded = registry.decode(uplink)
    assert type(decoded.error) is error
    assert decoded.error.detail
    assert decoded.observations == ()
    assert decoded.codec == codec


@pytest.mark.parametrize(
    ("uplink", "codec"),
    [
        (replace(UPLINK, payload=b""), "milesight-em300-th/em300-th"),
        (replace(UPLINK, f_port=0), "milesight-em300-th/em300-th"),
        (replace(UPLINK, payload=b"", encrypted=True), "milesight-em300-th/em300-th"),
        (replace(profiled("damp"), payload=b""), ""),
        (replace(profiled("damp"), f_port=0), ""),
    ],
)
def test_a_frame_of_the_networks_own(uplink: Uplink, codec: str) -> None:
    """Without a payload, or on port 0, there is nothing to read and nothing wrong."""
    decoded = registry.decode(uplink)
    assert decoded.observations == ()
    assert decoded.error is None
    assert decoded.codec == codec


@pytest.mark.parametrize(
    ("text", "time", "qualifier"),
    [
        ("20ce80b67d69d1007000", datetime(2026, 1, 31, 8, tzinfo=UTC), ""),
        ("20ce00000000d1007000", None, UNTIMED),
    ],
)
def test_stored_records(text: str, time: datetime | None, qualifier: str) -> None:
    """A record is given at its own time; one without a believable clock is marked, and kept."""
    decoded = registry.decode(replace(UPLINK, payload=bytes.fromhex(text)))
    assert decoded.error is None
    assert decoded.observations == (
        Observation("temperature", 20.9, time, qualifier=qualifier),
        Observation("relative_humidity", 56.0, time, qualifier=qualifier),
    )
    assert len(decoded.warnings) == (time is None)


def test_the_reception_judges_the_clock() -> None:
    """The same record is not believed when it was received long after."""
    late = replace(
        UPLINK, payload=bytes.fromhex("20ce80b67d69d1007000"), result_time=AT + timedelta(days=120)
    )
    assert registry.decode(late).observations[0].qualifier == UNTIMED


def test_sample_spacing() -> None:
    """The profile's tag dates the older samples of a frame that does not tell their distance."""
    uplink = replace(
        profiled("adeunis-comfort", sample_spacing="600"),
        f_port=1,
        payload=bytes.fromhex("4c8000d62f00d730"),
    )
    seen = registry.decode(uplink).observations
    assert [one.phenomenon_time for one in seen if one.observed_property == "temperature"] == [
        datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
        datetime(2026, 1, 31, 9, 20, tzinfo=UTC),
    ]


@pytest.mark.parametrize("spacing", ["", "0", "-600", "ten minutes", "1234567", "6e2"])
def test_sample_spacing_that_is_none(spacing: str) -> None:
    """A tag that is not a number of seconds is passed over."""
    uplink = profiled("adeunis-comfort", sample_spacing=spacing)
    assert registry.bind(uplink) is registry.codec("adeunis-comfort")


def test_further_codecs() -> None:
    """A registry of the native codecs and others reads both."""
    both = Registry((*registry.models(), OWN))
    decoded = both.decode(replace(profiled("our thing"), f_port=1, payload=b"\x09"))
    assert decoded.observations == (Observation("co2", 9.0),)
    assert (decoded.codec, decoded.codec_version) == ("our-thing", "7")
    assert both.decode(UPLINK).codec == "milesight-em300-th/em300-th"
    assert both.models()[-1] is OWN


def test_two_codecs_of_one_model() -> None:
    """A model can have one codec only."""
    with pytest.raises(ValueError, match="two codecs for our-thing"):
        Registry((OWN, OWN))
