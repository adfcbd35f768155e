"""A LoRaWAN device of class A: it joins over the air, counts, and listens after it has spoken."""

from dataclasses import dataclass

from simulators import lorawan
from simulators.dice import Dice
from simulators.lorawan import Data, FrameWrong, JoinAccept, JoinRequest
from simulators.lorawan_crypto import Direction, SessionKeys, session_keys
from simulators.mac_commands import obey

JOIN_EUI = "02b0000000000001"
_JOIN_WINDOWS = (5, 6)
"""seconds from a join-request to the two receive windows"""
_MOST_OPTIONS = 15


def app_key(seed: int, dev_eui: str) -> bytes:
    """Give the key with which a device joins: the same for a seed."""
    return Dice(seed, "app-key", dev_eui).digest(0)


class NotJoined(Exception):
    """A device that has not joined cannot send data."""


@dataclass(slots=True)
class _Session:
    """What a join gives, and where the counting is."""

    dev_addr: int
    keys: SessionKeys
    rx_delay: int
    up: int = 0
    """The counter of the next uplink"""
    down: int = -1
    """That of the last downlink"""
    owes_ack: bool = False
    options: bytes = b""
    """Answers to the server's commands, for the next uplink"""


class EndDevice:
    """One device.

    Args:
        dev_eui: its id.
        key: the 16 bytes that its network server knows too.
        join_eui: which join server is meant.
    """

    def __init__(self, dev_eui: str, key: bytes, join_eui: str = JOIN_EUI) -> None:
        self.dev_eui = dev_eui
        self._key = key
        self._join_eui = join_eui
        self._nonce = -1
        self._asking = False
        self._session: _Session | None = None

    @property
    def joined(self) -> bool:
        """Whether it can send data."""
        return self._session is not None

    @property
    def windows(self) -> tuple[int, int]:
        """Seconds from the end of its last transmission to its two receive windows."""
        if self._asking or self._session is None:
            return _JOIN_WINDOWS
        return self._session.rx_delay, self._session.rx_delay + 1

    def join_request(self) -> bytes:
        """Ask to be let in, with another nonce each time; what session there was is over."""
        self._nonce = (self._nonce + 1) & 0xFFFF
        self._asking, self._session = True, None
        request = JoinRequest(self._join_eui, self.dev_eui, self._nonce)
        return lorawan.write_join_request(request, self._key)

    def uplink(self, f_port: int, payload: bytes, *, confirmed: bool = False) -> bytes:
        """Give the next data frame, with what the server is owed in its header; NotJoined."""
        session = self._session
        if session is None:
            raise NotJoined(self.dev_eui)
        data = Data(
            Direction.UP,
            session.dev_addr,
            session.up,
            f_port,
            payload,
            confirmed=confirmed,
            ack=session.owes_ack,
            options=session.options,
        )
        session.up, session.owes_ack, session.options = session.up + 1, False, b""
        return lorawan.write_data(data, session.keys)

    def hear(self, frame: bytes) -> JoinAccept | Data | None:
        """Take a frame from the air; None when it is for somebody else, damaged, or old."""
        try:
            if self._asking:
                return self._let_in(lorawan.read_join_accept(frame, self._key))
            return self._told(frame)
        except FrameWrong:
            return None

    def _let_in(self, accept: JoinAccept) -> JoinAccept:
        keys = session_keys(self._key, accept.app_nonce, accept.net_id, self._nonce)
        self._session = _Session(accept.dev_addr, keys, accept.rx_delay & 0x0F or 1)
        self._asking = False
        return accept

    def _told(self, frame: bytes) -> Data | None:
        session = self._session
        if session is None or lorawan.address(frame) != session.dev_addr:
            return None
        data = lorawan.read_data(frame, session.keys, session.down)
        if data.direction != Direction.DOWN:
            return None
        session.down, session.owes_ack = data.counter, data.confirmed
        answer = obey(data.payload if data.f_port == 0 else data.options)
        session.options = answer.options[:_MOST_OPTIONS]
        session.rx_delay = answer.rx_delay or session.rx_delay
        return data
