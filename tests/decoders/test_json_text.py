"""JSON from strangers."""

from dataclasses import dataclass

import msgspec
import pytest

from decoders.errors import BadField, NotAnEvent
from decoders.json_text import decode


@dataclass
class Shape:
    """What is expected."""

    number: float | None = 0.0
    text: str = ""
    rest: object = None


DECODER = msgspec.json.Decoder(Shape)
DEEP = 100_000


def test_good_message() -> None:
    """Known keys are read, unknown ones pass."""
    shape = decode(b' {"number": 2, "text": "\\u00e9", "unheard": [1]} ', DECODER)
    assert shape == Shape(2.0, "é")


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity"])
def test_numbers_that_json_lacks(word: bytes) -> None:
    """The numbers that Python writes and JSON lacks are read as null."""
    assert decode(b'{"number": ' + word + b', "text": "NaN"}', DECODER) == Shape(None, "NaN")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"{} {}",
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b'{"text": "a\nb"}',
        b'{"number": NaN',
        b'{"number": NaN, "rest": ' + b"[" * DEEP + b"]" * DEEP + b"}",
        b'{"number": NaN, "text": "\xff"}',
        b'{"number": NaN, "text": "\\ud800"}',
        b'{"number": NaN, "rest": ' + b"9" * 5000 + b"}",
        b'{"rest": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    ],
)
def test_no_json(payload: bytes) -> None:
    """What is no JSON, no UTF-8, or nested without end is no event."""
    with pytest.raises(NotAnEvent):
        decode(payload, DECODER)


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"null",
        b'{"text": 1}',
        b'{"number": "1"}',
        b'{"number": 1e999}',
        b'{"rest": ' + b"9" * 5000 + b"}",
        b'{"text": 1, "number": NaN}',
        b'{"text": NaN}',
    ],
)
def test_wrong_types(payload: bytes) -> None:
    """A field of another type is refused, with where it stands."""
    with pytest.raises(BadField) as caught:
        decode(payload, DECODER)
    assert caught.value.detail[0].islower()
