"""What Milesight's devices have in common: a chain of items, little-endian.

    II TT V...       I: id of the channel, T: type of its value, V: value, as long as I and T say

    01 75 BB         battery           B: u8, %
    03 67 TT TT      temperature       T: s16, 0.1 Cel
    04 68 HH         humidity          H: u8, 0.5 %
    FF 01 ..         about the device: protocol (1 byte), hardware FF 09 (2), firmware FF 0A (2),
                     TSL FF FF (2), serial FF 16 (8), class FF 0F (1), switched on FF 0B (1),
                     reset FF FE (1)
    FE .., FF ..     anything else: a reply to a downlink, and nothing is measured behind it

When an item repeats, the last counts.
"""

from decoders.block import Block, Field
from decoders.channel_layout import Item, unread
from decoders.scale import Linear
from decoders.wire import S16, U8

REPLIES = (b"\xfe", b"\xff")
"""How the keys begin behind which nothing is measured."""

SENSOR_CODES = (0xFFFF, 0xFFFE, 0xFFFD)
"""What a 16-bit sensor says when it has no value: sister products document it."""


def item(key: str, *fields: Field) -> Item:
    """Give an item whose value is as long as its last field reaches; `key` is I and T in hex."""
    size = max(f.at + f.number.bits // 8 for f in fields)
    return Item(bytes.fromhex(key), Block(size, fields, "little"))


def about_device() -> tuple[Item, ...]:
    """Give the items that tell of the device, and carry no measurement."""
    sizes = {"ff01": 1, "ff09": 2, "ff0a": 2, "ffff": 2, "ff16": 8, "ff0f": 1, "ff0b": 1, "fffe": 1}
    return tuple(unread(key, size) for key, size in sizes.items())


BATTERY = item("0175", Field("battery_level", U8))
TEMPERATURE = item("0367", Field("temperature", S16, 0, Linear(divide=10)))
HUMIDITY = item("0468", Field("relative_humidity", U8, 0, Linear(divide=2)))
