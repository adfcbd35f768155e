"""Recordings of a broker's feed: one JSON object a line, compressed when the name ends in `.gz`.

{"at": "2026-02-02T10:00:00.123456+00:00", "topic": "...", "qos": 1, "retain": false,
 "origin": "live", "text": "{...}"}             a message that is text
{..., "base64": "..."}                          any other
{"at": "...", "note": "connected again"}        something to know; it is not replayed
"""

import binascii
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, Literal


class RecordingWrong(Exception):
    """A line of a recording cannot be read; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as the broker delivered it."""

    at: datetime
    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    origin: str = "live"
    """The user property of the message; `live` when it has none"""

    @property
    def due(self) -> float:
        """When it was delivered, as Unix time."""
        return self.at.timestamp()

    def line(self) -> str:
        """Write it."""
        document = {
            "at": self.at.astimezone(UTC).isoformat(),
            "topic": self.topic,
            "qos": self.qos,
            "retain": self.retain,
            "origin": self.origin,
            **_content(self.payload),
        }
        return json.dumps(document, ensure_ascii=False)


def note(at: datetime, text: str) -> str:
    """Write something to know."""
    return json.dumps({"at": at.astimezone(UTC).isoformat(), "note": text})


def _content(payload: bytes) -> dict[str, str]:
    """Give the payload as text if it is printable text and comes back the same, else as base64."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() and text:
        return {"text": text}
    return {"base64": binascii.b2a_base64(payload, newline=False).decode()}


@contextmanager
def opened(file: Path, mode: Literal["r", "a"]) -> Iterator[IO[str]]:
    """Open a recording for reading (`r`) or appending (`a`)."""
    if file.name.endswith(".gz"):
        with gzip.GzipFile(file, f"{mode}b") as packed, TextIOWrapper(packed, "utf-8") as text:
            yield text
    else:
        with file.open(mode, encoding="utf-8") as text:
            yield text


def read(file: Path) -> Iterator[Heard]:
    """Give the messages of a recording, in its order.

    Raises:
        RecordingWrong: a line is not one; nothing before it is lost.
        OSError: the file cannot be read.
    """
    with opened(file, "r") as lines:
        try:
            for number, line in enumerate(lines, 1):
                heard = _parse(line, f"{file}:{number}")
                if heard is not None:
                    yield heard
        except (EOFError, UnicodeDecodeError, gzip.BadGzipFile) as error:
            raise RecordingWrong(f"{file}: breaks off or is no text: {error}") from error


def ends(file: Path) -> datetime | None:
    """Tell when the last message of a recording was heard; None: it has none, or is broken."""
    last = None
    try:
        for heard in read(file):
            last = heard.at
    except (RecordingWrong, OSError):
        return None
    return last


def _parse(line: str, place: str) -> Heard | None:
    if not line.strip():
        return None
    try:
        document: dict[str, Any] = json.loads(line)
        at = datetime.fromisoformat(document["at"])
        if "topic" not in document:
            return None
        return Heard(
            at if at.tzinfo else at.replace(tzinfo=UTC),
            str(document["topic"]),
            _payload(document),
            int(document.get("qos", 1)),
            bool(document.get("retain", False)),
            str(document.get("origin", "live")),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordingWrong(f"{place}: is not a line of a recording: {error!r}") from error


def _payload(document: dict[str, Any]) -> bytes:
    if "text" in document:
        return str(document["text"]).encode()
    return binascii.a2b_base64(document["base64"], strict_mode=True)
