"""The JavaScript codec of a device profile, as it was read from the network server."""

from dataclasses import replace

from alerts.problems import Problem
from boroughsense.codec_files import mapping_text
from boroughsense.codec_files.problems import CodecFilesWrong, read
from boroughsense.codec_files.script_text import script, version
from boroughsense.database import database
from boroughsense.settings import CodecFiles, Settings
from decoders.errors import UnknownDevice
from decoders.javascript import Sandbox, ScriptCodec
from decoders.registry import NATIVE
from storage.connection import connect
from storage.errors import StorageError
from storage.network_registry import ProfileScript, scripts


def codec(model: str, files: CodecFiles, settings: Settings, sandbox: Sandbox) -> ScriptCodec:
    """Give the codec of a device profile; it is called as the profile is, which binds its devices.

    Raises:
        CodecFilesWrong: with every mistake in the settings, the mapping or the script.
    """
    where = f"codecs.{model}"
    if files.javascript or files.declarative or not files.mapping:
        raise _wrong(where, "needs a `mapping` beside `chirpstack_profile`, and nothing else")
    if not settings.codecs_from_chirpstack:
        why = "runs code from the network server: allow that by `codecs_from_chirpstack = true`"
        raise _wrong(where, why)
    profile = _profile(where, files.chirpstack_profile or "", settings)
    mapped = read(files.mapping)
    names = mapping_text.load(mapped, str(files.mapping))
    source = profile.script.encode()
    found = script(source, f"the codec of device profile {profile.name}", sandbox)
    title = replace(names, title=profile.name)
    return ScriptCodec(model, found, sandbox, title, version(source, mapped))


def _profile(where: str, name: str, settings: Settings) -> ProfileScript:
    """Find the profile; its name must not mean another codec already."""
    try:
        with database(settings) as dsn, connect(dsn) as connection:
            found = scripts(connection, name)
    except StorageError as error:
        raise _wrong(where, f"its codec is in the database: {error}") from error
    if not found:
        why = f"no device profile {name!r} with JavaScript is known: run boroughsense devices sync"
        raise _wrong(where, why)
    if len(found) > 1:
        ids = ", ".join(sorted(profile.id for profile in found))
        raise _wrong(where, f"several device profiles are called {name!r}: give an id of {ids}")
    try:
        other = NATIVE.codec(found[0].name).model
    except UnknownDevice:
        return found[0]
    raise _wrong(where, f"device profile {found[0].name!r} is bound by its name to {other}")


def _wrong(where: str, why: str) -> CodecFilesWrong:
    return CodecFilesWrong([Problem("", where, why)])
