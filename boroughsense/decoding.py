"""One payload to one JSON document, by a model's name or by a codec's own files."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer

from boroughsense import codecs, options
from boroughsense.codec_files.problems import CodecFilesWrong
from boroughsense.settings import CodecFiles
from decoders.codec import Codec
from decoders.errors import DecodeError, Refused
from decoders.javascript import Sandbox, ScriptCodec
from decoders.model import Reading
from decoders.properties import PROPERTIES
from decoders.registry import Registry

SCRIPTS = frozenset({".js", ".cjs", ".mjs"})
"""What a vendor's codec ends with; any other file is a declarative codec"""


class BadRequest(Refused):
    """A line of a batch is not a request."""

    reason = "bad_request"


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a codec that is not in the settings."""

    codec: str
    mapping: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a payload."""

    reading: Reading
    scripted: bool = False
    """Whether a vendor's codec was run"""
    data: object = None
    """What the vendor's codec said, in its own names"""


class Decoder:
    """Reads payloads.

    Args:
        registry: The codecs that have a model's name.
        sandbox: What runs vendors' codecs.
    """

    def __init__(self, registry: Registry, sandbox: Sandbox) -> None:
        self._registry = registry
        self._sandbox = sandbox
        self._brought: dict[Files, Codec] = {}

    def codec(self, asked: str | Files) -> Codec:
        """Give a codec by its model or its files.

        Raises:
            UnknownDevice: there is no such model.
            CodecFilesWrong: with every mistake in the files.
        """
        if isinstance(asked, str):
            return self._registry.codec(asked)
        if asked not in self._brought:
            self._brought[asked] = self._bring(asked)
        return self._brought[asked]

    def _bring(self, files: Files) -> Codec:
        path = Path(files.codec)
        mapping = Path(files.mapping) if files.mapping else None
        if path.suffix.lower() in SCRIPTS:
            brought = CodecFiles(javascript=path, mapping=mapping)
        else:
            brought = CodecFiles(declarative=path, mapping=mapping)
        return codecs.codec(path.stem, brought, self._sandbox)

    def read(
        self, asked: str | Files, payload: bytes, f_port: int, received_at: datetime | None
    ) -> Result:
        """Read a payload; a payload that cannot be decoded is the reading's error."""
        codec = self.codec(asked)
        if not isinstance(codec, ScriptCodec):
            return Result(codec.decode(payload, f_port, received_at=received_at))
        try:
            said = codec.ask(payload, f_port, received_at=received_at)
        except DecodeError as error:
            return Result(Reading(error=error), scripted=True)
        reading = codec.mapping.read(said.data, received_at, said.warnings)
        return Result(reading, scripted=True, data=said.data)

    def batch(self, lines: Iterable[bytes]) -> Iterator[dict[str, object]]:
        """Answer one request a line, in order; a bad line is answered too."""
        for line in lines:
            if line.strip():
                yield self._answer(line)

    def _answer(self, line: bytes) -> dict[str, object]:
        model = f_port = None
        try:
            request = _request(line)
            asked = _asked(request)
            model = asked if isinstance(asked, str) else None
            f_port = _port(request)
            payload, received_at = _payload(request), _received(request)
            return document(model, f_port, self.read(asked, payload, f_port, received_at))
        except Refused as refusal:
            return _refusal(model, f_port, refusal)
        except CodecFilesWrong as error:
            return _refusal(model, f_port, BadRequest(str(error)))


def document(model: str | None, f_port: int | None, result: Result) -> dict[str, object]:
    """Give the JSON document of a result; `model` is None for a codec without a name."""
    reading = result.reading
    plain: dict[str, object] = {
        "model": model,
        "f_port": f_port,
        "observations": [
            {
                "property": observation.observed_property,
                "unit": PROPERTIES[observation.observed_property].unit_of_measurement,
                "value": observation.result,
                "channel": observation.channel,
                "time": options.clock(observation.phenomenon_time),
            }
            for observation in reading.observations
        ],
        "warnings": list(reading.warnings),
        "error": error(reading.error),
    }
    if result.scripted:
        plain["object"] = result.data
    return plain


def error(refusal: Refused | None) -> dict[str, str] | None:
    """Give a refusal's reason and detail."""
    return {"reason": refusal.reason, "detail": refusal.detail} if refusal else None


def _refusal(model: str | None, f_port: int | None, refusal: Refused) -> dict[str, object]:
    return {**document(model, f_port, Result(Reading())), "error": error(refusal)}


def _request(line: bytes) -> Mapping[str, object]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        raise BadRequest(f"the line is not JSON: {wrong}") from wrong
    if not isinstance(request, dict):
        raise BadRequest("the line is not a JSON object")
    return request


def _text(request: Mapping[str, object], key: str) -> str:
    text = request.get(key)
    if not isinstance(text, str):
        raise BadRequest(f"{key} is missing or not a text")
    return text


def _asked(request: Mapping[str, object]) -> str | Files:
    if request.get("codec") is None:
        return _text(request, "model")
    mapping = None if request.get("mapping") is None else _text(request, "mapping")
    return Files(_text(request, "codec"), mapping)


def _port(request: Mapping[str, object]) -> int:
    f_port = request.get("f_port")
    if not isinstance(f_port, int) or isinstance(f_port, bool) or not 0 <= f_port <= 255:
        raise BadRequest(f"f_port {f_port!r} is not a whole number from 0 to 255")
    return f_port


def _payload(request: Mapping[str, object]) -> bytes:
    try:
        return bytes.fromhex(_text(request, "hex"))
    except ValueError as wrong:
        raise BadRequest(f"hex {request.get('hex')!r} is not two digits a byte") from wrong


def _received(request: Mapping[str, object]) -> datetime | None:
    text = request.get("received_at")
    if text is None:
        return None
    try:
        return options.moment(str(text))
    except typer.BadParameter as wrong:
        raise BadRequest(wrong.message) from wrong
