"""Dragino LHT65N, and the older LHT65: temperature and humidity of a room, and of a probe.

Fixed structs, big-endian. On port 2, byte 6 tells which one it is:

    byte 6   KKMMMMMM     K: 00 live, 01 answer to a poll of the log, 10 sent again
                          M: mode, that is, what is plugged in

    live     SB BB        S: state of the battery, two bits, not read; B: 14 bits, mV
             TT TT        T: s16, 0.01 Cel
             .H HH        H: 12 bits, 0.1 %
             0M           by mode:
                00        nothing is plugged in
                01, 02    TT TT of the probe, and 2 bytes of no use
                05        LL LL light, u16, lx, and 2 bytes of no use
                0B        TT TT .H HH of the probe
                10        TT TT .H HH of the probe; its identity instead of the room's values
                20        TT TT of the probe; its identity instead of the room's values
                0E 0F 15  nothing but identity
                others    interrupt, voltage, counts: only the room's values are read

    live     TT TT        mode 09, 0A: of the probe, instead of the battery
             TT TT SH HH  as above, S: state of the battery
             0M
             CC CC CC CC  clock of the reading: u32, Unix time in seconds, UTC

    others   EE EE        of the probe: temperature in modes 01 02 09 0A 0B 0C, else not read
             TT TT .H HH
             KM
             CC CC CC CC  clock of the record; such records to the end of the frame

On port 3, several samples of the probe: SB BB, kind of probe (1 to 4), and TT TT for each sample.
On port 5, about the device: model, firmware (2 bytes), band, sub-band, and the battery as u16, mV.

Oddities. A temperature of 7FFF means that no probe is there. The samples on port 3 have no times
and no stated order, so that several are given as `no time`; a single one is the reading of now.
The maker's codec ignores the port and reads the clock with a sign; it takes no other either.
"""

from datetime import timedelta

from decoders.block import Block, Field
from decoders.clock import Clock
from decoders.codec import Device
from decoders.fixed_layout import FixedLayout, Frame, Mark, Tail
from decoders.model import Environment
from decoders.scale import Linear
from decoders.wire import S16, U16, Number

_HUNDREDTH = Linear(divide=100)
_NO_PROBE = (0x7FFF,)
_U12 = Number(12)
_U14 = Number(14)

_BATTERY = Field("battery_voltage", _U14, 0, Linear(divide=1000), bit=2)
_TEMPERATURE = Field("temperature", S16, 2, _HUNDREDTH)
_HUMIDITY = Field("relative_humidity", _U12, 4, Linear(divide=10), bit=4)


def _probe(at: int) -> Field:
    return Field("temperature", S16, at, _HUNDREDTH, channel="external", absent=_NO_PROBE)


_PROBE_HUMIDITY = Field("relative_humidity", _U12, 2, Linear(divide=10), bit=4, channel="external")
_NOTHING = Block(4, (), template=b"\x7f\xff\x7f\xff")
_ROOM = Block(7, (_BATTERY, _TEMPERATURE, _HUMIDITY))
_ONLY_BATTERY = Block(7, (_BATTERY,))


def _live(head: Block, tail: Block, *modes: int, spoken: bool = False) -> Frame:
    return Frame(2, (head, tail), (Mark(6, modes),), spoken=spoken)


def _record(probe: tuple[Field, ...], *marks: Mark) -> Frame:
    block = Block(11, (*probe, _TEMPERATURE, _HUMIDITY), clock=Clock(7))
    return Frame(2, (block,), (Mark(6, (0x40, 0x80), 0xC0), *marks), Tail.RECORDS)


_LAYOUT = FixedLayout(
    f_port=2,
    frames=(
        _live(_ROOM, _NOTHING, 0x00, spoken=True),
        _live(_ROOM, Block(4, (_probe(0),), template=_NOTHING.template), 0x01, 0x02, spoken=True),
        _live(_ROOM, Block(4, (Field("illuminance", U16),)), 0x05, spoken=True),
        _live(_ROOM, Block(4, (_probe(0), _PROBE_HUMIDITY)), 0x0B, spoken=True),
        _live(
            Block(11, (_probe(0), _TEMPERATURE, _HUMIDITY), clock=Clock(7, stored=False)),
            Block(0, ()),
            0x09,
            0x0A,
        ),
        _live(_ONLY_BATTERY, Block(4, (_probe(0), _PROBE_HUMIDITY)), 0x10),
        _live(_ONLY_BATTERY, Block(4, (_probe(0),)), 0x20),
        _live(_ONLY_BATTERY, _NOTHING, 0x0E, 0x0F, 0x15),
        Frame(2, (_ROOM, _NOTHING), (Mark(6, (0x00,), 0xC0),), spoken=False),
        _record((_probe(0),), Mark(6, (0x01, 0x02, 0x09, 0x0A, 0x0B, 0x0C), 0x3F)),
        _record(()),
        Frame(
            3,
            (Block(3, (_BATTERY,)), Block(2, (_probe(0),))),
            (Mark(2, (1, 2, 3, 4)),),
            Tail.SAMPLES,
            spoken=False,
        ),
        Frame(
            5, (Block(7, (Field("battery_voltage", U16, 5, Linear(divide=1000)),)),), spoken=False
        ),
    ),
)

CODECS = (
    Device("dragino-lht65n", "Dragino LHT65N", Environment.INDOOR, timedelta(minutes=20), _LAYOUT),
)
