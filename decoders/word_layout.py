"""Decentlab's format, the same for all its devices.

    byte   0   1-2            3-4     5...
           V   device number  flags   the blocks whose flag is set, lowest bit first
    V      version of the format, 2
    flags  bit 0 for the first block of the table, and so on

A block whose flag is not set takes no bytes. A flag beyond the table belongs to a newer device:
its block lies behind the known ones, which are read all the same. Everything is big-endian.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from decoders.block import Part, Series, Sheet
from decoders.codec import is_stored, one_each, unsayable
from decoders.errors import Truncated, UnsupportedVersion
from decoders.model import Observation, Reading

VERSION = 2
HEADER = 5


@dataclass(frozen=True, slots=True)
class WordLayout:
    """Blocks of 16-bit words, each switched on by a flag."""

    blocks: tuple[Part, ...]
    """By flag: the first block has bit 0"""
    f_port: int = 1

    @property
    def ports(self) -> frozenset[int]:
        """The one port."""
        return frozenset({self.f_port})

    @property
    def series(self) -> tuple[Series, ...]:
        """Everything the blocks can say."""
        return tuple(series for block in self.blocks for series in block.series)

    def decode(self, payload: bytes, f_port: int, received_at: datetime | None) -> Reading:  # noqa: ARG002
        """Read the header, then the block of each flag."""
        sheet = Sheet(received_at)
        if payload[0] != VERSION:
            return sheet.reading(
                UnsupportedVersion(f"version {payload[0]} is not {VERSION}, the only known one")
            )
        if len(payload) < HEADER:
            return sheet.reading(Truncated(f"{len(payload)} bytes of a header of {HEADER}"))
        return self._blocks(payload, int.from_bytes(payload[3:5], "big"), sheet)

    def _blocks(self, payload: bytes, flags: int, sheet: Sheet) -> Reading:
        at = HEADER
        for bit, block in enumerate(self.blocks):
            if not flags >> bit & 1:
                continue
            run = payload[at : at + block.size]
            if len(run) < block.size:
                missing = f"block {bit} needs {block.size} bytes, {len(run)} are left"
                return sheet.reading(Truncated(missing))
            block.read(run, sheet)
            at += block.size
        if at < len(payload):
            sheet.warnings.append(f"{len(payload) - at} bytes behind the known blocks are unread")
        return sheet.reading()

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Give a frame of device 0 with the blocks that are needed."""
        said = one_each(observations)
        if any(map(is_stored, observations)) or not said.keys() <= set(self.series):
            raise unsayable(observations)
        flags, run = 0, b""
        for bit, block in enumerate(self.blocks):
            if said.keys() & set(block.series):
                flags |= 1 << bit
                run += block.write(said, None)
        return self.f_port, bytes((VERSION, 0, 0)) + flags.to_bytes(2, "big") + run
