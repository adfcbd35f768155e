"""A vendor's JavaScript codec, parsed before anything is decoded by it."""

import re
from hashlib import sha256

from alerts.problems import Problem
from boroughsense.codec_files.problems import CodecFilesWrong
from decoders.errors import CodecFailed, CodecMemory, CodecTimeout
from decoders.javascript import Sandbox, Script

_SYNTAX = re.compile(r"SyntaxError: (?P<words>.*) \((?P<line>line \d+)\)").fullmatch
"""What the engine says of a text that is no JavaScript"""


def script(content: bytes, file: str, sandbox: Sandbox) -> Script:
    """Read a codec; CodecFilesWrong when it is no JavaScript, with the line.

    Args:
        content: The file's bytes.
        file: How it is called in the problem.
        sandbox: What parses it.
    """
    try:
        found = Script(content.decode("utf-8-sig"))
    except ValueError as error:
        raise CodecFilesWrong([Problem(file, "", f"is no codec: {error}")]) from error
    _check(found, file, sandbox)
    return found


def _check(found: Script, file: str, sandbox: Sandbox) -> None:
    """Have it parsed; what else hinders that may pass, and is told of at an uplink."""
    try:
        sandbox.check(found)
    except (CodecFailed, CodecTimeout, CodecMemory) as error:
        syntax = _SYNTAX(error.detail)
        if syntax:
            wrong = Problem(file, syntax["line"], f"is not JavaScript: {syntax['words']}")
            raise CodecFilesWrong([wrong]) from error


def version(*contents: bytes) -> str:
    """Name files by what is in them."""
    return sha256(b"\0".join(contents)).hexdigest()[:12]
