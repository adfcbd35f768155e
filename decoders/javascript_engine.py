"""A vendor's JavaScript codec in an engine of its own, with limits on time, memory and stack.

    warm    one context for many calls. The file is run inside a function, anew for every call, so
            what it keeps in variables (a counter, the last frame) is gone with the call. What it
            leaves in the global object is wiped; when it changed what cannot be wiped, such as
            `Object.prototype`, the context is thrown away and the next call gets another.
    fresh   a context for one call, with the file run as a script: exactly as the network servers
            do it. A call that throws in the warm context, or that looks in the global object for a
            name that a script would have put there, is made again in a fresh one, whose answer
            counts; a file that works only so is run so from then on.

So a call sees nothing of the calls before it, whichever way it is made. Nothing of this machine is
visible: no files, no network, no environment, no timers. The limit on time counts the processor's
time of this process; a native call can outlast it, which is for the process's owner to end.
"""

import json
import re
from importlib.resources import files
from typing import Any

from quickjs import Context, JSException

from decoders.errors import CodecFailed, CodecMemory, CodecTimeout

TIME_LIMIT = 0.1
"""Seconds of processor time for each of: loading the file, calling it"""
MEMORY_LIMIT = 64 * 1024 * 1024
STACK_LIMIT = 512 * 1024
CALLS = 10_000
"""How many calls a warm context serves: what promises leave behind is never run, and adds up"""

_HOST = files("decoders").joinpath("scripts/host.js").read_text("utf-8")
_BUFFER = files("decoders").joinpath("scripts/buffer.js").read_text("utf-8")
_FOUND = "".join(
    f"{name}: typeof {name} === 'undefined' ? undefined : {name}, "
    for name in ("decodeUplink", "Decoder", "Decode", "exports", "module")
)
_FIND = "(function () { return {" + _FOUND + "}; })"
_MAKE = "(function () {%s\n;return " + _FIND + ";})"
_SCRIPT = True
_JSON = json.JSONDecoder()
_GLOBAL = re.compile(r"\b(?:this|globalThis|eval|Function)\b")
_LINE = re.compile(r"<input>:(\d+)")


class Engine:
    """Runs one codec's file."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._script_only = False
        self._calls = 0
        self._harmless: set[str] = set()
        """What the file looks for in the global object and rightly does not find"""
        self._warm: tuple[Any, Any] | None = None
        """The host's function and the codec's, in the context for many calls"""

    def call(self, request: str) -> str:
        """Call the codec with a request; gives the answer as `scripts/host.js` writes it.

        Raises:
            CodecFailed: it threw, or cannot be run at all.
            CodecTimeout: it ran for longer than it may.
            CodecMemory: it wanted more memory than it may have.
        """
        if self._script_only:
            return self._call_fresh(request)
        try:
            reply = self._call_warm(request)
        except CodecFailed:
            reply = self._call_fresh(request)
            self._script_only = True
            return reply
        if self._is_harmless(reply):
            return reply
        self._script_only = True
        return self._call_fresh(request)

    def check(self) -> None:
        """See whether the file is JavaScript; only one that a script alone can be is run for it.

        Raises:
            CodecFailed: it is not; the detail says what is wrong in which line.
            CodecTimeout: it takes longer to read than it may.
            CodecMemory: it takes more memory to read than it may have.
        """
        try:
            self._warm = self._heat()
        except CodecFailed:
            context, host = _context(self._source)
            _guarded(host)
            try:
                _guarded(context.eval, self._source)
            except CodecFailed as error:
                if error.detail.startswith("SyntaxError"):
                    raise

    def _call_warm(self, request: str) -> str:
        warm, self._warm = self._warm or self._heat(), None
        host, make = warm
        reply = str(_guarded(host, make, request))
        self._calls += 1
        if reply.startswith("[true") and self._calls % CALLS:
            self._warm = warm
        return reply

    def _is_harmless(self, reply: str) -> bool:
        """Say whether a file that is run inside a function found all that it looked for."""
        at = reply.index(",") + 1
        if reply.startswith("[]", at):
            return True
        missed: list[str] = _JSON.raw_decode(reply, at)[0]
        for miss in missed:
            if miss not in self._harmless and self._was_meant(*miss.split(" ", 1)):
                return False
            self._harmless.add(miss)
        return True

    def _was_meant(self, kind: str, name: str) -> bool:
        """Say whether a script would have found a name, or changed what it names.

        One that only stands behind `typeof` is asked for, not used. One that is set without having
        been declared is the same in a function, unless the global object itself was reached for.
        """
        word = rf"(?<![\w$]){re.escape(name)}(?![\w$])"
        if kind == "set":
            rest = re.sub(rf"\bthis\s*\.\s*(?!{word})[\w$]+", "", self._source)
            return _GLOBAL.search(rest) is not None
        used = re.compile(rf"(?<!\.){word}(?!\s*:)")
        asked = re.compile(rf"typeof\s*\(?\s*{word}")
        return len(used.findall(self._source)) > len(asked.findall(self._source))

    def _heat(self) -> tuple[Any, Any]:
        context, host = _context(self._source)
        return host, _guarded(context.eval, _MAKE % self._source)

    def _call_fresh(self, request: str) -> str:
        context, host = _context(self._source)
        _guarded(host)
        _guarded(context.eval, self._source)
        return str(_guarded(host, context.eval(_FIND), request, _SCRIPT))


def _context(source: str) -> tuple[Context, Any]:
    """Make a context with its limits, and the host's function in it."""
    context = Context()
    context.set_memory_limit(MEMORY_LIMIT)
    context.set_time_limit(TIME_LIMIT)
    context.set_max_stack_size(STACK_LIMIT)
    buffer = context.eval(_BUFFER) if "buffer" in source.lower() else None
    return context, context.eval(_HOST)(buffer)


def _guarded(function: Any, *arguments: Any) -> Any:  # noqa: ANN401 - the engine has none
    """Call into the engine, and name what goes wrong."""
    try:
        return function(*arguments)
    except JSException as error:
        raise _named(str(error)) from error
    except (TypeError, UnicodeError) as error:
        raise CodecFailed(f"the engine cannot give it back: {error}") from error


def _named(words: str) -> CodecFailed | CodecTimeout | CodecMemory:
    """Tell a thrown error from a limit; the first line, and where in the file it was thrown."""
    first, _, trace = words.partition("\n")
    if first == "InternalError: interrupted":
        return CodecTimeout(f"stopped after {1000 * TIME_LIMIT:.0f} ms")
    if "out of memory" in first or "string too long" in first:
        return CodecMemory(f"{first}: more than {MEMORY_LIMIT >> 20} MB")
    line = _LINE.search(trace)
    place = f" (line {line[1]})" if line else ""
    return CodecFailed(f"{first[:300]}{place}")
