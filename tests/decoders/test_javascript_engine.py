"""Vendors' codecs in their engine: what they find, what they cannot, and that nothing stays."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoders import javascript_engine
from decoders.errors import CodecFailed, CodecMemory, CodecTimeout
from decoders.javascript_engine import Engine


def up(body: str, before: str = "") -> str:
    """Write a codec: what its decodeUplink does with `i`, and what stands before it."""
    return f"{before} function decodeUplink(i) {{ {body} }}"


ECHO = "return {data: [i.bytes[0], i.fPort]};"
WARM = up(ECHO)


def ask(payload: bytes = b"\x01", f_port: int = 2, variables: dict[str, str] | None = None) -> str:
    """Write a request."""
    asked = {"bytes": list(payload), "fPort": f_port, "recvTime": 1_767_225_600_000}
    return json.dumps({**asked, "variables": variables or {}})


def call(source: str, request: str | None = None) -> Any:  # noqa: ANN401 - JSON
    """Call a codec once, and give its answer."""
    return json.loads(Engine(source).call(request or ask()))[4]


def data(body: str, request: str | None = None) -> Any:  # noqa: ANN401 - JSON
    """Give what a codec's body says of `input`, with `b` its bytes."""
    source = f"function decodeUplink(input) {{ var b = input.bytes; return {{data: {body}}}; }}"
    return call(source, request)["data"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (WARM, "decodeUplink"),
        (WARM + " // the end", "decodeUplink"),
        ("'use strict';" + WARM, "decodeUplink"),
        ("const decodeUplink = i => { %s };", "decodeUplink"),
        ("var decodeUplink = function (i) { %s }", "decodeUplink"),
        ("exports.decodeUplink = i => { %s }", "decodeUplink"),
        ("module.exports = {decodeUplink: i => { %s }}", "decodeUplink"),
        ("this.decodeUplink = function (i) { %s }", "decodeUplink"),
        ("function Decode() {} " + WARM, "decodeUplink"),
        ("function Decoder(bytes, port) { return [bytes[0], port]; }", "Decoder"),
        ("module.exports.Decoder = (bytes, port) => [bytes[0], port]", "Decoder"),
        ("function Decode(fPort, bytes, variables) { return [bytes[0], fPort]; }", "Decode"),
    ],
)
def test_ways_to_define_a_codec(source: str, name: str) -> None:
    """Functions of every generation are found, declared or exported, and get what they expect."""
    source = source.replace("%s", ECHO)
    _, _, _, function, answer = json.loads(Engine(source).call(ask()))
    assert (function, answer["data"] if name == "decodeUplink" else answer) == (name, [1, 2])


def test_input() -> None:
    """A codec finds bytes, port, time of reception and variables; all is in UTC."""
    body = (
        "[b, input.fPort, input.recvTime.toISOString(), input.recvTime.getHours(), input.variables]"
    )
    assert data(body, ask(b"\x00\xff", variables={"a": "1"})) == [
        [0, 255],
        2,
        "2026-01-01T00:00:00.000Z",
        0,
        {"a": "1"},
    ]
    source = "function Decode(fPort, bytes, variables) { return variables; }"
    assert call(source, ask(variables={"a": "1"})) == {"a": "1"}


def test_sloppy_mode() -> None:
    """Undeclared variables and octal numbers are taken, as in the network servers' scripts."""
    assert call("function decodeUplink(i) { x = 010; return {data: x}; }") == {"data": 8}


def test_console_says_nothing() -> None:
    """A codec may log; nobody hears it."""
    assert data("[console.log(1), console.error(b), console.table([])].length") == 3


@pytest.mark.parametrize("name", ["process", "require('fs')", "std", "os", "setTimeout", "fetch"])
def test_nothing_of_the_machine_is_there(name: str) -> None:
    """Neither files nor the network nor the environment can be reached."""
    with pytest.raises(CodecFailed):
        call(f"function decodeUplink(i) {{ {name}.x; return {{data: {{}}}}; }}")


def test_require_names_what_is_missing() -> None:
    """A codec that wants another file is told which."""
    with pytest.raises(CodecFailed, match=r'require\("./helper"\) finds nothing'):
        call("var h = require('./helper'); function decodeUplink(i) { return {data: {}}; }")
    assert data("require('buffer').Buffer.from(b).length", ask(b"123")) == 3


DEEP = "var o = {}, r = o; for (var n = 0; n < 1e5; n++) { o.a = {}; o = o.a }"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("function (", "SyntaxError"),
        ("", "the file defines neither decodeUplink nor Decoder nor Decode"),
        (up("\n\nthrow new Error('no ' + i.fPort)"), "Error: no 2 (line 3)"),
        (up("throw 'plain'"), "plain"),
        (up("throw {a: 1}"), "[object Object]"),
        (up("return i.x.y"), "TypeError: "),
        (up("return {data: 1n}"), "TypeError: "),
        ("async function decodeUplink(i) {}", "TypeError: decodeUplink is asynchronous"),
        (up("return 'x'.repeat(300000)"), "RangeError: the answer has 300002"),
        (up("return decodeUplink(i)"), "RangeError: Maximum call stack"),
        (up("return r", DEEP), "RangeError: Maximum call stack"),
        (up("return o", "var o = {}; o.o = o;"), "TypeError: circular"),
    ],
)
def test_what_a_codec_throws(source: str, words: str) -> None:
    """The first line of what was thrown is told, and the line of the file."""
    with pytest.raises(CodecFailed) as caught:
        call(source)
    assert words in caught.value.detail
    assert "\n" not in caught.value.detail


@pytest.mark.parametrize(
    "source",
    [
        "for (;;) {}",
        up("for (;;) {}"),
        up("for (;;) { try { for (;;) {} } catch (e) {} finally { for (;;) {} } }"),
        up("return /^(a+)+$/.test('a'.repeat(40) + 'b')"),
        up("return {data: {toJSON: function () { for (;;) {} }}}"),
    ],
)
def test_endless(source: str) -> None:
    """A codec that never ends is stopped, whatever it catches, and can be called again."""
    engine = Engine(source)
    for _ in range(2):
        with pytest.raises(CodecTimeout, match="stopped after 100 ms"):
            engine.call(ask())


@pytest.mark.parametrize(
    "body",
    [
        "var a = []; for (;;) a.push(new Array(1000).fill(1))",
        "new Array(1e9).fill(0)",
        "'x'.repeat(1e9)",
        "var s = 'x'; for (;;) s += s",
        "new Uint8Array(1e9)",
    ],
)
def test_memory(body: str) -> None:
    """A codec that wants more memory than it may have is stopped, and can be called again."""
    engine = Engine(
        f"function decodeUplink(i) {{ if (i.fPort === 1) {{ {body} }} return {{data: 7}} }}"
    )
    with pytest.raises(CodecMemory):
        engine.call(ask(f_port=1))
    assert json.loads(engine.call(ask()))[4] == {"data": 7}


def test_numbers_that_are_none() -> None:
    """What is not finite is null in the answer, and its path is told."""
    source = "function decodeUplink(i) { return {data: {a: NaN, b: [1, -1 / 0], c: null, d: 'x'}} }"
    _, _, lost, _, answer = json.loads(Engine(source).call(ask()))
    assert lost == ["data.a", "data.b.1"]
    assert answer == {"data": {"a": None, "b": [1, None], "c": None, "d": "x"}}
    assert json.loads(Engine("function Decoder() { return NaN }").call(ask()))[2:] == [
        [""],
        "Decoder",
        None,
    ]


def test_no_answer() -> None:
    """A codec that gives nothing gives null."""
    assert call("function decodeUplink(i) {}") is None


STATEFUL = [
    up("n += i.bytes[0]; return {data: n};", "var n = 0;"),
    "let n = []; const decodeUplink = i => { n.push(i.bytes[0]); return {data: n}; }",
    up("if (typeof n === 'undefined') n = 0; n++; return {data: n};"),
    up("this.n = (this.n || 0) + 1; return {data: this.n};"),
    up("this.n += i.bytes[0]; return {data: n};", "var n = 5;"),
    up("var p = Array.prototype; p.n = (p.n || 0) + 1; return {data: [].n};"),
    up("Object.prototype.n = i.bytes[0]; for (var k in {}) return {data: k};"),
    up("var was = parseInt; parseInt = function () { return 3 }; return {data: was('7')};"),
    up("var floor = Math.floor; Math.floor = Math.ceil; return {data: floor(1.5)};"),
    up("exports.n = (exports.n || 0) + 1; return {data: exports.n};"),
    up("console.n = (console.n || 0) + 1; return {data: console.n};"),
    up("require.n = (require.n || 0) + 1; return {data: require.n};"),
    up("Object.defineProperty(globalThis, 'n', {value: i.bytes[0]}); return {data: n};"),
    up("var f = decodeUplink; f.n = (f.n || 0) + 1; return {data: f.n};"),
    up("return {data: re.test('aa') + re.lastIndex};", "var re = /a/g;"),
    up("if (i.bytes[0] % 2) throw new Error('odd'); return {data: 1};"),
    up("Promise.resolve().then(function () { n = 1 }); return {data: typeof n};"),
    up("Buffer.n = (Buffer.n || 0) + 1; return {data: Buffer.n};"),
]
"""Codecs that keep something"""
CAUGHT = "try { return {data: %s} } catch (e) { return {data: e.name} }"
SCRIPTS = [
    up(CAUGHT % "this.helper()", "function helper() { return 4 }"),
    up("return {data: new Function('return table.a')()};", "var table = {a: 4};"),
    up(CAUGHT % "nothing + 1"),
    up("return {data: typeof process !== 'undefined' ? 1 : 2};"),
    up("k = k + 1; return {data: k};", "var self = this; self.k = 3;"),
    up("return {data: 1};", "if (typeof module !== 'undefined') module.exports = {};"),
    "var exports = exports || {}; exports.decodeUplink = function (i) { return {data: 2}; }",
    up("console.log(1); return {data: 2};", "var console = console || {log: function () {}};"),
    up("return {data: Buffer};", "const Buffer = null;"),
]
"""Codecs that reach for what a script puts in the global object, or look whether it is there"""


def _fresh(source: str, request: str) -> object:
    """Give the answer, or the error, of an engine that ran nothing before, as a script."""
    try:
        return json.loads(Engine(source)._call_fresh(request))[2:]
    except CodecFailed as error:
        return error.detail


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(STATEFUL + SCRIPTS), st.lists(st.integers(0, 9), min_size=2, max_size=5))
def test_a_call_sees_nothing_of_the_calls_before(source: str, numbers: list[int]) -> None:
    """However often a codec was called, its answer is that of a new engine."""
    engine = Engine(source)
    for number in numbers:
        request = ask(bytes([number]))
        try:
            answer: object = json.loads(engine.call(request))[2:]
        except CodecFailed as error:
            answer = error.detail
        assert answer == _fresh(source, request)


@pytest.mark.parametrize("source", STATEFUL + SCRIPTS)
def test_the_same_call_twice(source: str) -> None:
    """The second call of a codec that keeps something, or needs to be a script, is as the first."""
    engine = Engine(source)
    answers = [json.loads(engine.call(ask(b"\x02")))[2:] for _ in range(3)]
    assert answers[0] == answers[1] == answers[2] == _fresh(source, ask(b"\x02"))


def test_most_codecs_stay_warm() -> None:
    """A codec that leaves nothing behind keeps its context, also one that forgets a `var`."""
    forgetful = up("for (n = 0; n < 3; n++); return {data: n}")
    for source in (WARM, forgetful, SCRIPTS[3], STATEFUL[0]):
        engine = Engine(source)
        engine.call(ask())
        warm = engine._warm
        assert warm is not None
        engine.call(ask())
        assert engine._warm is warm
        assert not engine._script_only


def test_a_context_does_not_serve_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a number of calls a context is exchanged."""
    monkeypatch.setattr(javascript_engine, "CALLS", 3)
    engine = Engine(WARM)
    contexts = []
    for _ in range(4):
        engine.call(ask())
        contexts.append(engine._warm)
    assert contexts[0] is contexts[1] is not None
    assert contexts[2] is None
    assert contexts[3] is not contexts[0]


def test_an_answer_that_is_no_text() -> None:
    """What the engine cannot give back is the codec's fault, not ours."""
    with pytest.raises(CodecFailed, match="the engine cannot give it back"):
        javascript_engine._guarded("\ud800".encode)


@pytest.mark.parametrize(
    "source",
    [
        WARM,
        "#!/usr/bin/env node\n" + WARM,
        "#! \nthrow 'anything'",
        "throw new SyntaxError('not of the file')",
        "for (;;) {}",
        "",
    ],
)
def test_file_that_is_javascript(source: str) -> None:
    """Reading a file is no more than that: what it does when it runs does not matter."""
    Engine(source).check()


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (WARM + "}", 1),
        ("var a = 1;\nvar 2b = 3;", 2),
        ("const a = 1;\n\nconst a = 2;", 3),
        ("import x from 'y'", 1),
        ("}\nfunction x() {", 1),
        ("#! \nfunction (", 2),
    ],
)
def test_file_that_is_no_javascript(source: str, line: int) -> None:
    """A file that cannot be parsed is told with the line, before any call."""
    with pytest.raises(CodecFailed, match=rf"SyntaxError: .* \(line {line}\)"):
        Engine(source).check()


def test_checked_file_is_ready() -> None:
    """A file that was checked is called as any other, and reads the same."""
    engine = Engine(WARM)
    engine.check()
    assert json.loads(engine.call(ask()))[4] == {"data": [1, 2]}
