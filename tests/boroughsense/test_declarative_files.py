"""Declarative codecs: what they read and write, and every mistake in them at once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boroughsense.codec_files import declared_text
from boroughsense.codec_files.problems import CodecFilesWrong
from decoders.codec import Device
from decoders.errors import BadLength, Truncated, UnexpectedPort, UnknownChannel
from decoders.model import Environment, Observation

NOW = datetime(2026, 11, 3, 7, 15, tzinfo=UTC)
STRUCT = b"""
title: Acme RoomSense
environment: indoor
interval: 15m
f_port: 2
frames:
  - size: 8
    marks: [{at: 0, is: [1]}, {at: -1, is: [0x80], mask: 0xf0}]
    fields:
      - {property: temperature, at: 1, type: s16, divide: 10, absent: [0x7fff]}
      - {property: relative_humidity, at: 3, type: u8, multiply: 0.5, suspect: [255]}
      - {property: battery_voltage, at: 4, type: u16, unit: mV}
      - {property: motion, at: 6, type: u1, states: switch}
      - {property: tilted, at: 6, bit: 1, type: u1, states: flag}
      - {property: temperature, channel: external, at: 6, bit: 2, type: m6, unit: F}
  - size: 5
    f_port: 3
    order: little
    tail: warned
    clock: {at: 0, epoch: 2013-01-01}
    fields:
      - {property: pressure, at: 4, type: u8, multiply: 2, add: 600}
  - {size: 0, f_port: 4, tail: unused}
"""
CHAIN = b"""
title: Acme Multi
interval: 10m
f_port: 85
order: little
items:
  - key: "0167"
    size: 2
    fields: [{property: temperature, type: s16, divide: 10}]
  - key: "0268"
    size: 1
    fields: [{property: relative_humidity, type: u8, divide: 2}]
  - key: "20ce"
    size: 6
    clock: {at: 0}
    fields: [{property: temperature, at: 4, type: s16, divide: 10}]
  - {key: "ff09", size: 2}
ends: ["fe"]
silent_ports: [6]
"""
WRONG = b"""
title: ""
interval: 15m
f_port: 300
frames:
  - size: 3
    fields:
      - {property: temperature, at: 1, type: s16, divid: 10}
      - {property: temperature, at: 1, type: s16, divide: 0}
  - size: 3
    fields: [{property: co2, type: u16}, {property: motion, at: 1, type: u1}]
  - size: 3
    fields: [{property: co2, at: 2, type: u16}]
  - size: 3
    clock: {at: 0}
  - size: 3
    marks: [{at: 3, is: [1]}]
  - size: 3
    marks: [{at: 0, is: [], mask: 0}]
  - size: 3
    fields:
      - {property: co2, type: z16}
      - {property: co2, type: s1}
      - {property: co2, type: u65}
      - {property: motion, type: u1, absent: [2]}
      - {property: motion, type: u1, states: switch, divide: 2}
      - {property: co2, type: u16, unit: mV}
      - {property: co2, type: u16, multiply: .inf}
"""
PROBLEMS = """
d.yaml: title: `` is wrong: string should have at least 1 character
d.yaml: f_port: `300` is wrong: input should be less than or equal to 223
d.yaml: frames[0].fields[0].divid: is not a field here; did you mean `divide`?
d.yaml: frames[0].fields[1].divide: `0` is wrong: input should be greater than 0
d.yaml: frames[1]: fields[1] (motion) lies over fields[0] (co2)
d.yaml: frames[2]: fields[0] (co2) ends in byte 3, of 3
d.yaml: frames[3]: clock ends in byte 3, of 3
d.yaml: frames[4]: marks[0] is at byte 3 of 3
d.yaml: frames[5].marks[0].is: `[]` is wrong: list should have at least 1 item after \
validation, not 0
d.yaml: frames[5].marks[0].mask: `0` is wrong: input should be greater than or equal to 1
d.yaml: frames[6].fields[0].type: `z16` is not a type: write u8, s16, m24 (sign and magnitude), \
up to 64 bits
d.yaml: frames[6].fields[1].type: `s1` is not a type: write u8, s16, m24 (sign and magnitude), \
up to 64 bits
d.yaml: frames[6].fields[2].type: `u65` is not a type: write u8, s16, m24 (sign and magnitude), \
up to 64 bits
d.yaml: frames[6].fields[3]: 2 is no code of u1: it has 2
d.yaml: frames[6].fields[4]: has `states` and a scale: it is one or the other
d.yaml: frames[6].fields[5]: mV is a unit of voltage, [ppm] one of mixing ratio
d.yaml: frames[6].fields[6].multiply: `inf` is wrong: input should be a finite number
""".strip().splitlines()


def load(content: bytes) -> Device:
    """Read a declarative codec."""
    return declared_text.load(content, "d.yaml", "acme-room", "v1")


def seen(device: Device, payload: str, f_port: int = 2) -> dict[tuple[str, str], float]:
    """Give what a payload says, by property and channel."""
    reading = device.decode(bytes.fromhex(payload), f_port, received_at=NOW)
    assert reading.error is None
    return {(o.observed_property, o.channel): o.result for o in reading.observations}


def test_struct() -> None:
    """A struct is read by its table: widths, signs, bits, scales, units and states."""
    device = load(STRUCT)
    assert seen(device, "01 ffc6 7a 0ce4 e7 8f") == {
        ("temperature", ""): -5.8,
        ("relative_humidity", ""): 61.0,
        ("battery_voltage", ""): 3.3,
        ("motion", ""): 1.0,
        ("tilted", ""): 1.0,
        ("temperature", "external"): pytest.approx((-7 - 32) / 1.8, abs=1e-6),
    }
    assert ("temperature", "") not in seen(device, "01 7fff 7a 0ce4 00 80")
    warned = device.decode(bytes.fromhex("01 ffc6 ff 0ce4 00 80"), 2)
    assert warned.warnings == ("relative_humidity may be a sensor code, not a value",)


def test_struct_with_a_clock() -> None:
    """A frame of another port may have another byte order, and its own time."""
    seconds = int((NOW - timedelta(hours=1) - datetime(2013, 1, 1, tzinfo=UTC)).total_seconds())
    payload = seconds.to_bytes(4, "little") + bytes([200, 9])
    reading = load(STRUCT).decode(payload, 3, received_at=NOW)
    assert reading.observations == (Observation("pressure", 1000.0, NOW - timedelta(hours=1)),)
    assert len(reading.warnings) == 1


@pytest.mark.parametrize(
    ("payload", "f_port", "kind"),
    [
        ("01", 2, Truncated),
        ("01 ffc6 7a 0ce4 c0 80 00", 2, BadLength),
        ("00", 9, UnexpectedPort),
    ],
)
def test_struct_that_does_not_fit(payload: str, f_port: int, kind: type[Exception]) -> None:
    """A frame of another length, or on another port, is refused by name."""
    assert isinstance(load(STRUCT).decode(bytes.fromhex(payload), f_port).error, kind)
    assert load(STRUCT).decode(b"anything", 4).error is None


def test_chain() -> None:
    """A chain is read item by item, with stored records, to the end or to what ends it."""
    device = load(CHAIN)
    assert seen(device, "0167 c6ff ff09 0100 0268 7a fe01 02", 85) == {
        ("temperature", ""): -5.8,
        ("relative_humidity", ""): 61.0,
    }
    stamp = int((NOW - timedelta(hours=2)).timestamp()).to_bytes(4, "little").hex()
    reading = device.decode(bytes.fromhex(f"20ce {stamp} d700"), 85, received_at=NOW)
    assert reading.observations == (Observation("temperature", 21.5, NOW - timedelta(hours=2)),)
    assert isinstance(device.decode(b"\x09\x09\x00", 85).error, UnknownChannel)
    assert device.decode(b"\x09\x09\x00", 6).error is None


def test_what_is_known_of_the_device() -> None:
    """The file tells title, environment and interval, and what is measured."""
    device = load(STRUCT)
    assert (device.model, device.version, device.title) == ("acme-room", "v1", "Acme RoomSense")
    assert (device.environment, device.interval) == (Environment.INDOOR, timedelta(minutes=15))
    assert device.measures[:3] == ("temperature", "relative_humidity", "battery_voltage")


@given(st.integers(-400, 850), st.integers(0, 200))
def test_written_and_read(tenths: int, halves: int) -> None:
    """What a declared device sends is read to the same values."""
    device = load(CHAIN)
    said = (
        Observation("temperature", tenths / 10),
        Observation("relative_humidity", halves / 2),
    )
    f_port, payload = device.encode(said)
    assert device.decode(payload, f_port).observations == said


def mistakes(content: bytes) -> list[str]:
    """Give what is wrong with a declarative codec."""
    with pytest.raises(CodecFilesWrong) as caught:
        load(content)
    return [str(problem) for problem in caught.value.problems]


def test_every_mistake_at_once() -> None:
    """Each mistake is told with the file, the place, and what was probably meant."""
    assert mistakes(WRONG) == PROBLEMS


HEAD = b"title: A\ninterval: 1h\nf_port: 1\n"
FIELD = b"fields: [{property: co2, type: u16}]"


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        (b"", "needs either `frames` or `items`"),
        (b"frames: [{size: 2}]", "reads nothing: no part of it has `fields`"),
        (b"frames: [{size: 2, %s}]\nends: [ff]" % FIELD, "`ends` and `silent_ports` belong to"),
        (b"items: [{key: xy, size: 2, %s}]" % FIELD, "items[0].key: `xy` is not hex"),
        (b"items: [{key: '', size: 2, %s}]" % FIELD, "items[0].key: is empty"),
        (b"items: [{key: '01', size: 2}, {key: '0102', size: 2}]", "keys have 1 and 2 bytes"),
        (b"items: [{key: '01', size: 2}, {key: '01', size: 3}]", "items: the key 01 stands twice"),
        (
            b"frames: [{size: 6, clock: {at: 2, epoch: soon}, %s}]" % FIELD,
            "frames[0].clock.epoch: `soon` is not a date: write 2013-01-01",
        ),
        (
            b"frames: [{size: 6, clock: {at: 2, epoch: 2000-01-01, zone: x}, %s}]" % FIELD,
            "frames[0].clock.zone: is not a field here",
        ),
    ],
)
def test_layouts_that_cannot_be(rest: bytes, problem: str) -> None:
    """A layout that contradicts itself is told in one sentence."""
    (told,) = mistakes(HEAD + rest)
    assert problem in told


def test_epoch_with_a_zone() -> None:
    """An epoch may name its zone."""
    text = (
        HEAD + b"frames: [{size: 6, clock: {at: 2, epoch: '2000-01-01T01:00+01:00'}, %s}]" % FIELD
    )
    stamp = int((NOW - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()).to_bytes(4, "big")
    (reading,) = load(text).decode(b"\x01\x90" + stamp, 1, received_at=NOW).observations
    assert reading == Observation("co2", 400.0, NOW)
