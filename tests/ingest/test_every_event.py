"""Every type of event in both encodings: told, read as it was meant, and stored."""

from datetime import UTC, datetime

import pytest
from paho.mqtt.client import topic_matches_sub

from decoders import chirpstack
from decoders.chirpstack import Envelope, Marshaler
from decoders.model import NetworkEvent
from ingest.pipeline import Policy, follow, handle
from ingest.session import EVENT_FILTERS, Delivery
from storage.connection import Connection
from storage.instance import Mode
from storage.model import EventRecord
from storage.uplinks import Writer

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
DEVICE, GATEWAY = "02c17a0000000103", "02c17afffe00a101"
FRAME = "96a07f87-2b3c-4d4e-99fa-c5d6e7f80020"
ITEM = "1bbcab1d-6ec6-4136-a3f5-d63be1dc0020"
Detail = dict[str, str | float | bool | None]

EVENTS: dict[str, tuple[str, str, Detail]] = {
    "join": ("join", FRAME, {"dev_addr": "00d3a1f2"}),
    "status on a battery": (
        "status",
        FRAME,
        {"margin": -7, "battery_level": 41.5, "external_power_source": False},
    ),
    "status on external power": (
        "status",
        FRAME,
        {"margin": 10, "battery_level": None, "external_power_source": True},
    ),
    "status with an unknown battery": (
        "status",
        FRAME,
        {"margin": 10, "battery_level": None, "external_power_source": False},
    ),
    "ack": ("ack", FRAME, {"acknowledged": True, "f_cnt_down": 3, "queue_item_id": ITEM}),
    "negative ack": ("ack", "", {"acknowledged": False, "f_cnt_down": 0, "queue_item_id": ITEM}),
    "txack": (
        "txack",
        "",
        {
            "downlink_id": 3461958127,
            "f_cnt_down": 3,
            "gateway_id": GATEWAY,
            "queue_item_id": ITEM,
        },
    ),
    "log": (
        "log",
        "",
        {
            "level": "ERROR",
            "code": "OTAA",
            "description": "DevNonce has already been used",
            "context.dev_nonce": "61172",
        },
    ),
    "location": (
        "location",
        FRAME,
        {"latitude": 51.5, "longitude": -0.25, "accuracy": 24.0, "source": "GEO_RESOLVER_GNSS"},
    ),
    "stats": (
        "stats",
        "",
        {
            "rx_packets_received": 40,
            "rx_packets_received_ok": 38,
            "tx_packets_received": 2,
            "tx_packets_emitted": 0,
            "latitude": 51.5,
            "longitude": -0.25,
        },
    ),
    "conn": ("conn", "", {"state": "ONLINE"}),
    "conn of one that is gone": ("conn", "", {"state": "OFFLINE"}),
}


@pytest.mark.parametrize("marshaler", ["json", "protobuf"])
@pytest.mark.parametrize("name", EVENTS)
def test_event_is_read_and_stored(database: Connection, name: str, marshaler: Marshaler) -> None:
    """It comes on a topic that we ask for, and is stored once with every fact that it tells."""
    kind, key, detail = EVENTS[name]
    subject = GATEWAY if kind in {"stats", "conn"} else DEVICE
    application = "" if subject == GATEWAY else "b0c0e7a4-2b5e-4f0a-8d35-0b7d4f6f1a01"
    event = NetworkEvent("chirpstack-v4", kind, key, subject, application, NOON, detail)
    topic, payload = chirpstack.render(event, Envelope(), marshaler=marshaler)
    assert any(topic_matches_sub(wanted, topic) for wanted in EVENT_FILTERS)
    assert payload.startswith(b"{") is (marshaler == "json")
    delivery = Delivery(
        epoch=0,
        mid=1,
        qos=1,
        dup=False,
        retain=kind == "conn",
        topic=topic,
        payload=payload,
        received_at=NOON,
        origin="live",
    )
    read = follow(delivery, Policy(Mode.LIVE))
    assert isinstance(read, EventRecord)
    assert read.event.detail == detail
    tally = handle([delivery], Policy(Mode.LIVE), Writer(database))
    assert (tally.stored, tally.refused, tally.duplicates) == (1, 0, 0)
    again = handle([delivery], Policy(Mode.LIVE), Writer(database))
    assert again.duplicates + again.redelivered == (kind != "conn")
    rows = database.execute("select event_type, subject, application, time, detail from event")
    told = [(row[0], row[1], row[2], row[3], row[4]) for row in rows.fetchall()]
    expected = (kind, subject, application, None if kind == "conn" else NOON, detail)
    assert told == [expected] * (2 if kind == "conn" else 1)
