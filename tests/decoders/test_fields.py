"""The checks of an event's fields, each with what it must refuse."""

import base64
import math
from collections.abc import Callable
from struct import pack, unpack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders import fields
from decoders.errors import BadField, MissingField, NotAnEvent

UUID = "5c0ffee0-4b1d-4c0d-8f00-0123456789ab"


def test_longest_message() -> None:
    """A message of 256 KiB is read, a byte more is refused."""
    fields.check_length(bytes(fields.LONGEST))
    with pytest.raises(NotAnEvent, match="262145 bytes"):
        fields.check_length(bytes(fields.LONGEST + 1))


@pytest.mark.parametrize(
    ("read", "given_text", "expected"),
    [
        (fields.eui, "24E124A1B2C3D4E5", "24e124a1b2c3d4e5"),
        (fields.dev_addr, "01F2E3D4", "01f2e3d4"),
        (fields.dev_addr, "", ""),
        (fields.dev_addr, None, ""),
        (fields.hexadecimal, "0aF", "0af"),
        (fields.uuid, UUID.upper(), UUID),
        (fields.text, None, ""),
        (fields.text, "Gänsebühl 4", "Gänsebühl 4"),
        (fields.required_text, "x", "x"),
    ],
)
def test_good_text(read: Callable[..., str], given_text: str | None, expected: str) -> None:
    """Identifiers come in lower case, names as they are."""
    assert read("field", given_text) == expected


@pytest.mark.parametrize(
    ("read", "given_text"),
    [
        (fields.eui, "24e124a1b2c3d4e"),
        (fields.eui, "24e124a1b2c3d4e5f"),
        (fields.eui, "24e124a1b2c3d4g5"),
        (fields.eui, "24e124a1b2c3d4e5\n"),
        (fields.dev_addr, "01f2e3d"),
        (fields.dev_addr, "01f2e3d4 "),
        (fields.hexadecimal, "0x1"),
        (fields.uuid, "not-a-uuid"),
        (fields.uuid, UUID.replace("-", "")),
        (fields.uuid, f"{{{UUID}}}"),
        (fields.text, "a\0b"),
        (fields.required_text, "\0"),
    ],
)
def test_bad_text(read: Callable[..., str], given_text: str) -> None:
    """What has another form is refused by the name of its field."""
    with pytest.raises(BadField, match=r"^some\.field "):
        read("some.field", given_text)


@pytest.mark.parametrize("read", [fields.eui, fields.uuid, fields.required_text])
@pytest.mark.parametrize("absent", ["", None])
def test_missing_text(read: Callable[..., str], absent: str | None) -> None:
    """What no event can be without is missed when it is empty, too."""
    with pytest.raises(MissingField, match=r"^some is missing$"):
        read("some", absent)


def test_made_uuid_is_stable() -> None:
    """The same parts give the same UUID, and parts are not run together."""
    assert fields.made_uuid("a", "b") == fields.made_uuid("a", "b")
    assert fields.made_uuid("a", "b") != fields.made_uuid("ab", "")
    assert fields.uuid("made", fields.made_uuid("a")) == fields.made_uuid("a")


@given(st.binary(max_size=300))
def test_base64(data: bytes) -> None:
    """Standard base64 with its padding is read to the bytes."""
    assert fields.base64("data", base64.b64encode(data).decode()) == data


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "AA",
        "AAA",
        "AA=",
        "AAA==",
        "AAAA=",
        "AAAA====",
        "=AAA",
        "AA=A",
        "AA==AAAA",
        "AQ ID",
        "AQID\n",
        "-_-_",
        "AQ!D",
        "Ünic",
        "01020304z",
    ],
)
def test_bad_base64(text: str) -> None:
    """Missing or wrong padding, line ends and the alphabet for addresses are refused."""
    with pytest.raises(BadField, match=r"^data is not base64"):
        fields.base64("data", text)


@given(st.text(alphabet="AQg/+=", max_size=12))
def test_base64_has_one_form(text: str) -> None:
    """What is read as base64 says so many bytes as its length and padding tell."""
    try:
        data = fields.base64("data", text)
    except BadField:
        return
    assert len(data) == len(text) // 4 * 3 - text.count("=")


def test_absent_base64_is_no_bytes() -> None:
    """An absent or empty field is a payload of no bytes."""
    assert fields.base64("data", None) == fields.base64("data", "") == b""


def test_named_texts() -> None:
    """Tags lose their nulls; a NUL in a name or a value is refused."""
    assert fields.texts("tags", None) == {}
    assert fields.texts("tags", {"a": "1", "b": None}) == {"a": "1"}
    for bad in ({"a\0": "1"}, {"a": "\0"}):
        with pytest.raises(BadField, match=r"^tags hold a NUL$"):
            fields.texts("tags", bad)


def test_whole_numbers() -> None:
    """A whole number is from 0 to its limit; an absent one is 0."""
    assert [fields.whole("n", value, 9) for value in (None, 0, 9)] == [0, 0, 9]
    for bad in (-1, 10, 10**4000):
        with pytest.raises(BadField, match=r"^n .* is not in 0 to 9$") as caught:
            fields.whole("n", bad, 9)
        assert len(caught.value.detail) < 80


def test_signed_numbers() -> None:
    """A number with a sign has 32 bits; an absent one is 0, a fraction is rounded."""
    given_values = (None, 0, -2147483648, 2147483647, -97.6)
    expected = [0, 0, -2147483648, 2147483647, -98]
    assert [fields.signed("n", value) for value in given_values] == expected
    for bad in (2147483648, -(10**4000), 1e300):
        with pytest.raises(BadField, match=r"^n .* is not a number of 32 bits$") as caught:
            fields.signed("n", bad)
        assert len(caught.value.detail) < 80


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (51.5, -0.1, (51.5, -0.1)),
        (0.0, -0.1, (0.0, -0.1)),
        (51.5, 0.0, (51.5, 0.0)),
        (90.0, 180.0, (90.0, 180.0)),
        (0.0, 0.0, (None, None)),
        (None, None, (None, None)),
        (91.0, 0.0, (None, None)),
        (0.0, 181.0, (None, None)),
        ("NaN", 1.0, (None, None)),
        (1.0, "Infinity", (None, None)),
        (math.nan, 1.0, (None, None)),
    ],
)
def test_positions(
    latitude: float | str | None, longitude: float | str | None, expected: tuple[float, float]
) -> None:
    """0/0 and what is not on Earth mean that the position is not known."""
    assert fields.position(latitude, longitude) == expected


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_32_bits_as_decimals(exact: float) -> None:
    """JSON's short decimal and protobuf's bits give the same number, whose bits are those sent."""
    short = fields.float32(exact)
    assert short is not None
    assert unpack("<f", pack("<f", short))[0] == exact
    assert fields.float32(short) == short
    assert len(repr(short)) <= len(repr(exact))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, 0.0),
        (7.2, 7.2),
        (unpack("<f", pack("<f", 7.2))[0], 7.2),
        (1234567.0, 1234567.0),
        ("NaN", None),
        (math.inf, None),
        (1e300, None),
        (0.1 + 0.2, 0.3),
        (1 + 2**-24 + 2**-52, 1.0000001),
    ],
)
def test_32_bit_numbers(value: float | str | None, expected: float | None) -> None:
    """An absent number is 0; NaN, infinities and what 32 bits cannot say are none."""
    assert fields.float32(value) == expected


@pytest.mark.parametrize("value", [1.5, 3, True, None, "NaN", "Infinity", "-Infinity"])
def test_object_with_numbers(value: object) -> None:
    """Numbers, booleans and null pass under the name of a property, also NaN as a text."""
    fields.check_object({"temperature": value, "other": "text", "more": {"temperature": "18,7"}})
    fields.check_object(None)


@pytest.mark.parametrize("value", ["18,7", [1.0], {"value": 1.0}])
def test_object_with_something_else(value: object) -> None:
    """A text, a list or an object under the name of a property is refused."""
    with pytest.raises(BadField, match=r"^object\.temperature is not a number"):
        fields.check_object({"temperature": value})
