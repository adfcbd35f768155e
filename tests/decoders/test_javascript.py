"""What a vendor's codec is asked, and what of its answer is believed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from decoders import javascript
from decoders.errors import CodecFailed, CodecTimeout
from decoders.javascript import Answer, Script, ScriptCodec
from decoders.javascript_engine import Engine
from decoders.mapping import Entry, Mapped
from decoders.model import Environment, Observation, Reading

NOW = datetime(2026, 11, 3, 7, 15, tzinfo=UTC)
SOURCE = """
function decodeUplink(input) {
  if (input.fPort === 9) { for (;;) {} }
  if (input.fPort === 8) return {errors: ["unknown port", 8]};
  var tenths = input.bytes[0] << 8 | input.bytes[1];
  return {data: {temp: tenths / 10, kind: input.variables.kind}, warnings: ["low"]};
}
"""


class InProcess:
    """A sandbox without a process: the engine itself."""

    def run(self, script: Script, request: str) -> str:
        """Call the codec."""
        return Engine(script.source).call(request)

    def check(self, script: Script) -> None:
        """Read the file."""
        Engine(script.source).check()


def codec(source: str = SOURCE, *entries: Entry) -> ScriptCodec:
    """Make a codec of a file and a mapping."""
    mapped = Mapped(entries, variables={"kind": "room"})
    return ScriptCodec("acme-room", Script(source), InProcess(), mapped, "v1")


def reply(answer: object, function: str = "decodeUplink", lost: list[str] | None = None) -> str:
    """Write what the engine gives."""
    return json.dumps([True, [], lost or [], function, answer])


def test_request() -> None:
    """A codec is asked with bytes, port, milliseconds since 1970 and variables."""
    asked = json.loads(javascript.request(b"\x00\xff", 7, NOW, {"a": "1"}))
    assert asked == {
        "bytes": [0, 255],
        "fPort": 7,
        "recvTime": int(NOW.timestamp()) * 1000,
        "variables": {"a": "1"},
    }
    now = json.loads(javascript.request(b"", 7, None, {}))["recvTime"] / 1000
    assert abs(now - datetime.now(UTC).timestamp()) < 60


@pytest.mark.parametrize(
    ("answer", "function", "data"),
    [
        ({"data": {"a": 1}}, "decodeUplink", {"a": 1}),
        ({"data": {"a": 1}, "errors": [], "warnings": None}, "decodeUplink", {"a": 1}),
        ({"data": [1]}, "decodeUplink", [1]),
        ({"a": 1}, "decodeUplink", {"a": 1}),
        ({"a": 1}, "Decoder", {"a": 1}),
        ([{"a": 1}], "Decode", [{"a": 1}]),
        ({"data": 1}, "Decoder", {"data": 1}),
    ],
)
def test_data(answer: object, function: str, data: object) -> None:
    """The data of TS013, and of older functions the answer itself, is an object or a list."""
    assert javascript.answer(reply(answer, function)) == Answer(data)


@pytest.mark.parametrize(
    ("answer", "function", "words"),
    [
        (None, "decodeUplink", "decodeUplink gave nothing, not an object with data"),
        ([1], "decodeUplink", "decodeUplink gave a list, not an object with data"),
        ({}, "decodeUplink", "decodeUplink gave no data but nothing"),
        ({"data": "x"}, "decodeUplink", "decodeUplink gave no data but a text"),
        ({"data": 1}, "decodeUplink", "decodeUplink gave no data but a number"),
        ({"data": 1.5}, "decodeUplink", "decodeUplink gave no data but a number"),
        ({"data": True}, "decodeUplink", "decodeUplink gave no data but a boolean"),
        ({"warnings": ["x"]}, "decodeUplink", "decodeUplink gave no data but nothing"),
        (None, "Decoder", "Decoder gave no data but nothing"),
        ({"errors": ["a", {"b": 1}]}, "decodeUplink", "a; {'b': 1}"),
        ({"errors": "one text", "data": {}}, "decodeUplink", "one text"),
    ],
)
def test_no_data(answer: object, function: str, words: str) -> None:
    """An answer of errors, or without data, is refused with what there was instead."""
    with pytest.raises(CodecFailed) as caught:
        javascript.answer(reply(answer, function))
    assert (caught.value.reason, caught.value.detail) == ("codec_error", words)


def test_warnings() -> None:
    """Warnings are passed on, bounded; numbers that are none are warned of by their path."""
    said = javascript.answer(
        reply({"data": {"a": None}, "warnings": ["x", 3]}, lost=["data.a", "warnings.7"])
    )
    assert said.warnings == ("x", "3", "a is not a finite number")
    assert javascript.answer(reply({"a": None}, "Decoder", ["a"])).warnings == (
        "a is not a finite number",
    )
    many = javascript.answer(reply({"data": {}, "warnings": ["long" * 100] * 100}))
    assert len(many.warnings) == 20
    assert {len(words) for words in many.warnings} == {200}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "nonsense", '[true,[],[],"decodeUplink",{"a":"\\ud800"}]', "[" * 90_000],
)
def test_unreadable(text: str) -> None:
    """A reply that is no JSON of the agreed shape is the codec's fault."""
    with pytest.raises(CodecFailed, match="the answer cannot be read"):
        javascript.answer(text)


def test_answer_that_is_nested_without_end() -> None:
    """An answer nested too deeply to be read is refused."""
    deep = '[true,[],[],"decodeUplink",' + '{"a":' * 50_000 + "1" + "}" * 50_000 + "]"
    with pytest.raises(CodecFailed, match="the answer cannot be read"):
        javascript.answer(deep)


def test_script() -> None:
    """The same source has the same digest; a file that is too long is none."""
    assert Script("a").digest == Script("a").digest != Script("b").digest
    with pytest.raises(ValueError, match="1048577 characters are more than"):
        Script("x" * 1_048_577)


def test_reading() -> None:
    """What the codec says becomes observations by the mapping, with its warnings."""
    mapped = codec(SOURCE, Entry("temperature", ("temp",)))
    reading = mapped.decode(b"\x00\xd7", 1, received_at=NOW)
    assert reading == Reading((Observation("temperature", 21.5),), ("low",))
    assert mapped.ask(b"\x00\xd7", 1, received_at=NOW).data == {"temp": 21.5, "kind": "room"}


def test_without_a_mapping() -> None:
    """Without a mapping there are no observations, and the data is there all the same."""
    assert codec().decode(b"\x00\xd7", 1) == Reading(warnings=("low",))


@pytest.mark.parametrize(
    ("f_port", "kind", "words"),
    [(8, CodecFailed, "unknown port; 8"), (9, CodecTimeout, "stopped after 100 ms")],
)
def test_failure(f_port: int, kind: type[Exception], words: str) -> None:
    """A codec that fails is the reading's error; nothing is raised."""
    reading = codec().decode(b"\x00\xd7", f_port)
    assert isinstance(reading.error, kind)
    assert str(reading.error) == words


@pytest.mark.parametrize(("payload", "f_port"), [(b"", 1), (b"\x00", 0)])
def test_frames_of_the_network_itself(payload: bytes, f_port: int) -> None:
    """An empty frame, or one on port 0, is not shown to the codec."""
    assert codec("throw 1").decode(payload, f_port) == Reading()


def test_what_is_known_of_the_device() -> None:
    """The mapping tells what there is to know; a vendor's codec cannot be written for."""
    mapped = codec(SOURCE, Entry("temperature", ("temp",)))
    assert (mapped.title, mapped.f_port) == ("acme-room", 1)
    assert (mapped.environment, mapped.interval) == (Environment.INDOOR, timedelta(hours=1))
    assert mapped.measures == ("temperature",)
    with pytest.raises(ValueError, match="acme-room cannot be written"):
        mapped.encode([Observation("temperature", 1)])
