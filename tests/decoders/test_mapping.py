"""From somebody's own names to our properties."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decoders import chirpstack, units
from decoders.clock import UNTIMED
from decoders.errors import NoObject
from decoders.mapping import Condition, Entry, Mapped, ObjectCodec, find, word
from decoders.model import Environment, Observation, Reading, Uplink
from decoders.registry import Registry
from tests.decoders import samples
from tests.decoders.event_strategies import JSON

NOW = datetime(2026, 11, 3, 7, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
STAMP = int((NOW - HOUR).timestamp())
TEMPERATURE = Entry("temperature", ("temp",))


def read(data: object, *entries: Entry) -> Reading:
    """Read an object that came in a frame received now."""
    return Mapped(entries).read(data, NOW)


def seen(name: str, result: float, **more: Any) -> Observation:  # noqa: ANN401 - its fields
    """Make an observation."""
    return Observation(name, result, **more)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("a",), {"b": [1, {"c": 2}]}),
        (("a", "b", "0"), 1),
        (("a", "b", "1", "c"), 2),
        (("a", "b", "2"), None),
        (("a", "b", "x"), None),
        (("a", "b", "0", "c"), None),
        (("x",), None),
        ((), {"a": {"b": [1, {"c": 2}]}}),
    ],
)
def test_paths(path: tuple[str, ...], expected: object) -> None:
    """A path goes through objects by key and through lists by number; beyond is nothing."""
    assert find({"a": {"b": [1, {"c": 2}]}}, path) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, "true"), (1.0, "1"), (1.5, "1.5"), (3, "3"), (" On\n", "on"), (None, "none")],
)
def test_words(value: object, expected: str) -> None:
    """Values are compared as words: neither case nor the number's type matters."""
    assert word(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(21.5, 21.5), (21, 21), ("21.50", 21.5), (" -3e1 ", -30), (True, 1), (False, 0)],
)
def test_numbers(value: object, expected: float) -> None:
    """A number stands there, or a text that is one, or a boolean."""
    assert read({"temp": value}, TEMPERATURE) == Reading((seen("temperature", expected),))


@pytest.mark.parametrize(
    "value", ["21,5", "", "n/a", "1e999", [21.5], {"value": 1}, float("nan"), 10**400, "\u0661"]
)
def test_no_numbers(value: object) -> None:
    """What is no finite number gives a warning that names the path, and nothing else."""
    reading = read({"temp": value}, TEMPERATURE)
    assert reading.observations == ()
    assert len(reading.warnings) == 1
    assert reading.warnings[0].startswith("temp is ")
    assert reading.warnings[0].endswith(", not a number")
    assert len(reading.warnings[0]) < 100


@pytest.mark.parametrize("data", [{}, {"temp": None}, [], None, "text", 3])
def test_absent(data: object) -> None:
    """What is absent or null gives nothing at all."""
    assert read(data, TEMPERATURE) == Reading()


def test_lines() -> None:
    """A value is brought to the property's unit, and rounded to what was measured."""
    fahrenheit = replace(TEMPERATURE, line=units.line("[degF]", "Cel"))
    assert read({"temp": 70.7}, fahrenheit).observations == (seen("temperature", 21.5),)
    tenths = replace(TEMPERATURE, line=units.Line(0.1))
    assert read({"temp": 222}, tenths).observations == (seen("temperature", 22.2),)


def test_values() -> None:
    """Words have results; a word that has none gives a warning that names those that have."""
    entry = Entry("water_leak", ("state",), "external", values={"wet": 1, "dry": 0, "true": 1})
    for value, result in (("Wet", 1), ("dry", 0), (True, 1)):
        expected = seen("water_leak", result, channel="external")
        assert read({"state": value}, entry).observations == (expected,)
    assert read({"state": "moist"}, entry) == Reading(
        warnings=("state is 'moist', none of wet, dry, true",)
    )


def test_conditions() -> None:
    """An entry counts when a word stands elsewhere, or does not."""
    fitted = replace(TEMPERATURE, when=Condition(("probe",), frozenset({"1", "ok"})))
    probes: list[dict[str, object]] = [
        {"probe": 1},
        {"probe": "OK"},
        {"probe": 0},
        {"probe": None},
        {},
    ]
    found = [read({"temp": 1, **more}, fitted).observations for more in probes]
    assert list(map(bool, found)) == [True, True, False, False, False]
    unless = replace(TEMPERATURE, when=Condition(("probe",), frozenset({"broken"}), wanted=False))
    assert read({"temp": 1, "probe": "broken"}, unless) == Reading()
    assert read({"temp": 1}, unless).observations != ()


@pytest.mark.parametrize(
    ("told", "factor"),
    [
        (STAMP, 1.0),
        (STAMP * 1000, 0.001),
        (str(STAMP), 1.0),
        ("2026-11-03T06:15:00Z", 1.0),
        ("2026-11-03T07:15:00+01:00", 1.0),
        ("2026-11-03 06:15:00", 1.0),
    ],
)
def test_own_time(told: object, factor: float) -> None:
    """A sample's own time counts, as a number since 1970 or as a text, without a zone in UTC."""
    entry = replace(TEMPERATURE, time=("ts",), seconds=factor)
    expected = seen("temperature", 1, phenomenon_time=NOW - HOUR)
    assert read({"temp": 1, "ts": told}, entry) == Reading((expected,))


@pytest.mark.parametrize("told", [0, "soon", STAMP * 1000, 1e300, [], "0001-01-01T00:00+14:00"])
def test_own_time_that_cannot_be(told: object) -> None:
    """A reading of now with an absurd time is of now; a stored one is of nobody knows when."""
    live = replace(TEMPERATURE, time=("ts",))
    reading = read({"temp": 1, "ts": told}, live)
    assert reading.observations == (seen("temperature", 1),)
    assert len(reading.warnings) == 1
    stored = replace(live, each=("log",))
    reading = read({"log": [{"temp": 1, "ts": told}]}, stored)
    assert reading.observations == (seen("temperature", 1, qualifier=UNTIMED),)
    assert reading.warnings[0].startswith("temp has no time that can be: ")


def test_time_that_is_not_there() -> None:
    """Without a time a reading is of now, and a stored one of nobody knows when."""
    live = replace(TEMPERATURE, time=("ts",))
    assert read({"temp": 1}, live) == Reading((seen("temperature", 1),))
    stored = replace(live, each=("log",))
    assert read({"log": [{"temp": 1}]}, stored).observations[0].qualifier == UNTIMED


def test_lists() -> None:
    """Each element of a list is a record; the object itself may be the list."""
    stored = replace(TEMPERATURE, each=("log",), time=("ts",))
    log = [{"temp": n, "ts": STAMP - 600 * n} for n in (1, 2)]
    at = [NOW - HOUR - timedelta(minutes=10 * n) for n in (1, 2)]
    expected = [seen("temperature", n, phenomenon_time=at[n - 1]) for n in (1, 2)]
    assert read({"log": log}, stored).observations == tuple(expected)
    assert read(log, replace(stored, each=())).observations == tuple(expected)
    assert read({"log": {"temp": 1}}, stored) == Reading()


def test_named_values_in_a_list() -> None:
    """A list of names and values gives each under its condition; the last of a kind counts."""
    named = Condition(("name",), frozenset({"t"}))
    entry = Entry("temperature", ("value",), each=(), when=named)
    data = [{"name": "t", "value": 1}, {"name": "h", "value": 2}, {"name": "t", "value": 3}]
    assert read(data, entry).observations == (seen("temperature", 3),)


def test_warnings_are_bounded() -> None:
    """However much is wrong, a person gets twenty warnings; those of the codec come first."""
    entry = Entry("temperature", ("t",), each=())
    reading = Mapped((entry,)).read([{"t": "x"}] * 100, NOW, ["from the codec"])
    assert len(reading.warnings) == 20
    assert reading.warnings[0] == "from the codec"


@given(JSON | st.dictionaries(st.sampled_from(["temp", "ts", "log", "probe"]), JSON))
def test_any_object_can_be_read(data: object) -> None:
    """Whatever an object holds, it is read without an error."""
    entries = [
        TEMPERATURE,
        replace(TEMPERATURE, each=("log",), time=("ts",)),
        replace(TEMPERATURE, channel="external", values={"a": 1}, time=("ts",), seconds=0.001),
        replace(TEMPERATURE, channel="c", when=Condition(("probe",), frozenset({"1"}))),
    ]
    for observation in read(data, *entries).observations:
        assert abs(observation.result) < float("inf")


MAPPED = Mapped(
    (TEMPERATURE, Entry("relative_humidity", ("hum",)), replace(TEMPERATURE, channel="external")),
    title="Acme Room",
    environment=Environment.OUTDOOR,
    interval=timedelta(minutes=5),
)
CODEC = ObjectCodec("acme-room", MAPPED, "v1")


def uplink(name: str = "up", **changes: object) -> Uplink:
    """Give a sample whose device is bound to the codec."""
    document = samples.load(name) | changes
    document["deviceInfo"]["tags"] = {"decoder": "acme-room"}
    parsed = chirpstack.parse(samples.UP, samples.dump(document))
    assert isinstance(parsed, Uplink)
    return parsed


def test_object_of_the_network_server() -> None:
    """A device that the network server decodes is read from its object, in either encoding."""
    entry = Entry("temperature", ("temperature",))
    registry = Registry([ObjectCodec("acme-room", Mapped((entry,)), "v1")])
    decoded = registry.decode(uplink())
    assert decoded.observations == (seen("temperature", -5.8),)
    assert (decoded.codec, decoded.codec_version, decoded.error) == ("acme-room", "v1", None)
    binary = chirpstack.parse(samples.UP, samples.binary("up"))
    assert isinstance(binary, Uplink)
    assert binary.decoded is not None
    assert dict(binary.decoded) == samples.load("up")["object"]
    assert len(binary.decoded) == len(list(binary.decoded)) == 5
    assert CODEC.read(replace(binary, decoded={"temp": 1})).observations == (
        seen("temperature", 1),
        seen("temperature", 1, channel="external"),
    )


def test_without_an_object() -> None:
    """Without an object the uplink is refused by name; an empty frame says nothing."""
    registry = Registry([CODEC])
    decoded = registry.decode(uplink(object=None))
    assert isinstance(decoded.error, NoObject)
    assert decoded.error.reason == "no_object"
    assert registry.decode(uplink(object=None, data="")).error is None
    assert registry.decode(uplink("up-encrypted")).error is not None


def test_a_payload_cannot_be_mapped() -> None:
    """The codec of an object reads no bytes and writes none, and says so."""
    reading = CODEC.decode(b"\x01", 1, received_at=NOW)
    assert isinstance(reading.error, NoObject)
    assert CODEC.decode(b"", 1) == CODEC.decode(b"\x01", 0) == Reading()
    with pytest.raises(ValueError, match="acme-room cannot be written"):
        CODEC.encode([seen("temperature", 1)])


def test_what_is_known_of_the_device() -> None:
    """The mapping tells title, environment, interval and what is measured."""
    assert (CODEC.title, CODEC.environment) == ("Acme Room", Environment.OUTDOOR)
    assert (CODEC.interval, CODEC.f_port) == (timedelta(minutes=5), 1)
    assert CODEC.measures == ("temperature", "relative_humidity")
    assert ObjectCodec("acme", Mapped(), "v1").title == "acme"
