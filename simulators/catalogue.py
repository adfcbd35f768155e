"""Every family of device, with the steps and spans of its sensors, from the vendors' layouts."""

from collections.abc import Mapping

from decoders.model import Observation
from simulators.hardware import (
    Battery,
    BayHardware,
    Curve,
    Hardware,
    Log,
    Sensor,
    Spread,
    Steps,
    Stretches,
)
from simulators.phenomena import air, parking

_FINE = (Observation("battery_low", 0.0),)


def _whole(highest: int, multiply: int = 1, divide: int = 1) -> Steps:
    return Steps(0, highest, multiply, divide)


def _sensor(name: str, highest: int, multiply: int = 1, divide: int = 1) -> Sensor:
    return Sensor(name, _whole(highest, multiply, divide))


_TENTHS = Steps(-400, 850, 1, 10)
_WARMTH = Sensor("temperature", _TENTHS)
_HALVES = _sensor("relative_humidity", 200, 1, 2)
_PERCENT = _sensor("relative_humidity", 100)
_CO2 = Sensor("co2", Steps(400, 5000))
_MILLIVOLTS = _whole(0xFFFF, 1, 1000)
_DAILY = Battery("battery_level", _whole(100), 100, 0, every=144)
_LITHIUM = Battery("battery_voltage", _whole(3700, 1, 1000), 3.67, 2.6)
_ALKALINE = Battery("battery_voltage", _MILLIVOLTS, 3.1, 2.2)
_SHT35 = (
    Sensor("temperature", Curve(175, 65535, -45, -40, 85)),
    Sensor("relative_humidity", Curve(100, 65535, 0, 0, 100)),
)
_PASCALS = _sensor("pressure", 0xFFFF, 1, 50)

_EM300 = (_WARMTH, _HALVES)
_EM300_LOG = Log(("temperature", "relative_humidity"), most=4)
_AM_ROOM = (
    _sensor("motion", 1),
    _sensor("light_level", 5),
    _sensor("tvoc", 60_000),
    _sensor("pressure", 0xFFFF, 1, 10),
)
_AM_DUST = (_sensor("pm2_5", 1000), _sensor("pm10", 1000))
_AM_RECORD = (
    "temperature",
    "relative_humidity",
    "motion",
    "light_level",
    "co2",
    "tvoc",
    "pressure",
)


def _am300(variant: str, *more: Sensor) -> Hardware:
    record = (*_AM_RECORD, *(sensor.observed_property for sensor in more))
    gauges = (_WARMTH, _HALVES, _CO2, *_AM_ROOM, *more)
    return Hardware(f"milesight-am300/{variant}", gauges, _DAILY, Log(record, most=2))


_ROOMS = (
    Hardware("milesight-em300-th/em300-th", _EM300, _DAILY, _EM300_LOG),
    Hardware("milesight-em300-th/em320-th", _EM300, _DAILY, _EM300_LOG),
    Hardware(
        "elsys-ers",
        (
            _WARMTH,
            _PERCENT,
            _sensor("illuminance", 4000),
            _sensor("motion_count", 255),
            Sensor("co2", Steps(400, 10_000)),
        ),
        _LITHIUM,
    ),
    Hardware(
        "dragino-lht65n",
        (
            Sensor("temperature", Steps(-4000, 8500, 1, 100)),
            _sensor("relative_humidity", 1000, 1, 10),
            Sensor("temperature", Steps(-5500, 12_500, 1, 100), channel="external"),
        ),
        Battery("battery_voltage", _whole(0x3FFF, 1, 1000), 3.05, 2.5),
        Log(("temperature", "relative_humidity", "temperature@external"), most=4, mixed=False),
    ),
    Hardware("decentlab-dl-sht35", _SHT35, _ALKALINE),
    Hardware("adeunis-comfort/comfort", (_WARMTH, _PERCENT), samples=6, constant=_FINE),
    Hardware("adeunis-comfort/comfort-co2", (_WARMTH, _PERCENT, _CO2), samples=6, constant=_FINE),
    Hardware(
        "adeunis-comfort/breath",
        tuple(_sensor(name, 0xFFFF) for name in ("tvoc", "pm10", "pm2_5", "pm1")),
        constant=_FINE,
    ),
    Hardware(
        "nexelec-rise",
        (
            Sensor("temperature", Steps(-300, 700, 1, 10)),
            _sensor("relative_humidity", 1000, 1, 10),
            _CO2,
            _sensor("tvoc", 16_000),
            _sensor("illuminance", 1000, 5),
            _sensor("sound_level_average", 120),
            _sensor("sound_level_peak", 120),
            _sensor("occupancy_rate", 100),
        ),
    ),
    Hardware(
        "milesight-am300/am103",
        (_WARMTH, _HALVES, _CO2),
        _DAILY,
        Log(("temperature", "relative_humidity", "co2"), most=3),
    ),
    _am300("am307"),
    _am300("am308", *_AM_DUST),
    _am300("am319-o3", *_AM_DUST, _sensor("o3", 1000, 10)),
    _am300("am319-hcho", *_AM_DUST, _sensor("formaldehyde", 300, 10)),
    Hardware(
        "decentlab-dl-iam",
        (
            *_SHT35,
            _PASCALS,
            _sensor("illuminance", 0xFFFF, 15_504, 10_000),
            Sensor("co2", Steps(0, 10_000)),
            _sensor("motion_count", 0xFFFF),
            _sensor("tvoc_ppb", 0xFFFF),
        ),
        _ALKALINE,
    ),
    Hardware(
        "milesight-ws302",
        (
            Sensor("sound_level", _whole(1300, 1, 10), qualifier="A fast"),
            Sensor("sound_level_average", _whole(1300, 1, 10), qualifier="A"),
            Sensor("sound_level_maximum", _whole(1300, 1, 10), qualifier="A fast"),
        ),
        _DAILY,
    ),
    Hardware(
        "uradmonitor-industrial/a3",
        (
            Sensor("temperature", Steps(-4000, 8500, 1, 100)),
            Sensor("pressure", Steps(65_535, 110_000, 1, 100)),
            _HALVES,
            Sensor("sound_level", _whole(240, 1, 2), qualifier="A"),
            _CO2,
            *(_sensor(name, 0xFFFF) for name in ("formaldehyde_ppb", "o3", "pm1", "pm2_5", "pm10")),
        ),
    ),
)

_STREETS = (
    Hardware(
        "decentlab-dl-pm",
        (
            *(_sensor(f"pm{size}", 10_000, 1, 10) for size in ("1", "2_5", "4", "10")),
            Sensor("temperature", Curve(175.72, 65536, -46.85, -40, 85)),
            Sensor("relative_humidity", Curve(125, 65536, -6, 0, 100)),
            _PASCALS,
        ),
        _ALKALINE,
    ),
    Hardware(
        "uradmonitor-industrial/industrial",
        (
            Sensor("temperature", Steps(-4000, 8500, 1, 100)),
            Sensor("pressure", Steps(65_535, 110_000, 1, 100)),
            _HALVES,
            Sensor("sound_level", _whole(240, 1, 2), qualifier="A"),
            _sensor("o3", 10_000),
            _sensor("no2", 10_000),
            _sensor("so2", 10_000),
            _sensor("co", 500_000, 1, 1000),
            Spread(),
        ),
    ),
)

_POSTS = (
    Hardware(
        "milesight-em310-udl/em310", (_sensor("distance", 4500), _sensor("tilted", 1)), _DAILY
    ),
    Hardware(
        "milesight-em310-udl/em400",
        (_WARMTH, _sensor("distance", 4500), _sensor("tilted", 1)),
        _DAILY,
    ),
)

HARDWARE: Mapping[str, Hardware] = {h.model: h for h in (*_ROOMS, *_STREETS, *_POSTS)}
"""Every device that measures at its cadence, by model"""

_STATE = _sensor("parking_occupied", 1)
_CELSIUS = Sensor("temperature", Steps(-128, 127))
_LASTED = Stretches(((0, 1), (90, 5), (240, 60)), 660)
_DO20X = Battery("battery_voltage", _whole(0xFFFF, 1, 100), 3.66, 2.8)
_DO201 = (_STATE, _CELSIUS, Sensor("relative_humidity", _whole(100)))

BAYS: Mapping[str, BayHardware] = {
    hardware.model: hardware
    for hardware in (
        BayHardware("bosch-tps110", (_STATE,), (_STATE, _CELSIUS)),
        BayHardware(
            "nwave-nps/nps405",
            (_STATE, Sensor("previous_state_duration", _LASTED)),
            (_STATE, Sensor("temperature", Steps(-128 + 20, 127 + 20, 1, 2))),
            Battery("battery_voltage", Steps(625, 880, 1, 250), 3.5, 2.5),
        ),
        BayHardware("nwave-nps/nps310", (_STATE,), (_STATE,)),
        BayHardware(
            "dingtek-do20x/do200",
            (_STATE,),
            (_STATE,),
            _DO20X,
            battery_in_change=True,
            constant=_FINE,
        ),
        BayHardware(
            "dingtek-do20x/do201",
            _DO201,
            _DO201,
            _DO20X,
            battery_in_change=True,
            constant=_FINE,
        ),
        BayHardware(
            "dingtek-do20x/do202",
            _DO201,
            _DO201,
            _DO20X,
            battery_in_change=True,
            constant=_FINE,
        ),
    )
}
"""Every device that speaks when its bay changes, by model"""


def suits(model: str, kind: str) -> bool:
    """Say whether a model can measure what is in a home, beside a street or at a bay."""
    if kind == "bays" and model in BAYS:
        return True
    offered = {"home": air.INDOORS, "street": air.OUTDOORS, "bays": parking.MEASURES}[kind]
    return model in HARDWARE and HARDWARE[model].needs <= offered
