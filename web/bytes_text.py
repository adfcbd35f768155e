"""Bytes for a person to read: in hex by the line, and as text."""

LINE = 16
"""Bytes of a line"""
MOST = 4096
"""Bytes that a page shows; the rest is in the file"""


def hex_lines(data: bytes) -> str:
    """Write bytes as an editor of bytes does: place, hex, and what is printable."""
    lines = []
    for place in range(0, min(len(data), MOST), LINE):
        piece = data[place : place + LINE]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
        lines.append(f"{place:04x}  {piece.hex(' '):<{3 * LINE - 1}}  {shown}")
    return "\n".join(lines)


def as_text(data: bytes) -> str | None:
    """Give bytes as text; None when they are none."""
    try:
        text = data[:MOST].decode()
    except UnicodeDecodeError as error:
        if error.start < MOST - 4:
            return None
        text = data[: error.start].decode()
    return text if all(letter.isprintable() or letter in "\r\n\t" for letter in text) else None
