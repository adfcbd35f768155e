"""The stand-in for Node's Buffer: what codecs use of it does what Node's does."""

import json

import pytest
from quickjs import Context, JSException

from decoders import javascript_engine


@pytest.fixture(scope="module")
def context() -> Context:
    """Give a context with Buffer in it."""
    context = Context()
    context.set("Buffer", context.eval(javascript_engine._BUFFER))
    return context


CASES = [
    ("Buffer.from([1, 2, 255]).toString('hex')", "0102ff"),
    ("Buffer.from([256, -1, 1.9])", [0, 255, 1]),
    ("Buffer.from('01zz02', 'hex')", [1]),
    ("Buffer.from('012', 'hex')", [1]),
    ("Buffer.from('h\\u00e9\\u20ac\\ud83d\\ude00').toString('hex')", "68c3a9e282acf09f9880"),
    ("Buffer.from('\\ud800x').toString('hex')", "efbfbd78"),
    ("Buffer.from('h\\u00e9', 'latin1')", [104, 233]),
    ("Buffer.from([233]).toString('binary')", "\u00e9"),
    ("Buffer.from([0xe8]).toString('ascii')", "h"),
    ("Buffer.from('ab', 'ascii')", [97, 98]),
    ("Buffer.from([0xe2, 0x82, 0xac, 0xff, 0x41]).toString()", "\u20ac\ufffdA"),
    ("Buffer.from([0xe2, 0x82]).toString('utf8')", "\ufffd"),
    ("Buffer.from([0xed, 0xa0, 0x80]).toString()", "\ufffd\ufffd\ufffd"),
    ("Buffer.from([0xc0, 0xaf, 0xf5]).toString()", "\ufffd\ufffd\ufffd"),
    ("Buffer.from([0xf0, 0x9f, 0x98, 0x80]).toString('utf-8')", "\U0001f600"),
    ("Buffer.from('AQID', 'base64')", [1, 2, 3]),
    ("Buffer.from('AQI', 'base64')", [1, 2]),
    ("Buffer.from('A Q', 'base64')", [1]),
    ("Buffer.from('AQIDB', 'base64')", [1, 2, 3]),
    ("Buffer.from('-_-_', 'base64')", [251, 255, 191]),
    ("Buffer.from([251, 255, 191]).toString('base64')", "+/+/"),
    ("Buffer.from([251, 255, 191, 1]).toString('base64url')", "-_-_AQ"),
    ("Buffer.from('Hi', 'ucs2')", [72, 0, 105, 0]),
    ("Buffer.from([72, 0, 105, 0, 1]).toString('utf16le')", "Hi"),
    ("Buffer.from([1, 2, 3]).toString('hex', 1)", "0203"),
    ("Buffer.from([1, 2, 3]).toString('hex', 1, 2)", "02"),
    ("Buffer.from(new Uint8Array([1, 2, 3]).buffer, 1, 1)", [2]),
    ("Buffer.from(new Uint8Array([1, 2]).buffer)", [1, 2]),
    ("Buffer.from(Buffer.from([3]))", [3]),
    ("Buffer.from({type: 'Buffer', data: [1, 2]})", [1, 2]),
    ("JSON.parse(JSON.stringify({a: Buffer.from([1])})).a.type", "Buffer"),
    ("new Buffer([1, 2])", [1, 2]),
    ("new Buffer(2)", [0, 0]),
    ("Buffer('ff', 'hex')", [255]),
    ("Buffer.alloc(3, 7)", [7, 7, 7]),
    ("Buffer.allocUnsafe(2).length", 2),
    ("Buffer.isBuffer(Buffer.alloc(1)) && !Buffer.isBuffer(new Uint8Array(1))", True),
    ("Buffer.alloc(2) instanceof Uint8Array", True),
    ("Buffer.isEncoding('HEX') && !Buffer.isEncoding('nope')", True),
    ("Buffer.byteLength('\\u20ac')", 3),
    ("Buffer.byteLength('0102', 'hex')", 2),
    ("Buffer.byteLength(new Uint8Array(5))", 5),
    ("Buffer.concat([Buffer.from([1]), Buffer.from([2, 3])])", [1, 2, 3]),
    ("Buffer.concat([Buffer.from([1, 2]), Buffer.from([3])], 1)", [1]),
    ("Buffer.concat([Buffer.from([1])], 3)", [1, 0, 0]),
    ("Buffer.from([1, 2, 3, 4]).slice(-2)", [3, 4]),
    ("(b => { b.slice(1, 3)[0] = 9; return b })(Buffer.from([1, 2, 3]))", [1, 9, 3]),
    ("Buffer.from([1, 2, 3]).map(x => 2 * x) instanceof Buffer", True),
    ("Buffer.from([1, 2]).equals(Buffer.from([1, 2]))", True),
    ("Buffer.from([1, 2, 3]).indexOf(2)", 1),
    ("Buffer.from([1, 2, 3, 4]).fill(9, 1, 3)", [1, 9, 9, 4]),
    ("Buffer.from([200]).readUInt8(0)", 200),
    ("Buffer.from([200]).readInt8()", -56),
    ("Buffer.from([1, 2, 3]).readUInt16BE(1)", 0x0203),
    ("Buffer.from([1, 2, 3]).readUInt16LE(1)", 0x0302),
    ("Buffer.from([255, 254]).readInt16BE(0)", -2),
    ("Buffer.from([254, 255]).readInt16LE(0)", -2),
    ("Buffer.from([255, 254, 3, 4]).readUInt32BE(0)", 0xFFFE0304),
    ("Buffer.from([4, 3, 254, 255]).readUint32LE(0)", 0xFFFE0304),
    ("Buffer.from([255, 255, 255, 254]).readInt32BE(0)", -2),
    ("Buffer.from([254, 255, 255, 255]).readInt32LE(0)", -2),
    ("Buffer.from([0x41, 0xbc, 0, 0]).readFloatBE(0)", 23.5),
    ("Buffer.from([0, 0, 0xbc, 0x41]).readFloatLE(0)", 23.5),
    ("Buffer.from([0x40, 0x37, 0x80, 0, 0, 0, 0, 0]).readDoubleBE(0)", 23.5),
    ("String(Buffer.from([0, 0, 0, 0, 0, 0, 1, 2]).readBigUInt64BE(0))", "258"),
    ("Buffer.from([1, 2, 3, 4]).readUIntBE(1, 3)", 0x020304),
    ("Buffer.from([1, 2, 3, 4]).readUIntLE(1, 3)", 0x040302),
    ("Buffer.from([255, 255, 254]).readIntBE(0, 3)", -2),
    ("Buffer.from([254, 255, 127]).readIntLE(0, 3)", 0x7FFFFE),
    ("(b => [b.writeUInt16BE(258, 1), ...b])(Buffer.alloc(3))", [3, 0, 1, 2]),
    ("(b => [b.writeInt16LE(-2, 0), ...b])(Buffer.alloc(2))", [2, 254, 255]),
    ("(b => [b.writeInt8(-1), ...b])(Buffer.alloc(1))", [1, 255]),
    ("(b => [b.writeFloatBE(23.5, 0), ...b])(Buffer.alloc(4))", [4, 0x41, 0xBC, 0, 0]),
    ("(b => [b.writeUIntBE(0x010203, 0, 3), ...b])(Buffer.alloc(3))", [3, 1, 2, 3]),
    ("(b => [b.writeIntLE(-3, 0, 3), ...b])(Buffer.alloc(3))", [3, 253, 255, 255]),
    ("(b => [b.write('abc', 1), ...b])(Buffer.alloc(3))", [2, 0, 97, 98]),
    ("(b => [b.write('0102', 'hex'), ...b])(Buffer.alloc(3))", [2, 1, 2, 0]),
    ("(b => [b.write('abc', 0, 'latin1'), ...b])(Buffer.alloc(2))", [2, 97, 98]),
    ("(b => [b.write('abc', 0, 1), ...b])(Buffer.alloc(2))", [1, 97, 0]),
    ("(b => [Buffer.from([1, 2, 3]).copy(b, 1), ...b])(Buffer.alloc(3))", [2, 0, 1, 2]),
    ("(b => [Buffer.from([1, 2, 3]).copy(b, 0, 1, 2), ...b])(Buffer.alloc(2))", [1, 2, 0]),
]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_expression(context: Context, expression: str, expected: object) -> None:
    """The expression has the value that it has in Node 20."""
    plain = f"(v => v instanceof Uint8Array ? Array.from(v) : v)({expression})"
    assert json.loads(context.eval(f"JSON.stringify({plain})")) == expected


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("Buffer.from([1]).readUInt16BE(0)", "RangeError"),
        ("Buffer.from([1]).readUIntBE(0, 2)", "RangeError"),
        ("Buffer.from([1]).readUIntBE()", "RangeError"),
        ("Buffer.from(5)", "TypeError"),
        ("Buffer.from(null)", "TypeError"),
        ("Buffer.from('a', 'nope')", "TypeError"),
    ],
)
def test_errors(context: Context, expression: str, kind: str) -> None:
    """Reading past the end, and what is no content, throws as it does in Node 20."""
    with pytest.raises(JSException, match=f"^{kind}"):
        context.eval(expression)
