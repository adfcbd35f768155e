"""What can be wrong with an uplink's content, and with a message's bytes.

    cut               the payload lacks its last byte              refused: truncated
    garbled           a bit of the payload's first byte is wrong   refused, by family
    unknown_profile   the profile names no model                   refused: unknown_device
    wrong_profile     the profile names another vendor's model     refused: unexpected_port
    wrong_port        a port that the device does not speak on     refused: unexpected_port
    encrypted         end to end: the payload is ciphertext        stored, says nothing
    wrong_clock       a gateway's GPS says 1980                    stored, at the server's time

    malformed         JSON that breaks off in the middle           refused: not_an_event
    noise             bytes that are no event                      refused: not_an_event
    nameless          JSON without a devEui                        refused: missing_field
    misplaced         published on another device's topic          refused: bad_field
    unknown_event     published as an event that is none           refused: unknown_event

A spoiler gives None for an uplink that it cannot spoil so that the reason is certain.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from decoders.model import TimeSource, Uplink
from simulators.dice import Dice
from simulators.ready import Ready

Spoiler = Callable[[Ready, Uplink], Ready | None]
Mangler = Callable[[str, bytes, int], tuple[str, bytes]]
"""Topic, message and a random number, to topic and message"""

_SPLITTABLE = 4
"""A payload shorter than so many bytes is not cut: what is left could be a frame"""
_PADDED = ("nwave-nps",)
"""The last bytes of its frames mean nothing, so that one less is no error"""
_STRANGER = "Prototype of the workshop"
_OTHER_VENDOR = "decentlab-dl-sht35"
_ANY_PORT = ("milesight-em300-th", "milesight-am300", "milesight-em310-udl", "milesight-ws302")
_GARBLED: Mapping[str, str] = {
    "milesight-em300-th": "unknown_channel",
    "milesight-am300": "unknown_channel",
    "milesight-em310-udl": "unknown_channel",
    "milesight-ws302": "unknown_channel",
    "elsys-ers": "unknown_channel",
    "adeunis-comfort": "unknown_channel",
    "decentlab-dl-pm": "unsupported_version",
    "decentlab-dl-iam": "unsupported_version",
    "decentlab-dl-sht35": "unsupported_version",
    "nexelec-rise": "bad_value",
    "dingtek-do20x": "bad_value",
}
"""The reason by family; the others have no mark that tells a wrong first byte"""
_GPS_EPOCH = datetime(1980, 1, 6, tzinfo=UTC)


def _family(uplink: Uplink) -> str:
    return uplink.tags.get("decoder", "").split("/")[0]


def _cut(ready: Ready, uplink: Uplink) -> Ready | None:
    if len(uplink.payload) < _SPLITTABLE or _family(uplink) in _PADDED:
        return None
    return ready.refused(replace(uplink, payload=uplink.payload[:-1]), "truncated")


def _garbled(ready: Ready, uplink: Uplink) -> Ready | None:
    reason = _GARBLED.get(_family(uplink))
    if reason is None:
        return None
    payload = bytes((uplink.payload[0] ^ 0x40,)) + uplink.payload[1:]
    return ready.refused(replace(uplink, payload=payload), reason)


def _unknown_profile(ready: Ready, uplink: Uplink) -> Ready:
    tags = {name: text for name, text in uplink.tags.items() if name != "decoder"}
    return ready.refused(replace(uplink, device_profile=_STRANGER, tags=tags), "unknown_device")


def _wrong_profile(ready: Ready, uplink: Uplink) -> Ready | None:
    if uplink.f_port == 1:
        return None
    tags = {**uplink.tags, "decoder": _OTHER_VENDOR}
    return ready.refused(replace(uplink, tags=tags), "unexpected_port")


def _wrong_port(ready: Ready, uplink: Uplink) -> Ready | None:
    if _family(uplink) in (*_ANY_PORT, "elsys-ers"):
        return None
    return ready.refused(replace(uplink, f_port=201), "unexpected_port")


def _encrypted(ready: Ready, uplink: Uplink) -> Ready | None:
    if ready.server.startswith("chirpstack-v3"):
        return None
    meaning = replace(ready.meaning, observations=())
    return replace(ready, event=replace(uplink, encrypted=True), meaning=meaning)


def _wrong_clock(ready: Ready, uplink: Uplink) -> Ready | None:
    """Give a gateway that counts from GPS's first day; the network server's clock is right."""
    if ready.server != "chirpstack-v4":
        return None
    received = min(copy.server_time for copy in uplink.receptions if copy.server_time)
    wrong = _GPS_EPOCH + timedelta(seconds=ready.number)
    dated = replace(uplink, result_time=received, time_source=TimeSource.SERVER)
    return replace(
        ready,
        event=dated,
        envelope=replace(ready.envelope, event_time=wrong),
        meaning=replace(ready.meaning, time=received),
    )


SPOILERS: Mapping[str, Spoiler] = {
    "cut": _cut,
    "garbled": _garbled,
    "unknown_profile": _unknown_profile,
    "wrong_profile": _wrong_profile,
    "wrong_port": _wrong_port,
    "encrypted": _encrypted,
    "wrong_clock": _wrong_clock,
}
"""By fault, in the order in which they are tried; one at most strikes a frame"""

_HEAD = 80
"""bytes that a message which breaks off still has: its id is among them, so no two are alike"""


def _malformed(topic: str, payload: bytes, random: int) -> tuple[str, bytes]:
    return topic, payload[: _HEAD + random % (len(payload) - _HEAD)]


def _noise(topic: str, payload: bytes, random: int) -> tuple[str, bytes]:
    """Give bytes that begin with no tag of protobuf: field 31 of a wire type that is not in use."""
    seed = Dice(random, "noise")
    return topic, b"\xff" + b"".join(seed.digest(i) for i in range(1 + len(payload) // 64))


def _nameless(topic: str, payload: bytes, _random: int) -> tuple[str, bytes]:
    return topic, payload.replace(b'"devEui"', b'"device"', 1)


def _misplaced(topic: str, payload: bytes, random: int) -> tuple[str, bytes]:
    levels = topic.split("/")
    levels[3] = f"02b0ffff{random & 0xFFFF_FFFF:08x}"
    return "/".join(levels), payload


def _unknown_event(topic: str, payload: bytes, _random: int) -> tuple[str, bytes]:
    return topic.removesuffix("up") + "gossip", payload


MANGLERS: Mapping[str, tuple[Mangler, str]] = {
    "malformed": (_malformed, "not_an_event"),
    "noise": (_noise, "not_an_event"),
    "nameless": (_nameless, "missing_field"),
    "misplaced": (_misplaced, "bad_field"),
    "unknown_event": (_unknown_event, "unknown_event"),
}
"""By fault, with the reason: what is done to the JSON of an uplink"""
