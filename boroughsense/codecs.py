"""The codecs of this installation: the native ones, and those that the settings bring.

    [codecs.acme-room]
    javascript = "codecs/acme-room.js"         a vendor's TS013 codec, run in a sandbox
    mapping = "codecs/acme-room.yaml"          from its names to our properties

    [codecs.acme-bin]
    declarative = "codecs/acme-bin.yaml"       a layout, without any code

    [codecs.acme-meter]
    mapping = "codecs/acme-meter.yaml"         of the object that the network server decoded already

    [codecs.acme-probe]
    chirpstack_profile = "Acme Probe"          the codec that stands in a device profile there, as
    mapping = "codecs/acme-probe.yaml"         `devices sync` read it; it binds the profile, too

The codec's version is made of its files' content, so a changed file is another version.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from alerts.problems import Problem
from boroughsense import profile_codecs
from boroughsense.codec_files import declared_text, mapping_text
from boroughsense.codec_files.problems import CodecFilesWrong, read
from boroughsense.codec_files.script_text import script, version
from boroughsense.settings import CodecFiles, Settings
from decoders.codec import Codec
from decoders.javascript import Sandbox, ScriptCodec
from decoders.mapping import Mapped, ObjectCodec
from decoders.registry import NATIVE, Registry
from ingest.codec_workers import Workers

_MODEL = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)?").fullmatch


def load(settings: Settings, sandbox: Sandbox | None = None) -> Registry:
    """Give every codec there is; those of the settings stand behind the native ones.

    Args:
        settings: `codecs` names the files; those of device profiles are read from the database.
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
            if files.chirpstack_profile is None:
                yield codec(model, files, sandbox)
            else:
                yield profile_codecs.codec(model, files, settings, sandbox)
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
    loaded = script(content, str(source), sandbox)
    return ScriptCodec(model, loaded, sandbox, names, version(content, mapped))
