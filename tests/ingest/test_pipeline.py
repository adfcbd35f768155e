"""The story of an uplink: one record for each message, whatever the broker brings."""

import json
import random
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import event as note
from hypothesis import strategies as st

from alerts import quality
from decoders.clock import UNTIMED
from decoders.codec import Device
from decoders.model import Environment, Observation, Reading, TimeSource
from decoders.registry import NATIVE, Registry
from ingest.pipeline import NOT_DECODED, USUAL_INTERVAL, Policy, follow, handle, handle_faulty
from ingest.session import Delivery
from storage.connection import Connection
from storage.instance import Mode
from storage.model import EventRecord, Origin, Record, RefusalRecord, UplinkRecord
from storage.uplinks import Writer
from tests.fixtures import uplinks

LIVE = Policy(Mode.LIVE)
SIMULATION = Policy(Mode.SIMULATION)
NOW = datetime.now(UTC)
SEARCH = settings(max_examples=3000, phases=[Phase.generate], derandomize=True, database=None)


def delivery(
    payload: bytes | dict[str, Any],
    *,
    topic: str = uplinks.topic(0),
    **changes: Any,  # noqa: ANN401 - any field of Delivery
) -> Delivery:
    """Give a message as the broker delivers it."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    plain = Delivery(
        epoch=1,
        mid=1,
        qos=1,
        dup=False,
        retain=False,
        topic=topic,
        payload=body,
        received_at=NOW,
        origin="live",
    )
    return replace(plain, **changes)


def with_payload(payload: bytes, f_port: int = uplinks.F_PORT) -> dict[str, Any]:
    """Give an event with another frame."""
    return uplinks.event(0) | {"data": b64encode(payload).decode(), "fPort": f_port}


def with_device(**changes: object) -> dict[str, Any]:
    """Give an event with other words about its device."""
    spoilt = uplinks.event(0)
    spoilt["deviceInfo"] |= changes
    return spoilt


def without(*names: str) -> dict[str, Any]:
    """Give an event that lacks fields."""
    return {name: value for name, value in uplinks.event(0).items() if name not in names}


def uplink(record: Record) -> UplinkRecord:
    """Insist on an uplink."""
    assert isinstance(record, UplinkRecord), record
    return record


def refusal(record: Record) -> RefusalRecord:
    """Insist on a refusal."""
    assert isinstance(record, RefusalRecord), record
    return record


def test_uplink_becomes_readings() -> None:
    """A good uplink is stored with its values, their time, their flags and what is expected."""
    record = uplink(follow(delivery(uplinks.event(7), topic=uplinks.topic(7)), LIVE))
    told = {seen.observed_property: seen for seen in record.observations}
    assert told["temperature"].result == uplinks.temperature(7)
    assert told["temperature"].quality == quality.GOOD
    assert {seen.phenomenon_time for seen in record.observations} == {uplinks.sent_at(7)}
    assert len(record.observations) == uplinks.VALUES
    assert record.codec == "milesight-em300-th/em300-th"
    assert record.environment is Environment.INDOOR
    assert record.reporting_interval == timedelta(minutes=10)
    assert record.arrival.topic == uplinks.topic(7)
    assert record.arrival.origin is Origin.LIVE


GOOD = json.dumps(uplinks.event(0)).encode()
NOISE = random.Random(20).randbytes(1_000_000)  # noqa: S311 - noise, not a secret


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        pytest.param(b"", "not_an_event", id="empty"),
        pytest.param(b"{", "not_an_event", id="half of JSON"),
        pytest.param(b"[1, 2]", "not_an_event", id="a list"),
        pytest.param(b"hello", "not_an_event", id="a word"),
        pytest.param(GOOD.replace(b"room-0", b"room-\xff"), "not_an_event", id="not UTF-8"),
        pytest.param(b"{" * 100_000, "not_an_event", id="very deep"),
        pytest.param(NOISE, "not_an_event", id="a megabyte of noise"),
        pytest.param(without("deviceInfo"), "missing_field", id="no device"),
        pytest.param(uplinks.event(0) | {"data": "%%%"}, "bad_field", id="no base64"),
        pytest.param(
            uplinks.event(0) | {"deduplicationId": "frame 7"}, "bad_field", id="an id that is none"
        ),
        pytest.param(
            uplinks.event(0) | {"object": {"temperature": "18,7", "door": "open"}},
            "bad_field",
            id="a number in words",
        ),
        pytest.param(with_device(devEui="70b3"), "bad_field", id="a short dev_eui"),
        pytest.param(with_device(devEui="70b3d57ed0ffffff"), "bad_field", id="another dev_eui"),
        pytest.param(uplinks.event(0) | {"fCnt": "many"}, "bad_field", id="a count in words"),
        pytest.param(uplinks.event(0) | {"fPort": 70_000}, "bad_field", id="no such port"),
        pytest.param(with_device(deviceProfileName="Door 3"), "unknown_device", id="no codec"),
        pytest.param(
            with_device(tags={"decoder": "elsis-ers"}), "unknown_device", id="a tag misspelt"
        ),
        pytest.param(with_payload(b"\xaa\xbb"), "unknown_channel", id="another device's frame"),
        pytest.param(with_payload(b"\x03\x67\x01"), "truncated", id="a frame cut short"),
    ],
)
def test_bad_message_is_refused_by_name(payload: bytes | dict[str, Any], reason: str) -> None:
    """What cannot be read is refused with the reason, and kept whole."""
    arrived = delivery(payload)
    record = refusal(follow(arrived, LIVE))
    assert record.reason == reason
    assert record.detail
    assert record.arrival.payload == arrived.payload


def test_foreign_topic_is_refused() -> None:
    """A topic that we do not speak is refused, whatever it carries."""
    record = refusal(follow(delivery(uplinks.event(0), topic="home/kitchen"), LIVE))
    assert record.reason == "unknown_event"


def test_frame_cut_anywhere_is_read_or_refused() -> None:
    """A frame cut at any length gives the values before the cut, or a refusal by name."""
    frame = uplinks.payload(0)
    outcomes: dict[int, str] = {}
    for length in range(len(frame)):
        record = follow(delivery(with_payload(frame[:length])), LIVE)
        if isinstance(record, RefusalRecord):
            outcomes[length] = record.reason
        else:
            outcomes[length] = f"{len(uplink(record).observations)} values"
    whole = {0: "0 values", 3: "1 values", 7: "2 values"}
    assert outcomes == {length: whole.get(length, "truncated") for length in range(len(frame))}


def test_refused_uplink_is_known_by_its_id() -> None:
    """A frame that cannot be decoded keeps the envelope's words: device and deduplication id."""
    record = refusal(follow(delivery(with_payload(b"\xaa")), LIVE))
    assert record.dev_eui == uplinks.dev_eui(0)
    assert record.deduplication_key == uplinks.event(0)["deduplicationId"]
    assert (record.source, record.event_type) == ("chirpstack-v4", "up")


@pytest.mark.parametrize(
    ("origin", "mode", "taken"),
    [
        ("live", Mode.LIVE, True),
        ("backfill", Mode.LIVE, True),
        ("simulation", Mode.LIVE, False),
        ("replay", Mode.LIVE, False),
        ("Live", Mode.LIVE, False),
        ("", Mode.LIVE, False),
        ("live", Mode.SIMULATION, True),
        ("backfill", Mode.SIMULATION, True),
        ("simulation", Mode.SIMULATION, True),
        ("replay", Mode.SIMULATION, True),
        ("rehearsal", Mode.SIMULATION, True),
    ],
)
def test_live_instance_takes_no_foreign_traffic(origin: str, mode: Mode, taken: bool) -> None:  # noqa: FBT001 - a table's column
    """A live instance refuses what is simulated, replayed or of an origin that nobody knows."""
    record = follow(delivery(uplinks.event(0), origin=origin), Policy(mode))
    if taken:
        uplink(record)
    else:
        assert refusal(record).reason == "foreign_origin"


def test_retained_event_is_no_news() -> None:
    """A retained message on an event topic is refused; a gateway's retained state is news."""
    assert refusal(follow(delivery(uplinks.event(0), retain=True), LIVE)).reason == "retained"
    state = {"gatewayId": "7076ff0056030405", "state": "ONLINE"}
    topic = "eu868/gateway/7076ff0056030405/state/conn"
    assert isinstance(follow(delivery(state, topic=topic, retain=True), LIVE), EventRecord)


def test_other_events_are_records() -> None:
    """A join is stored as an event of its device."""
    join = without("fCnt", "fPort", "data", "confirmed", "adr", "dr", "rxInfo", "txInfo")
    record = follow(delivery(join, topic=uplinks.topic(0, "join")), LIVE)
    assert isinstance(record, EventRecord)
    assert (record.event.event_type, record.event.subject) == ("join", uplinks.dev_eui(0))


@pytest.mark.parametrize(("f_port", "payload"), [(0, b"\x02\x03"), (85, b"")])
@pytest.mark.parametrize("profile", [uplinks.PROFILE, "Door 3"])
def test_frame_without_application_data_is_stored(
    f_port: int, payload: bytes, profile: str
) -> None:
    """A frame of the network's own, or an empty one, is stored without readings."""
    told = with_payload(payload, f_port)
    told["deviceInfo"]["deviceProfileName"] = profile
    record = uplink(follow(delivery(told), LIVE))
    assert record.observations == ()
    assert record.codec == ("milesight-em300-th/em300-th" if profile == uplinks.PROFILE else "")


@pytest.mark.parametrize("profile", [uplinks.PROFILE, "Door 3"])
def test_ciphertext_is_stored_and_never_decoded(profile: str) -> None:
    """An end-to-end encrypted uplink is stored as it came, with a warning and without readings."""
    told = with_device(deviceProfileName=profile)
    told["joinServerContext"] = {"sessionKeyId": "0a1b2c3d"}
    record = uplink(follow(delivery(told), LIVE))
    assert record.observations == ()
    assert record.warnings == (NOT_DECODED,)
    assert record.uplink.payload == uplinks.payload(0)


@pytest.mark.parametrize(
    ("tags", "environment", "interval"),
    [
        ({}, Environment.INDOOR, timedelta(minutes=10)),
        ({"environment": " Outdoor "}, Environment.OUTDOOR, timedelta(minutes=10)),
        ({"environment": "cellar"}, Environment.INDOOR, timedelta(minutes=10)),
        ({"uplink_interval": "900"}, Environment.INDOOR, timedelta(minutes=15)),
        ({"uplink_interval": "0"}, Environment.INDOOR, timedelta(minutes=10)),
        ({"uplink_interval": "-900"}, Environment.INDOOR, timedelta(minutes=10)),
        ({"uplink_interval": "15 min"}, Environment.INDOOR, timedelta(minutes=10)),
        ({"uplink_interval": "99999999"}, Environment.INDOOR, timedelta(minutes=10)),
        ({"uplink_interval": "604801"}, Environment.INDOOR, timedelta(minutes=10)),
        ({"uplink_interval": "\u0665"}, Environment.INDOOR, timedelta(minutes=10)),
    ],
)
def test_tags_say_where_and_how_often(
    tags: dict[str, str], environment: Environment, interval: timedelta
) -> None:
    """The profile's tags win over what is usual for the device, if they make sense."""
    record = uplink(follow(delivery(with_device(tags=tags)), LIVE))
    assert (record.environment, record.reporting_interval) == (environment, interval)


def test_unknown_device_counts_as_indoors() -> None:
    """Of a device that nobody describes it is assumed what publishes least."""
    told = with_payload(b"", 0)
    told["deviceInfo"]["deviceProfileName"] = "Door 3"
    record = uplink(follow(delivery(told), LIVE))
    assert (record.environment, record.reporting_interval) == (Environment.INDOOR, USUAL_INTERVAL)


def test_settings_bind_a_profile() -> None:
    """A profile without a tag is read by the codec that the settings name."""
    policy = Policy(Mode.LIVE, bindings={"Room sensor": "milesight-em300-th"})
    told = with_device(deviceProfileName="Room sensor")
    assert len(uplink(follow(delivery(told), policy)).observations) == uplinks.VALUES


def at(time: datetime | None) -> dict[str, Any]:
    """Give an event with this time and no other clock."""
    told = without("time", "rxInfo")
    return told if time is None else told | {"time": time.isoformat()}


@pytest.mark.parametrize(
    ("time", "origin", "believed"),
    [
        (NOW - timedelta(days=89), "live", True),
        (NOW - timedelta(days=91), "live", False),
        (NOW - timedelta(days=91), "backfill", True),
        (datetime(1980, 1, 6, tzinfo=UTC), "live", False),
        (datetime(1980, 1, 6, tzinfo=UTC), "backfill", False),
        (NOW + timedelta(minutes=9), "live", True),
        (NOW + timedelta(minutes=11), "live", False),
        (NOW + timedelta(minutes=11), "backfill", False),
        (None, "live", False),
    ],
)
def test_absurd_clock_gives_way_to_arrival(
    time: datetime | None,
    origin: str,
    believed: bool,  # noqa: FBT001 - a table's column
) -> None:
    """An uplink whose only clock is absurd, or that has none, is of the time it arrived."""
    record = uplink(follow(delivery(at(time), origin=origin), LIVE))
    if believed:
        assert record.uplink.result_time == time
    else:
        assert record.uplink.result_time == NOW
        assert record.uplink.time_source is TimeSource.ARRIVAL
    assert {seen.phenomenon_time for seen in record.observations} == {record.uplink.result_time}


@pytest.mark.parametrize("year", [1999, 2090])
def test_simulation_has_its_own_clock(year: int) -> None:
    """A simulation's time is never compared with ours."""
    time = datetime(year, 7, 1, tzinfo=UTC)
    record = uplink(follow(delivery(at(time), origin="simulation"), SIMULATION))
    assert record.uplink.result_time == time


class Told:
    """A layout that says what it is told to."""

    f_port = 1
    ports = frozenset({1})
    series = (("temperature", ""),)

    def __init__(self, *observations: Observation, fault: Exception | None = None) -> None:
        self._observations = observations
        self._fault = fault

    def decode(self, payload: bytes, f_port: int, received_at: datetime | None) -> Reading:
        """Give what was told."""
        assert payload
        assert f_port == 1
        assert received_at is not None
        if self._fault:
            raise self._fault
        return Reading(self._observations)

    def encode(self, observations: Sequence[Observation]) -> tuple[int, bytes]:
        """Refuse."""
        raise ValueError(observations)


def read_by(layout: Told) -> Record:
    """Follow an uplink of a device with this layout."""
    device = Device("told", "Told", Environment.OUTDOOR, timedelta(minutes=5), layout)
    policy = Policy(Mode.LIVE, Registry((*NATIVE.models(), device)))
    told = with_payload(b"\x00", 1)
    told["deviceInfo"]["tags"] = {"decoder": "told"}
    return follow(delivery(told), policy)


def test_device_time_is_the_phenomenon_time() -> None:
    """A stored reading is of its own time; one with an absurd clock fails at the uplink's."""
    sent = uplinks.sent_at(0)
    old, absurd = sent - timedelta(days=3), datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    record = uplink(
        read_by(
            Told(
                Observation("temperature", 17.0, absurd),
                Observation("temperature", 18.0, qualifier=UNTIMED),
                Observation("temperature", 19.0, old),
                Observation("temperature", 20.0),
                Observation("temperature", 21.0, sent + timedelta(days=1)),
            )
        )
    )
    told = [(seen.result, seen.phenomenon_time, seen.quality) for seen in record.observations]
    assert told == [
        (19.0, old, quality.GOOD),
        (20.0, sent, quality.GOOD),
        (17.0, sent, quality.FAIL),
        (18.0, sent, quality.FAIL),
        (21.0, sent, quality.FAIL),
    ]


def test_impossible_value_is_kept_and_flagged() -> None:
    """A value outside the sensor's span is stored with the flag FAIL, on its channel."""
    record = uplink(read_by(Told(Observation("temperature", 900.0, channel="external"))))
    (seen,) = record.observations
    assert (seen.result, seen.quality, seen.channel) == (900.0, quality.FAIL, "external")


def test_fault_of_ours_costs_one_message() -> None:
    """A codec that breaks sends its message to quarantine; nothing is raised."""
    record = refusal(read_by(Told(fault=ZeroDivisionError("by zero"))))
    assert (record.reason, record.detail) == ("internal_error", "ZeroDivisionError: by zero")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=4,
)
FRAMES = st.one_of(
    st.binary(max_size=20),
    st.integers(0, 10).map(lambda length: uplinks.payload(0)[:length]),
    st.binary(max_size=9).map(lambda more: uplinks.payload(0) + b"\x20\xce" + more),
)


@st.composite
def spoilt_bytes(draw: st.DrawFn) -> bytes:
    """Draw a good event with some bytes replaced, removed or doubled."""
    body = bytearray(GOOD)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 30)))
        body[start:end] = draw(st.binary(max_size=12) | st.just(bytes(body[start:end]) * 2))
    return bytes(body)


@st.composite
def spoilt_values(draw: st.DrawFn) -> bytes:
    """Draw a good event with one value, at any depth, that may be anything."""
    told: Any = uplinks.event(0)
    inside = draw(st.sampled_from([told, told["deviceInfo"], told["rxInfo"][0]]))
    name = draw(st.sampled_from([*sorted(inside), "joinServerContext", "object"]))
    inside[name] = draw(JSON)
    return json.dumps(told).encode()


PORTS = (-1, 0, 1, 223, 224, 255, 256)
BODIES = st.one_of(
    st.binary(max_size=200),
    spoilt_bytes(),
    spoilt_values(),
    st.tuples(FRAMES, st.sampled_from(PORTS)).map(
        lambda drawn: json.dumps(with_payload(*drawn)).encode()
    ),
    FRAMES.map(lambda frame: json.dumps(with_payload(frame)).encode()),
    st.text(max_size=9).map(
        lambda name: json.dumps(with_device(deviceProfileName=name)).encode("utf-8")
    ),
)
PARTS = ["application", uplinks.APPLICATION, "device", uplinks.dev_eui(0), "event", "up", "join"]
TOPICS = st.one_of(
    st.just(uplinks.topic(0)),
    st.sampled_from([uplinks.topic(0, "status"), "eu868/gateway/7076ff0056030405/event/stats"]),
    st.lists(st.sampled_from([*PARTS, "", "state", "\ud800"]), max_size=8).map("/".join),
    st.text(max_size=30),
)
DELIVERIES = st.builds(
    delivery,
    BODIES,
    topic=st.just(uplinks.topic(0)) | TOPICS,
    origin=st.just("live") | st.sampled_from(["simulation", "backfill", "\x00"]),
    retain=st.integers(0, 9).map(lambda number: number == 9),
)


def outcome(arrived: Delivery, policy: Policy = LIVE) -> str:
    """Name what becomes of a message."""
    record = follow(arrived, policy)
    return record.reason if isinstance(record, RefusalRecord) else type(record).__name__


@given(arrived=DELIVERIES, mode=st.sampled_from(Mode))
def test_whatever_comes_is_one_record(*, arrived: Delivery, mode: Mode) -> None:
    """No topic and no bytes raise: each message is a record, and a refusal has its reason."""
    record = follow(arrived, Policy(mode))
    note(outcome(arrived))
    assert (record.arrival.payload, record.arrival.topic) == (arrived.payload, arrived.topic)
    assert not isinstance(record, RefusalRecord) or record.reason != "internal_error"


@pytest.mark.parametrize(
    "wanted",
    [
        *("UplinkRecord", "not_an_event", "bad_field", "missing_field", "unknown_event"),
        *("unknown_device", "unknown_channel", "truncated", "unexpected_port"),
        *("foreign_origin", "retained"),
    ],
)
def test_search_reaches_every_refusal(wanted: str) -> None:
    """The search above is no blank: it finds a message for each of the outcomes."""
    found = find(DELIVERIES, lambda arrived: outcome(arrived) == wanted, settings=SEARCH)
    assert outcome(found) == wanted


def test_batch_of_everything_is_stored_at_once(database: Connection) -> None:
    """Good and bad messages in one batch: each is stored or refused, none stops another."""
    batch = [
        delivery(uplinks.event(1), topic=uplinks.topic(1)),
        delivery(b"\x00\xff"),
        delivery(NOISE),
        delivery(uplinks.event(2), topic=uplinks.topic(2)),
        delivery(with_payload(b"\xaa")),
        delivery(uplinks.event(2), topic=uplinks.topic(2), mid=9),
        delivery(uplinks.event(3), topic="\ud800/\x00"),
    ]
    tally = handle(batch, LIVE, Writer(database))
    assert (tally.stored, tally.refused, tally.duplicates, tally.redelivered) == (2, 4, 1, 0)
    kept = database.execute("select payload from quarantine order by id").fetchall()
    assert [payload for (payload,) in kept] == [batch[n].payload for n in (1, 2, 4, 6)]


def test_message_at_fault_is_kept_whole(database: Connection) -> None:
    """A message that could not be stored for a fault of ours is in quarantine, with the fault."""
    arrived = delivery(uplinks.event(1), topic=uplinks.topic(1))
    tally = handle_faulty(arrived, KeyError("series"), Writer(database))
    assert tally.by_reason == {"internal_error": 1}
    row = database.execute("select payload, detail from quarantine").fetchone()
    assert row == (arrived.payload, "KeyError: 'series'")
