"""The codecs that the settings bring, beside the native ones."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boroughsense import codecs
from boroughsense.codec_files.problems import CodecFilesWrong
from boroughsense.settings import CodecFiles, Settings
from decoders.codec import Device
from decoders.errors import CodecFailed, CodecTimeout
from decoders.javascript import Script, ScriptCodec
from decoders.mapping import ObjectCodec
from decoders.model import Observation
from decoders.registry import NATIVE
from ingest.codec_workers import Workers

SCRIPT = "function decodeUplink(i) { return {data: {temp: i.bytes[0] / 2}}; }"
MAPPING = "title: Acme Room\nobservations: [{property: temperature, from: temp}]"
LAYOUT = """
title: Acme Bin
interval: 1h
f_port: 1
frames: [{size: 1, fields: [{property: occupancy_rate, type: u8}]}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a file of each kind."""
    (tmp_path / "room.js").write_text(SCRIPT)
    (tmp_path / "room.yaml").write_text(MAPPING)
    (tmp_path / "bin.yaml").write_text(LAYOUT)
    return tmp_path


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """Give a process that runs codecs."""
    with Workers(1) as workers:
        yield workers


def settings(folder: Path, **names: dict[str, str]) -> Settings:
    """Write settings: a model (dashes as underscores) with its files in a folder."""
    return Settings(
        codecs={
            model.replace("_", "-"): CodecFiles.model_validate(
                {kind: folder / name for kind, name in files.items()}
            )
            for model, files in names.items()
        }
    )


def test_the_three_ways(folder: Path, workers: Workers) -> None:
    """A codec comes as a script with a mapping, as a layout, or as a mapping of the object."""
    registry = codecs.load(
        settings(
            folder,
            acme_room={"javascript": "room.js", "mapping": "room.yaml"},
            acme_bin={"declarative": "bin.yaml"},
            acme_meter={"mapping": "room.yaml"},
        ),
        workers,
    )
    assert len(registry.models()) == len(NATIVE.models()) + 3
    room, bin_, meter = (registry.codec(f"acme-{name}") for name in ("room", "bin", "meter"))
    assert isinstance(room, ScriptCodec)
    assert isinstance(bin_, Device)
    assert isinstance(meter, ObjectCodec)
    assert room.decode(b"\x2b", 1).observations == (Observation("temperature", 21.5),)
    assert bin_.decode(b"\x2b", 1).observations == (Observation("occupancy_rate", 43),)
    assert (room.title, meter.title) == ("Acme Room", "Acme Room")
    assert registry.codec("Acme Bin") is bin_


def test_without_codecs_in_the_settings() -> None:
    """Settings that bring none leave the native codecs as they are."""
    assert codecs.load(Settings()) is NATIVE


def test_processes_of_its_own(folder: Path) -> None:
    """Without a sandbox given the codecs have processes of their own, which end with them."""
    registry = codecs.load(settings(folder, acme={"javascript": "room.js"}))
    reading = registry.codec("acme").decode(b"\x2b", 1)
    assert (reading.observations, reading.error) == ((), None)


def test_version(folder: Path, workers: Workers) -> None:
    """The version changes with either file, and with nothing else."""
    files = settings(folder, acme={"javascript": "room.js", "mapping": "room.yaml"})
    versions = []
    for name, text in (("", ""), ("room.js", " "), ("room.yaml", "\n"), ("", "")):
        if name:
            (folder / name).write_text((folder / name).read_text() + text)
        versions.append(codecs.load(files, workers).codec("acme").version)
    assert len(set(versions)) == 3
    assert versions[2] == versions[3]


def test_a_hostile_codec_costs_its_own_uplinks(folder: Path, workers: Workers) -> None:
    """Beside a codec that never ends the others go on decoding."""
    (folder / "endless.js").write_text("function Decoder(bytes) { for (;;) {} }")
    registry = codecs.load(
        settings(
            folder,
            endless={"javascript": "endless.js"},
            acme={"javascript": "room.js", "mapping": "room.yaml"},
        ),
        workers,
    )
    started = time.monotonic()
    error = registry.codec("endless").decode(b"\x01", 1).error
    assert error is not None
    assert error.reason == "codec_timeout"
    assert len(registry.codec("acme").decode(b"\x2b", 1).observations) == 1
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("model", "files", "problem"),
    [
        ("Acme Room", {"mapping": "room.yaml"}, "codecs.Acme Room: is not a model's name"),
        ("elsys-ers", {"mapping": "room.yaml"}, "codecs.elsys-ers: is a model that there is"),
        ("acme", {}, "codecs.acme: needs `declarative` alone, or `javascript`, or `mapping`"),
        ("acme", {"declarative": "bin.yaml", "mapping": "room.yaml"}, "codecs.acme: needs"),
        ("acme", {"javascript": "room.js", "declarative": "bin.yaml"}, "room.js"),
        ("acme", {"javascript": "nowhere.js"}, "nowhere.js: cannot be read: No such file"),
        ("acme", {"javascript": "binary.js"}, "binary.js: is no codec: 'utf-8' codec can't decode"),
        ("acme", {"javascript": "long.js"}, "long.js: is no codec: 1048577 characters are more"),
        ("acme", {"javascript": "cut.js"}, "cut.js: line 4: is not JavaScript: unexpected token"),
        ("acme", {"javascript": "module.js"}, "module.js: line 1: is not JavaScript: unsupported"),
        ("acme", {"declarative": "room.yaml"}, "room.yaml: interval: is missing"),
        ("acme", {"mapping": "bin.yaml"}, "bin.yaml: observations: is missing"),
    ],
)
def test_wrong_codecs(
    folder: Path, workers: Workers, model: str, files: dict[str, str], problem: str
) -> None:
    """What is wrong with a codec of the settings is told by its name or its file."""
    (folder / "binary.js").write_bytes(b"\xff")
    (folder / "long.js").write_text("x" * 1_048_577)
    (folder / "cut.js").write_text("function decodeUplink(i) {\n  return {data: {}\n}\n")
    (folder / "module.js").write_text("export function decodeUplink(i) { return {data: {}}; }")
    if "declarative" in files and "javascript" in files:
        problem = f"codecs.{model}: needs"
    with pytest.raises(CodecFilesWrong) as caught:
        codecs.load(settings(folder, **{model: files}), workers)
    assert problem in str(caught.value)


def test_what_is_not_of_the_file_waits_for_an_uplink(
    folder: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be read in time, or whose process dies, may be sound: it is taken."""
    for error in (CodecTimeout("stopped after 100 ms"), CodecFailed("the process ended")):
        monkeypatch.setattr(workers, "check", _raising(error))
        registry = codecs.load(settings(folder, acme={"javascript": "room.js"}), workers)
        assert registry.codec("acme").decode(b"\x2b", 1).error is None


def _raising(error: Exception) -> Callable[[Script], None]:
    def check(_: Script) -> None:
        raise error

    return check


def test_every_mistake_of_every_codec(folder: Path, workers: Workers) -> None:
    """One look at the settings tells the mistakes of all codecs."""
    both = settings(folder, a={"declarative": "room.yaml"}, b={"mapping": "bin.yaml"}, c={})
    with pytest.raises(CodecFilesWrong) as caught:
        codecs.load(both, workers)
    told = str(caught.value)
    assert "room.yaml: interval: is missing" in told
    assert "bin.yaml: observations: is missing" in told
    assert "codecs.c: needs" in told
