"""The AM series: what each model sends, and records in which a sensor says nothing."""

from datetime import UTC, datetime

import pytest

from decoders import registry
from decoders.model import Observation

MOMENT = datetime(2026, 1, 31, 8, tzinfo=UTC)
MODELS = ("am103", "am307", "am308", "am319-o3", "am319-hcho")
RECORD = {
    "temperature": -3.5,
    "relative_humidity": 91.5,
    "motion": 1.0,
    "light_level": 2.0,
    "co2": 610.0,
    "tvoc": 385.0,
    "pressure": 1000.3,
    "pm2_5": 5.0,
    "pm10": 9.0,
}


def _record(**values: float) -> list[Observation]:
    return [Observation(name, value, MOMENT) for name, value in values.items()]


@pytest.mark.parametrize("model", MODELS)
def test_what_a_model_measures(model: str) -> None:
    """A larger model measures what a smaller one does, and more; only two know a gas."""
    measures = set(registry.codec(f"milesight-am300/{model}").measures)
    assert ("pressure" in measures) == (model != "am103")
    assert ("pm10" in measures) == (model not in {"am103", "am307"})
    assert ("o3" in measures) == (model == "am319-o3")
    assert ("formaldehyde" in measures) == (model == "am319-hcho")


@pytest.mark.parametrize("model", MODELS)
def test_a_record_is_as_long_as_the_model_writes_it(model: str) -> None:
    """The record's length is the model's own: 9, 16, 20 or 22 bytes behind its key."""
    codec = registry.codec(f"milesight-am300/{model}")
    values = {name: value for name, value in RECORD.items() if name in codec.measures}
    values |= {name: 20.0 for name in ("o3", "formaldehyde") if name in codec.measures}
    seen = _record(**values)
    _, run = codec.encode(seen)
    lengths = {"am103": 9, "am307": 16, "am308": 20, "am319-o3": 22, "am319-hcho": 22}
    assert len(run) == 2 + lengths[model]
    assert codec.decode(run, 85, received_at=MOMENT).observations == tuple(seen)


@pytest.mark.parametrize("silent", ["co2", "pm2_5", "pm10"])
def test_a_sensor_without_a_value_leaves_the_rest_of_the_record(silent: str) -> None:
    """A record in which one sensor has no value is written with its code, and read without it."""
    codec = registry.codec("milesight-am300/am308")
    seen = _record(**{name: value for name, value in RECORD.items() if name != silent})
    port, run = codec.encode(seen)
    assert b"\xfe\xff" in run
    assert codec.decode(run, port, received_at=MOMENT).observations == tuple(seen)


def test_a_record_without_its_temperature_cannot_be_said() -> None:
    """What has no code for `no value` must be given with the rest of a record."""
    codec = registry.codec("milesight-am300/am308")
    seen = _record(**{name: value for name, value in RECORD.items() if name != "temperature"})
    with pytest.raises(ValueError, match="cannot be said"):
        codec.encode(seen)


def test_the_disputed_code_is_given_with_a_warning() -> None:
    """FFFF of a dust sensor is given as the maker's codec gives it, and said to be doubtful."""
    reading = registry.codec("milesight-am300/am308").decode(bytes.fromhex("0b7dffff"), 85)
    assert reading.observations == (Observation("pm2_5", 65_535.0),)
    assert reading.warnings == ("pm2_5 may be a sensor code, not a value",)
