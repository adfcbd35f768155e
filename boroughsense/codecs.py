"""The codecs of this installation: the native ones, and those that the settings bring.

    [codecs.acme-room]
    javascript = "codecs/acme-room.js"         a vendor's TS013 codec, run in a sandbox
    mapping = "codecs/acme-room.yaml"          from its names to our properties

    [codecs.acme-bin]
    declarative = "codecs/acme-bin.yaml"       a layout, without any code

    [codecs.acme-meter]
    mapping = "codecs/acme-meter.yaml"         of the object that the network server decoded already

The codec's version is made of its files' content, so a changed file is another version.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from alerts.problems import Problem
from boroughsense.codec_files import declared_text, mapping_text
from boroughsense.codec_files.problems import CodecFilesWrong, read
from boroughsense.settings import CodecFiles, Settings
from decoders.codec import Codec
from decoders.errors import CodecFailed, CodecMemory, CodecTimeout
from decoders.javascript import Sandbox, Script, ScriptCodec
from decoders.mapping import Mapped, ObjectCodec
from decoders.registry import NATIVE, Registry
from ingest.codec_workers import Workers

_MODEL = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)?").fullmatch

_SYNTAX = re.compile(r"SyntaxError: (?P<words>.*) \((?P<line>line \d+)\)").fullmatch
"""What the engine says of a file that is no JavaScript"""


def load(settings: Settings, sandbox: Sandbox | None = None) -> Registry:
    """Give every codec there is; those of the settings stand behind the native ones.

    Args:
        settings: `codecs` names the files.
        sandbox: What runs the vendors' codecs; None: processes that start when they are needed,
            and end with this one.

    Raises:
        CodecFilesWrong: with every mistake in every file.
    """
    brought = list(bring(settings, sandbox or Workers()))
    return Registry((*NATIVE.models(), *brought)) if brought else NATIVE


def bring(settings: Settings, sandbox: Sandbox) -> Iterator[Codec]:
    """Give the codecs of the settings; CodecFilesWrong with every mistake in every file."""
    problems: list[Problem] = []
    for model, files in settings.codecs.items():
        try:
            _check_name(model)
            yield codec(model, files, sandbox)
        except CodecFilesWrong as error:
            problems += error.problems
    if problems:
        raise CodecFilesWrong(problems)


def _check_name(model: str) -> None:
    where = f"codecs.{model}"
    if not _MODEL(model):
        wrong = "is not a model's name: write small letters, digits and dashes"
        raise CodecFilesWrong([Problem("", where, wrong)])
    if model in {known.model for known in NATIVE.models()}:
        raise CodecFilesWrong([Problem("", where, "is a model that there is already")])


def codec(model: str, files: CodecFiles, sandbox: Sandbox) -> Codec:
    """Give the codec of some files; CodecFilesWrong with every mistake."""
    match files.javascript, files.mapping, files.declarative:
        case None, None, Path() as layout:
            content = read(layout)
            return declared_text.load(content, str(layout), model, version(content))
        case None, Path() as mapping, None:
            content = read(mapping)
            mapped = mapping_text.load(content, str(mapping))
            return ObjectCodec(model, mapped, version(content))
        case Path() as source, mapping, None:
            return script_codec(model, source, mapping, sandbox)
        case _:
            wrong = "needs `declarative` alone, or `javascript`, or `mapping`, or the last two"
            raise CodecFilesWrong([Problem("", f"codecs.{model}", wrong)])


def script_codec(model: str, source: Path, mapping: Path | None, sandbox: Sandbox) -> ScriptCodec:
    """Give a vendor's codec; without a mapping it has data, and no observations."""
    content, mapped = read(source), b""
    names = Mapped()
    if mapping is not None:
        mapped = read(mapping)
        names = mapping_text.load(mapped, str(mapping))
    script = _script(content, str(source), sandbox)
    return ScriptCodec(model, script, sandbox, names, version(content, mapped))


def _script(content: bytes, file: str, sandbox: Sandbox) -> Script:
    """Read a vendor's codec; CodecFilesWrong when it is no JavaScript, with the line."""
    try:
        script = Script(content.decode("utf-8-sig"))
    except ValueError as error:
        raise CodecFilesWrong([Problem(file, "", f"is no codec: {error}")]) from error
    _check_script(script, file, sandbox)
    return script


def _check_script(script: Script, file: str, sandbox: Sandbox) -> None:
    """Have the file parsed; what else hinders that may pass, and is told of at an uplink."""
    try:
        sandbox.check(script)
    except (CodecFailed, CodecTimeout, CodecMemory) as error:
        found = _SYNTAX(error.detail)
        if found:
            wrong = Problem(file, found["line"], f"is not JavaScript: {found['words']}")
            raise CodecFilesWrong([wrong]) from error


def version(*contents: bytes) -> str:
    """Name files by what is in them."""
    return sha256(b"\0".join(contents)).hexdigest()[:12]
