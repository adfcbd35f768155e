"""Chains of items: a kind, a value of the length that the kind fixes, and so on to the end.

The length of an unknown item is unknown too, so reading stops there. What was read before is kept,
with a warning; a frame that begins with one is refused whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from decoders.block import Block, Said, Series, Sheet
from decoders.codec import APPLICATION_PORTS, NOTHING, by_moment, is_stored, one_each, unsayable
from decoders.errors import DecodeError, Truncated, UnknownChannel
from decoders.model import Observation, Reading


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of item."""

    key: bytes
    """What stands before the value"""
    block: Block
    further: tuple[Block, ...] = ()
    """What the second, third ... occurrence in a frame says, when it is not the same again"""

    def read(self, run: bytes, sheet: Sheet) -> None:
        """Put the value onto the sheet."""
        if not self.further:
            self.block.read(run, sheet)
            return
        for block in (self.block, *self.further):
            if block.series[0] not in sheet.live:
                block.read(run, sheet)
                return
        sheet.warnings.append(f"{self.key.hex()} comes more often than a frame can hold")


def unread(key: str, size: int) -> Item:
    """Give an item that carries no measurement: only its length is of use."""
    return Item(bytes.fromhex(key), Block(size, ()))


@dataclass(frozen=True, slots=True)
class ChannelLayout:
    """A chain of items."""

    items: tuple[Item, ...]
    f_port: int
    """The port of a normal reading; the device can be set to any other"""
    ends: tuple[bytes, ...] = ()
    """Beginnings of keys after which nothing is measured: replies to downlinks, settings"""
    silent_ports: frozenset[int] = frozenset()
    """Ports that carry no measurement"""
    _items: dict[bytes, Item] = field(init=False, repr=False, compare=False)
    _width: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the items by their key."""
        object.__setattr__(self, "_items", {item.key: item for item in self.items})
        object.__setattr__(self, "_width", len(self.items[0].key))

    @property
    def ports(self) -> range:
        """Any port of an application."""
        return APPLICATION_PORTS

    @property
    def series(self) -> tuple[Series, ...]:
        """Everything the chain can say."""
        return tuple(
            series
            for item in self.items
            for block in (item.block, *item.further)
            for series in block.series
        )

    def decode(self, payload: bytes, f_port: int, received_at: datetime | None) -> Reading:
        """Read item after item."""
        if f_port in self.silent_ports:
            return NOTHING
        sheet = Sheet(received_at)
        at, width = 0, self._width
        while at < len(payload):
            item = self._items.get(payload[at : at + width])
            if item is None:
                return sheet.reading(self._stop(payload, at, sheet))
            run = payload[at + width : at + width + item.block.size]
            if len(run) < item.block.size:
                return sheet.reading(_cut(item, run))
            item.read(run, sheet)
            at += width + item.block.size
        return sheet.reading()

    def _stop(self, payload: bytes, at: int, sheet: Sheet) -> DecodeError | None:
        """Judge a key that is not in the table."""
        key = payload[at : at + self._width]
        if key.startswith(self.ends):
            return None
        if len(key) < self._width:
            return Truncated(f"the frame ends after {key.hex()}, in the middle of an item")
        if at == 0:
            return UnknownChannel(f"{key.hex()} is not an item this device sends")
        sheet.warnings.append(f"{key.hex()} at byte {at} is unknown: nothing is read from there on")
        return None

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Give the readings of now in the order of the table, then the stored records."""
        live = [seen for seen in observations if not is_stored(seen)]
        chain = self._live(one_each(live))
        stored = [seen for seen in observations if is_stored(seen)]
        for moment, said in by_moment(stored).items():
            chain += self._record(said, moment)
        return self.f_port, chain

    def _live(self, said: Said) -> bytes:
        chain, rest = b"", dict(said)
        for item in self.items:
            for block in (item.block, *item.further):
                if block.clock is not None or not rest.keys() & set(block.series):
                    break
                chain += item.key + block.write(rest, None)
                rest = {series: rest[series] for series in rest if series not in block.series}
        if rest:
            raise unsayable(rest.values())
        return chain

    def _record(self, said: Said, moment: datetime | None) -> bytes:
        for item in self.items:
            block = item.block
            if block.clock is not None and block.required <= said.keys() <= set(block.series):
                return item.key + block.write(said, moment)
        raise unsayable(said.values())


def _cut(item: Item, run: bytes) -> Truncated:
    return Truncated(f"{item.key.hex()} needs {item.block.size} bytes, {len(run)} are left")
