"""The real test data: what vendors' own codecs, and their makers, say of the same bytes.

A vector lists measurements in a vocabulary of its own (`canon`); `MEANS` says what they are in
ours. Where `must_match` stands, every one of them has to come out, in its order, at its time and
within 0.001, and no other value of the same property, channel and time beside it. What a vector
forbids must not come out of any frame, also of a broken one.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from decoders import registry
from decoders.codec import is_stored
from decoders.model import Observation, Reading
from decoders.properties import PROPERTIES

Vector: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[str, str, datetime | None]
"""Property, channel and the sample's own time"""
Say: TypeAlias = Callable[[str], None]

FAMILIES = (
    "adeunis-comfort",
    "bosch-tps110",
    "decentlab-dl-iam",
    "decentlab-dl-pm",
    "decentlab-dl-sht35",
    "dingtek-do20x",
    "dragino-lht65n",
    "elsys-ers",
    "milesight-am300",
    "milesight-em300-th",
    "milesight-em310-udl",
    "milesight-ws302",
    "nexelec-rise",
    "nwave-nps",
    "uradmonitor-industrial",
)
VECTORS = 629
TOLERANCE = 0.001

GASES = ("no2", "o3", "so2", "no", "co", "h2s", "nh3", "cl2")
SOUNDS = ("sound_level", "sound_level_average", "sound_level_maximum", "sound_level_peak")

MEANS: dict[str, tuple[str, str, int]] = {
    "temperature_c": ("temperature", "", 1),
    "external_temperature_c": ("temperature", "external", 1),
    "humidity_pct": ("relative_humidity", "", 1),
    "external_humidity_pct": ("relative_humidity", "external", 1),
    "pressure_hpa": ("pressure", "", 1),
    "co2_ppm": ("co2", "", 1),
    "pm1_ugm3": ("pm1", "", 1),
    "pm2_5_ugm3": ("pm2_5", "", 1),
    "pm4_ugm3": ("pm4", "", 1),
    "pm10_ugm3": ("pm10", "", 1),
    **{f"{gas}_ppm": (gas, "", 1000) for gas in ("no2", "o3", "so2", "no")},
    **{f"{gas}_ppm": (gas, "", 1) for gas in ("co", "h2s", "nh3", "cl2")},
    "o3_ppb": ("o3", "", 1),
    "tvoc_ugm3": ("tvoc", "", 1),
    "tvoc_ppb": ("tvoc_ppb", "", 1),
    "tvoc_ppm": ("tvoc_ppb", "", 1000),
    "tvoc_index": ("tvoc_index", "", 1),
    "hcho_mgm3": ("formaldehyde", "", 1000),
    "hcho_ppb": ("formaldehyde_ppb", "", 1),
    "sound_db": ("sound_level", "", 1),
    "sound_avg_db": ("sound_level_average", "", 1),
    "sound_max_db": ("sound_level_maximum", "", 1),
    "sound_peak_db": ("sound_level_peak", "", 1),
    "illuminance_lux": ("illuminance", "", 1),
    "light_level": ("light_level", "", 1),
    "motion": ("motion", "", 1),
    "motion_count": ("motion_count", "", 1),
    "water_leak": ("water_leak", "", 1),
    "tilted": ("tilted", "", 1),
    "battery_low": ("battery_low", "", 1),
    "occupancy_pct": ("occupancy_rate", "", 1),
    "occupancy_code": ("occupancy_code", "", 1),
    "occupied": ("parking_occupied", "", 1),
    "previous_state_min": ("previous_state_duration", "", 1),
    "distance_mm": ("distance", "", 1),
    "battery_v": ("battery_voltage", "", 1),
    "battery_pct": ("battery_level", "", 1),
}
"""Metric of a vector: our property, its channel, and how many of our units one of theirs is."""

FORBIDDEN = {
    **{metric: {name} for metric, (name, channel, _) in MEANS.items() if not channel},
    "tilt": {"tilted"},
    "pressure_pa": {"pressure"},
    "battery_mv": {"battery_voltage"},
    "distance": {"distance"},
    "activity": {"motion_count"},
    "sound": set(SOUNDS),
    "gas": set(GASES),
    "alarm_battery": {"battery_low"},
    # Raw values of vendors that no property of ours is made of:
    "alarm_level": set[str](),
    "alarm_magnet": set[str](),
    "magnetic": set[str](),
    "gas_resistance_ohm": set[str](),
}
"""What a name of a `forbid` list forbids; `time`, `external` and `history` are judged apart."""


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config) -> Say:
    """Give what prints a line that is seen also when nothing fails."""

    def line(text: str) -> None:
        with capsys.disabled():
            pytestconfig.get_terminal_writer().line(f" {text}")

    return line


def load(shared: Path, family: str) -> list[Vector]:
    """Give the vectors of a family."""
    vectors: list[Vector] = json.loads((shared / "vectors" / f"{family}.json").read_text())
    return vectors


def model(vector: Vector) -> str:
    """Give the model that a vector's device profile names."""
    variant = vector["variant"].lower().replace(" ", "-")
    return vector["family"] if variant == "default" else f"{vector['family']}/{variant}"


def decode(vector: Vector) -> Reading:
    """Decode a vector's frame, received nobody knows when."""
    return registry.codec(model(vector)).decode(bytes.fromhex(vector["bytes_hex"]), vector["fport"])


def expected(canon: Sequence[Vector]) -> dict[Key, list[float]]:
    """Give what has to come out: the results of each key, in the order of the samples."""
    results: dict[Key, list[float]] = defaultdict(list)
    for entry in sorted(canon, key=lambda entry: entry.get("i", 0)):
        name, channel, factor = MEANS[entry["m"]]
        moment = datetime.fromisoformat(entry["at"]) if "at" in entry else None
        results[name, channel, moment].append(float(entry["v"]) * factor)
    return results


def given(observations: Iterable[Observation]) -> dict[Key, list[float]]:
    """Give what came out in the same shape."""
    results: dict[Key, list[float]] = defaultdict(list)
    for seen in observations:
        results[seen.observed_property, seen.channel, seen.phenomenon_time].append(seen.result)
    return results


def differences(vector: Vector, reading: Reading) -> list[str]:
    """Give what is not as the vector says."""
    found = given(reading.observations)
    return [
        f"{vector['id']} {vector['bytes_hex']}: {key} is {found[key]}, not {results}"
        for key, results in expected(vector["canon"]).items()
        if found[key] != pytest.approx(results, abs=TOLERANCE, rel=0)
    ]


def is_forbidden(name: str, seen: Observation) -> bool:
    """Say whether an observation is what a `forbid` list names."""
    match name:
        case "time":
            return seen.phenomenon_time is not None
        case "external":
            return seen.channel != ""
        case "history":
            return is_stored(seen)
        case _:
            return seen.channel == "" and seen.observed_property in FORBIDDEN[name]


def counts(vectors: Sequence[Vector]) -> str:
    """Give how many vectors there are, and how many of them have to agree."""
    agreeing = sum(bool(vector["must_match"]) for vector in vectors)
    return f"{len(vectors)} vectors, {agreeing} of them to agree"


@pytest.mark.parametrize("family", FAMILIES)
def test_family(shared: Path, family: str, say: Say) -> None:
    """Every vector of the family that has to agree does, and nothing forbidden comes out."""
    vectors = load(shared, family)
    wrong: list[str] = []
    for vector in vectors:
        reading = decode(vector)
        if vector["must_match"]:
            wrong += differences(vector, reading)
        wrong += [
            f"{vector['id']} {vector['bytes_hex']}: {seen} is forbidden"
            for name in vector.get("forbid") or ()
            for seen in reading.observations
            if is_forbidden(name, seen)
        ]
    say(f"{family}: {counts(vectors)}, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong)


def test_every_family_is_there(shared: Path, say: Say) -> None:
    """Each file of vectors has a codec for every variant, and no vector is left out."""
    files = {file.stem for file in (shared / "vectors").glob("*.json")}
    assert files == set(FAMILIES)
    vectors = [vector for family in FAMILIES for vector in load(shared, family)]
    say(f"all {len(files)} families: {counts(vectors)}")
    assert len(vectors) == VECTORS
    known = {codec.model for codec in registry.models()}
    known |= {name.split("/")[0] for name in known}
    assert {model(vector) for vector in vectors} <= known


def test_vocabulary_is_ours() -> None:
    """Every metric means a property of the catalogue."""
    assert {name for name, _, _ in MEANS.values()} <= PROPERTIES.keys()
    assert set[str]().union(*FORBIDDEN.values()) <= PROPERTIES.keys()
