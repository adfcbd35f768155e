"""Vectors: frames with exactly what has to come out of them.

A file beside a device's codec is a list of `{"name", "source", "f_port", "hex", "observations"}`,
with `model` where the family has variants (else its first), `received_at`, `warnings` (the start
of each) and `error` (its reason) where there are any. An observation is `{"property", "value"}`
with `channel`, `time` and `qualifier` where they are not empty. Values are in the property's unit.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from decoders import devices
from decoders.model import Observation
from decoders.registry import Registry

Vector: TypeAlias = Mapping[str, Any]

FILES = sorted(Path(devices.__file__).parent.glob("*.vectors.json"))
REQUIRED = {"name", "source", "f_port", "hex", "observations"}
KEYS = REQUIRED | {"model", "received_at", "error", "warnings"}


def family(file: Path) -> str:
    """Give the family whose vectors a file holds."""
    return file.name.removesuffix(".vectors.json").replace("_", "-")


def every() -> Iterator[tuple[str, Vector]]:
    """Give each vector with its family."""
    for file in FILES:
        for vector in json.loads(file.read_text()):
            yield family(file), vector


def observations(vector: Vector) -> list[Observation]:
    """Give what has to come out."""
    return [_observation(entry) for entry in vector["observations"]]


def check(vector: Vector, model: str, codecs: Registry) -> None:
    """Hold a vector against the codec of its model, or else of this one."""
    assert REQUIRED <= vector.keys() <= KEYS
    assert vector["source"]
    reading = codecs.codec(vector.get("model", model)).decode(
        bytes.fromhex(vector["hex"]),
        vector["f_port"],
        received_at=_moment(vector.get("received_at")),
    )
    assert list(reading.observations) == observations(vector)
    assert (reading.error.reason if reading.error else None) == vector.get("error")
    expected = vector.get("warnings", [])
    assert len(reading.warnings) == len(expected), reading.warnings
    for warning, start in zip(reading.warnings, expected, strict=True):
        assert warning.startswith(start)


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
