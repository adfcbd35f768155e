"""The walk-through of docs/decoding.md adds a device."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

from decoders.codec import Device
from decoders.registry import NATIVE, Registry
from tests.decoders import vectors

TEXT = (Path(__file__).parents[2] / "docs" / "decoding.md").read_text()


def block(language: str) -> str:
    """Give the one block of the page in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)
    return str(found)


@pytest.fixture
def device(tmp_path: Path) -> Device:
    """Write the module, and give its codec."""
    file = tmp_path / "milesight_em500_co2.py"
    file.write_text(block("python"))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (codec,) = module.CODECS
    assert isinstance(codec, Device)
    return codec


def test_the_codec_is_short() -> None:
    """A device takes less than 30 lines."""
    assert len(block("python").splitlines()) < 30


def test_the_codec_reads_its_vectors(device: Device) -> None:
    """The page's codec reads the page's frames, in a registry beside all others."""
    codecs = Registry((*NATIVE.models(), device))
    for vector in json.loads(block("json")):
        vectors.check(vector, device.model, codecs)
        if "error" not in vector:
            f_port, payload = device.encode(vectors.observations(vector))
            assert (f_port, payload.hex()) == (vector["f_port"], vector["hex"])


def test_the_device_does_not_ship(device: Device) -> None:
    """The example stays one: no codec of ours has its model."""
    assert device.model not in {codec.model for codec in NATIVE.models()}
