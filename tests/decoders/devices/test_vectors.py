"""Every vector beside a device's codec is decoded to exactly what it says.

A file is a list of `{"name", "source", "f_port", "hex", "observations"}`, with `model` where the
family has variants (else its first), `received_at`, `warnings` (the start of each) and `error`
(its reason) where there are any. An observation is `{"property", "value"}` with `channel`, `time`
and `qualifier` where they are not empty. Values are in the property's unit and exact.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from decoders import devices, registry
from decoders.model import Observation

FOLDER = Path(devices.__file__).parent
FILES = sorted(FOLDER.glob("*.vectors.json"))
KEYS = {"name", "source", "model", "f_port", "hex", "received_at", "observations"} | {
    "error",
    "warnings",
}


def _vectors() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for file in FILES:
        family = file.name.removesuffix(".vectors.json").replace("_", "-")
        for vector in json.loads(file.read_text()):
            yield family, vector


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _observation(entry: Mapping[str, Any]) -> Observation:
    assert entry.keys() <= {"property", "value", "channel", "time", "qualifier"}
    return Observation(
        entry["property"],
        entry["value"],
        _moment(entry.get("time")),
        entry.get("channel", ""),
        entry.get("qualifier", ""),
    )


@pytest.mark.parametrize(
    ("family", "vector"), [pytest.param(f, v, id=f"{f}: {v['name']}") for f, v in _vectors()]
)
def test_vector(family: str, vector: Mapping[str, Any]) -> None:
    """The frame gives exactly these observations, warnings and this error."""
    assert vector.keys() <= KEYS
    assert vector["source"]
    codec = registry.codec(vector.get("model", family))
    assert codec.model.split("/")[0] == family
    reading = codec.decode(
        bytes.fromhex(vector["hex"]),
        vector["f_port"],
        received_at=_moment(vector.get("received_at")),
    )
    assert list(reading.observations) == [_observation(entry) for entry in vector["observations"]]
    assert (reading.error.reason if reading.error else None) == vector.get("error")
    expected = vector.get("warnings", [])
    assert len(reading.warnings) == len(expected), reading.warnings
    for warning, start in zip(reading.warnings, expected, strict=True):
        assert warning.startswith(start)


def test_every_family_has_vectors() -> None:
    """No codec is without vectors, and no file of vectors is without a codec."""
    files = {file.name.removesuffix(".vectors.json").replace("_", "-") for file in FILES}
    assert files == {codec.model.split("/")[0] for codec in registry.models()}


def test_names_are_unique() -> None:
    """A vector's name finds it."""
    named = [(family, vector["name"]) for family, vector in _vectors()]
    assert len(set(named)) == len(named)
