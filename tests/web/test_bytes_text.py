"""Bytes are shown to a person in hex, and as text only when they are text."""

import pytest

from web.bytes_text import MOST, as_text, hex_lines


def test_hex_has_place_bytes_and_letters() -> None:
    """Sixteen bytes a line, with their place and what is printable of them."""
    lines = hex_lines(b"\x01\x75Room<b>\xff" + bytes(10)).split("\n")
    assert lines[0].startswith("0000  01 75 52 6f 6f 6d 3c 62 3e ff")
    assert lines[0].endswith("  .uRoom<b>.......")
    assert lines[1].startswith("0010  00 00 00 00 ")
    assert len(hex_lines(bytes(2 * MOST)).split("\n")) == MOST // 16


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ('{"a": "é"}\n'.encode(), '{"a": "é"}\n'),
        (b"\x02\x01", None),
        (b"\xff\xfe", None),
        (b"a" * (MOST - 1) + "é".encode() * 5, "a" * (MOST - 1)),
        (b"", ""),
    ],
)
def test_text_is_text(data: bytes, text: str | None) -> None:
    """Printable UTF-8 is text, also when the end of what is shown cuts a letter."""
    assert as_text(data) == text
