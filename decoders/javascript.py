"""Vendors' JavaScript codecs, as ChirpStack and The Things Stack run them: what is asked, answered.

    function decodeUplink(input)                 TS013: {data, errors, warnings}
                                                 input: bytes, fPort, recvTime, variables
    function Decoder(bytes, port)                older: the data itself
    function Decode(fPort, bytes, variables)     older: the data itself

The first that the file defines, or exports, is called. `decoders.javascript_engine` runs it;
this module says what goes in and checks what comes out. A codec's own names become our properties
by a `decoders.mapping`; without one its data is still there for a person to read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol

import msgspec

from decoders.codec import NOTHING
from decoders.errors import CodecFailed, DecodeError
from decoders.mapping import Mapped, MappedCodec
from decoders.model import Reading

LONGEST = 1_048_576
"""The most characters of a codec's file"""
_TS013 = frozenset({"data", "errors", "warnings"})
"""The keys of an answer; one with none of them is taken for the data itself"""
_WORDS = 200
_WARNINGS = 20
_Reply = tuple[bool, list[str], list[str], str, object]
_REPLY: msgspec.json.Decoder[_Reply] = msgspec.json.Decoder(_Reply)


@dataclass(frozen=True, slots=True)
class Script:
    """A codec's file."""

    source: str
    digest: str = field(init=False)
    """Names the source: the same text has the same digest"""

    def __post_init__(self) -> None:
        """Work out the digest once; ValueError for a file that is too long."""
        if len(self.source) > LONGEST:
            raise ValueError(
                f"{len(self.source)} characters are more than the {LONGEST} of a codec"
            )
        digest = sha256(self.source.encode("utf-8", "surrogatepass")).hexdigest()
        object.__setattr__(self, "digest", digest[:16])


class Sandbox(Protocol):
    """Runs codecs where they can do no harm."""

    def run(self, script: Script, request: str) -> str:
        """Call the codec; gives what `decoders.javascript_engine` gives.

        Raises:
            CodecFailed: it threw, or its process died.
            CodecTimeout: it ran for longer than it may.
            CodecMemory: it wanted more memory than it may have.
        """
        ...

    def check(self, script: Script) -> None:
        """See whether the codec's file is JavaScript.

        Raises:
            CodecFailed: it is not; the detail ends with the line: `... (line 3)`.
            CodecTimeout: it takes longer to read than it may.
            CodecMemory: it takes more memory to read than it may have.
        """
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a codec said of a payload, in its own names."""

    data: object
    """A dictionary; a list from some, most of them older"""
    warnings: tuple[str, ...] = ()


def request(
    payload: bytes, f_port: int, received_at: datetime | None, variables: Mapping[str, str]
) -> str:
    """Write what a codec is asked; a frame without a time of reception was received now."""
    moment = received_at or datetime.now(UTC)
    asked = {
        "bytes": list(payload),
        "fPort": f_port,
        "recvTime": int(moment.timestamp() * 1000),
        "variables": variables,
    }
    return msgspec.json.encode(asked).decode()


def answer(reply: str) -> Answer:
    """Check what a codec answered.

    Raises:
        CodecFailed: it tells of errors, or there is no data.
    """
    try:
        _, _, lost, function, said = _REPLY.decode(reply)
    except (ValueError, RecursionError) as error:
        raise CodecFailed(f"the answer cannot be read: {error}") from error
    if function != "decodeUplink":
        return Answer(_data(said, function), _lost(lost))
    if not isinstance(said, dict):
        raise CodecFailed(f"{function} gave {_kind(said)}, not an object with data")
    if said and not said.keys() & _TS013:
        return Answer(said, _lost(lost))
    if errors := _words(said.get("errors")):
        raise CodecFailed("; ".join(errors))
    lost = [path.removeprefix("data.") for path in lost if path.startswith("data.")]
    warnings = (*_words(said.get("warnings")), *_lost(lost))
    return Answer(_data(said.get("data"), function), warnings[:_WARNINGS])


def _data(data: object, function: str) -> object:
    if isinstance(data, dict | list):
        return data
    raise CodecFailed(f"{function} gave no data but {_kind(data)}")


def _kind(value: object) -> str:
    kinds = {bool: "a boolean", float: "a number", int: "a number", str: "a text", list: "a list"}
    return kinds.get(type(value), "nothing")


def _words(said: object) -> tuple[str, ...]:
    """Give the sentences of `errors` or `warnings`, which some codecs write as one text."""
    if not said:
        return ()
    listed: Sequence[object] = said if isinstance(said, list) else [said]
    return tuple(str(sentence)[:_WORDS] for sentence in listed[:_WARNINGS])


def _lost(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{path[:_WORDS]} is not a finite number" for path in paths)


@dataclass(frozen=True, slots=True)
class ScriptCodec(MappedCodec):
    """A `decoders.codec.Codec` that runs a vendor's codec, and maps what it says."""

    model: str
    script: Script
    sandbox: Sandbox
    mapping: Mapped
    version: str

    def decode(
        self, payload: bytes, f_port: int, *, received_at: datetime | None = None
    ) -> Reading:
        """Read a payload; a codec that fails is the reading's `error`, nothing is raised."""
        if not payload or f_port == 0:
            return NOTHING
        try:
            said = self.ask(payload, f_port, received_at=received_at)
        except DecodeError as error:
            return Reading(error=error)
        return self.mapping.read(said.data, received_at, said.warnings)

    def ask(self, payload: bytes, f_port: int, *, received_at: datetime | None = None) -> Answer:
        """Give what the codec says in its own names; raises a DecodeError."""
        asked = request(payload, f_port, received_at, self.mapping.variables)
        return answer(self.sandbox.run(self.script, asked))
