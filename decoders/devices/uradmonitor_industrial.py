"""uRADMonitor INDUSTRIAL and A3: gases, dust and noise.

On port 1, big-endian, of one length or nothing. Below zero is said by a sign bit before the size,
not in two's complement.

    INDUSTRIAL    A3
    50 bytes      32 bytes
    0-3           0-3        device, 4 bytes
    4 5           4 5        hardware, firmware
    6-9           6-9        seconds since the start: not a date
    10-19         -          position, altitude, speed
    20-21         10-11      temperature         s16 by sign and size, 0.01 Cel
    22-23         12-13      pressure            u16 + 65535 Pa
    24            14         humidity            u8, 0.5 %
    25-27         15-17      gas resistance, ohm: not read
    28            18         noise               u8, 0.5 dB, weighted A
    29-44         -          four gases, each    I: u8, which gas
                               I G G G           G: s24 by sign and size, 0.001 ppm
    -             19-20      CO2                 u16, ppm
    -             21-22      formaldehyde        u16, ppb
    -             23-24      ozone               u16, ppb
    -             25-26      PM1                 u16, ug/m3
    46-47         27-28      PM2.5               u16, ug/m3
    -             29-30      PM10                u16, ug/m3
    45            -          PM1 is PM2.5 less this         u8, ug/m3
    48            -          PM10 is PM2.5 and this         u8, ug/m3
    49            31         checksum: its rule is not published; not checked, written as 0

Oddities. The gases of the INDUSTRIAL come by id, in any order: 2A ozone, 2C NO2, 2B SO2, 04 CO,
03 H2S, 02 NH3, 31 Cl2. An unknown id is read over with a warning; 00 is taken for a place without
a sensor, and written there. The same gas twice: the last counts. PM1 comes
out below zero when its step is larger than PM2.5, for the plausible range to judge. The A3 also
stands outdoors; it is taken for indoors, whose readings are nobody else's, until its profile says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from decoders.block import Block, Field, Said, Series, Sheet, Words
from decoders.codec import Device
from decoders.fixed_layout import FixedLayout, Frame
from decoders.model import Environment, Observation
from decoders.scale import Linear
from decoders.wire import U8, U16, Number, Sign

_S16 = Number(16, Sign.MAGNITUDE)
_S24 = Number(24, Sign.MAGNITUDE)
_HUNDREDTH = Linear(divide=100)
_HALF = Linear(divide=2)
_A_WEIGHTED = (Words(0, 0, ("A",)),)
"""No bits: the noise meter has one weighting"""


def _gas(which: int, name: str, divide: int) -> Block:
    field = Field(name, _S24, 1, Linear(divide=divide))
    return Block(4, (field,), template=bytes((which,)))


_PPM, _PPB = 1000, 1
GASES = {
    0x2A: _gas(0x2A, "o3", _PPB),
    0x2C: _gas(0x2C, "no2", _PPB),
    0x2B: _gas(0x2B, "so2", _PPB),
    0x04: _gas(0x04, "co", _PPM),
    0x03: _gas(0x03, "h2s", _PPM),
    0x02: _gas(0x02, "nh3", _PPM),
    0x31: _gas(0x31, "cl2", _PPM),
}
"""By id"""
_NO_SENSOR = 0


@dataclass(frozen=True, slots=True)
class Gases:
    """Places for gas sensors, each with the gas's id before its value."""

    places: int = 4

    @property
    def size(self) -> int:
        """Length in bytes."""
        return 4 * self.places

    @property
    def series(self) -> tuple[Series, ...]:
        """Every gas that has an id."""
        return tuple(series for gas in GASES.values() for series in gas.series)

    @property
    def required(self) -> frozenset[Series]:
        """None: a place may be empty."""
        return frozenset()

    def read(self, run: bytes, sheet: Sheet) -> None:
        """Put the gases onto the sheet."""
        for at in range(0, self.size, 4):
            which = run[at]
            if which in GASES:
                GASES[which].read(run[at : at + 4], sheet)
            elif which != _NO_SENSOR:
                sheet.warnings.append(f"gas {which:02x} is unknown")

    def write(self, said: Said, moment: datetime | None) -> bytes:
        """Give the gases in the order of the table.

        Raises:
            ValueError: there are more gases than places.
        """
        spoken = [gas.write(said, moment) for gas in GASES.values() if gas.series[0] in said]
        if len(spoken) > self.places:
            raise ValueError(f"{len(spoken)} gases do not fit {self.places} places")
        return b"".join(spoken).ljust(self.size, bytes((_NO_SENSOR,)))


_S18 = Number(18, Sign.TWOS_COMPLEMENT)
"""What 16 bits and a step up or down can reach"""
_PM1, _PM2_5, _PM10 = Field("pm1", _S18), Field("pm2_5", U16), Field("pm10", _S18)


@dataclass(frozen=True, slots=True)
class Dust:
    """PM2.5 with the steps down to PM1 and up to PM10, a byte each."""

    size: int = 4

    @property
    def series(self) -> tuple[Series, ...]:
        """The three sizes."""
        return tuple(field.series for field in (_PM1, _PM2_5, _PM10))

    @property
    def required(self) -> frozenset[Series]:
        """The three sizes: there is no code for `no value`."""
        return frozenset(self.series)

    def read(self, run: bytes, sheet: Sheet) -> None:
        """Put the three onto the sheet."""
        middle = int.from_bytes(run[1:3], "big")
        for field, result in ((_PM1, middle - run[0]), (_PM2_5, middle), (_PM10, middle + run[3])):
            name, channel = field.series
            sheet.live[field.series] = Observation(name, float(result), channel=channel)

    def write(self, said: Said, moment: datetime | None) -> bytes:  # noqa: ARG002
        """Give the bytes; a step wider than a byte is written as the widest."""
        small, middle, large = (
            f.number.value(f.code(said[f.series].result)) for f in (_PM1, _PM2_5, _PM10)
        )
        down, up = U8.code(middle - small), U8.code(large - middle)
        return bytes((down,)) + middle.to_bytes(2, "big") + bytes((up,))


def _climate(at: int) -> tuple[Field, ...]:
    """Give what both models measure in the same order, from this byte on."""
    return (
        Field("temperature", _S16, at, _HUNDREDTH),
        Field("pressure", U16, at + 2, Linear(divide=100, offset=65_535)),
        Field("relative_humidity", U8, at + 4, _HALF),
        Field("sound_level", U8, at + 8, _HALF, qualified_by=_A_WEIGHTED),
    )


_INDUSTRIAL = (Block(29, _climate(20)), Gases(), Dust(), Block(1, ()))
_A3 = (
    Block(
        32,
        (
            *_climate(10),
            Field("co2", U16, 19),
            Field("formaldehyde_ppb", U16, 21),
            Field("o3", U16, 23),
            Field("pm1", U16, 25),
            Field("pm2_5", U16, 27),
            Field("pm10", U16, 29),
        ),
    ),
)

CODECS = tuple(
    Device(
        f"uradmonitor-industrial/{name.lower()}",
        f"uRADMonitor {name}",
        environment,
        timedelta(minutes=5),
        FixedLayout(1, (Frame(1, parts),)),
    )
    for name, environment, parts in (
        ("INDUSTRIAL", Environment.OUTDOOR, _INDUSTRIAL),
        ("A3", Environment.INDOOR, _A3),
    )
)
