"""A process that runs vendors' codecs and nothing else: `python -m ingest.codec_worker`.

It reads requests from standard input and writes one answer each to standard output; when the input
ends, so does it. A codec that brings the process down brings down nothing else.
"""

import resource
import signal
import sys
from collections import OrderedDict
from typing import BinaryIO

from decoders.errors import CodecFailed, CodecMemory, CodecTimeout
from decoders.javascript_engine import Engine
from ingest.codec_wire import CHECK, REQUEST, SEND_SOURCE, encode, read

KEPT = 16
"""How many codecs stay loaded, each with memory of its own"""
ADDRESS_SPACE = 2 << 30
"""Bytes: far above what the engines may have together, far below what hurts the machine"""


class Loaded:
    """The codecs that were run last, ready to run again."""

    def __init__(self) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()

    def answer(self, digest: str, source: str, request: str) -> tuple[str, str]:
        """Run a codec; gives a reason and its detail, or no reason and the reply."""
        engine = self._engines.pop(digest, None)
        if engine is None and not source:
            return SEND_SOURCE, ""
        engine = self._engines[digest] = engine or Engine(source)
        if len(self._engines) > KEPT:
            self._engines.popitem(last=False)
        try:
            if request == CHECK:
                engine.check()
                return "", ""
            return "", engine.call(request)
        except (CodecFailed, CodecTimeout, CodecMemory) as error:
            return error.reason, error.detail
        except MemoryError:
            self._engines.clear()
            return CodecMemory.reason, "the process has no memory left"


def confine() -> None:
    """Give up what a codec could misuse if it broke out of its engine."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until they end; the first message says that the process is ready."""
    loaded = Loaded()
    send(answers, "", "")
    while (message := read(requests)) is not None:
        send(answers, *loaded.answer(*REQUEST.decode(message)))


def send(answers: BinaryIO, reason: str, words: str) -> None:
    """Send an answer."""
    answers.write(encode(reason, words))
    answers.flush()


if __name__ == "__main__":
    confine()
    serve(sys.stdin.buffer, sys.stdout.buffer)
