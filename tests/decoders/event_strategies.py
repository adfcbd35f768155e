"""Events at random: whole ones of the model, and messages that somebody spoilt."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from decoders.chirpstack import Envelope
from decoders.event_time import STANDARD
from decoders.model import NetworkEvent, Reception, TimeSource, Uplink
from tests.decoders import samples

SOURCE = "chirpstack-v4"
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
TIMES = st.integers(0, 2 * 10**17).map(
    lambda micros: datetime(1980, 1, 6, tzinfo=UTC) + timedelta(microseconds=micros)
)
EUIS = st.text("0123456789abcdef", min_size=16, max_size=16)
DEV_ADDRS = st.text("0123456789abcdef", min_size=8, max_size=8) | st.just("")
UUIDS = st.uuids().map(str)
UINT32 = st.integers(0, 2**32 - 1)
DECIMALS = st.integers(-9999, 9999).map(lambda tenths: tenths / 10) | st.none()
TAGS = st.dictionaries(TEXTS, TEXTS, max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def receptions(
    draw: st.DrawFn, server: datetime | None, time: datetime | None
) -> tuple[Reception, ...]:
    """Draw the gateways' copies of a frame; their clocks often say one of the two times."""
    known = [moment for moment in (server, time) if moment is not None]
    clocks = st.sampled_from(known) | TIMES | st.none() if known else TIMES | st.none()
    copies = []
    for _ in range(draw(st.integers(1 if server else 0, 3))):
        latitude = draw(st.floats(-90, 90).filter(bool) | st.none())
        longitude = None if latitude is None else draw(st.floats(-180, 180).filter(bool))
        copies.append(
            Reception(
                gateway_id=draw(EUIS),
                rssi=draw(st.integers(-150, -1) | st.none()),
                snr=draw(DECIMALS),
                gateway_time=draw(clocks),
                latitude=latitude,
                longitude=longitude,
                server_time=server,
            )
        )
    return tuple(copies)


def _credible(server: datetime | None) -> st.SearchStrategy[datetime]:
    if server is None:
        return TIMES
    lags = st.timedeltas(-STANDARD.tolerance, STANDARD.buffering)
    return st.just(server) | lags.map(lambda lag: server - lag)


@st.composite
def uplinks(draw: st.DrawFn) -> Uplink:
    """Draw an uplink as `parse` gives it: its time and the clock of it agree with its copies."""
    server = draw(st.none() | TIMES)
    time: datetime | None = draw(_credible(server))
    copies = draw(receptions(server, time))
    same = any(copy.gateway_time == time for copy in copies)
    sources = [TimeSource.GATEWAY] if copies else []
    if not same or time == server:
        sources.append(TimeSource.SERVER)
    time_source: TimeSource | None = draw(st.sampled_from(sources))
    if server is None and draw(st.booleans()):
        time = time_source = None
    return Uplink(
        source=SOURCE,
        deduplication_id=draw(UUIDS),
        dev_eui=draw(EUIS),
        device_name=draw(TEXTS),
        device_profile=draw(TEXTS),
        application=draw(TEXTS.filter(lambda text: text and "/" not in text)),
        tags=draw(TAGS),
        dev_addr=draw(DEV_ADDRS),
        f_port=draw(st.integers(0, 255)),
        f_cnt=draw(UINT32),
        confirmed=draw(st.booleans()),
        payload=draw(st.binary(max_size=60)),
        result_time=time,
        time_source=time_source,
        receptions=copies,
        encrypted=draw(st.booleans()),
    )


ENVELOPES = st.builds(
    Envelope,
    tenant_name=TEXTS,
    application_name=TEXTS,
    device_class=st.sampled_from(["CLASS_A", "CLASS_B", "CLASS_C"]),
    region=TEXTS.filter(lambda text: "/" not in text),
    dr=st.integers(0, 15),
    adr=st.booleans(),
    frequency=st.sampled_from([868_100_000, 867_900_000, 869_525_000]),
    tags=TAGS,
    object=st.none() | st.dictionaries(TEXTS.map("x{}".format), JSON, max_size=3),
)
"""What the network server adds; its codec's keys are never a property's."""

_QUEUE_ITEMS = TEXTS | UUIDS
_ENUM_NUMBERS = st.integers(50, 2**31 - 1).map(str)
_DETAILS: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "join": st.fixed_dictionaries({"dev_addr": DEV_ADDRS}),
    "status": st.fixed_dictionaries(
        {
            "margin": st.integers(-32, 31),
            "battery_level": st.integers(0, 1000).map(lambda tenths: tenths / 10) | st.none(),
            "external_power_source": st.booleans(),
        }
    ).map(
        lambda detail: (
            {**detail, "battery_level": None} if detail["external_power_source"] else detail
        )
    ),
    "ack": st.fixed_dictionaries(
        {"acknowledged": st.booleans(), "f_cnt_down": UINT32, "queue_item_id": _QUEUE_ITEMS}
    ),
    "txack": st.fixed_dictionaries(
        {
            "downlink_id": UINT32,
            "f_cnt_down": UINT32,
            "gateway_id": EUIS,
            "queue_item_id": _QUEUE_ITEMS,
        }
    ),
    "log": st.builds(
        lambda fixed, context: {**fixed, **context},
        st.fixed_dictionaries(
            {
                "level": st.sampled_from(["INFO", "WARNING", "ERROR"]) | _ENUM_NUMBERS,
                "code": st.sampled_from(["UNKNOWN", "OTAA", "EXPIRED"]) | _ENUM_NUMBERS,
                "description": TEXTS,
            }
        ),
        st.dictionaries(TEXTS.map("context.{}".format), TEXTS, max_size=3),
    ),
    "location": st.fixed_dictionaries(
        {
            "latitude": st.floats(0.1, 90),
            "longitude": st.floats(0.1, 180),
            "accuracy": DECIMALS,
            "source": st.sampled_from(["UNKNOWN", "GPS"]) | _ENUM_NUMBERS,
        }
    ).flatmap(
        lambda detail: st.sampled_from([detail, {**detail, "latitude": None, "longitude": None}])
    ),
    "stats": st.fixed_dictionaries(
        {
            "rx_packets_received": UINT32,
            "rx_packets_received_ok": UINT32,
            "tx_packets_received": UINT32,
            "tx_packets_emitted": UINT32,
            "latitude": st.just(51.5),
            "longitude": st.just(-0.25),
        }
    ),
    "conn": st.fixed_dictionaries({"state": st.sampled_from(["ONLINE", "OFFLINE"])}),
}


@st.composite
def network_events(draw: st.DrawFn) -> NetworkEvent:
    """Draw an event that is no uplink, as `parse` gives it but for the key it builds itself."""
    event_type = draw(st.sampled_from(sorted(_DETAILS)))
    framed = event_type in {"join", "status", "ack", "location"}
    of_gateway = event_type in {"stats", "conn"}
    return NetworkEvent(
        source=SOURCE,
        event_type=event_type,
        deduplication_key=draw(UUIDS | st.just("")) if framed else "",
        subject=draw(EUIS),
        application="" if of_gateway else draw(TEXTS.filter(lambda text: text and "/" not in text)),
        time=None if event_type == "conn" else draw(TIMES | st.none()),
        detail=draw(_DETAILS[event_type]),
    )


NASTY = st.sampled_from(
    [
        "null", "true", "-1", "0.5", "1e999", "NaN", "-Infinity", "9" * 30, "9" * 5000, '""', "[]",
        "{}", '"\\ud800"', '"\\u0000"', '"' + "x" * 5000 + '"', "[" * 2000 + "]" * 2000,
        '{"a":' * 1500 + "1" + "}" * 1500, '"AAAA===="', '"2026-11-03T07:15:02"', "[null]", "256",
        '"24e124a1b2c3d4e"', '{"seconds":1}',
    ]
)  # fmt: skip
"""What somebody might put in the place of a value."""
_MARK = "put something else here"


@st.composite
def spoilt_values(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a sample in which one value, anywhere, is another; with its topic."""
    name = draw(st.sampled_from(samples.names()))
    document = samples.load(name)
    holder, key = draw(st.sampled_from(_places(document)))
    if draw(st.integers(0, 9)) == 0:
        del holder[key]
        return samples.topic(name), samples.dump(document)
    holder[key] = _MARK
    text = json.dumps(document).replace(f'"{_MARK}"', draw(NASTY))
    return samples.topic(name), text.encode()


def _places(value: object) -> list[tuple[Any, Any]]:
    """Give every (holder, key) in a document."""
    entries: list[tuple[Any, object]] = []
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = list(enumerate(value))
    return [(value, key) for key, _ in entries] + [
        place for _, inner in entries for place in _places(inner)
    ]


@st.composite
def spoilt_bytes(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a sample, JSON or protobuf, of which bytes are cut out, flipped or put in."""
    name = draw(st.sampled_from(samples.names()))
    binary = samples.has_binary(name) and draw(st.booleans())
    message = bytearray(samples.binary(name) if binary else samples.text(name))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(message)))
        length = draw(st.integers(0, 8))
        message[at : at + length] = draw(st.binary(max_size=8))
    return samples.topic(name), bytes(message)


@st.composite
def strangers(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw any message on any topic."""
    topic = draw(st.sampled_from([samples.topic(name) for name in samples.names()]) | st.text())
    return topic, draw(st.binary(max_size=200) | st.sampled_from([b"{" * 9000, bytes(1_000_000)]))


MESSAGES = spoilt_values() | spoilt_bytes() | strangers()
"""(topic, message) of whatever kind a broker may bring."""
