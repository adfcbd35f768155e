"""What a process that runs codecs and its owner say to each other.

    request   [digest of the codec, its source or "", request]
    answer    [reason or "", reply or detail]

Each is a MessagePack list behind its length in four bytes. The source comes once; when the codec
was put away since, the reason is `send_source`. An empty request asks whether the source is
JavaScript.
"""

from struct import Struct
from typing import BinaryIO

import msgspec

HEAD = Struct(">I")
"""The length of a message"""
SEND_SOURCE = "send_source"
CHECK = ""
"""The request that only has the source read"""

REQUEST = msgspec.msgpack.Decoder(tuple[str, str, str])
ANSWER = msgspec.msgpack.Decoder(tuple[str, str])


def encode(*texts: str) -> bytes:
    """Write a message, with its length."""
    body = msgspec.msgpack.encode(texts)
    return HEAD.pack(len(body)) + body


def read(stream: BinaryIO) -> bytes | None:
    """Give the next message; None when the stream has ended."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    (length,) = HEAD.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None
