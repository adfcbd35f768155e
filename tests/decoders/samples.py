"""Our own sample events, as files; the topic that each came on; the protobuf of each."""

import json
from pathlib import Path
from typing import Any

from chirpstack_api import gw, integration
from google.protobuf import json_format
from google.protobuf.message import Message

FOLDER = Path(__file__).parent / "events"
APPLICATION = "2d9c8e4b-5f10-4a7b-8c33-91e0aa10c001"
DEV_EUI = "24e124a1b2c3d4e5"
GATEWAY_ID = "7076ff0056010203"
UP = f"application/{APPLICATION}/device/{DEV_EUI}/event/up"

_MESSAGES = {
    "up": integration.UplinkEvent,
    "join": integration.JoinEvent,
    "status": integration.StatusEvent,
    "ack": integration.AckEvent,
    "txack": integration.TxAckEvent,
    "log": integration.LogEvent,
    "location": integration.LocationEvent,
    "gateway-stats": gw.GatewayStats,
    "gateway-online": gw.ConnState,
    "gateway-offline": gw.ConnState,
}


def names() -> list[str]:
    """Give the name of every sample."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def text(name: str) -> bytes:
    """Give the message in JSON."""
    return (FOLDER / f"{name}.json").read_bytes()


def load(name: str) -> dict[str, Any]:
    """Give the message as a dictionary, to be spoilt."""
    loaded: dict[str, Any] = json.loads(text(name))
    return loaded


def dump(document: dict[str, Any]) -> bytes:
    """Write a message."""
    return json.dumps(document).encode()


def topic(name: str) -> str:
    """Give the topic that the sample was published on."""
    if name.startswith("tts-"):
        event = "join" if name == "tts-join" else "up"
        return f"v3/eastmere-homes@eastmere/devices/mere-court-7-bedroom/{event}"
    if name == "gateway-stats":
        return f"eu868/gateway/{GATEWAY_ID}/event/stats"
    if name.startswith("gateway-"):
        return f"eu868/gateway/{GATEWAY_ID}/state/conn"
    if name == "command-down":
        return f"application/{APPLICATION}/device/{DEV_EUI}/command/down"
    application = "34" if name.startswith("v3-") else APPLICATION
    event = name.removeprefix("v3-").partition("-")[0]
    return f"application/{application}/device/{DEV_EUI}/event/{event}"


def has_binary(name: str) -> bool:
    """Say whether the message can be written in protobuf."""
    return _kind(name) in _MESSAGES and not name.startswith(("v3-", "tts-")) and name != "up-4-0"


def message(name: str) -> Message:
    """Give the message as protobuf's own class."""
    parsed: Message = json_format.ParseDict(load(name), _MESSAGES[_kind(name)]())
    return parsed


def binary(name: str) -> bytes:
    """Give the message in protobuf."""
    return message(name).SerializeToString()


def _kind(name: str) -> str:
    return name if name.startswith("gateway-") else name.partition("-")[0]
