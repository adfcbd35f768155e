"""LoRaWAN 1.0.x frames, as a device and as a network server write and read them.

    MHDR | ...                                                            | MIC
    0x00 | JoinEUI 8 | DevEUI 8 | DevNonce 2                               | 4   join-request
    0x20 | AppNonce 3 | NetID 3 | DevAddr 4 | DLSettings | RxDelay | CFList? | 4   join-accept
    0x40 0x80 up, 0x60 0xA0 down (the second: to be confirmed)
         | DevAddr 4 | FCtrl | FCnt 2 | FOpts 0-15 | FPort? | FRMPayload     | 4   data

Every number is little-endian, an EUI too, which people write the other way round. Behind its MHDR
a join-accept is *decrypted* by the server, so that a device need only know how to encrypt.

    FrameWrong
        NotThisFrame    another type, another major version, or cut off
        WrongMic        the integrity code is not that of these bytes under this key
"""

from dataclasses import dataclass
from enum import IntEnum

from simulators.lorawan_crypto import (
    BLOCK,
    MIC_BYTES,
    Direction,
    Place,
    SessionKeys,
    crypt,
    data_mic,
    decrypt_blocks,
    encrypt_blocks,
    join_mic,
)

_JOIN_REQUEST_BYTES = 1 + 18 + MIC_BYTES
_ACCEPT_BYTES = {1 + 12 + MIC_BYTES, 1 + 12 + 16 + MIC_BYTES}
_HEADER_BYTES = 8
"""of a data frame without options, its MHDR included"""
_ADR, _ADR_ACK_REQUEST, _ACK, _PENDING = 0x80, 0x40, 0x20, 0x10
_OPTIONS = 0x0F
_LAST_COUNTER = 0xFFFF_FFFF


class FrameWrong(Exception):
    """These bytes are not the frame that was asked for."""


class NotThisFrame(FrameWrong):
    """Another type of frame, or one that is cut off."""


class WrongMic(FrameWrong):
    """The integrity code does not fit: damaged, forged, or of another key or counter."""


class Kind(IntEnum):
    """The first byte of a frame: its type, with the major version 0."""

    JOIN_REQUEST = 0x00
    JOIN_ACCEPT = 0x20
    UNCONFIRMED_UP = 0x40
    UNCONFIRMED_DOWN = 0x60
    CONFIRMED_UP = 0x80
    CONFIRMED_DOWN = 0xA0


_DATA = {
    (Direction.UP, False): Kind.UNCONFIRMED_UP,
    (Direction.DOWN, False): Kind.UNCONFIRMED_DOWN,
    (Direction.UP, True): Kind.CONFIRMED_UP,
    (Direction.DOWN, True): Kind.CONFIRMED_DOWN,
}
_READ = {kind: what for what, kind in _DATA.items()}


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A device asks to be let in."""

    join_eui: str
    """16 hex digits, as people write it"""
    dev_eui: str
    dev_nonce: int


@dataclass(frozen=True, slots=True)
class JoinAccept:
    """A network server lets a device in."""

    app_nonce: int
    net_id: int
    dev_addr: int
    dl_settings: int = 0
    rx_delay: int = 1
    """seconds from an uplink to the first receive window; 0 means 1"""
    cf_list: bytes = b""
    """Further channels: nothing, or 16 bytes"""


@dataclass(frozen=True, slots=True)
class Data:
    """A data frame, its payload in the clear."""

    direction: Direction
    dev_addr: int
    counter: int
    """The full 32 bits"""
    f_port: int | None = None
    """None: no payload; 0: the payload is MAC commands"""
    payload: bytes = b""
    confirmed: bool = False
    ack: bool = False
    """The last confirmed frame of the other side arrived"""
    adr: bool = False
    adr_ack_request: bool = False
    """Up: please say something, so that the device knows that it is heard"""
    pending: bool = False
    """Down: there is more to come"""
    options: bytes = b""
    """MAC commands in the header, 15 bytes at most"""

    @property
    def place(self) -> Place:
        """Where it stands in its session."""
        return Place(self.direction, self.dev_addr, self.counter)


def kind(frame: bytes) -> Kind:
    """Say what a frame is; NotThisFrame when it is nothing that we know."""
    try:
        return Kind(frame[0])
    except (IndexError, ValueError) as error:
        raise NotThisFrame(f"no LoRaWAN 1.0 frame: {frame[:1].hex() or 'empty'}") from error


def write_join_request(request: JoinRequest, app_key: bytes) -> bytes:
    """Write a join-request."""
    body = (
        bytes([Kind.JOIN_REQUEST])
        + bytes.fromhex(request.join_eui)[::-1]
        + bytes.fromhex(request.dev_eui)[::-1]
        + request.dev_nonce.to_bytes(2, "little")
    )
    return body + join_mic(app_key, body)


def read_join_request(frame: bytes, app_key: bytes) -> JoinRequest:
    """Read a join-request; FrameWrong when it is none, or not of this key."""
    if kind(frame) != Kind.JOIN_REQUEST or len(frame) != _JOIN_REQUEST_BYTES:
        raise NotThisFrame("no join-request")
    _check(frame, join_mic(app_key, frame[:-MIC_BYTES]))
    return JoinRequest(
        frame[1:9][::-1].hex(), frame[9:17][::-1].hex(), int.from_bytes(frame[17:19], "little")
    )


def write_join_accept(accept: JoinAccept, app_key: bytes) -> bytes:
    """Write a join-accept."""
    header = bytes([Kind.JOIN_ACCEPT])
    body = (
        accept.app_nonce.to_bytes(3, "little")
        + accept.net_id.to_bytes(3, "little")
        + accept.dev_addr.to_bytes(4, "little")
        + bytes([accept.dl_settings, accept.rx_delay])
        + accept.cf_list
    )
    return header + decrypt_blocks(app_key, body + join_mic(app_key, header + body))


def read_join_accept(frame: bytes, app_key: bytes) -> JoinAccept:
    """Read a join-accept as a device does; FrameWrong when it is none, or not of this key."""
    if kind(frame) != Kind.JOIN_ACCEPT or len(frame) not in _ACCEPT_BYTES:
        raise NotThisFrame("no join-accept")
    clear = frame[:1] + encrypt_blocks(app_key, frame[1:])
    _check(clear, join_mic(app_key, clear[:-MIC_BYTES]))
    return JoinAccept(
        app_nonce=int.from_bytes(clear[1:4], "little"),
        net_id=int.from_bytes(clear[4:7], "little"),
        dev_addr=int.from_bytes(clear[7:11], "little"),
        dl_settings=clear[11],
        rx_delay=clear[12],
        cf_list=clear[13 : 13 + BLOCK] if len(frame) > 1 + BLOCK else b"",
    )


def write_data(data: Data, keys: SessionKeys) -> bytes:
    """Write a data frame, either way."""
    body = (
        bytes([_DATA[data.direction, data.confirmed]])
        + data.dev_addr.to_bytes(4, "little")
        + bytes([_control(data)])
        + (data.counter & 0xFFFF).to_bytes(2, "little")
        + data.options
    )
    if data.f_port is not None:
        body += bytes([data.f_port]) + crypt(_key(keys, data.f_port), data.place, data.payload)
    return body + data_mic(keys.network, data.place, body)


def read_data(frame: bytes, keys: SessionKeys, last: int = -1) -> Data:
    """Read a data frame, either way.

    Args:
        frame: the bytes of the air.
        keys: those of its session.
        last: the counter of the last frame that way; -1: there was none.

    Raises:
        NotThisFrame: it is no data frame.
        WrongMic: it is not of this session, or its counter is behind the last one.
    """
    direction, confirmed = _READ.get(kind(frame), (None, False))
    options = frame[5] & _OPTIONS if len(frame) > 5 else 0
    begin = _HEADER_BYTES + options
    if direction is None or len(frame) < begin + MIC_BYTES:
        raise NotThisFrame("no data frame")
    control, body = frame[5], frame[begin:-MIC_BYTES]
    counter = full_counter(int.from_bytes(frame[6:8], "little"), last)
    if counter > _LAST_COUNTER:
        raise WrongMic(f"no counter behind {last} ends with its 16 bits: 32 are all there are")
    place = Place(direction, int.from_bytes(frame[1:5], "little"), counter)
    _check(frame, data_mic(keys.network, place, frame[:-MIC_BYTES]))
    f_port = body[0] if body else None
    return Data(
        direction=direction,
        dev_addr=place.dev_addr,
        counter=counter,
        f_port=f_port,
        payload=b"" if f_port is None else crypt(_key(keys, f_port), place, body[1:]),
        confirmed=confirmed,
        ack=bool(control & _ACK),
        adr=bool(control & _ADR),
        adr_ack_request=direction == Direction.UP and bool(control & _ADR_ACK_REQUEST),
        pending=direction == Direction.DOWN and bool(control & _PENDING),
        options=frame[_HEADER_BYTES:begin],
    )


def address(frame: bytes) -> int:
    """Give the DevAddr of a data frame, which nobody has verified yet; NotThisFrame."""
    if kind(frame) not in _READ or len(frame) < _HEADER_BYTES + MIC_BYTES:
        raise NotThisFrame("no data frame")
    return int.from_bytes(frame[1:5], "little")


def full_counter(low: int, last: int) -> int:
    """Give the first counter behind the last one that ends with these 16 bits (4.3.1.5)."""
    return last + 1 + (low - last - 1) % 0x1_0000


def _control(data: Data) -> int:
    return (
        _ADR * data.adr
        | _ADR_ACK_REQUEST * data.adr_ack_request
        | _ACK * data.ack
        | _PENDING * data.pending
        | len(data.options)
    )


def _key(keys: SessionKeys, f_port: int) -> bytes:
    return keys.network if f_port == 0 else keys.application


def _check(frame: bytes, mic: bytes) -> None:
    if frame[-MIC_BYTES:] != mic:
        raise WrongMic(f"the integrity code is {frame[-MIC_BYTES:].hex()}, not {mic.hex()}")
