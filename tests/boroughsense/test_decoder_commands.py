"""`models`, `decode` and `event`, as an engineer and a program see them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from boroughsense.commands import decoders
from boroughsense.logs import configure
from tests.decoders import samples

app = typer.Typer()
decoders.register(app)
runner = CliRunner()

ROOM = "0175640367c6ff04687a"
SCRIPT = """
function decodeUplink(input) {
  if (input.fPort === 9) throw new Error("unknown port 9");
  return {data: {temp: 70.7, raw: input.bytes}, warnings: ["battery low"]};
}
"""
MAPPING = "observations: [{property: temperature, from: temp, unit: F, channel: external}]"
LAYOUT = """
title: Acme Bin
interval: 1h
f_port: 1
frames: [{size: 1, fields: [{property: occupancy_rate, type: u8}]}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder to work in, with a file of each kind."""
    configure("console")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "room.js").write_text(SCRIPT)
    (tmp_path / "room.yaml").write_text(MAPPING)
    (tmp_path / "bin.yaml").write_text(LAYOUT)
    return tmp_path


def run(*words: str, stdin: bytes | None = None, code: int = 0) -> Result:
    """Run a command."""
    result = runner.invoke(app, list(words), input=stdin)
    assert result.exit_code == code, result.output
    return result


def answer(*words: str, code: int = 0) -> dict[str, Any]:
    """Run a command for its JSON document."""
    document: dict[str, Any] = json.loads(run(*words, "--json", code=code).stdout)
    return document


def batch(requests: Sequence[object]) -> list[dict[str, Any]]:
    """Run a batch: what is not a text is written as JSON."""
    lines = [line if isinstance(line, str) else json.dumps(line) for line in requests]
    result = run("decode", "--batch", "-", stdin="\n".join(lines).encode())
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("folder")
def test_decode() -> None:
    """A payload of a known model gives its observations, in the agreed shape."""
    assert answer("decode", "--model", "milesight-em300-th", "--f-port", "85", ROOM) == {
        "model": "milesight-em300-th",
        "f_port": 85,
        "observations": [
            {"property": p, "unit": u, "value": v, "channel": "", "time": None}
            for p, u, v in (
                ("battery_level", "%", 100.0),
                ("temperature", "Cel", -5.8),
                ("relative_humidity", "%", 61.0),
            )
        ],
        "warnings": [],
        "error": None,
    }


@pytest.mark.usefixtures("folder")
def test_decode_for_a_person() -> None:
    """Without --json there is a line a value; warnings and errors go to standard error."""
    words = ("decode", "--model", "milesight-em300-th", "--f-port", "85")
    assert "temperature = -5.8 Cel" in run(*words, "03 67 C6 FF").stdout
    result = run(*words, "0367c6", code=1)
    assert result.stdout == ""
    assert result.stderr.startswith("truncated: ")
    stored = run(*words, "20ce00000000c6ff7a00")
    assert "warning: record without a clock" in stored.stderr


@pytest.mark.usefixtures("folder")
def test_stored_record_has_its_time() -> None:
    """A record of the past is told with its own time, judged by that of the reception."""
    words = ("--model", "milesight-em300-th", "--f-port", "85", "20ce80e2556ac6ff7a00")
    given = answer("decode", *words, "--received-at", "2026-07-14T08:00:00Z")
    assert given["observations"][0]["time"] == "2026-07-14T07:17:20+00:00"
    shown = run("decode", *words, "--received-at", "2026-07-14T08:00:00Z").stdout
    assert "at 2026-07-14T07:17:20+00:00" in shown


@pytest.mark.usefixtures("folder")
def test_vendors_codec() -> None:
    """A vendor's codec gives its own data, and observations only by a mapping."""
    given = answer("decode", "--codec", "room.js", "--f-port", "2", "01ff")
    assert given == {
        "model": None,
        "f_port": 2,
        "observations": [],
        "warnings": ["battery low"],
        "error": None,
        "object": {"temp": 70.7, "raw": [1, 255]},
    }
    words = ("decode", "--codec", "room.js", "--mapping", "room.yaml", "--f-port", "2", "01ff")
    assert answer(*words)["observations"] == [
        {
            "property": "temperature",
            "unit": "Cel",
            "value": 21.5,
            "channel": "external",
            "time": None,
        }
    ]
    shown = run(*words)
    assert '"temp": 70.7' in shown.stdout
    assert "temperature (external) = 21.5 Cel" in shown.stdout
    assert shown.stderr == "warning: battery low\n"


@pytest.mark.usefixtures("folder")
def test_vendors_codec_that_fails() -> None:
    """A codec that throws is told by reason and detail, with exit code 1."""
    given = answer("decode", "--codec", "room.js", "--f-port", "9", "01", code=1)
    assert given["error"] == {"reason": "codec_error", "detail": "Error: unknown port 9 (line 3)"}
    assert (given["object"], given["observations"]) == (None, [])


def test_endless_codec(folder: Path) -> None:
    """A codec that never ends is stopped."""
    (folder / "endless.js").write_text("function Decoder(bytes) { for (;;) {} }")
    given = answer("decode", "--codec", "endless.js", "--f-port", "9", "01", code=1)
    assert given["error"]["reason"] == "codec_timeout"


@pytest.mark.usefixtures("folder")
def test_declarative_codec() -> None:
    """A layout in a file is read like a native one: it has no data of its own."""
    given = answer("decode", "--codec", "bin.yaml", "--f-port", "1", "2b")
    assert "object" not in given
    assert given["observations"][0]["value"] == 43.0


def test_codecs_of_the_settings(folder: Path) -> None:
    """A codec that the settings bring is a model like any other."""
    (folder / "boroughsense.toml").write_text(
        '[codecs.acme-room]\njavascript = "room.js"\nmapping = "room.yaml"\n'
        '[codecs.acme-bin]\ndeclarative = "bin.yaml"\n'
    )
    given = answer("decode", "--model", "acme-room", "--f-port", "2", "01ff")
    assert given["observations"][0]["value"] == 21.5
    assert given["object"] == {"temp": 70.7, "raw": [1, 255]}
    models = {row["model"]: row for row in answer("models")["models"]}
    assert models["acme-bin"]["measures"] == ["occupancy_rate"]
    assert models["acme-bin"]["interval_seconds"] == 3600
    assert "elsys-ers" in models
    assert "Acme Bin" in run("models").stdout


def test_wrong_codecs_of_the_settings(folder: Path) -> None:
    """Settings that bring a codec with mistakes are wrong use, every mistake told."""
    (folder / "boroughsense.toml").write_text('[codecs.acme]\nmapping = "bin.yaml"\n')
    result = run("decode", "--model", "elsys-ers", "--f-port", "5", "00", code=2)
    assert "bin.yaml: observations: is missing" in result.stderr
    assert "bin.yaml: observations: is missing" in run("models", code=1).stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--f-port", "5", "00"], "decode needs --model or --codec FILE"),
        (["--model", "elsys-ers"], "decode needs --model or --codec FILE"),
        (["--model", "elsys-ers", "--codec", "room.js", "00"], "decode needs --model or"),
        (["--model", "elsis-ers", "00"], "did you mean elsys-ers"),
        (["--model", "elsys-ers", "0"], "is not hex"),
        (["--codec", "nowhere.js", "00"], "nowhere.js: cannot be read"),
        (["--codec", "room.js", "--mapping", "bin.yaml", "00"], "observations: is missing"),
        (["--codec", "bin.yaml", "--mapping", "room.yaml", "00"], "needs `declarative` alone"),
        (["--batch", "nowhere.json"], "nowhere.json: cannot be read"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_wrong_use(words: list[str], told: str) -> None:
    """What cannot be meant is exit code 2 with one sentence."""
    result = run("decode", *words, code=2)
    assert told in result.stderr
    assert result.stdout == ""


@pytest.mark.usefixtures("folder")
def test_batch() -> None:
    """Every line is answered in order and in the same shape; a bad one stops nothing."""
    answers = batch(
        [
            {"model": "milesight-em300-th", "f_port": 85, "hex": ROOM},
            {"codec": "room.js", "f_port": 2, "hex": "01"},
            {"codec": "room.js", "mapping": "room.yaml", "f_port": 2, "hex": "01"},
            {"codec": "room.js", "f_port": 9, "hex": "01"},
            {"codec": "bin.yaml", "f_port": 1, "hex": "2b"},
            "",
            {"model": "elsys-ers", "f_port": 5, "hex": "01", "received_at": "2026-07-14"},
        ]
    )
    assert [given["model"] for given in answers] == [
        "milesight-em300-th",
        None,
        None,
        None,
        None,
        "elsys-ers",
    ]
    assert answers[0] == answer("decode", "--model", "milesight-em300-th", "--f-port", "85", ROOM)
    assert answers[1]["object"] == {"temp": 70.7, "raw": [1]}
    assert answers[2]["observations"][0]["value"] == 21.5
    assert answers[3]["error"]["reason"] == "codec_error"
    assert answers[4]["observations"][0]["value"] == 43.0
    assert answers[5]["error"]["reason"] == "truncated"


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ("x", "the line is not JSON"),
        ("[" * 100_000, "the line is not JSON"),
        ("[]", "the line is not a JSON object"),
        ('{"f_port": 1, "hex": ""}', "model is missing or not a text"),
        ('{"model": 3, "f_port": 1, "hex": ""}', "model is missing or not a text"),
        ('{"codec": 3, "f_port": 1, "hex": ""}', "codec is missing or not a text"),
        ('{"codec": "a.js", "mapping": 3, "f_port": 1, "hex": ""}', "mapping is missing or not"),
        ('{"codec": "nowhere.js", "f_port": 1, "hex": ""}', "nowhere.js: cannot be read"),
        ('{"model": "elsys-ers", "hex": ""}', "f_port None is not a whole number"),
        ('{"model": "elsys-ers", "f_port": true, "hex": ""}', "f_port True is not"),
        ('{"model": "elsys-ers", "f_port": 256, "hex": ""}', "f_port 256 is not"),
        ('{"model": "elsys-ers", "f_port": 5}', "hex is missing or not a text"),
        ('{"model": "elsys-ers", "f_port": 5, "hex": "0"}', "hex '0' is not two digits"),
        ('{"model": "elsys-ers", "f_port": 5, "hex": "00", "received_at": "x"}', "is no time"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_bad_line_of_a_batch(line: str, detail: str) -> None:
    """A line that is no request gives an error line of the same shape."""
    (given,) = batch([line])
    assert given["error"]["reason"] == "bad_request"
    assert detail in given["error"]["detail"]
    assert given["observations"] == []
    assert set(given) == {"model", "f_port", "observations", "warnings", "error"}


@pytest.mark.usefixtures("folder")
def test_unknown_model_in_a_batch() -> None:
    """A model that there is not is named with what may have been meant."""
    (given,) = batch([{"model": "elsis-ers", "f_port": 5, "hex": "00"}])
    assert given["error"]["reason"] == "unknown_device"
    assert given["model"] == "elsis-ers"


def test_event(folder: Path) -> None:
    """An event's file gives the uplink, whichever encoding it has."""
    (folder / "up.json").write_bytes(samples.text("up"))
    (folder / "up.bin").write_bytes(samples.binary("up"))
    given = answer("event", "up.json")
    assert (given["event_type"], given["dev_eui"], given["error"]) == ("up", samples.DEV_EUI, None)
    assert given["payload"] == ROOM
    assert given["result_time"] == "2026-11-03T07:15:02.250750+00:00"
    assert given["decoded"] == samples.load("up")["object"]
    assert answer("event", "up.bin", "--topic", samples.UP) == given
    assert answer("event", "up.bin", "--marshaler", "protobuf") == given
    assert "dev_eui: 24e124a1b2c3d4e5" in run("event", "up.json").stdout


def test_other_event(folder: Path) -> None:
    """An event that is no uplink gives its flat facts."""
    (folder / "join.json").write_bytes(samples.text("join"))
    given = answer("event", "join.json")
    assert (given["event_type"], given["detail"]) == ("join", {"dev_addr": "01f2e3d4"})


def test_object_with_no_numbers(folder: Path) -> None:
    """Numbers that JSON does not have are null."""
    message = samples.message("up")
    message.object.update({"x": float("nan")})  # type: ignore[attr-defined]
    (folder / "up.bin").write_bytes(message.SerializeToString())
    assert answer("event", "up.bin")["decoded"]["x"] is None


def test_refused_event(folder: Path) -> None:
    """A file that is no event gives the refusal, with exit code 1."""
    (folder / "bad.json").write_bytes(b'{"deduplicationId": "x", "data": ""}')
    assert answer("event", "bad.json", code=1)["error"]["reason"] == "missing_field"
    given = answer("event", "bad.json", "--marshaler", "protobuf", code=1)
    assert given["error"] == {"reason": "not_an_event", "detail": "the file is not protobuf"}
    assert "cannot be read" in run("event", "nowhere.json", code=2).stderr
