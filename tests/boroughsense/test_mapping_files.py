"""Mapping files: what they say, and every mistake in them at once."""

from datetime import timedelta
from pathlib import Path

import pytest

from boroughsense.codec_files import mapping_text
from boroughsense.codec_files.problems import CodecFilesWrong, read
from decoders.mapping import SAME, Condition, Entry
from decoders.model import Environment
from decoders.units import Line

WHOLE = b"""
title: Acme RoomSense
environment: outdoor
interval: 15m
variables: {kind: room}
observations:
  - property: temperature
    from: temp
    unit: "[degF]"
  - property: battery_voltage
    from: [status, "bat.mv", 0]
    factor: 0.001
  - property: relative_humidity
    from: hum
    offset: -2
  - property: water_leak
    channel: external
    from: probe.state
    values: {wet: 1, dry: 0, true: 1, 7: 0}
    when: {from: probe.fitted, is: true}
  - property: sound_level
    from: value
    each: .
    time: ts
    time_unit: ms
    qualifier: A fast
    when: {from: name, is_not: [t, 4]}
"""
WRONG = b"""
title: 7
enviroment: indoor
interval: 0
observations:
  - property: temprature
    form: temp
  - property: dew_point
    from: x
  - {property: temperature, from: t, unit: mmhg}
  - {property: temperature, from: t, unit: ppm}
  - {property: temperature, from: t, unit: K, factor: 2}
  - {property: temperature, from: t, factor: 0}
  - {property: temperature, from: t..u}
  - {property: temperature, from: .}
  - {property: temperature, from: t, channel: "Outside!"}
  - {property: temperature, from: t, factor: .nan}
  - {property: water_leak, from: a, values: {dry: "x"}, when: {from: z, iss: 1}}
  - {property: water_leak, from: a, when: {from: z, is: 1, is_not: 2}}
  - {property: water_leak, from: a, time: t, time_unit: hours}
  - 7
"""
PROBLEMS = """
m.yaml: title: `7` is wrong: input should be a valid string
m.yaml: interval: a device reports at some interval
m.yaml: observations[0].property: `temprature` is not an observed property; did you mean \
`temperature`?
m.yaml: observations[0].from: is missing
m.yaml: observations[0].form: is not a field here; did you mean `from`?
m.yaml: observations[1].property: `dew_point` is computed from others: no device sends it
m.yaml: observations[2].unit: `mmhg` is not a unit we know; did you mean `mmHg`?
m.yaml: observations[3]: ppm is a unit of mixing ratio, Cel one of temperature
m.yaml: observations[4]: has several of `unit`, `factor` with `offset`, and `values`
m.yaml: observations[5]: `factor` 0 makes everything the same
m.yaml: observations[6].from: `t..u` has an empty key
m.yaml: observations[7].from: names no key
m.yaml: observations[8].channel: `Outside!` is wrong: string should match pattern \
'^[a-z0-9_-]{0,32}$'
m.yaml: observations[9].factor: `nan` is wrong: input should be a finite number
m.yaml: observations[10].values.dry: `x` is wrong: input should be a valid number
m.yaml: observations[10].when.iss: is not a field here; did you mean `is`?
m.yaml: observations[11].when: needs either `is` or `is_not`
m.yaml: observations[12].time_unit: `hours` is none of s, ms
m.yaml: observations[13]: `7` is wrong: input should be a valid dictionary or instance of \
ObservationText
m.yaml: enviroment: is not a field here; did you mean `environment`?
""".strip().splitlines()


def mistakes(content: bytes) -> list[str]:
    """Give what is wrong with a mapping file."""
    with pytest.raises(CodecFilesWrong) as caught:
        mapping_text.load(content, "m.yaml")
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    return [str(problem) for problem in caught.value.problems]


def test_whole_file() -> None:
    """Everything that a mapping can say is taken as it stands there."""
    mapped = mapping_text.load(WHOLE, "m.yaml")
    assert (mapped.title, mapped.environment) == ("Acme RoomSense", Environment.OUTDOOR)
    assert (mapped.interval, mapped.variables) == (timedelta(minutes=15), {"kind": "room"})
    fahrenheit = Line(5 / 9, -160 / 9)
    assert mapped.entries == (
        Entry("temperature", ("temp",), line=fahrenheit),
        Entry("battery_voltage", ("status", "bat.mv", "0"), line=Line(0.001)),
        Entry("relative_humidity", ("hum",), line=Line(1, -2)),
        Entry(
            "water_leak",
            ("probe", "state"),
            "external",
            values={"wet": 1, "dry": 0, "true": 1, "7": 0},
            when=Condition(("probe", "fitted"), frozenset({"true"})),
        ),
        Entry(
            "sound_level",
            ("value",),
            each=(),
            time=("ts",),
            seconds=0.001,
            qualifier="A fast",
            when=Condition(("name",), frozenset({"t", "4"}), wanted=False),
        ),
    )
    assert mapped.measures[0] == "temperature"


def test_defaults() -> None:
    """A mapping needs no more than its observations."""
    least = b"observations: [{property: co2, from: co2}]"
    mapped = mapping_text.load(least, "m.yaml")
    assert mapped.entries == (Entry("co2", ("co2",), line=SAME),)
    assert (mapped.title, mapped.environment, mapped.interval) == (
        "",
        Environment.INDOOR,
        timedelta(hours=1),
    )


def test_every_mistake_at_once() -> None:
    """Each mistake is told with the file, the place, and what was probably meant."""
    assert mistakes(WRONG) == PROBLEMS


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "m.yaml: is not a mapping of fields"),
        (b"- a", "m.yaml: is not a mapping of fields"),
        (b"title: x", "m.yaml: observations: is missing"),
        (b"a: 1\na: 2", "m.yaml: line 2, column 1: `a` stands twice"),
        (b"a: [", "m.yaml: line 1, column 5: expected the node content, but found '<stream end>'"),
    ],
)
def test_no_mapping(content: bytes, problem: str) -> None:
    """What is no YAML, or no mapping file at all, is told with its line."""
    assert mistakes(content) == [problem]


def test_unreadable_file(tmp_path: Path) -> None:
    """A file that cannot be read is told with why."""
    with pytest.raises(CodecFilesWrong, match=r"nowhere.yaml: cannot be read: No such file"):
        read(tmp_path / "nowhere.yaml")
