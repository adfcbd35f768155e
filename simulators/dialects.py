"""The same uplink as other network servers write it.

    chirpstack-v3       its default JSON (`json_v3`): hex ids, no clock but a gateway's GPS, no id
    chirpstack-v3-json  its protobuf JSON: ids in base64, every default, `publishedAt`
    things-stack-v3     The Things Stack: snake_case, upper-case EUIs, no default is written

The model's uplink is written with what these servers have: neither of them has a deduplication id.
"""

import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from decoders.chirpstack import Envelope
from decoders.model import Reception, Uplink

Server = Literal["chirpstack-v4", "chirpstack-v3", "chirpstack-v3-json", "things-stack-v3"]
"""The network servers that traffic can come from"""

_NUMBERS = {"housing": "11", "air-quality": "12", "parking": "13"}
_TENANT = "borough"


@dataclass(frozen=True, slots=True)
class _Writing:
    """One uplink with what else its message carries."""

    event: Uplink
    envelope: Envelope

    @property
    def data(self) -> str:
        """The payload in base64."""
        return _base64(self.event.payload)

    @property
    def received(self) -> datetime:
        """When the network server had the first copy."""
        return min(c.server_time for c in self.event.receptions if c.server_time)

    @property
    def uplink_id(self) -> UUID:
        """What tells this frame from others, as far as these servers do."""
        return UUID(self.event.deduplication_id)

    @property
    def v3_topic(self) -> str:
        """Where ChirpStack v3 publishes it."""
        return f"application/{self.number}/device/{self.event.dev_eui}/event/up"

    @property
    def number(self) -> str:
        """The application's id in ChirpStack v3."""
        return _NUMBERS[self.envelope.application_name]


def write(event: Uplink, envelope: Envelope, server: Server) -> tuple[str, bytes]:
    """Give topic and message of an uplink as one of the other servers writes it."""
    topic, document = _WRITERS[server](_Writing(event, envelope))
    return topic, json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _v3(w: _Writing) -> tuple[str, dict[str, Any]]:
    event = w.event
    return w.v3_topic, {
        "applicationID": w.number,
        "applicationName": w.envelope.application_name,
        "deviceName": event.device_name,
        "deviceProfileName": event.device_profile,
        "deviceProfileID": w.envelope.device_profile_id,
        "devEUI": event.dev_eui,
        "rxInfo": [_v3_copy(w, copy) for copy in event.receptions],
        "txInfo": {"frequency": w.envelope.frequency, "dr": w.envelope.dr},
        "adr": w.envelope.adr,
        "fCnt": event.f_cnt,
        "fPort": event.f_port,
        "data": w.data,
        "tags": dict(event.tags),
    }


def _v3_copy(w: _Writing, copy: Reception) -> dict[str, Any]:
    told: dict[str, Any] = {"gatewayID": copy.gateway_id, "uplinkID": str(w.uplink_id)}
    told["name"] = copy.gateway_id[-6:]
    if copy.gateway_time is not None:
        told["time"] = _zulu(copy.gateway_time)
    return told | {"rssi": copy.rssi, "loRaSNR": copy.snr, "location": _place(copy)}


def _v3_json(w: _Writing) -> tuple[str, dict[str, Any]]:
    event = w.event
    return w.v3_topic, {
        "applicationID": w.number,
        "applicationName": w.envelope.application_name,
        "deviceName": event.device_name,
        "devEUI": _base64(bytes.fromhex(event.dev_eui)),
        "rxInfo": [_v3_json_copy(w, copy) for copy in event.receptions],
        "txInfo": {
            "frequency": w.envelope.frequency,
            "modulation": "LORA",
            "loRaModulationInfo": {
                "bandwidth": 125,
                "spreadingFactor": w.envelope.spreading_factor,
                "codeRate": "4/5",
                "polarizationInversion": False,
            },
        },
        "adr": w.envelope.adr,
        "dr": w.envelope.dr,
        "fCnt": event.f_cnt,
        "fPort": event.f_port,
        "data": w.data,
        "objectJSON": "",
        "tags": dict(event.tags),
        "confirmedUplink": event.confirmed,
        "devAddr": _base64(bytes.fromhex(event.dev_addr)),
        "publishedAt": _zulu(w.received),
        "deviceProfileID": w.envelope.device_profile_id,
        "deviceProfileName": event.device_profile,
    }


def _v3_json_copy(w: _Writing, copy: Reception) -> dict[str, Any]:
    return {
        "gatewayID": _base64(bytes.fromhex(copy.gateway_id)),
        "time": _zulu(copy.gateway_time) if copy.gateway_time else None,
        "timeSinceGPSEpoch": None,
        "rssi": copy.rssi,
        "loRaSNR": copy.snr,
        "channel": 0,
        "rfChain": 0,
        "board": 0,
        "antenna": 0,
        "location": {**_place(copy), "source": "UNKNOWN", "accuracy": 0},
        "fineTimestampType": "NONE",
        "context": "AQIDBA==",
        "uplinkID": _base64(w.uplink_id.bytes),
        "crcStatus": "CRC_OK",
    }


def _things(w: _Writing) -> tuple[str, dict[str, Any]]:
    event, application = w.event, f"{_TENANT}-{w.envelope.application_name}"
    topic = f"v3/{application}@{_TENANT}/devices/{event.device_name}/up"
    received = _zulu(w.received)
    up: dict[str, Any] = {"session_key_id": _base64(bytes.fromhex(event.dev_addr) * 4)}
    up |= {"f_port": event.f_port} | ({"f_cnt": event.f_cnt} if event.f_cnt else {})
    up |= {"frm_payload": w.data} if event.payload else {}
    up |= {"confirmed": True} if event.confirmed else {}
    up |= {"app_s_key": {"key": "AAAA", "kek_label": "own"}} if event.encrypted else {}
    up |= {
        "rx_metadata": [_things_copy(w, copy) for copy in event.receptions],
        "settings": {
            "data_rate": {
                "lora": {
                    "bandwidth": 125_000,
                    "spreading_factor": w.envelope.spreading_factor,
                    "coding_rate": "4/5",
                }
            },
            "frequency": str(w.envelope.frequency),
        },
        "received_at": received,
        "consumed_airtime": "0.061696s",
        "version_ids": {"brand_id": "borough", "model_id": event.device_profile},
        "network_ids": {"net_id": "000013", "tenant_id": _TENANT},
        "attributes": dict(event.tags),
    }
    return topic, {
        "end_device_ids": {
            "device_id": event.device_name,
            "application_ids": {"application_id": application},
            "dev_eui": event.dev_eui.upper(),
            "dev_addr": event.dev_addr.upper(),
        },
        "correlation_ids": [f"ns:uplink:{w.uplink_id.hex.upper()[:26]}"],
        "received_at": received,
        "uplink_message": up,
    }


def _things_copy(w: _Writing, copy: Reception) -> dict[str, Any]:
    told: dict[str, Any] = {
        "gateway_ids": {"gateway_id": f"gw-{copy.gateway_id}", "eui": copy.gateway_id.upper()}
    }
    if copy.gateway_time is not None:
        told |= {"time": _zulu(copy.gateway_time), "gps_time": _zulu(copy.gateway_time)}
    told |= {"rssi": copy.rssi, "channel_rssi": copy.rssi}
    told |= {"snr": copy.snr} if copy.snr else {}
    told["location"] = {**_place(copy), "source": "SOURCE_REGISTRY"}
    return told | {
        "uplink_token": _base64(w.uplink_id.bytes[:8]),
        "received_at": _zulu(copy.server_time or w.received),
    }


def _place(copy: Reception) -> dict[str, Any]:
    return {"latitude": copy.latitude or 0, "longitude": copy.longitude or 0, "altitude": 0}


def _zulu(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()


_WRITERS: Mapping[str, Callable[[_Writing], tuple[str, dict[str, Any]]]] = {
    "chirpstack-v3": _v3,
    "chirpstack-v3-json": _v3_json,
    "things-stack-v3": _things,
}
